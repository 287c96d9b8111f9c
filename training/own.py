"""自己的练习: written by a trainer, checked, tried, given to classes, deleted.

How they are looked up is in ``shelf``.
"""

import secrets
from collections.abc import Collection, Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from training import rehearsing, tries
from training.files import OF_PEOPLE, Exercise
from training.models import Course, OwnExercise, OwnText, Showing, Trainee, Try
from training.reading import Unreadable, read
from verification.refusals import Refused
from verification.time import clock

#: So many somebody may have, and so many texts of each are kept at once.
MOST_EXERCISES, MOST_TEXTS = 30, 60
#: A text that is of no use any more is kept for so long: whoever begins at this very moment may have read it.
_KEPT_FOR = timedelta(days=1)


def _checked(text: str, *, name: str, rules: Collection[str]) -> Exercise:
    """The exercise that a text says, which cites rules that there are, and which the machine has played through."""
    exercise, places = read(text, name=name)
    cited = [(place, step.rule) for place, step in enumerate(exercise.steps)]
    unknown = [
        places.mistake(("steps", place, "rule"), f"没有规则 {rule}，写法说明里列出了所有规则。")
        for place, rule in cited
        if rule not in rules
    ]
    if unknown:
        raise Unreadable(unknown)
    rehearsing.rehearse(exercise, places)
    return exercise


def make(owner: Trainee | None, text: str, *, rules: Collection[str]) -> OwnExercise:
    """Keep a new exercise, of somebody new where it is nobody's; ``rules`` are the ids of those that there are.

    Raises :class:`Unreadable` with what is wrong, and :class:`Refused` for who has too many.
    """
    name = f"{OF_PEOPLE}{secrets.token_hex(8)}"
    exercise = _checked(text, name=name, rules=rules)
    with transaction.atomic():
        owner = owner or tries.new_trainee()
        Trainee.objects.select_for_update().get(pk=owner.pk)
        if owner.own_exercises.count() >= MOST_EXERCISES:
            raise Refused(f"您已有 {MOST_EXERCISES} 个自己的练习，请先删去不用的。", code="too_many_exercises")
        real = clock.real_now()
        own = OwnExercise.objects.create(
            owner=owner, name=name, title=exercise.sentences.title, newest=exercise.digest, changed_at=real
        )
        OwnText.objects.create(exercise=own, digest=exercise.digest, text=text, made_at=real)
    return own


def edit(own: OwnExercise, text: str, *, rules: Collection[str]) -> None:
    """Let a text be the newest one; classes keep theirs until it is offered. Raises as :func:`make` does."""
    exercise = _checked(text, name=own.name, rules=rules)
    with transaction.atomic():
        locked = OwnExercise.objects.select_for_update().get(pk=own.pk)
        real = clock.real_now()
        kept, is_new = OwnText.objects.get_or_create(
            exercise=locked, digest=exercise.digest, defaults={"text": text, "made_at": real}
        )
        if not is_new:
            OwnText.objects.filter(pk=kept.pk).update(made_at=real)
        elif locked.texts.count() > MOST_TEXTS:
            raise Refused("这个练习今天改了太多遍，请明天再改。", code="too_many_texts")
        locked.title, locked.newest, locked.changed_at = exercise.sentences.title, exercise.digest, real
        locked.save(update_fields=["title", "newest", "changed_at"])
    own.refresh_from_db()


def text_of(own: OwnExercise) -> str:
    """The newest text."""
    return own.texts.get(digest=own.newest).text


def offer(own: OwnExercise) -> None:
    """Let classes take the newest text, at their next try."""
    OwnExercise.objects.filter(pk=own.pk).update(offered=F("newest"))
    own.refresh_from_db()


def classes_with(own: OwnExercise) -> Sequence[Course]:
    """The classes that do it; none is anybody else's."""
    found = Course.objects.filter(desks__trainee=own.owner_id).order_by("id")
    return [course for course in found if any(name == own.name for name, _ in course.tasks)]


@transaction.atomic
def delete(own: OwnExercise) -> None:
    """Delete it with all its texts. Raises :class:`Refused` while a class has it."""
    OwnExercise.objects.select_for_update().get(pk=own.pk)
    if courses := classes_with(own):
        names = "、".join(f"“{course.name}”" for course in courses)
        raise Refused(f"班级{names}还在用这个练习，请先结束班级，再来删除。", code="exercise_in_use")
    own.delete()


def forget_old() -> int:
    """Delete the texts that nobody edits, takes or tries any more; returns how many."""
    of_it = {"exercise": OuterRef("exercise__name"), "digest": OuterRef("digest")}
    tried, shown = Try.objects.filter(**of_it, ended_at=None), Showing.objects.filter(**of_it)
    old = OwnText.objects.filter(made_at__lt=clock.real_now() - _KEPT_FOR)
    unused = old.exclude(Q(digest=F("exercise__newest")) | Q(digest=F("exercise__offered")))
    return unused.exclude(Exists(tried) | Exists(shown)).delete()[0]
