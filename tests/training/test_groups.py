"""Groups of a class: who gets which part, one try for all of a group, one row and one result."""

import pytest

from tests.training.test_courses import finished, joined
from training import closing, courses, desks, exports, groups, tries
from training.files import exercises
from training.judging import GOAL
from training.models import Course, Kind, Member, Part, Try
from training.words import Way
from verification.models import Role
from verification.refusals import Refused

EXERCISE = "corrected"


def test_parts_are_those_whose_steps_an_exercise_has() -> None:
    found = {name: groups.parts_of(exercise) for name, exercise in exercises().items()}
    assert found["corrected"] == [Part.FILER, Part.PROVIDER, Part.CLOCK]
    assert found["queue-of-eight"] == [Part.BUREAU]
    assert found["first-verification"] == [Part.FILER, Part.PROVIDER]
    assert {exercise.name for exercise in groups.for_groups()} == {name for name, parts in found.items() if parts[1:]}


@pytest.fixture
def course(db: None) -> Course:
    """A class that works in groups of three."""
    return courses.make(tries.new_trainee(), name="小组", kind=Kind.GROUP, tasks=[(EXERCISE, Way.PRACTICE)])


def parts(*members: Member) -> list[str]:
    """Who does what, as the rows say it."""
    return [Member.objects.get(pk=member.pk).part for member in members]


def leads(*members: Member) -> list[int | None]:
    """Who follows whom."""
    return [Member.objects.get(pk=member.pk).lead_id for member in members]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("names", "says"), [(["corrected", "first-verification"], "只能选一个"), (["queue-of-eight"], "只有一个角色")]
)
def test_class_of_groups_needs_one_exercise_for_several(names: list[str], says: str) -> None:
    with pytest.raises(Refused, match=says):
        courses.make(tries.new_trainee(), name="小组", kind=Kind.GROUP, tasks=[(name, Way.PRACTICE) for name in names])


def test_who_joins_gets_a_part_in_the_order_of_joining_and_may_change_it(course: Course) -> None:
    first, second, third, fourth = (joined(course, name) for name in "甲乙丙丁")
    assert parts(first, second, third, fourth) == [Part.FILER, Part.PROVIDER, Part.CLOCK, Part.FILER]
    assert leads(first, second, third, fourth) == [None, first.pk, first.pk, None]
    with pytest.raises(Refused, match="已经有人"):
        groups.take(second, f"{fourth.pk}:{Part.FILER}")
    groups.take(first, f"{fourth.pk}:{Part.PROVIDER}")  # whom the others follow goes
    assert leads(first, second, third) == [fourth.pk, None, second.pk]
    groups.take(third, f"{second.pk}:{Part.FILER}")
    assert parts(first, second, third) == [Part.PROVIDER, Part.PROVIDER, Part.FILER]
    groups.take(third, f"0:{Part.CLOCK}")
    assert leads(third) == [None]
    joined(course, "戊")
    assert sum(len(groups.group_of(lead)) for lead in course.members.filter(lead=None)) == 5


def test_group_does_one_exercise_together_and_is_judged_as_one(course: Course) -> None:
    lead, second = joined(course, "甲"), joined(course, "乙")
    this = courses.start(second, 1)
    assert (this.member, this.trainee) == (lead, lead.trainee)
    assert courses.start(lead, 1) == this  # the others go on with it, and need not wait
    here = {each: groups.participant_in(this, each.trainee) for each in (lead, second)}
    assert [set(each.roles) for each in here.values() if each] == [{Role.FILER}, {Role.PROVIDER}]
    assert here[lead] is not None
    assert here[lead].may_move_clock  # which nobody has, so that the lead does it
    assert groups.participant_in(this, tries.new_trainee()) is None

    third = joined(course, "丙")
    turns = [groups.whose_turn(this, exercises()[EXERCISE].step(step)) for step in ("licence", "correct", "new-code")]
    assert turns == ["", "乙（接入商）", "丙（拨时钟）"]
    assert groups.participant_in(this, third.trainee) is not None
    here[lead].refresh_from_db()
    assert not here[lead].may_move_clock
    with pytest.raises(Refused, match="小组已经开始"):
        groups.take(third, f"0:{Part.FILER}")

    courses.raise_hand(third, is_up=True)
    (row,) = desks.rows_of(course)
    assert (row.member.called, row.member.hand_at is not None, row.number) == ("甲、乙、丙", True, 1)


def test_lead_alone_begins_anew_and_the_result_is_one_line(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    lead, second = joined(course, "甲"), joined(course, "乙")
    monkeypatch.setattr(courses.limits, "wait", lambda *_, **__: 0)  # as five seconds later
    first = courses.start(lead, 1)
    assert courses.start(second, 1, anew=True) == first
    again = courses.start(lead, 1, anew=True)
    first.refresh_from_db()
    assert (first.end, again.ended_at) == (tries.LEFT, None)
    tries.leave(again)
    assert finished(second, 1).end == GOAL
    assert [(line.nickname, line.is_good) for line in exports.results_of(course)][-1] == ("甲、乙", True)
    assert desks.progress_of(course)[0].good == desks.progress_of(course)[0].members == 1
    assert closing.close(course) == 2
    assert not Try.objects.exists()
