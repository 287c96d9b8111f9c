"""预告: what a move of the clock would bring about if nobody did anything meanwhile. Asking changes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from verification.asking import conflicts
from verification.asking.records import RecordsChanged
from verification.models import AlarmKind, Challenge, ChallengeState, Filing, FilingState, MessageStatus, Phone, Sandbox
from verification.state import deciding
from verification.state.messages import STATUS
from verification.time import due


class Verdict(StrEnum):
    """What a bureau that decides by itself does with a filing."""

    APPROVED = "approved"  # the pre-review ends (W-23)
    ACCEPTED = "accepted"
    REJECTED = "rejected"  # by its setting
    CONTRADICTED = "contradicted"  # by the records, as they will be then


@dataclass(frozen=True)
class Decision:
    """A verdict, and for what reason; blank where nothing is wrong."""

    verdict: Verdict
    reason: str = ""

    @property
    def is_good(self) -> bool:
        """Whether the filing goes on, and does not come back."""
        return not self.reason


@dataclass(frozen=True)
class Concerned:
    """A person who is still to verify when the step comes; ``status`` is what becomes of the message that it sends."""

    name: str
    phone: Phone
    status: MessageStatus | None = None


@dataclass(frozen=True)
class Foreseen:
    """One thing that becomes due, whom it concerns, in the order of their challenges, and how it is decided."""

    at: datetime
    filing: Filing
    kind: AlarmKind
    concerned: tuple[Concerned, ...] = ()
    decision: Decision | None = None


@dataclass(frozen=True)
class Preview:
    """The first steps, in the order in which they are done, and how many there are in all."""

    steps: tuple[Foreseen, ...]
    total: int


def foresee(sandbox: Sandbox, *, until: datetime, limit: int) -> Preview:
    """What will have happened by ``until``, the first ``limit`` steps of it, with phones as they are switched now.

    What was due before and is yet to be done comes with it; what was set aside does not. A reason that names a 备案号
    has the present one, also where the 主体 gets another on the way. The number of queries does not depend on the
    number of filings.
    """
    ahead = due.ahead(sandbox, until=until, limit=limit)
    concerned = _still_to_verify(step.filing for step in ahead.steps)
    decisions = _decisions(sandbox, [step for step in ahead.steps if step.kind is AlarmKind.DECISION])
    return Preview(
        steps=tuple(
            Foreseen(
                at=step.at,
                filing=step.filing,
                kind=step.kind,
                concerned=_concerned(step, concerned.get(step.filing.pk, ())),
                decision=decisions.get((step.filing.pk, step.at)),
            )
            for step in ahead.steps
        ),
        total=ahead.total,
    )


def _still_to_verify(filings: Iterable[Filing]) -> dict[int, list[Concerned]]:
    """Who has not verified, with what becomes of a message to them, by the id of the filing: nobody will meanwhile."""
    found: dict[int, list[Concerned]] = {}
    pending = Challenge.objects.filter(
        filing_id__among={filing.pk for filing in filings}, state__in=(ChallengeState.WAITING, ChallengeState.OPEN)
    )
    for challenge in pending.select_related("phone").annotate(status=STATUS).order_by("id"):
        one = Concerned(challenge.name, challenge.phone, MessageStatus(challenge.status))
        found.setdefault(challenge.filing_id, []).append(one)
    return found


_SENDING = (AlarmKind.SEND, AlarmKind.NOON)


def _concerned(step: due.Step, pending: Sequence[Concerned]) -> tuple[Concerned, ...]:
    if step.kind in _SENDING:
        return tuple(pending)
    return tuple(Concerned(one.name, one.phone) for one in pending)


def _decisions(sandbox: Sandbox, steps: Sequence[due.Step]) -> Mapping[tuple[int, datetime], Decision]:
    """How each is decided, by filing and moment: each as it will find the records, with those before it through."""
    found: dict[tuple[int, datetime], Decision] = {}
    approved: set[int] = set()
    to_accept: list[due.Step] = []
    for step in steps:
        filing = step.filing
        if sandbox.refuses(filing):
            found[filing.pk, step.at] = Decision(Verdict.REJECTED, sandbox.refuses_with)
        elif filing.state == FilingState.PREREVIEW and filing.pk not in approved:
            approved.add(filing.pk)
            found[filing.pk, step.at] = Decision(Verdict.APPROVED)
        else:
            to_accept.append(step)
    changes = conflicts.changes_in_turn([step.filing for step in to_accept])
    for step in to_accept:
        change = changes.get(step.filing.pk)
        found[step.filing.pk, step.at] = (
            Decision(Verdict.CONTRADICTED, deciding.contradicted(RecordsChanged(change)).error)
            if change
            else Decision(Verdict.ACCEPTED)
        )
    return found
