"""变更手机号码 (miit-2018): the bureau looks first, and only its approval sends a code to the new number."""

import pytest

from tests import world
from tests.verification.editions.in_edition import Place, place
from tests.world import person
from verification.acting import filings
from verification.asking.submissions import PersonData, ServiceData, SubjectData
from verification.law.words import Kind, Outcome
from verification.models import Filing
from verification.refusals import Refused

pytestmark = [pytest.mark.django_db, pytest.mark.rule("W-23")]

SUBMITTED, APPROVED, SENT = "2018-10-08 09:30", "2018-10-10 15:00", "2018-10-10 15:05"
NEW_PHONE = person(3).phone


@pytest.fixture
def there() -> Place:
    return place("miit-2018")


@pytest.fixture
def filing(there: Place) -> Filing:
    """The new number of the 主体负责人 演甲1, submitted and not looked at yet."""
    return there.ask(Kind.CHANGE_PHONE)


def approve(filing: Filing, at: str = APPROVED) -> None:
    world.move(filing.sandbox, at)
    filing.refresh_from_db()
    filings.approve(filing, by=world.OFFICER)


def test_nothing_is_sent_and_nothing_runs_out_before_the_bureau_has_looked(filing: Filing) -> None:
    assert (world.standing(filing), filing.alarm_at) == (("prereview", "", 1), None)
    assert world.states(filing) == {"演甲1": "waiting"}
    world.move(filing.sandbox, "2018-11-08 09:30")
    assert (world.standing(filing), world.messages(filing.sandbox)) == (("prereview", "", 1), [])
    assert world.send_again(filing, 1, phone=NEW_PHONE).outcome is Outcome.NOTHING_TO_RESEND


@pytest.mark.rule("C-03", "D-01", "W-21")
def test_approval_starts_the_five_minutes_and_the_window(filing: Filing) -> None:
    approve(filing)
    assert (world.standing(filing), world.shown(filing.alarm_at)) == (("verifying", "", 1), SENT)
    world.move(filing.sandbox, SENT)
    assert world.messages(filing.sandbox, NEW_PHONE) == [("演甲1", "first", SENT)]
    assert world.messages(filing.sandbox, person(1).phone) == []
    filing.refresh_from_db()
    assert world.shown(filing.deadline_at) == "2018-10-11 15:05"
    assert world.history(filing) == [
        (1, "filing.submitted", SUBMITTED, ""),
        (1, "filing.prereview", SUBMITTED, ""),
        (1, "filing.approved", APPROVED, ""),
        (1, "filing.verifying", APPROVED, ""),
        (1, "challenge.opened", SENT, "演甲1"),
    ]


@pytest.mark.rule("D-06")
def test_review_follows_the_verification_and_puts_the_number_on_record(there: Place, filing: Filing) -> None:
    approve(filing)
    world.move(filing.sandbox, SENT)
    code = world.code_of(filing, NEW_PHONE)
    assert world.verify(filing, 1, code=code, phone=NEW_PHONE).outcome is Outcome.ALL_DONE
    assert world.standing(filing) == ("reviewing", "", 1)
    world.accept(filing)
    there.record.refresh_from_db()
    on_record = there.record.responsible
    assert (on_record.name, on_record.phone) == ("演甲1", NEW_PHONE)


@pytest.mark.rule("D-02")
def test_deadline_after_the_approval_returns_the_filing(filing: Filing) -> None:
    approve(filing)
    world.move(filing.sandbox, "2018-10-11 15:05")
    assert (world.standing(filing), world.states(filing)) == (("returned", "deadline", 1), {"演甲1": "expired"})


@pytest.mark.rule("D-04")
def test_refusal_returns_the_filing_with_the_reason_and_the_next_round_is_looked_at_again(filing: Filing) -> None:
    world.reject(filing, "号码与申请人不符")
    assert (world.standing(filing), filing.return_detail) == (("returned", "rejected", 1), "号码与申请人不符")
    assert world.states(filing) == {"演甲1": "dropped"}
    world.resubmit(filing)
    assert world.standing(filing) == ("prereview", "", 2)
    approve(filing)
    world.move(filing.sandbox, SENT)
    assert world.messages(filing.sandbox) == [("演甲1", "first", SENT)]


def test_provider_may_withdraw_meanwhile(filing: Filing) -> None:
    world.withdraw(filing)
    assert world.standing(filing) == ("returned", "withdrawn", 1)
    with pytest.raises(Refused) as refused:
        approve(filing)
    assert refused.value.code == "not_in_prereview"


def test_approval_is_given_once_and_is_no_acceptance(filing: Filing) -> None:
    with pytest.raises(Refused) as early:
        world.accept(filing)
    approve(filing)
    with pytest.raises(Refused) as twice:
        filings.approve(filing, by=world.OFFICER)
    assert (early.value.code, twice.value.code) == ("not_in_review", "not_in_prereview")


def test_edition_of_the_submission_holds_when_the_approval_comes_later(filing: Filing) -> None:
    approve(filing, "2020-09-01 13:00")
    world.move(filing.sandbox, "2020-09-01 13:05")
    filing.refresh_from_db()
    assert filing.edition_id == "miit-2018"
    sender, text = filing.challenges.get().messages.values_list("sender", "text").get()
    assert (sender, text[:6]) == ("106575000130", "演甲1您好，")


@pytest.mark.rule("W-17", "W-19")
def test_numbers_of_the_subject_and_of_a_website_are_verified_each(there: Place) -> None:
    filing = there.ask(
        Kind.CHANGE_PHONE,
        subject=SubjectData(person=PersonData(phone=NEW_PHONE)),
        services=(ServiceData(serial=1, person=PersonData(phone=person(4).phone)),),
    )
    approve(filing)
    world.move(there.sandbox, SENT)
    assert [name for name, _, _ in world.messages(there.sandbox)] == ["演甲1", "演乙2"]
