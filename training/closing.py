"""A class ends: everything that it had goes, from rows, keys and files. One row stays for a day, for late clicks.

Rows and keys go at once (:func:`close`), the files a moment later by a job (:func:`finish`), which also goes on with
what somebody has begun and could not end.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet

from training import hours, trainees
from training.courses import sandboxes_of
from training.models import ClosedCourse, Course, Member, Try
from verification import erasing
from verification.by import By
from verification.models import Participant, Sandbox
from verification.time import clock
from verification.worlds import sandboxes
from verification.worlds.browsers import TOLD_FOR

MACHINE = By.machine("班级结束")
#: So often closing begins anew where somebody comes in between.
_MOST_ROUNDS = 5
#: What keys of the shared cache begin with, by whose id follows.
_KEYS = {
    "sandbox": ("bar", "news", "there", "page", "guard", "again", "draft", "QUERIES_A_MINUTE_OF_SANDBOX"),
    "participant": ("DRAFTS_A_MINUTE",),
    "member": ("course-start",),
    "course": ("stands", "desk"),
}


def close(course: Course) -> int:
    """End a class: members, tries and sandboxes are deleted; returns how many members there were.

    Who learnt nowhere but here is forgotten, too. No browser knows of its sandboxes from the same moment on.
    """
    closed = _close_rows(course, rounds=_MOST_ROUNDS)
    count = len(closed.to_erase["member"])
    _erase(closed)
    return count


def close_forgotten() -> int:
    """Close the classes that nobody has closed; returns how many."""
    forgotten = list(hours.forgotten())
    for course in forgotten:
        close(course)
    return len(forgotten)


def _close_rows(course: Course, *, rounds: int) -> ClosedCourse:
    try:
        return _close_rows_at_once(course)
    except IntegrityError:  # somebody began an exercise of it at that very moment
        if not rounds:
            raise
        return _close_rows(course, rounds=rounds - 1)


@transaction.atomic
def _close_rows_at_once(course: Course) -> ClosedCourse:
    locked = Course.objects.select_for_update().get(pk=course.pk)
    ids = _ids_of(locked)
    sandboxes.close_for_good(ids["sandbox"], by=MACHINE)
    real = clock.real_now()
    closed = ClosedCourse.objects.create(code=locked.code, closed_at=real, tries=ids["try"], to_erase=ids)
    locked.delete()
    return closed


@dataclass(frozen=True)
class Stock:
    """What would go with a class."""

    members: int
    tries: int
    under_way: int


def stock_of(course: Course) -> Stock:
    """How much there is to go, and how many tries have not come to their end, of which there is no result yet."""
    tries = Try.objects.filter(member__course=course)
    counts = tries.aggregate(all=Count("pk"), open=Count("pk", filter=Q(ended_at=None)))
    return Stock(course.members.count(), counts["all"], counts["open"])


def of_code(code: str) -> ClosedCourse | None:
    """The class of a code that was closed within the last day."""
    return _told().filter(code=code).first()


def of_try(pk: int) -> ClosedCourse | None:
    """The class to which a try belonged that went with it within the last day."""
    return next((closed for closed in _told() if pk in closed.tries), None)


def finish() -> int:
    """Clean the files of what closed classes had, and what is left of them; returns of how many."""
    unfinished = list(ClosedCourse.objects.exclude(to_erase={}))
    if not unfinished:
        return 0
    are_gone = [_erase(closed) for closed in unfinished]
    if not erasing.clean_files():
        return 0
    done = [closed for closed, is_gone in zip(unfinished, are_gone, strict=True) if is_gone]
    return ClosedCourse.objects.filter(pk__in=[closed.pk for closed in done]).update(to_erase={})


def forget_closed() -> int:
    """Forget classes that were closed a day ago; returns how many."""
    old = ClosedCourse.objects.filter(closed_at__lt=clock.real_now() - TOLD_FOR, to_erase={})
    return old.delete()[0]


def _told() -> QuerySet[ClosedCourse]:
    return ClosedCourse.objects.filter(closed_at__gte=clock.real_now() - TOLD_FOR)


def _ids_of(course: Course) -> dict[str, list[int]]:
    """The ids of all that the class has, by what they are."""
    members = list(Member.objects.filter(course=course).values_list("pk", "trainee_id"))
    in_them = list(sandboxes_of(course).values_list("pk", flat=True))
    return {
        "course": [course.pk],
        "member": [pk for pk, _ in members],
        "trainee": [trainee for _, trainee in members],
        "try": list(Try.objects.filter(member__course=course).values_list("pk", flat=True)),
        "sandbox": in_them,
        "participant": list(Participant.objects.filter(sandbox__among=in_them).values_list("pk", flat=True)),
    }


def _erase(closed: ClosedCourse) -> bool:
    """Delete the sandboxes, whom only the class knew, and the keys; whether nothing is left of them."""
    ids: Mapping[str, Sequence[int]] = closed.to_erase
    sandboxes.delete_everything_of(*ids["sandbox"])
    trainees.forget_empty(ids["trainee"])
    is_forgotten = erasing.forget_keys(set(_keys(ids)))
    return is_forgotten and not Sandbox.objects.filter(pk__among=ids["sandbox"]).exists()


def _keys(ids: Mapping[str, Sequence[int]]) -> Iterator[str]:
    for what, kinds in _KEYS.items():
        yield from (f"{kind}:{pk}" for kind in kinds for pk in ids[what])
