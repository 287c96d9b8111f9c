"""A class in numbers: how long steps took, who has reached what by when, where entries and tries went wrong."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from time_machine import TimeMachineFixture

from tests.training.test_exercises import do
from training import courses, tries
from training.judging import GOAL
from training.models import Course, Member, Note, NoteKind, Try
from training.overviews import Overview, Took, overview_of
from training.words import Enter, Piece, Way
from verification.law.words import Outcome
from verification.time import clock

pytestmark = pytest.mark.django_db

TASKS = [("four-wrong", Way.PRACTICE), ("first-verification", Way.PRACTICE)]


@pytest.fixture(autouse=True)
def real_time(time_machine: TimeMachineFixture) -> TimeMachineFixture:
    """Real time stands still until the test moves it."""
    time_machine.move_to(clock.real_now(), tick=False)
    return time_machine


@pytest.fixture
def course() -> Course:
    """A class of two exercises."""
    return courses.make(tries.new_trainee(), name="周三班", tasks=TASKS)


def joined(course: Course, nickname: str) -> Member:
    """Somebody new in the class."""
    return courses.join(course, tries.new_trainee(), nickname)


def acted(this: Try, *, steps: int, each: timedelta, real_time: TimeMachineFixture) -> None:
    """Do so many steps of a try, as somebody who needs so long for each, and settle it as whoever sends something."""
    exercise = tries.exercise_of(this)
    assert exercise is not None
    assert this.sandbox is not None
    for step in exercise.steps[:steps]:
        real_time.shift(each)
        do(this, step.act, step.id)
        tries.settle(this.sandbox)


@pytest.fixture
def overview(course: Course, real_time: TimeMachineFixture) -> Overview:
    """Of four: one is done and takes a minute a step, one stands at the second, one has left there, one is not here."""
    done, busy, gone, _ = (joined(course, name) for name in ("做完", "在做", "离开", "没来"))
    acted(courses.start(done, 1), steps=3, each=timedelta(minutes=1), real_time=real_time)
    acted(courses.start(busy, 1), steps=1, each=timedelta(minutes=2), real_time=real_time)
    left = courses.start(gone, 1)
    acted(left, steps=1, each=timedelta(minutes=4), real_time=real_time)
    assert left.sandbox is not None
    do(left, Enter(do="enter", filing="filing", person="owner", wrong=Piece.CODE, times=2))
    tries.leave(left)
    real_time.shift(timedelta(seconds=30))
    return overview_of(course)


def test_steps_are_known_by_how_long_they_took(overview: Overview) -> None:
    (task, _) = overview.tasks
    done, *others = overview.of(task)
    first, second, third = (step.id for step in task.exercise.steps)
    assert overview.names[done.member] == "做完"
    assert dict(done.took) == {step: Took(60) for step in (first, second, third)}
    by_name = {overview.names[doing.member]: doing.took for doing in others}
    assert by_name["在做"] == {first: Took(120), second: Took(270, is_open=True)}
    assert by_name["离开"] == {first: Took(240), second: Took(0, is_given_up=True)}
    assert [doing.done for doing in (done, *others)] == [3, 1, 1]
    assert overview.busiest == task


def test_class_over_time_and_what_went_wrong_most(overview: Overview, course: Course) -> None:
    curve, empty = overview.curves
    assert overview.span is not None
    start, end = overview.span
    assert end == overview.now
    assert [at - start for at in curve.begun] == [timedelta(minutes=each) for each in (0, 3, 5)]
    assert [at - start for at in curve.good] == [timedelta(minutes=3)]
    assert (empty.begun, empty.good) == ([], [])
    exercise = curve.task.exercise
    slow = overview.slowest(1)[0]
    assert (slow.step, slow.number, slow.people) == (exercise.steps[0], 1, 3)
    assert (slow.middle, slow.longest) == (120, 240)
    (missed,) = overview.missed(5)
    assert (missed.end, missed.times, missed.people, missed.step) == (tries.LEFT, 1, 1, exercise.steps[1])
    assert overview.wrong_guesses(5) == []
    for this, choice in zip(Try.objects.order_by("id"), ("对", "错", "错"), strict=True):
        step = exercise.steps[0].id
        Note.objects.create(
            of_try=this, kind=NoteKind.PREDICTION, step=step, choice=choice, right="对", at=overview.now
        )
    assert overview_of(course).wrong_guesses(5) == [(exercise, exercise.steps[0], 2)]


def test_entries_and_filings_are_those_of_the_class(overview: Overview, course: Course) -> None:
    people = {name: pk for pk, name in overview.names.items()}
    entries = {(each.member, each.piece): each for each in overview.entries}
    assert entries[people["离开"], "code"].mistakes == 1  # of the two that were asked for one was there
    assert (entries[people["做完"], "id"].times, entries[people["做完"], "id"].mistakes) == (4, 0)
    assert (entries[people["做完"], ""].outcome, entries[people["做完"], ""].exercise) == (
        Outcome.ALL_DONE,
        "four-wrong",
    )
    assert (overview.funnel.submitted, overview.funnel.sent) == (3, 3)
    assert (overview.funnel.verified, overview.funnel.accepted, overview.funnel.returned_in_all) == (1, 0, 0)
    tries.finish(Try.objects.get(reached=GOAL))
    Try.objects.filter(end=GOAL).update(sandbox=None)  # as some days later
    later = overview_of(course)
    assert later.funnel == overview.funnel
    assert [each for each in later.entries if each.member == people["做完"] and each.piece] == [
        replace(entries[people["做完"], "id"], outcome="")
    ]
    other = overview_of(course, 2)
    assert (other.doings, other.entries, other.funnel.submitted, other.span, other.busiest) == ([], [], 0, None, None)


def test_step_is_written_down_once_and_what_the_machine_did_took_no_time(
    course: Course, real_time: TimeMachineFixture
) -> None:
    member = joined(course, "再来")
    this = courses.start(member, 1)
    acted(this, steps=2, each=timedelta(minutes=1), real_time=real_time)
    assert this.sandbox is not None
    tries.settle(this.sandbox)
    done = this.notes.filter(kind=NoteKind.DONE).order_by("id")
    exercise = tries.exercise_of(this)
    assert exercise is not None
    assert [note.step for note in done] == [step.id for step in exercise.steps[:2]]
    tries.leave(this)
    again = tries.once_more(Try.objects.get(pk=this.pk))
    again.member = member
    again.save()
    acted(again, steps=0, each=timedelta(), real_time=real_time)
    assert again.sandbox is not None
    tries.settle(again.sandbox)
    (task, _) = courses.tasks_of(course)
    (doing,) = overview_of(course).of(task)
    assert list(doing.took.values()) == [None, None, Took(0, is_open=True)]


def test_try_whose_steps_nobody_has_noted_is_done_where_its_goal_is(course: Course) -> None:
    this = courses.start(joined(course, "从前"), 1)
    Try.objects.filter(pk=this.pk).update(reached=GOAL)
    Note.objects.all().delete()
    (task, _) = courses.tasks_of(course)
    (doing,) = overview_of(course).of(task)
    assert set(doing.took.values()) == {None}
    assert doing.done == len(task.exercise.steps)


def test_overview_asks_as_often_for_many_as_for_few(course: Course) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            overview_of(course)
        return len(captured)

    courses.start(joined(course, "一"), 1)
    few = asked()
    for number in range(6):
        courses.start(joined(course, f"又{number}"), 1)
    assert asked() == few <= 7
