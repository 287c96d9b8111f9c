"""The bar of what the machine shows: which step it does next, what it types, and what the site has said."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.http import HttpRequest

from portal.shared.lesson.places import where
from portal.shared.page.drawings import digits_in, drawing_shown
from portal.shared.visit.addresses import Address, address_of
from portal.shared.visit.visits import visit_of
from portal.shared.visit.watching import watch_address
from training import showing
from training.files import Exercise, Step, StepSentences
from training.models import Showing
from training.openings import SHOWING
from training.showing import Typed
from training.words import Enter, Resend


@dataclass(frozen=True)
class Shown:
    """What the bar shows. ``done`` steps are behind it; ``step`` is ``None`` when all are.

    ``captcha`` is blank where none is typed.
    """

    title: str
    name: str
    done: int
    number: int
    steps: int
    step: Step | None
    sentences: StepSentences | None
    typed: Sequence[Typed]
    captcha: str
    said: str
    is_paused: bool
    pace: int
    is_fastest: bool
    address: str
    catalogue: str


def shown_of(request: HttpRequest) -> Shown | None:
    """The bar for whoever watches; ``None`` where nothing is shown."""
    visit = visit_of(request)
    if visit is None or visit.sandbox.purpose != SHOWING:
        return None
    found = showing.in_sandbox(visit.sandbox)
    exercise = showing.exercise_of(found) if found else None
    if found is None or exercise is None:
        return None
    step = showing.step_of(exercise, found)
    address = replace(address_of(request), base="/")  # from here on one is there in person
    return Shown(
        title=exercise.sentences.title,
        name=exercise.name,
        done=found.done,
        number=min(found.done + 1, len(exercise.steps)),
        steps=len(exercise.steps),
        step=step,
        sentences=exercise.sentences.steps[step.id] if step else None,
        typed=showing.typed(found, exercise, step) if step else (),
        captcha=digits_in(drawing_shown(visit.sandbox.pk)) if step and isinstance(step.act, Enter | Resend) else "",
        said=found.said,
        is_paused=found.is_paused,
        pace=found.pace,
        is_fastest=found.pace == Showing.MOST_PACE,
        address=address.of_nation("exercises:show", found.key),
        catalogue=f"{address.of_nation('exercises:index')}#{exercise.name}",
    )


def page_of(address: Address, found: Showing, exercise: Exercise) -> str:
    """The page on which the machine's next step is seen, below the address at which one watches; the last one's after.

    ``address`` is that of a visitor who does not watch.
    """
    watched = replace(address, base=watch_address(found.participant, "/"), province=None)
    step = showing.step_of(exercise, found) or exercise.steps[-1]
    return where(watched, exercise, found, step)
