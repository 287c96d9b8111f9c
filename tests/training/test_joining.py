"""Many who join a class, or begin in a group, at the same instant: real threads, on every database alike."""

from collections import Counter
from collections.abc import Callable

import pytest

from tests.world import at_once
from training import courses, tries
from training.models import Course, Kind, Member, Part, Trainee, Try
from training.words import Way
from verification.refusals import Refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def course(transactional_db: None) -> Course:
    """A class that works in groups of three."""
    return courses.make(tries.new_trainee(), name="小组", kind=Kind.GROUP, tasks=[("corrected", Way.PRACTICE)])


def test_all_who_fit_get_a_name_and_a_part_of_their_own(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courses, "MOST_MEMBERS", 10)

    def join() -> str:
        try:
            courses.join(Course.objects.get(pk=course.pk), None, "小王")
        except Refused as refused:
            return refused.code
        return "in"

    assert Counter(at_once(*[join] * 12)) == {"in": 10, "course_is_full": 2}
    members = Member.objects.select_related("lead")
    assert len({member.nickname for member in members}) == 10
    assert len({(member.speaker, member.part) for member in members}) == 10
    assert sorted(Counter(member.speaker for member in members).values()) == [1, 3, 3, 3]
    assert Trainee.objects.count() == 11  # who was refused left none


def test_group_that_begins_at_once_has_one_try(course: Course) -> None:
    members = [courses.join(course, None, name) for name in "甲乙丙"]

    def start(pk: int) -> Callable[[], int]:
        return lambda: courses.start(Member.objects.select_related("lead", "course").get(pk=pk), 1).pk

    assert len(set(at_once(*[start(member.pk) for member in members]))) == 1
    assert Try.objects.count() == 1
    assert [member.part for member in members] == [Part.FILER, Part.PROVIDER, Part.CLOCK]
