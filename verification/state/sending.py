"""The first sending of a round's codes: six digits each, no two live ones alike within a province."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from itertools import count

from django.db import connection
from django.db.models import Case, F, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce

from verification import seeds
from verification.models import AlarmKind, Challenge, ChallengeState, Filing, MessageCause, Sandbox
from verification.state.messages import deliver
from verification.state.transitions import move_challenges

CODE_DIGITS = 6


def draw_codes(sandbox: Sandbox, province: str, challenges: Sequence[seeds.Key]) -> list[str]:
    """A code of six digits (C-01) for each challenge, none of them live in this sandbox and province (C-02).

    It follows from the sandbox's seed and from what the challenge is; where it is taken, from that and the number of
    the try. Of two challenges that draw the same, the first keeps it. The partial unique index has the last word: of
    two transactions that draw the same code at once, one fails.
    """
    codes: dict[int, str] = {}
    for attempt in count():
        missing = [place for place in range(len(challenges)) if place not in codes]
        if not missing:
            break
        fresh: dict[str, int] = {}
        for place in missing:
            code = seeds.digits(sandbox.seed, "code", challenges[place], attempt, count=CODE_DIGITS)
            fresh.setdefault(code, place)
        live = Challenge.objects.filter(sandbox=sandbox, province=province, state=ChallengeState.OPEN, code__in=fresh)
        taken = {*codes.values(), *live.values_list("code", flat=True)}
        codes |= {place: code for code, place in fresh.items() if code not in taken}
    return [codes[place] for place in range(len(challenges))]


def _assign_codes(filing_ids: Collection[int]) -> None:
    """Give each waiting challenge its code, in the order of their sending."""
    waiting: dict[tuple[int, str], dict[int, seeds.Key]] = defaultdict(dict)
    rows = Challenge.objects.filter(filing_id__among=filing_ids, state=ChallengeState.WAITING)
    columns = ("id", "sandbox_id", "province", "filing__number", "round", "phone__number")
    for pk, sandbox_id, province, *what in rows.order_by("filing__alarm_at", "id").values_list(*columns):
        waiting[sandbox_id, province][pk] = what
    sandboxes = Sandbox.objects.only("seed").in_bulk({sandbox_id for sandbox_id, _ in waiting})
    pairs = [
        (code, pk)
        for (sandbox_id, province), keys in waiting.items()
        for code, pk in zip(draw_codes(sandboxes[sandbox_id], province, [*keys.values()]), keys, strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {Challenge._meta.db_table} SET code = %s WHERE id = %s", pairs)  # noqa: S608 own table


def send_first(filing_ids: Collection[int]) -> None:
    """Open the waiting challenges of filings whose alarm is due, and send each its code.

    Everything is recorded at the alarm's due time; the next alarm is noon or the deadline. The caller holds the locks.
    """
    _assign_codes(filing_ids)
    of_filings = Challenge.objects.filter(filing_id__among=filing_ids)
    filing = Filing.objects.filter(id=OuterRef("filing_id"))
    move_challenges(
        of_filings,
        ChallengeState.OPEN,
        at=F("filing__alarm_at"),
        first_sent_at=Subquery(filing.values("alarm_at")),
        deadline_at=Subquery(filing.values("deadline_at")),
    )
    deliver(of_filings.filter(state=ChallengeState.OPEN), MessageCause.FIRST, at=F("filing__alarm_at"))
    Filing.objects.filter(id__among=filing_ids).update(
        alarm_at=Coalesce("noon_at", "deadline_at"),
        alarm_kind=Case(
            When(noon_at__isnull=True, then=Value(AlarmKind.DEADLINE.value)), default=Value(AlarmKind.NOON.value)
        ),
    )
