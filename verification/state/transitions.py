"""The one door for state: both tables of legal moves, and the only code that changes a state.

A move takes a set of rows, so that one filing and a sweep of thousands go the same way. It writes the event and updates
conditionally on the old state in the same transaction, which the caller holds together with the lock of the rows.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.expressions import Combinable

from verification import news
from verification.by import ITSELF, By
from verification.models import (
    Challenge,
    ChallengeState,
    Event,
    EventKind,
    Filing,
    FilingState,
    ReturnReason,
)
from verification.models.bulk import insert_from
from verification.outside import outbox

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

_FILING_EVENTS = {
    FilingState.SUBMITTED: EventKind.SUBMITTED,
    FilingState.PREREVIEW: EventKind.PREREVIEW,
    FilingState.VERIFYING: EventKind.VERIFYING,
    FilingState.REVIEWING: EventKind.REVIEWING,
    FilingState.ACCEPTED: EventKind.ACCEPTED,
    FilingState.RETURNED: EventKind.RETURNED,
}
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
    sandbox_id: int | None = None,
    **columns: Any,
) -> None:
    """Move the filings to ``to`` and write an event for each.

    ``at`` is the domain time of the move, or an expression over the filing such as ``F("alarm_at")``. ``columns`` are
    further columns to set in the same update. The alarm and its error are cleared unless ``columns`` sets them.
    ``sandbox_id`` is as in :func:`note`.
    Raises :class:`IllegalMove` if any of them may not move so.
    """
    if not ids:
        return
    rows = Filing.objects.filter(id__among=ids, state__in=legal_origins(FILING_MOVES, to))
    note(rows, _FILING_EVENTS[to], at=at, by=by, reason=reason, detail=detail, sandbox_id=sandbox_id)
    is_return = to is FilingState.RETURNED
    moved = rows.update(
        **{
            "alarm_at": None,
            "alarm_kind": "",
            "alarm_error": "",
            "state": to,
            "return_reason": reason if is_return else "",
            "return_detail": detail if is_return else "",
            **columns,
        }
    )
    if moved != len(ids):
        raise IllegalMove(f"only {moved} of {len(ids)} filings may become {to}")


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


def return_filings(
    ids: Collection[int], reason: ReturnReason, *, at: Moment, by: By = ITSELF, detail: str = ""
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
    move_filings(ids, FilingState.RETURNED, at=at, by=by, reason=reason.value, detail=detail)


def note(
    filings: QuerySet[Filing],
    kind: EventKind,
    *,
    at: Moment,
    by: By = ITSELF,
    reason: str = "",
    detail: str = "",
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
        reason=reason,
        detail=detail,
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
        reason=reason,
    )
    outbox.enqueue(challenges.values("filing_id"), after=after)


def _sandboxes_of(rows: QuerySet[Any]) -> QuerySet[Any, int]:
    return rows.order_by().values_list("sandbox_id", flat=True).distinct()
