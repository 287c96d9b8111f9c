"""到期: which alarms wait, in the words of the indexes that find them, and what lies ahead if nobody does anything."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, Func, OuterRef, Q, QuerySet, TextField

from verification.law.times import deadline, first_sending, noon_resend, working_days_later
from verification.models import AlarmKind, Challenge, Filing, FilingState, Sandbox

# Written out in the statement and no parameters: SQLite would prepare it anew each time, in order to see whether the
# partial index covers the value.
_NO_ERROR = Func(template="''", output_field=TextField())
_DECISION = Func(template=f"'{AlarmKind.DECISION}'", output_field=TextField())


def sweeps(filings: QuerySet[Filing]) -> QuerySet[Filing]:
    """Those of the filings that wait for a sending, noon or deadline and were not set aside.

    ``filings`` asks something of ``alarm_at``: that it is there at all need not be asked beside it.
    """
    return filings.filter(~Q(alarm_kind=_DECISION), alarm_error=_NO_ERROR)


def decisions(filings: QuerySet[Filing]) -> QuerySet[Filing]:
    """Those of the filings that wait for a bureau that decides by itself and were not set aside."""
    return filings.filter(alarm_kind=_DECISION, alarm_error=_NO_ERROR)


def earliest_first(filings: QuerySet[Filing]) -> QuerySet[Filing]:
    """In the order in which alarms are done."""
    return filings.order_by("alarm_at", "id")


# ── What lies ahead ──────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Step:
    """One thing that will become due."""

    at: datetime
    filing: Filing
    kind: AlarmKind


@dataclass(frozen=True)
class Ahead:
    """What becomes due up to a moment: the first steps in order, for how many filings, and how many steps of a kind."""

    steps: list[Step]
    filings: int
    counts: Counter[AlarmKind]

    @property
    def total(self) -> int:
        """How many steps there are in all."""
        return self.counts.total()


def ahead(sandbox: Sandbox, *, until: datetime, limit: int = 0) -> Ahead:
    """What will have become due by ``until`` if nobody does anything; ``steps`` holds the first ``limit``."""
    waiting = Filing.objects.filter(sandbox=sandbox, alarm_at__lte=until)
    swept, decided = sweeps(waiting), decisions(waiting)
    sums = swept.aggregate(
        filings=Count("id"),
        sends=Count("id", filter=Q(alarm_kind=AlarmKind.SEND)),
        noons=Count("id", filter=Q(alarm_kind=AlarmKind.NOON) | Q(alarm_kind=AlarmKind.SEND, noon_at__lte=until)),
        deadlines=Count("id", filter=Q(alarm_kind=AlarmKind.DEADLINE) | Q(deadline_at__lte=until)),
    )
    # What a pre-review leads to stands in no column yet; of all else that is decided, nothing more comes.
    reviews = decided.filter(state=FilingState.REVIEWING)
    prereviews = list(_with_challenges(decided.filter(state=FilingState.PREREVIEW)))
    reviewed = reviews.count()
    counts = Counter(
        {
            AlarmKind.SEND: sums["sends"],
            AlarmKind.NOON: sums["noons"],
            AlarmKind.DEADLINE: sums["deadlines"],
            AlarmKind.DECISION: reviewed,
        }
    )
    counts.update(step.kind for filing in prereviews for step in _steps(filing, sandbox, until))
    steps: list[Step] = []
    if limit:
        first = [*_first(swept, limit), *_first(reviews, limit), *prereviews]
        first.sort(key=lambda filing: (filing.alarm_at, filing.pk))
        steps = [step for filing in first for step in _steps(filing, sandbox, until)]
        steps.sort(key=lambda step: (step.at, step.filing.pk))
    return Ahead(steps[:limit], sums["filings"] + reviewed + len(prereviews), counts)


def _first(waiting: QuerySet[Filing], limit: int) -> QuerySet[Filing]:
    return earliest_first(waiting).select_related("provider")[:limit]


def _with_challenges(filings: QuerySet[Filing]) -> Iterable[Filing]:
    of_round = Challenge.objects.filter(filing=OuterRef("pk"), round=OuterRef("round"))
    return earliest_first(filings).annotate(has_challenges=Exists(of_round)).select_related("provider")


def _steps(filing: Filing, sandbox: Sandbox, until: datetime) -> Iterator[Step]:
    for at, kind in _course(filing, sandbox):
        if at is not None and at <= until:
            yield Step(at, filing, kind)


def _course(filing: Filing, sandbox: Sandbox) -> Iterator[tuple[datetime | None, AlarmKind]]:
    """The alarms of a filing from the one that it has, if nobody verifies."""
    at, kind = filing.alarm_at, AlarmKind(filing.alarm_kind)
    assert at is not None, "only what waits has a course"
    yield at, kind
    if kind is AlarmKind.DECISION:
        if filing.state == FilingState.PREREVIEW and not sandbox.refuses(filing):
            yield from _after_prereview(filing, sandbox, at)
        return
    if kind is AlarmKind.SEND:
        yield filing.noon_at, AlarmKind.NOON
    if kind is not AlarmKind.DEADLINE:
        yield filing.deadline_at, AlarmKind.DEADLINE


def _after_prereview(filing: Filing, sandbox: Sandbox, at: datetime) -> Iterator[tuple[datetime | None, AlarmKind]]:
    if filing.edition is None or not filing.has_challenges:  # type: ignore[attr-defined]  # annotated
        assert sandbox.decides_after is not None, "the pre-review was ended by the bureau itself"
        yield working_days_later(at, sandbox.decides_after), AlarmKind.DECISION
        return
    sent = first_sending(filing.edition, submitted_at=at)
    yield sent, AlarmKind.SEND
    yield noon_resend(filing.edition, first_sent_at=sent), AlarmKind.NOON
    yield deadline(filing.edition, first_sent_at=sent), AlarmKind.DEADLINE
