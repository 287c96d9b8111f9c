"""主体负责人 or 网站负责人 (miit-2018, 注销网站): both get a code, one of them is enough."""

import pytest

from tests import world
from tests.verification.editions.in_edition import Place, place
from tests.world import WRONG_ID
from verification.law.words import Kind, Outcome
from verification.models import Filing, Person, Service

SENT, DEADLINE = "2018-10-08 09:35", "2018-10-09 09:35"
NEXT = "2018-10-08 10:00"

pytestmark = [pytest.mark.django_db, pytest.mark.rule("W-15")]


@pytest.fixture
def there() -> Place:
    return place("miit-2018")


@pytest.fixture
def filing(there: Place) -> Filing:
    """注销网站; 演甲1 (主体) and 演乙2 (网站) have just got their codes."""
    return there.ask(Kind.CANCEL_SERVICE)


def fail(filing: Filing, who: int) -> str:
    """Three wrong entries; returns the last answer."""
    return [world.verify(filing, who, id_suffix=WRONG_ID).outcome for _ in range(3)][-1]


@pytest.mark.rule("V-04")
@pytest.mark.parametrize(("who", "other", "names"), [(1, 2, ("演甲1", "演乙2")), (2, 1, ("演乙2", "演甲1"))])
def test_first_to_pass_moves_the_filing_on_and_drops_the_other(
    filing: Filing, who: int, other: int, names: tuple[str, str]
) -> None:
    code = world.code_of(filing, other)
    world.move(filing.sandbox, NEXT)
    answer = world.verify(filing, who)
    assert (answer.outcome, answer.text) == (
        Outcome.ALL_DONE,
        f"{names[0]}的短信核验完成。您的请求已完成全部核验，该请求将提交管局审核。",
    )
    assert world.standing(filing) == ("reviewing", "", 1)
    assert world.states(filing) == {names[0]: "passed", names[1]: "dropped"}
    assert world.history(filing)[-3:] == [
        (1, "challenge.passed", NEXT, names[0]),
        (1, "challenge.dropped", NEXT, names[1]),
        (1, "filing.reviewing", NEXT, ""),
    ]
    assert world.verify(filing, other, code=code).outcome is Outcome.NOT_FOUND
    assert world.verify(filing, who).outcome is Outcome.ALREADY_DONE
    assert world.send_again(filing, other).outcome is Outcome.NOTHING_TO_RESEND


def test_noon_and_deadline_bring_nothing_to_the_one_who_is_no_longer_needed(filing: Filing) -> None:
    world.verify(filing, 1)
    world.move(filing.sandbox, "2018-10-10 09:35")
    assert [cause for _, cause, _ in world.messages(filing.sandbox)] == ["first", "first"]
    assert world.standing(filing) == ("reviewing", "", 1)


@pytest.mark.rule("V-09")
@pytest.mark.parametrize(("who", "other"), [(1, 2), (2, 1)])
def test_one_fails_and_the_other_still_passes(filing: Filing, who: int, other: int) -> None:
    assert fail(filing, who) is Outcome.FAILED
    assert world.standing(filing) == ("verifying", "", 1)
    assert sorted(world.states(filing).values()) == ["failed", "open"]
    assert world.verify(filing, who).outcome is Outcome.NOT_FOUND
    assert world.verify(filing, other).outcome is Outcome.ALL_DONE
    assert world.standing(filing) == ("reviewing", "", 1)
    assert sorted(world.states(filing).values()) == ["failed", "passed"]


@pytest.mark.rule("V-09", "D-03")
def test_filing_returns_when_the_second_fails_too(filing: Filing) -> None:
    fail(filing, 1)
    world.move(filing.sandbox, NEXT)
    assert fail(filing, 2) is Outcome.FAILED
    assert world.standing(filing) == ("returned", "failed", 1)
    assert world.states(filing) == {"演甲1": "failed", "演乙2": "failed"}
    assert world.history(filing)[-2:] == [
        (1, "challenge.failed", NEXT, "演乙2"),
        (1, "filing.returned", NEXT, ""),
    ]


@pytest.mark.rule("D-02")
@pytest.mark.parametrize("are_jobs_late", [False, True])
def test_one_fails_the_other_expires_and_the_deadline_returns_the_filing(filing: Filing, are_jobs_late: bool) -> None:
    fail(filing, 1)
    if are_jobs_late:
        world.move_without_jobs(filing.sandbox, "2018-10-12 08:00")
        assert world.verify(filing, 2).outcome is Outcome.NOT_FOUND
    else:
        world.move(filing.sandbox, "2018-10-12 08:00")
    assert world.standing(filing) == ("returned", "deadline", 1)
    assert world.states(filing) == {"演甲1": "failed", "演乙2": "expired"}
    assert world.history(filing)[-2:] == [
        (1, "challenge.expired", DEADLINE, "演乙2"),
        (1, "filing.returned", DEADLINE, ""),
    ]


@pytest.mark.rule("D-02")
def test_filing_returns_at_the_deadline_when_neither_has_done_anything(filing: Filing) -> None:
    world.move(filing.sandbox, DEADLINE)
    assert world.standing(filing) == ("returned", "deadline", 1)
    assert world.states(filing) == {"演甲1": "expired", "演乙2": "expired"}


def test_withdrawing_drops_what_is_still_open_and_leaves_what_failed(filing: Filing) -> None:
    fail(filing, 1)
    world.withdraw(filing)
    assert (world.standing(filing), world.states(filing)) == (
        ("returned", "withdrawn", 1),
        {"演甲1": "failed", "演乙2": "dropped"},
    )


@pytest.mark.rule("D-04")
def test_next_round_begins_with_both_again(filing: Filing) -> None:
    fail(filing, 1)
    fail(filing, 2)
    world.resubmit_and_send(filing)
    assert (world.standing(filing), world.states(filing)) == (("verifying", "", 2), {"演甲1": "open", "演乙2": "open"})
    assert world.verify(filing, 1).outcome is Outcome.ALL_DONE


def test_noon_reaches_only_the_one_who_can_still_pass(there: Place) -> None:
    world.move(there.sandbox, "2018-10-08 13:00")
    filing = there.ask(Kind.CANCEL_SERVICE)
    fail(filing, 2)
    world.move(there.sandbox, "2018-10-09 12:00")
    assert [name for name, cause, _ in world.messages(there.sandbox) if cause == "noon"] == ["演甲1"]


@pytest.mark.rule("W-17")
def test_one_person_in_both_roles_gets_one_code(there: Place) -> None:
    site = Service.objects.get(subject=there.record, serial=1)
    site.responsible = Person.objects.get(pk=there.record.responsible_id)
    site.save()
    filing = there.ask(Kind.CANCEL_SERVICE)
    assert world.states(filing) == {"演甲1": "open"}
    assert fail(filing, 1) is Outcome.FAILED
    assert world.standing(filing) == ("returned", "failed", 1)
