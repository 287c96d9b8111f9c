"""The one door for state: both tables of legal moves, and the only code that changes a state.

A move takes a set of rows, so that one filing and a sweep of thousands go the same way. It writes the event and updates
conditionally on the old state in the same transaction, which the caller holds together with the lock of the rows.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.expressions import Combinable

from verification import news
from verification.by import ITSELF, By
from verification.law.faults import Fault
from verification.law.times import working_days_later
from verification.models import (
    AlarmKind,
    Challenge,
    ChallengeState,
    Event,
    EventKind,
    Filing,
    FilingState,
    ReturnReason,
    Sandbox,
)
from verification.models.bulk import insert_from
from verification.models.prepared import Columns, Prepared
from verification.outside import outbox
from verification.time.clock import real_now

FILING_MOVES: dict[FilingState, frozenset[FilingState]] = {
    FilingState.SUBMITTED: frozenset(
        {FilingState.PREREVIEW, FilingState.VERIFYING, FilingState.REVIEWING, FilingState.RETURNED}
    ),
    FilingState.PREREVIEW: frozenset({FilingState.VERIFYING, FilingState.REVIEWING, FilingState.RETURNED}),
    FilingState.VERIFYING: frozenset({FilingState.REVIEWING, FilingState.RETURNED}),
    FilingState.REVIEWING: frozenset({FilingState.ACCEPTED, FilingState.RETURNED}),
    FilingState.RETURNED: frozenset({FilingState.SUBMITTED}),
    FilingState.ACCEPTED: frozenset(),
}

CHALLENGE_MOVES: dict[ChallengeState, frozenset[ChallengeState]] = {
    ChallengeState.WAITING: frozenset({ChallengeState.OPEN, ChallengeState.DROPPED}),
    ChallengeState.OPEN: frozenset(
        {ChallengeState.PASSED, ChallengeState.FAILED, ChallengeState.EXPIRED, ChallengeState.DROPPED}
    ),
    ChallengeState.PASSED: frozenset(),
    ChallengeState.FAILED: frozenset(),
    ChallengeState.EXPIRED: frozenset(),
    ChallengeState.DROPPED: frozenset(),
}

#: In these the bureau's decision is awaited.
AWAITING_DECISION = (FilingState.PREREVIEW, FilingState.REVIEWING)

_FILING_EVENTS = {
    FilingState.SUBMITTED: EventKind.SUBMITTED,
    FilingState.PREREVIEW: EventKind.PREREVIEW,
    FilingState.VERIFYING: EventKind.VERIFYING,
    FilingState.REVIEWING: EventKind.REVIEWING,
    FilingState.ACCEPTED: EventKind.ACCEPTED,
    FilingState.RETURNED: EventKind.RETURNED,
}
_WAITS = tuple(_FILING_EVENTS[state] for state in AWAITING_DECISION)
_CHALLENGE_EVENTS = {
    ChallengeState.OPEN: EventKind.OPENED,
    ChallengeState.PASSED: EventKind.PASSED,
    ChallengeState.FAILED: EventKind.FAILED,
    ChallengeState.EXPIRED: EventKind.EXPIRED,
    ChallengeState.DROPPED: EventKind.DROPPED,
}

Moment = datetime | Combinable


class IllegalMove(Exception):
    """A row was not in a state from which it may move so: a programmer's error, and the transaction must roll back."""


def legal_origins(moves: dict[Any, frozenset[Any]], to: Any) -> list[Any]:
    """The states from which a table allows the move to ``to``."""
    return [origin for origin, targets in moves.items() if to in targets]


def lock_sandbox(sandbox: Sandbox) -> Sandbox:
    """The sandbox's row as it is now, under lock: to be taken before the lock of any filing in it.

    Whoever decides holds it, so that decisions follow one another; its clock stands as it is set meanwhile. Rows that
    refer to the sandbox may be written.
    """
    return Sandbox.objects.select_for_update(no_key=True).get(pk=sandbox.pk)


def lock_filings(ids: Collection[int]) -> list[Filing]:
    """The filings under lock, in id order, so that two transactions never wait for each other in a circle."""
    return list(Filing.objects.select_for_update().filter(id__among=ids).order_by("id"))


