"""A class is closed: nothing is left but one row for a day, and what was interrupted is ended by a job."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import IntegrityError
from redis import Redis
from time_machine import TimeMachineFixture

from training import closing, courses, tries
from training.models import ClosedCourse, Course, Member, Trainee, Try
from training.words import Way
from verification import erasing
from verification.models import Browser, Ending, Place, Sandbox
from verification.refusals import Refused
from verification.time import clock, limits
from verification.worlds import browsers, sandboxes

pytestmark = pytest.mark.django_db


@pytest.fixture
def course() -> Course:
    """A class of one exercise."""
    return courses.make(tries.new_trainee(), name="周三班", tasks=[("first-verification", Way.PRACTICE)])


def begun(course: Course) -> Try:
    """The try of somebody new in the class."""
    return courses.start(courses.join(course, tries.new_trainee(), "小王"), 1)


def test_row_of_a_day_tells_code_and_tries_and_nobody(course: Course, time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(clock.real_now(), tick=False)
    this = begun(course)
    assert closing.stock_of(course) == closing.Stock(members=1, tries=1, under_way=1)
    assert closing.close(course) == 1
    closed = closing.of_code(course.code)
    assert closed is not None
    assert (closed.closed_at, closed.tries) == (clock.real_now(), [this.pk])
    assert (closing.of_try(this.pk), closing.of_try(this.pk + 1)) == (closed, None)
    ClosedCourse.objects.update(to_erase={})  # as the job leaves it
    time_machine.shift(browsers.TOLD_FOR)
    assert closing.forget_closed() == 0
    time_machine.shift(timedelta(seconds=1))
    assert (closing.of_code(course.code), closing.of_try(this.pk)) == (None, None)
    assert closing.forget_closed() == 1


def test_browsers_forget_its_sandboxes_with_the_class(course: Course, time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(clock.real_now(), tick=False)
    this, other = begun(course), tries.start(tries.new_trainee(), "two-codes")
    assert this.participant is not None
    assert other.participant is not None
    there = browsers.enter(None, this.participant)
    elsewhere = browsers.enter(browsers.enter(None, this.participant), other.participant)
    closing.close(course)
    assert list(Place.objects.values_list("browser", "participant")) == [(elsewhere.pk, other.participant.pk)]
    told = Browser.objects.order_by("pk").values_list("participant", "ended", "ended_name", "ended_by", "ended_at")
    assert list(told) == [
        (None, Ending.CLASS, "", "", clock.real_now()),
        (other.participant.pk, "", "", "", None),
    ]
    time_machine.shift(browsers.TOLD_FOR + timedelta(seconds=1))
    assert browsers.forget_closed_classes() == 1
    assert Browser.objects.get(pk=there.pk).ended == ""


def test_who_learnt_nowhere_else_is_forgotten_and_nobody_besides(course: Course) -> None:
    only_here, elsewhere, in_two, trainer = (tries.new_trainee() for _ in range(4))
    other = courses.make(trainer, name="别的班", tasks=[("two-codes", Way.PRACTICE)])
    for number, each in enumerate((only_here, elsewhere, in_two, trainer)):
        courses.join(course, each, f"学员{number}")
    tries.start(elsewhere, "two-codes")
    courses.join(other, in_two, "学员")
    closing.close(course)
    left = set(Trainee.objects.values_list("pk", flat=True))
    assert {elsewhere.pk, in_two.pk, trainer.pk} <= left
    assert only_here.pk not in left


def test_closing_that_was_interrupted_is_ended_by_the_job(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    this = begun(course)
    with monkeypatch.context() as broken:
        broken.setattr(sandboxes, "delete_everything_of", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            closing.close(course)
    assert not Member.objects.exists()
    assert Sandbox.objects.filter(pk=this.sandbox_id, closed_at__isnull=False).exists()
    monkeypatch.setattr(erasing, "clean_files", lambda: False)
    assert closing.finish() == 0
    assert not Sandbox.objects.filter(pk=this.sandbox_id).exists()
    monkeypatch.setattr(erasing, "clean_files", lambda: True)
    assert closing.finish() == 1
    assert ClosedCourse.objects.get().to_erase == {}
    assert closing.finish() == 0


def test_keys_about_somebody_go_and_those_about_others_stay() -> None:
    for key in ("bar:7", "bar:7:3-1-4:x", "bar:70:x", "news:7", "other:7"):
        cache.set(key, "x")
    for key in ("guard:7:13900000001", "JOINS_AN_HOUR:course:7:abc", "JOINS_AN_HOUR:course:71:abc"):
        limits.hit(key, seconds=60)
    assert erasing.forget_keys({"bar:7", "news:7", "guard:7", "JOINS_AN_HOUR:course:7"})
    with erasing._cache_server() as server:
        left = {key.decode() for key in server.scan_iter()}
    assert left == {":1:bar:70:x", ":1:other:7", "limits:count:JOINS_AN_HOUR:course:71:abc"}


def test_keys_that_cannot_be_forgotten_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> Redis:
        return Redis.from_url("redis://127.0.0.1:1/0")

    monkeypatch.setattr(erasing, "_cache_server", away)
    assert not erasing.forget_keys({"bar:7"})
    assert not erasing.clean_files()


def test_who_begins_while_it_is_closed_is_told_so(course: Course) -> None:
    member = courses.join(course, tries.new_trainee(), "小王")
    closing.close(course)
    with pytest.raises(Refused, match="已经结束"):
        courses.start(member, 1)


def test_closing_begins_anew_where_somebody_comes_in_between(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    begun(course)
    read, rounds = closing._ids_of, iter([IntegrityError, IntegrityError])

    def with_somebody_between(course: Course) -> dict[str, list[int]]:
        for error in rounds:
            raise error
        return read(course)

    monkeypatch.setattr(closing, "_ids_of", with_somebody_between)
    assert closing.close(course) == 1
    monkeypatch.setattr(closing, "_ids_of", lambda _: (_ for _ in ()).throw(IntegrityError))
    another = courses.make(tries.new_trainee(), name="下一班", tasks=[("one-person", Way.PRACTICE)])
    with pytest.raises(IntegrityError):
        closing.close(another)
    assert list(Course.objects.all()) == [another]
