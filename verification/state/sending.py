"""The first sending of a round's codes: six digits each, no two live ones alike within a province."""

import secrets
from collections import defaultdict
from collections.abc import Collection

from django.db import connection
from django.db.models import Case, F, OuterRef, Subquery, Value, When
from django.db.models.functions import Coalesce

from verification.models import AlarmKind, Challenge, ChallengeState, Filing, MessageCause
from verification.state.messages import deliver
from verification.state.transitions import move_challenges

CODE_DIGITS = 6


def draw_codes(sandbox_id: int, province: str, count: int) -> list[str]:
    """``count`` codes of six digits (C-01), none of them live in this sandbox and province (C-02).

    The partial unique index has the last word: of two transactions that draw the same code at once, one fails.
    """
    drawn: set[str] = set()
    while len(drawn) < count:
        fresh = {f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}" for _ in range(count - len(drawn))}
        live = Challenge.objects.filter(
            sandbox_id=sandbox_id, province=province, state=ChallengeState.OPEN, code__in=fresh
        )
        drawn |= fresh - set(live.values_list("code", flat=True))
    return list(drawn)


def _assign_codes(filing_ids: Collection[int]) -> None:
    waiting: dict[tuple[int, str], list[int]] = defaultdict(list)
    rows = Challenge.objects.filter(filing_id__among=filing_ids, state=ChallengeState.WAITING)
    for pk, sandbox_id, province in rows.values_list("id", "sandbox_id", "province"):
        waiting[sandbox_id, province].append(pk)
    pairs = [
        (code, pk)
        for (sandbox_id, province), pks in waiting.items()
        for code, pk in zip(draw_codes(sandbox_id, province, len(pks)), pks, strict=True)
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
