"""From when to when a class is held, and what becomes of one that nobody closes."""

from datetime import timedelta

import pytest
from time_machine import TimeMachineFixture

from tests.training.test_courses import TASKS, joined
from training import courses, hours, tries
from training.models import Course
from training.tasks import clean_up
from verification.refusals import Refused
from verification.time import clock

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def real_time(time_machine: TimeMachineFixture) -> TimeMachineFixture:
    """Real time stands still until the test moves it."""
    time_machine.move_to(clock.real_now(), tick=False)
    return time_machine


def made(*, begins: timedelta | None = None, ends: timedelta | None = None) -> Course:
    """A class that begins and ends so long after now."""
    real = clock.real_now()
    begins_at, ends_at = (real + after if after else None for after in (begins, ends))
    return courses.make(tries.new_trainee(), name="周三班", tasks=TASKS, begins_at=begins_at, ends_at=ends_at)


def test_members_wait_for_the_beginning_and_finish_after_the_end(real_time: TimeMachineFixture) -> None:
    course = made(begins=HOUR, ends=2 * HOUR)
    member = joined(course)
    with pytest.raises(Refused, match="才开始，请到时再点"):
        courses.start(member, 1)
    real_time.shift(HOUR)
    this = courses.start(member, 1)
    real_time.shift(HOUR)
    with pytest.raises(Refused, match="时间已经过了"):
        courses.start(member, 2)
    with pytest.raises(Refused, match="时间已经过了"):
        joined(course, "来晚的")
    this.refresh_from_db()
    assert this.ended_at is None
    hours.set_times(course, begins_at=None, ends_at=clock.real_now() + HOUR)
    assert courses.start(joined(course, "来晚的"), 2)


def test_end_comes_after_the_beginning() -> None:
    with pytest.raises(Refused, match="要晚于开始时间"):
        made(begins=HOUR, ends=HOUR)
    with pytest.raises(Refused, match="要晚于开始时间"):
        hours.set_times(made(), begins_at=clock.real_now(), ends_at=clock.real_now() - HOUR)


def test_forgotten_classes_are_closed_and_no_others(real_time: TimeMachineFixture) -> None:
    ended, unused, used, later = made(ends=HOUR), made(), made(), made(begins=hours.KEPT_UNUSED + HOUR)
    member = joined(used)
    real_time.shift(HOUR + hours.KEPT_AFTER_END)
    assert not hours.forgotten().exists()
    courses.start(member, 1)
    real_time.shift(MINUTE)
    assert list(hours.forgotten()) == [ended]
    real_time.shift(hours.KEPT_UNUSED - hours.KEPT_AFTER_END)
    clean_up()
    assert set(Course.objects.all()) == {used, later}
    assert unused not in Course.objects.all()
