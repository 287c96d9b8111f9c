"""The bar of an exercise: which step it is, what to do now, and where; on every page of its sandbox."""

from dataclasses import dataclass

from django.http import HttpRequest

from portal.shared.lesson.places import where
from portal.shared.visit.addresses import address_of
from portal.shared.visit.visits import visit_of
from training import tries
from training.files import EndSentences, Step, StepSentences, places
from training.openings import EXERCISE
from training.words import Seen


@dataclass(frozen=True)
class Bar:
    """What the bar shows. ``step`` is ``None`` at an end, ``end`` before one."""

    title: str
    number: int
    steps: int
    step: Step | None
    sentences: StepSentences | None
    address: str
    place: str
    hints: tuple[str, ...]
    has_more_hints: bool
    is_reading: bool
    end: EndSentences | None
    is_good: bool


def bar_of(request: HttpRequest) -> Bar | None:
    """The bar for a visitor; ``None`` where no exercise goes on. Asks nothing where the sandbox is for none."""
    visit = visit_of(request)
    if visit is None or visit.sandbox.purpose != EXERCISE:
        return None
    this = tries.in_sandbox(visit.sandbox)
    looked = tries.look(this, visit.sandbox) if this else None
    if this is None or looked is None:
        return None
    exercise, standing = looked.exercise, looked.standing
    step = standing.step
    sentences = exercise.sentences.steps[step.id] if step else None
    return Bar(
        title=exercise.sentences.title,
        number=standing.number,
        steps=len(exercise.steps),
        step=step,
        sentences=sentences,
        address=where(address_of(request), exercise, this, step) if step else "",
        place=places()[step.place].label if step else "",
        hints=sentences.hints[: standing.hints] if sentences else (),
        has_more_hints=sentences is not None and standing.hints < len(sentences.hints),
        is_reading=step is not None and isinstance(step.done, Seen),
        end=exercise.sentences.ends[standing.end] if standing.end else None,
        is_good=standing.is_good,
    )
