"""From when to when a class is held, in real time, and until when one that nobody closes is kept."""

from datetime import datetime, timedelta

from django.db.models import Max, Q, QuerySet
from django.utils.timezone import localtime

from training.models import Course
from verification.refusals import Refused
from verification.time import clock

#: So long after its end a class is closed by itself.
KEPT_AFTER_END = timedelta(days=7)
#: So long after somebody joined or began something last, one is that has no end.
KEPT_UNUSED = timedelta(days=30)
_FURTHEST = timedelta(days=5 * 365)


def check_near(at: datetime | None) -> None:
    """Raises :class:`Refused` for a time that is years away, as one with a slip in its year is."""
    if at and abs(at - clock.real_now()) > _FURTHEST:
        raise Refused("这个时间离现在太远了，请核对年份。", code="too_far_away")


def check(begins_at: datetime | None, ends_at: datetime | None) -> None:
    """Raises :class:`Refused` for times that are years away, and for an end that is not after the beginning."""
    check_near(begins_at)
    check_near(ends_at)
    if begins_at and ends_at and ends_at <= begins_at:
        raise Refused("结束时间要晚于开始时间，请更正。", code="ends_before_it_begins")


def set_times(course: Course, *, begins_at: datetime | None, ends_at: datetime | None) -> None:
    """Let a class be held from then until then, each of which may be left open. Raises :class:`Refused`."""
    check(begins_at, ends_at)
    course.begins_at, course.ends_at = begins_at, ends_at
    course.save(update_fields=["begins_at", "ends_at"])


def is_before(course: Course) -> bool:
    """Whether the class has yet to begin."""
    return course.begins_at is not None and clock.real_now() < course.begins_at


def is_over(course: Course) -> bool:
    """Whether the time of the class is over; what was begun may still be finished."""
    return course.ends_at is not None and clock.real_now() >= course.ends_at


def check_open(course: Course) -> None:
    """Raises :class:`Refused` where nothing is to be begun: before the class begins, and once it is over."""
    if is_before(course):
        assert course.begins_at is not None
        when = f"{localtime(course.begins_at):%Y-%m-%d %H:%M}"
        raise Refused(f"班级 {when} 才开始，请到时再点。", code="course_has_not_begun")
    check_not_over(course)


def check_not_over(course: Course) -> None:
    """Raises :class:`Refused` once the time of the class is over."""
    if is_over(course):
        raise Refused("班级的时间已经过了，不能再开始新的。还要做的话，请教员延长结束时间。", code="course_is_over")


def forgotten() -> QuerySet[Course]:
    """The classes that nobody has closed, long after their end or their last use."""
    real = clock.real_now()
    found = Course.objects.annotate(
        joined=Max("members__joined_at"),
        tried=Max("members__tries__started_at"),
        practised=Max("members__participant__sandbox__last_used_at"),
    )
    unused = Q(ends_at=None)
    for column in ("created_at", "begins_at", "joined", "tried", "practised"):
        unused &= Q(**{column: None}) | Q(**{f"{column}__lt": real - KEPT_UNUSED})
    return found.filter(Q(ends_at__lt=real - KEPT_AFTER_END) | unused)
