"""The bureau's decisions on many filings at once.

Each filing is decided in a transaction of its own and has its own outcome: one that cannot be decided any more, since
another officer was faster or the records have changed, is refused and does not hold back the others.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from verification.acting import filings
from verification.by import By
from verification.models import Filing
from verification.refusals import Refused

#: How many filings may be decided at once: more than a page of the queue holds, and done within a request.
MOST_AT_ONCE = 100


@dataclass(frozen=True)
class Decided:
    """A filing as it stands after a decision on many; ``refusal`` says why nothing was done with it."""

    filing: Filing
    refusal: Refused | None = None


def approve_many(chosen: Sequence[Filing], *, by: By) -> list[Decided]:
    """Approve filings in pre-review (W-23). Raises :class:`Refused` for too many, and does nothing then."""
    return _each(chosen, lambda filing: filings.approve(filing, by=by))


def accept_many(chosen: Sequence[Filing], *, by: By) -> list[Decided]:
    """Accept filings, which get their 备案号 in this order (D-06). Raises :class:`Refused` as :func:`approve_many`."""
    return _each(chosen, lambda filing: filings.accept(filing, by=by))


def reject_many(chosen: Sequence[Filing], *, by: By, reason: str, suggestion: str = "") -> list[Decided]:
    """Send filings back as a whole, with one reason and one suggestion (D-06).

    Raises :class:`Refused` for too many, without a reason that fits, or with a suggestion that does not.
    """
    detail, advice = filings.checked_reason(reason), filings.checked_suggestion(suggestion)
    return _each(chosen, lambda filing: filings.reject(filing, by=by, reason=detail, suggestion=advice))


def _each(chosen: Sequence[Filing], decide: Callable[[Filing], None]) -> list[Decided]:
    if len(chosen) > MOST_AT_ONCE:
        raise Refused(f"一次最多处理 {MOST_AT_ONCE} 份备案申请，请分批勾选。", code="too_many_filings")
    return [_one(filing, decide) for filing in chosen]


def _one(filing: Filing, decide: Callable[[Filing], None]) -> Decided:
    try:
        decide(filing)
    except Refused as refusal:
        filing.refresh_from_db()
        return Decided(filing, refusal)
    return Decided(filing)