def move_filings(
    ids: Collection[int],
    to: FilingState,
    *,
    at: Moment,
    by: By = ITSELF,
    reason: str = "",
    detail: str = "",
    fault: Fault | None = None,
    sandbox_id: int | None = None,
    **columns: Any,
) -> None:
    """Move the filings to ``to`` and write an event for each.

    ``at`` is the domain time of the move, or an expression over the filing such as ``F("alarm_at")``. ``columns`` are
    further columns to set in the same update. The alarm and its error are cleared unless ``columns`` sets them, or the
    filing now waits for a bureau that decides by itself. ``fault`` is what a bureau found; ``sandbox_id`` is as in
    :func:`note`.
    Raises :class:`IllegalMove` if any of them may not move so.
    """
    if not ids:
        return
    rows = Filing.objects.filter(id__among=ids, state__in=legal_origins(FILING_MOVES, to))
    note(rows, _FILING_EVENTS[to], at=at, by=by, reason=reason, detail=detail, fault=fault, sandbox_id=sandbox_id)
    is_return = to is FilingState.RETURNED
    moved = rows.update(
        **{
            "alarm_at": None,
            "alarm_kind": "",
            "alarm_error": "",
            "state": to,
            "return_reason": reason if is_return else "",
            "return_detail": detail if is_return else "",
            "return_field": fault.column if fault else "",
            "return_suggestion": fault.suggestion if fault else "",
            **columns,
        }
    )
    if moved != len(ids):
        raise IllegalMove(f"only {moved} of {len(ids)} filings may become {to}")
    if to in AWAITING_DECISION and any(_decides_by_itself(pk) for pk in ids):
        schedule_decisions(Filing.objects.filter(id__among=ids))


_BUREAU = "FROM verification_sandbox s JOIN verification_filing f ON f.sandbox_id = s.id WHERE f.id = %(filing)s"
_bureau = Prepared(_BUREAU, Columns("s", Sandbox, "decides_after"))
_bureau_held = Prepared(f"{_BUREAU} FOR KEY SHARE OF s", Columns("s", Sandbox, "decides_after"))


def _decides_by_itself(filing_id: int) -> bool:
    """Whether the filing's bureau decides by itself, which nobody can change before the end of the transaction."""
    ask = _bureau_held if connection.features.has_select_for_update else _bureau  # SQLite has locked everything
    return any(sandbox.decides_after is not None for sandbox in ask(filing=filing_id))


def schedule_decisions(filings: QuerySet[Filing], *, not_before: datetime | None = None) -> None:
    """Give filings that wait for a decision the alarm that their bureau's setting asks for, or none.

    The time counts from when they came to wait, however late the bureau has begun to decide by itself; what would have
    been due before ``not_before`` is due then.
    """
    came = Event.objects.filter(filing=OuterRef("pk"), round=OuterRef("round"), kind__in=_WAITS).order_by("-id")
    rows = filings.filter(state__in=AWAITING_DECISION).annotate(came_at=Subquery(came.values("at")[:1]))
    alarms: list[tuple[str | None, str, int]] = []
    for pk, days, came_at in rows.values_list("id", "sandbox__decides_after", "came_at"):
        if days is None:
            alarms.append((None, "", pk))
            continue
        due = working_days_later(came_at, days)
        at = max(due, not_before) if not_before else due
        alarms.append((connection.ops.adapt_datetimefield_value(at), AlarmKind.DECISION.value, pk))
    table = Filing._meta.db_table
    with connection.cursor() as cursor:
        statement = f"UPDATE {table} SET alarm_at = %s, alarm_kind = %s, alarm_error = '' WHERE id = %s"  # noqa: S608  # own table
        cursor.executemany(statement, alarms)


def move_challenges(
    challenges: QuerySet[Challenge],
    to: ChallengeState,
    *,
    at: Moment,
    by: By = ITSELF,
    sandbox_id: int | None = None,
    **columns: Any,
) -> int:
    """Move those of the challenges that may move so, write an event for each, and return how many there were.

    ``at`` may be an expression over the challenge, such as ``F("filing__alarm_at")``; ``sandbox_id`` is as in
    :func:`note`.
    """
    rows = challenges.filter(state__in=legal_origins(CHALLENGE_MOVES, to))
    note_challenges(rows, _CHALLENGE_EVENTS[to], at=at, by=by, sandbox_id=sandbox_id)
    if to is not ChallengeState.OPEN:
        columns.setdefault("closed_at", at)
    return rows.update(state=to, **columns)


# ── A right entry ────────────────────────────────────────────────────────────
# The move that people wait for. Its rows have been read under lock, so its statements need not be put together anew.

_EVENT = ("filing_id", "round", "kind", "challenge_id", "at", "actor", "participant_id", "real_at")
_EVENT_BLANK = ("reason", "detail", "field", "suggestion")
_WRITE_EVENTS = (
    f"INSERT INTO {Event._meta.db_table} ({', '.join((*_EVENT, *_EVENT_BLANK))}) "  # noqa: S608  # our own words
    f"VALUES ({', '.join(['%s'] * len(_EVENT) + [chr(39) * 2] * len(_EVENT_BLANK))})"
)


def _words(states: Sequence[str]) -> str:
    return ", ".join(f"'{state}'" for state in states)


