"""What is different today: when, by which number, where, and how many entries and re-sendings there are."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from time_machine import TimeMachineFixture

from tests import world
from tests.verification.editions.in_edition import place
from tests.world import WRONG_ID, another_code
from verification.acting.challenges import Answer
from verification.law.words import Outcome
from verification.models import Filing, Message, WebhookDelivery
from verification.outside import webhooks
from verification.time import clock

pytestmark = pytest.mark.django_db

NOBODY = "13900000077"
TODAY = "public-2023"

#: One wrong piece, the two others right.
WRONG: dict[str, Callable[[Filing, int], Answer]] = {
    "id": lambda filing, who: world.verify(filing, who, province=None, id_suffix=WRONG_ID),
    "code": lambda filing, who: world.verify(filing, who, province=None, code=another_code(world.code_of(filing, who))),
    "phone": lambda filing, who: world.verify(filing, who, province=None, phone=NOBODY),
}
PIECES = [("id",) * 5, ("code",) * 5, ("phone",) * 5, ("id", "code", "phone", "id", "code")]


def right(filing: Filing, who: int) -> Answer:
    return world.verify(filing, who, province=None)


def spend(filing: Filing, who: int, pieces: tuple[str, ...] = PIECES[0]) -> None:
    """Enter so many wrong ones that no more are borne."""
    for piece in pieces:
        WRONG[piece](filing, who)


# ── The sixth entry ──────────────────────────────────────────────────────────


@pytest.mark.rule("T-06")
@pytest.mark.parametrize("pieces", PIECES, ids="-".join)
def test_five_wrong_entries_of_any_sort_are_borne(pieces: tuple[str, ...]) -> None:
    filing = place(TODAY).first_filing(1, 2)
    codes = {"id": 2, "code": 0, "phone": 4}
    assert [WRONG[piece](filing, 1).code for piece in pieces] == [codes[piece] for piece in pieces]
    assert (world.standing(filing), world.challenge_of(filing, 1).tries) == (("verifying", "", 1), 5)


@pytest.mark.rule("T-06", "D-03")
@pytest.mark.parametrize("sixth", ["right", *WRONG])
def test_sixth_entry_fails_right_or_wrong_and_is_not_charged(sixth: str) -> None:
    filing = place(TODAY).first_filing(1, 2)
    spend(filing, 1)
    answer = right(filing, 1) if sixth == "right" else WRONG[sixth](filing, 1)
    assert (answer.outcome, answer.code) == (Outcome.FAILED, 21)
    assert world.standing(filing) == ("returned", "failed", 1)
    assert world.states(filing) == {"演甲1": "failed", "演乙2": "dropped"}
    assert world.challenge_of(filing, 1).tries == 5


@pytest.mark.rule("T-06")
def test_entry_that_matches_one_piece_is_no_sixth() -> None:
    filing = place(TODAY).first_filing(1, 2)
    spend(filing, 1)
    free = world.verify(filing, 1, province=None, code=another_code(world.code_of(filing, 1)), id_suffix=WRONG_ID)
    assert (free.outcome, world.standing(filing)) == (Outcome.NOT_FOUND, ("verifying", "", 1))


@pytest.mark.rule("T-06")
def test_right_entry_for_another_filing_on_the_same_phone_goes_there_and_touches_no_other() -> None:
    there = place(TODAY)
    spent, other = there.first_filing(1, 1), there.first_filing(1, 1, domain=2)
    code = world.code_of(other, 1)
    for _ in range(5):
        world.verify(spent, 1, province=None, id_suffix=WRONG_ID)
    assert (world.challenge_of(spent, 1).tries, world.challenge_of(other, 1).tries) == (5, 0)
    assert world.verify(other, 1, province=None, code=code).code == 3
    assert (world.standing(spent), world.standing(other)) == (("verifying", "", 1), ("reviewing", "", 1))


@pytest.mark.rule("T-06")
def test_wrong_entry_after_the_fifth_charges_no_other_filing_on_the_phone() -> None:
    there = place(TODAY)
    spent, other = there.first_filing(1, 1), there.first_filing(1, 1, domain=2)
    spend(spent, 1)
    WRONG["code"](spent, 1)
    assert (world.standing(spent), world.standing(other)) == (("returned", "failed", 1), ("verifying", "", 1))
    assert world.challenge_of(other, 1).tries == 0


@pytest.mark.rule("T-06", "D-04")
def test_next_round_bears_five_again() -> None:
    filing = place(TODAY).first_filing(1, 1)
    spend(filing, 1)
    right(filing, 1)
    world.resubmit_and_send(filing)
    spend(filing, 1)
    assert world.standing(filing) == ("verifying", "", 2)


# ── Sending, and sending again ───────────────────────────────────────────────


@pytest.fixture
def minute(time_machine: TimeMachineFixture) -> Callable[[], None]:
    """Let a minute of real time pass."""
    time_machine.move_to(clock.real_now(), tick=False)
    return lambda: time_machine.shift(timedelta(minutes=1))


@pytest.mark.rule("T-05")
def test_third_resend_sends_nothing_and_says_so(minute: Callable[[], None]) -> None:
    filing = place(TODAY).first_filing(1, 1)
    spend(filing, 1)
    heard = []
    for _ in range(4):
        heard.append(world.send_again(filing, 1, province=None).code)
        minute()
    assert heard == [101, 101, 102, 102]
    assert [cause for _, cause, _ in world.messages(filing.sandbox)] == ["first", "manual", "manual"]


@pytest.mark.rule("T-04", "D-02")
def test_course_of_a_filing_is_that_of_2020() -> None:
    there = place(TODAY, at="2024-05-06 18:00")
    filing = there.first_filing(1, 1)
    world.move(there.sandbox, "2024-05-07 18:04")
    assert [(cause, at) for _, cause, at in world.messages(there.sandbox)] == [
        ("first", "2024-05-06 18:05"),
        ("noon", "2024-05-07 12:00"),
    ]
    assert world.standing(filing) == ("verifying", "", 1)
    world.move(there.sandbox, "2024-05-07 18:05")
    assert world.standing(filing) == ("returned", "deadline", 1)


@pytest.mark.rule("T-07", "T-09")
def test_message_comes_from_the_ministry_and_leads_to_the_national_site() -> None:
    filing = place(TODAY).first_filing(1, 1)
    message = Message.objects.get(phone__sandbox=filing.sandbox)
    assert message.sender == "12381"
    assert "登录localhost:8000进行核验" in message.text


@pytest.mark.rule("T-01")
def test_filing_of_2020_that_is_still_open_keeps_its_edition_for_its_round() -> None:
    there = place("qingcloud-2020", at="2023-08-31 23:50")
    filing = there.first_filing(1, 1)
    assert filing.edition_id == "qingcloud-2020"
    world.move(there.sandbox, "2023-09-01 00:30")
    spend(filing, 1)
    filing.refresh_from_db()
    assert (filing.edition_id, world.standing(filing)) == ("qingcloud-2020", ("returned", "failed", 1))
    world.resubmit_and_send(filing)
    filing.refresh_from_db()
    assert filing.edition_id == TODAY


@pytest.mark.rule("T-08")
@pytest.mark.parametrize(
    ("id_type", "number", "suffix"),
    [("passport", "E12345678", "345678"), ("hk_macau_permit", "H12345678", "345678"), ("resident_id", "", "010014")],
)
def test_last_six_are_those_of_the_document_of_this_filing(id_type: str, number: str, suffix: str) -> None:
    document = {"id_type": id_type, "id_number": number} if number else {}
    person = world.person(1, **document)
    filing = place(TODAY).first_filing(person, person)
    assert world.challenge_of(filing, 1).id_suffix == person.id_number[-6:] == suffix
    assert world.verify(filing, 1, province=None, id_suffix=suffix).code == 3


# ── What the platform sees ───────────────────────────────────────────────────


def seen(filing: Filing) -> int | None:
    filing.refresh_from_db()
    return filing.verify_status(clock.now(filing.sandbox))


@pytest.mark.rule("T-12")
def test_platform_sees_how_far_the_verification_is() -> None:
    there = place(TODAY)
    passing, late = there.first_filing(1, 1), there.first_filing(2, 2, domain=2)
    assert (seen(passing), seen(late)) == (1, 1)
    right(passing, 1)
    assert seen(passing) == 2
    world.accept(passing)
    assert seen(passing) is None
    clock.move_to(there.sandbox, clock.now(there.sandbox) + timedelta(days=1), by=world.TRAINER)
    assert (late.state, seen(late)) == ("verifying", 3)  # the jobs have not come to it yet
    world.move(there.sandbox, "2024-05-07 12:00")
    assert (late.refresh_from_db(), late.state, seen(late)) == (None, "returned", None)


@pytest.mark.rule("T-12")
def test_platform_hears_with_the_webhook_what_it_saw() -> None:
    there = place(TODAY)
    endpoint = webhooks.add_endpoint(there.provider, "https://example.com/")
    late, passing = there.first_filing(1, 1), there.first_filing(2, 2, domain=2)
    right(passing, 2)
    world.move(there.sandbox, "2024-05-07 12:00")
    told = {(d.filing_id, d.event.kind): status_in(d) for d in endpoint.deliveries.select_related("event", "filing")}
    assert told == {
        (late.pk, "filing.submitted"): None,
        (late.pk, "filing.verifying"): 1,
        (late.pk, "challenge.opened"): 1,
        (late.pk, "challenge.expired"): 3,
        (late.pk, "filing.returned"): 3,
        (passing.pk, "filing.submitted"): None,
        (passing.pk, "filing.verifying"): 1,
        (passing.pk, "challenge.opened"): 1,
        (passing.pk, "challenge.passed"): 1,
        (passing.pk, "filing.reviewing"): 2,
    }


def status_in(delivery: WebhookDelivery) -> int | None:
    status: int | None = json.loads(webhooks.payload_of(delivery))["data"]["sms_verify_status"]
    return status


@pytest.mark.rule("T-12")
def test_platform_saw_nothing_of_it_before() -> None:
    there = place("qingcloud-2020")
    endpoint = webhooks.add_endpoint(there.provider, "https://example.com/")
    filing = there.first_filing(1, 1)
    assert seen(filing) is None
    (first, *_) = endpoint.deliveries.select_related("event", "filing")
    assert "sms_verify_status" not in json.loads(webhooks.payload_of(first))["data"]
