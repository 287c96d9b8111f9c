"""Where an exercise is looked up, by name and digest: the fixed ones in their files, those of people in the database.

A fixed one is what its file says now. One of somebody's own is of a text: a try keeps that with which it began, however
its owner edits; classes take the text that is offered, the owner tries the newest. A text never changes, so what was
read of it is kept in the process, and costs nothing from then on.
"""

import logging
from collections.abc import Collection, Mapping
from functools import lru_cache

from training.files import OF_PEOPLE, Exercise, exercises
from training.models import OwnExercise, OwnText, Trainee
from training.reading import Unreadable, read

log = logging.getLogger(__name__)

#: So many exercises of people are kept in a process; each takes some hundred kilobytes at most.
_KEPT = 128


def is_of_people(name: str) -> bool:
    """Whether it is the name of an exercise that somebody has written; of the fixed ones there is none like it."""
    return name.startswith(OF_PEOPLE)


def begun_as(name: str, digest: str) -> Exercise | None:
    """The exercise of a try that began with this digest; ``None`` where there is none any more."""
    if not is_of_people(name):
        return exercises().get(name)
    try:
        return _of_people(name, digest)
    except OwnText.DoesNotExist:
        return None
    except Unreadable:
        log.warning("The exercise %s %s was in order once, and is no more.", name, digest)
        return None


@lru_cache(maxsize=_KEPT)
def _of_people(name: str, digest: str) -> Exercise:
    """Raises where there is no such text, which is not kept: it may come."""
    text: str = OwnText.objects.values_list("text", flat=True).get(exercise__name=name, digest=digest)
    return read(text, name=name)[0]


def offered(names: Collection[str]) -> Mapping[str, Exercise]:
    """Those that a class may begin now, by name: one question, and none where all are fixed ones."""
    found = {name: exercises()[name] for name in names if name in exercises()}
    of_people = [name for name in names if is_of_people(name)]
    if of_people:
        rows = OwnExercise.objects.filter(name__in=of_people).exclude(offered="")
        for name, digest in rows.values_list("name", "offered"):
            if (exercise := begun_as(name, digest)) is not None:
                found[name] = exercise
    return found


def to_begin(name: str, trainee: Trainee | None) -> Exercise | None:
    """The exercise that somebody may begin by its name, in no class: a fixed one, or the newest text of their own."""
    if not is_of_people(name):
        return exercises().get(name)
    own = OwnExercise.objects.filter(name=name, owner=trainee).first() if trainee else None
    return begun_as(name, own.newest) if own else None


def to_offer(name: str, trainer: Trainee) -> Exercise | None:
    """The exercise that a trainer may give to a class: a fixed one, or one of their own that they offer."""
    is_theirs = not is_of_people(name) or OwnExercise.objects.filter(name=name, owner=trainer).exists()
    return offered([name]).get(name) if is_theirs else None
