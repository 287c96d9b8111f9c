"""A class: joined under a nickname, its exercises done in its tries, seen at a desk, and gone when it is closed."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from time_machine import TimeMachineFixture

from tests.training.test_exercises import do
from training import closing, courses, desks, tries
from training.files import exercises
from training.judging import GOAL
from training.models import Course, Member, Trainee, Try
from training.words import Way
from verification import news
from verification.refusals import Refused
from verification.time import clock

pytestmark = pytest.mark.django_db

TASKS = [("first-verification", Way.PRACTICE), ("one-person", Way.PROOF)]


@pytest.fixture(autouse=True)
def real_time(time_machine: TimeMachineFixture) -> TimeMachineFixture:
    """Real time stands still until the test moves it."""
    time_machine.move_to(clock.real_now(), tick=False)
    return time_machine


@pytest.fixture
def trainer() -> Trainee:
    """Who has the desk."""
    return tries.new_trainee()


@pytest.fixture
def course(trainer: Trainee) -> Course:
    """A class of two exercises."""
    return courses.make(trainer, name="周三班", tasks=TASKS)


def joined(course: Course, nickname: str = "小王") -> Member:
    """Somebody new in the class."""
    return courses.join(course, tries.new_trainee(), nickname)


def finished(member: Member, number: int) -> Try:
    """The try of a member who has done all steps of an exercise."""
    this = courses.start(member, number)
    for step in exercises()[this.exercise].steps:
        exercise = tries.exercise_of(this)
        assert exercise is not None
        do(this, exercise.step(step.id).act, step.id)
    assert tries.finish(this)
    return this


def test_desk_is_a_right_of_its_maker_alone(course: Course, trainer: Trainee) -> None:
    member = joined(course)
    assert [courses.has_desk(course, each) for each in (trainer, member.trainee, None)] == [True, False, False]
    assert courses.of_code(course.code) == course
    assert courses.of_code("NOSUCHCODE") is None


def test_two_with_the_same_nickname_become_two_and_who_is_in_stays(course: Course) -> None:
    first, second = joined(course), joined(course, " 小王 ")
    assert (first.nickname, second.nickname) == ("小王", "小王（2）")
    assert courses.join(course, first.trainee, "别的") == first
    long = [joined(course, "长" * 30).nickname for _ in range(2)]
    assert long == ["长" * 20, f"{'长' * 17}（2）"]


@pytest.mark.parametrize(
    ("tasks", "says"),
    [
        ([], "至少选一个"),
        ([("nothing", Way.PRACTICE)], "没有这个练习"),
        (TASKS * 21, "最多 40 个"),
    ],
)
def test_class_of_nothing_or_too_much_is_refused(trainer: Trainee, tasks: list[tuple[str, Way]], says: str) -> None:
    with pytest.raises(Refused, match=says):
        courses.make(trainer, name="周三班", tasks=tasks)
    assert not Course.objects.exists()


def test_nobody_joins_without_a_name_nor_what_is_full_or_closed(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Refused, match="请填写昵称"):
        joined(course, "  ")
    joined(course)
    monkeypatch.setattr(courses, "MOST_MEMBERS", 1)
    with pytest.raises(Refused, match="满了"):
        joined(course, "小李")
    closing.close(course)
    with pytest.raises(Refused, match="已经结束"):
        courses.join(Course(pk=course.pk), tries.new_trainee(), "小李")


def test_member_does_the_exercises_in_tries_of_the_class(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    member = joined(course)
    this = finished(member, 1)
    assert (this.member, this.end) == (member, GOAL)
    assert [(task.is_done, task.is_tried) for task in courses.tasks_of(course, member)] == [
        (True, True),
        (False, False),
    ]
    with pytest.raises(Refused, match="5 秒后再试"):
        courses.start(member, 2)
    monkeypatch.setattr(courses.limits, "wait", lambda *_, **__: 0)  # as five seconds later
    proof = courses.start(member, 2)
    assert (proof.way, proof.variant > 0) == (Way.PROOF, True)
    assert courses.tasks_of(course, member)[1].under_way == proof
    with pytest.raises(Refused, match="没有这个练习"):
        courses.start(member, 3)


def test_desk_says_who_needs_somebody(course: Course, real_time: TimeMachineFixture) -> None:
    done, stuck, waving, fresh = (joined(course, name) for name in ("完成", "卡住", "举手", "没来"))
    finished(done, 1)
    courses.start(stuck, 1)
    courses.raise_hand(waving, is_up=True)
    rows = {row.member.nickname: row for row in desks.rows_of(course)}
    assert not rows["卡住"].is_stuck
    real_time.shift(desks.STUCK_AFTER + timedelta(seconds=1))
    rows = {row.member.nickname: row for row in desks.rows_of(course)}
    assert list(rows)[:2] == ["举手", "卡住"]
    assert (rows["卡住"].number, rows["卡住"].is_stuck, rows["卡住"].end) == (1, True, "")
    assert (rows["完成"].end, rows["完成"].done) == (GOAL, 1)
    assert (rows["没来"].exercise, rows["没来"].done) == ("", 0)
    assert fresh.nickname in rows
    (first, second) = desks.progress_of(course)
    assert (first.begun, first.good, first.members) == (2, 1, 4)
    assert (second.begun, second.good) == (0, 0)


def test_desk_asks_as_often_for_many_as_for_few(course: Course) -> None:
    def asked() -> int:
        changed = list(Try.objects.values_list("sandbox_id", flat=True))
        desks.rows_of(course)
        news.note_change(changed)  # so that all are judged anew
        with CaptureQueriesContext(connection) as captured:
            desks.rows_of(course)
            desks.tag_of(course)
        return len(captured)

    courses.start(joined(course), 1)
    few = asked()
    for _ in range(8):
        courses.start(joined(course), 1)
    assert asked() == few <= 14
