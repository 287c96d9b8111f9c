"""How far a try is: a pure function of what is so."""

from collections.abc import Sequence
from dataclasses import dataclass

from training.facts import Facts
from training.files import LOST, TIME_UP, Exercise, Step
from training.words import Decide, Resubmit, Seen
from verification.models import Filing, FilingState, ReturnReason

GOAL = "goal"


@dataclass(frozen=True)
class Standing:
    """Which steps are done, which one is next (``None``: all are done), and the end that is reached (blank: none).

    ``hints`` were asked for about the next one; ``is_shown`` where “show me” is on. Of those done, ``unnoted`` are not
    yet written down as such.
    """

    exercise: Exercise
    done: Sequence[bool]
    end: str
    hints: int
    is_shown: bool = False
    unnoted: Sequence[str] = ()

    @property
    def number(self) -> int:
        """The number of the present step, from 1; that of the last one when all are done."""
        return min(self.done.index(False) + 1 if False in self.done else len(self.done), len(self.done))

    @property
    def step(self) -> Step | None:
        """What is to be done now; ``None`` when an end is reached."""
        return None if self.end or False not in self.done else self.exercise.steps[self.number - 1]

    @property
    def is_good(self) -> bool:
        """Whether the goal is reached."""
        return self.end == GOAL


def judge(facts: Facts) -> Standing:
    """Judge what has happened. Whoever has done a later step has no need of those before.

    While the jobs have yet to do what is due, nothing has come to an end.
    """
    exercise = facts.exercise
    held = [step.id in facts.skipped or facts.hold(step.done, step.id) for step in exercise.steps]
    # A page that was looked at says nothing about what came before it.
    acted = [is_so and not isinstance(step.done, Seen) for is_so, step in zip(held, exercise.steps, strict=True)]
    last = max((place for place, is_so in enumerate(acted) if is_so), default=-1)
    done = [is_so or place < last for place, is_so in enumerate(held)]
    remaining = [step for step, is_so in zip(exercise.steps, done, strict=True) if not is_so]
    hints = facts.hints.get(remaining[0].id, 0) if remaining else 0
    ids = [step.id for step, is_so in zip(exercise.steps, done, strict=True) if is_so]
    unnoted = [step for step in ids if step not in facts.noted]
    return Standing(exercise, done, _end(facts, remaining), hints, facts.is_shown, unnoted)


def _end(facts: Facts, remaining: Sequence[Step]) -> str:
    if facts.was_acted_late:
        return TIME_UP
    if facts.is_something_due:
        return ""
    if facts.hold(facts.exercise.goal):
        return GOAL
    named = next((end.id for end in facts.exercise.ends if facts.hold(end.when)), "")
    if not named and facts.skipped and not remaining:
        return GOAL  # what was skipped may be missing from what the goal asks
    if not named and facts.is_time_over:
        return TIME_UP
    return named or (LOST if _is_lost(facts, remaining) else "")


def _is_lost(facts: Facts, remaining: Sequence[Step]) -> bool:
    """Whether a filing that a remaining step needs is over, and no step before that one submits it again."""
    submitted_again: set[str] = set()
    for step in remaining:
        is_resubmitted = isinstance(step.act, Resubmit)
        for label in _labels_of(step):
            filing = facts.filings.get(label)
            if filing is None or label in submitted_again or _is_as_decided(step, filing):
                continue
            if filing.state == FilingState.ACCEPTED or (filing.state == FilingState.RETURNED and not is_resubmitted):
                return True
            if is_resubmitted:
                submitted_again.add(label)
    return False


def _labels_of(step: Step) -> Sequence[str]:
    if isinstance(step.act, Decide):
        return step.act.labels
    label: str = getattr(step.act, "filing", None) or ""
    return (label,)


def _is_as_decided(step: Step, filing: Filing) -> bool:
    """Whether the step's decision has been made on this filing, which may be one of several, in whatever order."""
    if not isinstance(step.act, Decide):
        return False
    if step.act.decision == "reject":
        return filing.state == FilingState.RETURNED and filing.return_reason == ReturnReason.REJECTED
    return step.act.decision == "accept" and filing.state == FilingState.ACCEPTED
