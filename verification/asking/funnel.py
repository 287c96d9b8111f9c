"""漏斗: how far the rounds of filings have come, from being submitted to being accepted, and why some went back."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import TruncDate

from verification.law.times import SHANGHAI
from verification.models import Event, EventKind, ReturnReason, Sandbox

_KINDS = (EventKind.SUBMITTED, EventKind.OPENED, EventKind.REVIEWING, EventKind.ACCEPTED, EventKind.RETURNED)


@dataclass(frozen=True)
class Funnel:
    """How many rounds have come so far. ``unasked`` went to the bureau without anybody having to verify."""

    submitted: int = 0
    sent: int = 0
    verified: int = 0
    accepted: int = 0
    unasked: int = 0
    returned: Mapping[ReturnReason, int] | None = None

    @property
    def returned_in_all(self) -> int:
        """How many went back, for whatever reason."""
        return sum((self.returned or {}).values())


#: What befell a round, each kind with its reason, which is mostly blank.
Round = Mapping[str, str]


def funnel_of(events: QuerySet[Event]) -> Funnel:
    """What became of the rounds whose events these are; one query."""
    return counted(rounds_of(events))


def rounds_of(events: QuerySet[Event]) -> Collection[Round]:
    """The rounds whose events these are, as far as a funnel asks; one query."""
    found = events.filter(kind__in=_KINDS).order_by().values_list("filing_id", "round", "kind", "reason").distinct()
    rounds: dict[tuple[int, int], dict[str, str]] = {}
    for filing, number, kind, reason in found:
        rounds.setdefault((filing, number), {})[kind] = reason
    return rounds.values()


def counted(rounds: Collection[Round]) -> Funnel:
    """How many rounds have come how far."""
    sent = [this for this in rounds if EventKind.OPENED in this]
    returned = Counter(this[EventKind.RETURNED] for this in rounds if EventKind.RETURNED in this)
    verified = sum(EventKind.REVIEWING in this for this in sent)
    return Funnel(
        submitted=sum(EventKind.SUBMITTED in this for this in rounds),
        sent=len(sent),
        verified=verified,
        accepted=sum(EventKind.ACCEPTED in this for this in rounds),
        unasked=sum(EventKind.REVIEWING in this for this in rounds) - verified,
        returned={ReturnReason(reason): count for reason, count in returned.most_common()},
    )


def of_day(sandbox: Sandbox, day: date) -> QuerySet[Event]:
    """The events of all rounds that were submitted in a sandbox on a day of its own time, up to now."""
    start = datetime.combine(day, time(), tzinfo=SHANGHAI)
    submitted = Event.objects.filter(
        filing=OuterRef("filing"), round=OuterRef("round"), kind=EventKind.SUBMITTED, at__gte=start
    ).filter(at__lt=start + timedelta(days=1))
    return Event.objects.filter(Exists(submitted), filing__sandbox=sandbox)


def days_of(sandbox: Sandbox, *, most: int) -> Sequence[date]:
    """The last days on which anything was submitted in a sandbox, the newest first."""
    submitted = Event.objects.filter(filing__sandbox=sandbox, kind=EventKind.SUBMITTED).order_by()
    days = submitted.annotate(day=TruncDate("at", tzinfo=SHANGHAI)).values_list("day", flat=True).distinct()
    return list(days.order_by("-day")[:most])
