"""Free practice of a class: all in one sandbox, or each in one."""

from datetime import timedelta

import pytest

from tests.training.test_courses import joined
from training import closing, courses, desks, hours, practice, tries
from training.models import Course, Kind, Part
from verification.models import Participant, Role, Sandbox
from verification.refusals import Refused
from verification.time import clock
from verification.worlds import sandboxes

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Starts are as five seconds apart."""
    monkeypatch.setattr(courses.limits, "wait", lambda *_, **__: 0)


def made(kind: Kind) -> Course:
    """A class that practises."""
    parts = [Part.PROVIDER, Part.CLOCK] if kind == Kind.TOGETHER else []
    return courses.make(tries.new_trainee(), name="自由班", kind=kind, scenario="2018-z", parts=parts)


def test_all_are_in_one_sandbox_with_the_parts_of_the_class() -> None:
    course = made(Kind.TOGETHER)
    first, second = (courses.practise(joined(course, name)) for name in ("小王", "小李"))
    assert first.sandbox_id == second.sandbox_id == course.sandbox_id
    assert [(each.name, each.roles, each.may_move_clock) for each in (first, second)] == [
        ("小王", (Role.PROVIDER,), True),
        ("小李", (Role.PROVIDER,), True),
    ]
    trainer = practice.host(course)
    assert (trainer.sandbox_id, trainer.is_owner) == (course.sandbox_id, True)
    assert [row.is_in for row in practice.rows_of(course)] == [True, True]


def test_each_has_a_sandbox_and_may_begin_anew() -> None:
    course = made(Kind.FREE)
    member = joined(course)
    mine, others = courses.practise(member), courses.practise(joined(course))
    assert (mine.is_owner, mine.sandbox_id != others.sandbox_id) == (True, True)
    before = desks.tag_of(course)
    again = courses.practise(member)
    mine.sandbox.refresh_from_db()
    assert (again.sandbox_id != mine.sandbox_id, mine.sandbox.closed_at is not None) == (True, True)
    assert desks.tag_of(course) != before
    long_ago = clock.real_now() - hours.KEPT_UNUSED - timedelta(days=1)
    Course.objects.update(created_at=long_ago)
    course.members.update(joined_at=long_ago)
    assert not hours.forgotten().exists()  # they practise in it


def test_sandbox_of_all_that_was_closed_is_made_anew() -> None:
    course = made(Kind.TOGETHER)
    member = joined(course)
    before = courses.practise(member)
    sandboxes.close(before.sandbox)
    member.refresh_from_db()
    assert practice.going_on(member) is None
    assert courses.practise(member).sandbox_id != before.sandbox_id


def test_closing_takes_all_sandboxes_along() -> None:
    for kind in (Kind.TOGETHER, Kind.FREE):
        course = made(kind)
        courses.practise(joined(course, "独一无二的小王"))
        template = set(Sandbox.objects.exclude(template_of=None).values_list("pk", flat=True))
        closing.close(course)
        assert set(Sandbox.objects.values_list("pk", flat=True)) == template
    assert not Participant.objects.filter(name__contains="独一无二").exists()


@pytest.mark.parametrize(
    ("scenario", "parts", "says"), [("none", [Part.FILER], "选择演练的情景"), ("2018-z", [], "至少给学员一种身份")]
)
def test_practice_of_nothing_is_refused(scenario: str, parts: list[Part], says: str) -> None:
    with pytest.raises(Refused, match=says):
        courses.make(tries.new_trainee(), name="自由班", kind=Kind.TOGETHER, scenario=scenario, parts=parts)
    assert not Course.objects.exists()