_PASS = (
    f"UPDATE {Challenge._meta.db_table} SET state = '{ChallengeState.PASSED}', closed_at = %s "  # noqa: S608  # as above
    f"WHERE id = %s AND state IN ({_words(legal_origins(CHALLENGE_MOVES, ChallengeState.PASSED))})"
)
_REVIEW = (
    f"UPDATE {Filing._meta.db_table} SET state = '{FilingState.REVIEWING}', alarm_at = NULL, alarm_kind = '', "  # noqa: S608  # as above
    "alarm_error = '', return_reason = '', return_detail = '', return_field = '', return_suggestion = '' "
    f"WHERE id = %s AND state IN ({_words(legal_origins(FILING_MOVES, FilingState.REVIEWING))})"
)


def pass_challenge(challenge: Challenge, *, at: datetime, by: By, is_last: bool) -> None:
    """Let a challenge pass and, with the last one, its filing go to the bureau.

    As :func:`move_challenges` and :func:`move_filings`, for rows that the caller has read under lock.
    Raises :class:`IllegalMove` if one of the two may not move so.
    """
    filing, real = challenge.filing, connection.ops.adapt_datetimefield_value(real_now())
    moment = connection.ops.adapt_datetimefield_value(at)
    events: list[tuple[Any, ...]] = [
        (filing.pk, challenge.round, EventKind.PASSED.value, challenge.pk, moment, by.name, by.participant_id, real)
    ]
    if is_last:
        nobody = (ITSELF.name, ITSELF.participant_id, real)
        events.append((filing.pk, filing.round, EventKind.REVIEWING.value, None, moment, *nobody))
    news.note_change([filing.sandbox_id])
    after = outbox.last_event_id()
    with connection.cursor() as cursor:
        for event in events:
            cursor.execute(_WRITE_EVENTS, event)
        cursor.execute(_PASS, (moment, challenge.pk))
        moved = cursor.rowcount
        if is_last:
            cursor.execute(_REVIEW, (filing.pk,))
            moved += cursor.rowcount
    if moved != len(events):
        raise IllegalMove(f"challenge {challenge.pk} may not pass, or its filing not go on")
    if after is not None:
        outbox.enqueue(Filing.objects.filter(pk=filing.pk).values("id"), after=after)
    if is_last and _decides_by_itself(filing.pk):
        schedule_decisions(Filing.objects.filter(pk=filing.pk))


def return_filings(
    ids: Collection[int],
    reason: ReturnReason,
    *,
    at: Moment,
    by: By = ITSELF,
    detail: str = "",
    fault: Fault | None = None,
) -> None:
    """Send filings back to their provider, whatever the reason, and close what was still to be verified.

    Past the deadline open challenges expire; otherwise waiting and open ones are dropped. Passed ones stay as history.
    ``at`` is a moment or, past the deadline, ``F("alarm_at")``.
    """
    challenges = Challenge.objects.filter(filing_id__among=ids)
    if reason is ReturnReason.DEADLINE:
        move_challenges(
            challenges.filter(state=ChallengeState.OPEN),
            ChallengeState.EXPIRED,
            at=F("deadline_at"),
        )
    else:
        move_challenges(challenges, ChallengeState.DROPPED, at=at, by=by)
    move_filings(ids, FilingState.RETURNED, at=at, by=by, reason=reason.value, detail=detail, fault=fault)


def note(
    filings: QuerySet[Filing],
    kind: EventKind,
    *,
    at: Moment,
    by: By = ITSELF,
    reason: str = "",
    detail: str = "",
    fault: Fault | None = None,
    sandbox_id: int | None = None,
) -> None:
    """Write an event for each filing, its copies into the outbox, and that something has changed.

    ``sandbox_id`` is that of all of them, where the caller knows it.
    """
    news.note_change([sandbox_id] if sandbox_id else _sandboxes_of(filings))
    after = outbox.last_event_id()
    insert_from(
        Event,
        filings,
        filing_id=F("id"),
        round=F("round"),
        kind=kind.value,
        at=at,
        actor=by.name,
        participant_id=by.participant_id,
        real_at=real_now(),
        reason=reason,
        detail=detail,
        field=fault.column if fault else "",
        suggestion=fault.suggestion if fault else "",
    )
    outbox.enqueue(filings.values("id"), after=after)


def note_challenges(
    challenges: QuerySet[Challenge],
    kind: EventKind,
    *,
    at: Moment,
    by: By = ITSELF,
    reason: str = "",
    sandbox_id: int | None = None,
) -> None:
    """Write an event for each challenge into its filing's history, as :func:`note` does for a filing."""
    news.note_change([sandbox_id] if sandbox_id else _sandboxes_of(challenges))
    after = outbox.last_event_id()
    insert_from(
        Event,
        challenges,
        filing_id=F("filing_id"),
        round=F("round"),
        challenge_id=F("id"),
        kind=kind.value,
        at=at,
        actor=by.name,
        participant_id=by.participant_id,
        real_at=real_now(),
        reason=reason,
    )
    outbox.enqueue(challenges.values("filing_id"), after=after)


def _sandboxes_of(rows: QuerySet[Any]) -> QuerySet[Any, int]:
    return rows.order_by().values_list("sandbox_id", flat=True).distinct()
