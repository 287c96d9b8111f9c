"""What a trainer does in many sandboxes at once, and what a step costs that is taken off somebody."""

from datetime import datetime, timedelta

import pytest

from training import courses, desks, skipping, together, tries
from training.judging import GOAL
from training.models import Course, Member, Try
from training.together import Fault, Place
from training.words import Way
from verification.models import ClockMove, Message, Phone, Sandbox
from verification.state import alarms
from verification.time import clock

pytestmark = pytest.mark.django_db

EXERCISE = "first-verification"


@pytest.fixture
def course() -> Course:
    """A class of two exercises."""
    tasks = [(EXERCISE, Way.PRACTICE), ("one-person", Way.PROOF)]
    return courses.make(tries.new_trainee(), name="周三班", tasks=tasks)


def at(course: Course, nickname: str, number: int = 1) -> Member:
    """Somebody new who has begun an exercise of the class."""
    member = courses.join(course, tries.new_trainee(), nickname)
    courses.start(member, number)
    return member


def sandbox_of(member: Member) -> Sandbox:
    """Where they are at it."""
    return Sandbox.objects.get(exercise_try__member=member)


def only_place(course: Course) -> Place:
    """The one step at which people are."""
    (place,) = together.places_of(desks.rows_of(course)).values()
    return place


def tomorrow(now: datetime) -> datetime:
    """A day on."""
    return now + timedelta(days=1)


def test_what_a_move_brings_is_listed_then_done_for_each_who_is_still_there(course: Course) -> None:
    first, second, gone = (at(course, name) for name in ("甲", "乙", "丙"))
    place = only_place(course)
    plans = together.plan(place, tomorrow)
    assert {plan.member: plan.to == tomorrow(plan.now) for plan in plans} == dict.fromkeys((first, second, gone), True)
    assert not ClockMove.objects.filter(moved_by="教员台").exists()
    listed = {plan.member.pk: plan.preview.total for plan in plans if plan.preview}
    tries.leave(gone.tries.get())
    clock.move_to(sandbox_of(first), clock.now(sandbox_of(first)) + timedelta(days=9), by=skipping.DESK)
    wanted = {plan.member.pk: plan.to for plan in plans if plan.to}
    moved = {each.member: each for each in together.move(only_place(course), wanted)}
    assert set(moved) == {first, second}
    assert (moved[first].to, moved[first].refusal[:7]) == (None, "时钟只能向前拨")
    assert moved[second].to == clock.now(sandbox_of(second)) == wanted[second.pk]
    assert listed[second.pk] == alarms.run_due(sandbox_of(second)) > 0


def test_next_moment_is_that_of_each_sandbox(course: Course) -> None:
    members = [at(course, name) for name in ("甲", "乙")]
    ahead = alarms.next_alarm(sandbox_of(members[0]))
    assert ahead is not None
    (one, other) = together.plan(only_place(course), None)
    assert one.to == other.to == ahead.alarm_at
    for member in members:  # nothing more comes once it has come back
        clock.move_to(sandbox_of(member), clock.now(sandbox_of(member)) + timedelta(days=99), by=skipping.DESK)
    assert [plan.to for plan in together.plan(only_place(course), None)] == [None, None]


def test_pause_stops_what_runs_and_going_on_starts_no_other(course: Course) -> None:
    running, standing = at(course, "走着"), at(course, "停着")
    clock.resume(sandbox_of(running), by=skipping.DESK)
    assert together.pause(course) == 1
    assert Course.objects.get().paused_at is not None
    assert Sandbox.objects.filter(exercise_try__member__course=course, clock_paused=True).count() == 2
    assert together.go_on(course) == 1
    assert Course.objects.get().paused_at is None
    assert [sandbox_of(member).clock_paused for member in (running, standing)] == [False, True]
    assert together.go_on(course) == 0


def test_faults_come_and_go_for_one_and_for_all(course: Course) -> None:
    one, other = at(course, "甲"), at(course, "乙", 2)
    assert together.set_fault(course, Fault.SYSTEM, is_on=True, member=one) == 1
    assert [sandbox_of(member).has_fault for member in (one, other)] == [True, False]
    assert together.set_fault(course, Fault.NO_SIGNAL, is_on=True) == 2
    concerned = Phone.objects.filter(sandbox__exercise_try__member__course=course, challenges__isnull=False).distinct()
    assert set(concerned.values_list("has_signal", flat=True)) == {False}
    assert together.set_fault(course, Fault.SPAM_FILTER, is_on=True, member=other) == 1
    together.set_fault(course, Fault.NO_SIGNAL, is_on=False)
    assert set(concerned.values_list("has_signal", "has_spam_filter")) == {(True, False), (True, True)}
    assert Message.objects.filter(phone__in=concerned).exists()


@pytest.mark.parametrize("name", ["four-wrong", "no-noon", "corrected"])
def test_skipped_steps_lead_to_the_goal_and_are_nobodys_best(name: str) -> None:
    trainee = tries.new_trainee()
    this = tries.start(trainee, name)
    assert this.sandbox is not None
    steps = 0
    while (looked := tries.look(Try.objects.get(pk=this.pk), this.sandbox)) and looked.standing.step:
        assert skipping.skip(this, looked.standing.step.id)
        assert not skipping.skip(this, looked.standing.step.id)
        steps += 1
    assert Try.objects.get(pk=this.pk).reached == GOAL
    assert tries.finish(this)
    results = tries.results_of(trainee)
    assert this.debrief["counts"]["skipped"] == steps > 0
    assert tries.best_of(results) is None
