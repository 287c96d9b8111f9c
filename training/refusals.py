"""What has been refused in the sandbox of a try, as far as its rows tell.

A submission with mistakes of form leaves an attempt that was refused; one that contradicts the records becomes a filing
and comes back from the data check (W-24).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from verification.models import Attempt, AttemptKind, Event, EventKind, ReturnReason, Sandbox

_SUBMITTING = (AttemptKind.SUBMISSION, AttemptKind.RESUBMISSION)


@dataclass(frozen=True)
class Refusals:
    """How many of the trainee's ``submissions`` were refused, and the fields for which the bureau has ``rejected``.

    Those are by the ids of filings, in whatever round; the filing as a whole is a blank one.
    """

    submissions: int
    rejected: Mapping[int, Collection[str]]


def refusals_in(sandbox: Sandbox, attempts: Iterable[Attempt], *, opening: Collection[int]) -> Refusals:
    """What was refused; ``opening`` are the filings that were there before, whose first rounds do not count."""
    reasons = (ReturnReason.DATA_CHECK, ReturnReason.REJECTED)
    events = Event.objects.filter(filing__sandbox=sandbox, kind=EventKind.RETURNED, reason__in=reasons)
    submissions = sum(attempt.kind in _SUBMITTING and attempt.outcome != Attempt.DONE for attempt in attempts)
    rejected: dict[int, set[str]] = {}
    for event in events.order_by("id"):
        if event.reason == ReturnReason.REJECTED:
            rejected.setdefault(event.filing_id, set()).add(event.fault.field if event.fault else "")
        elif event.round > 1 or event.filing_id not in opening:
            submissions += 1
    return Refusals(submissions, rejected)
