"""A line for whatever somebody does or tries: refused or not, by whomever, and never what was typed."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from time_machine import TimeMachineFixture

from tests import world
from verification.acting import decisions, filings, phones
from verification.acting.challenges import GUARD_LIMIT, check_entry
from verification.by import By
from verification.models import Attempt, Filing, Message, Participant, Provider, Sandbox
from verification.outside import keys
from verification.refusals import Refused
from verification.time import clock
from verification.worlds import sandboxes

pytestmark = pytest.mark.django_db

UNKNOWN = "19900000000"


@pytest.fixture
def filing(provider: Provider) -> Filing:
    """A filing whose codes are out."""
    return world.submit_and_send(provider)


def lines() -> list[tuple[str, str]]:
    """What was tried since the filing's codes are out, and how it went."""
    return list(Attempt.objects.order_by("id").values_list("kind", "outcome"))


def since(act: Callable[[], object]) -> list[Attempt]:
    """The lines that an act writes, refused or not."""
    last = Attempt.objects.order_by("id").last()
    with suppress(Refused):
        act()
    return list(Attempt.objects.filter(pk__gt=last.pk if last else 0).order_by("id"))


def test_entries_have_a_line_each_with_the_piece_that_was_wrong(filing: Filing) -> None:
    phone, challenge = world.phone_of(filing.sandbox, 1), world.challenge_of(filing, 1)
    told: list[tuple[dict[str, str], tuple[str, str, Any, Any]]] = [
        ({"code": "", "phone": UNKNOWN}, ("not_found", "", None, None)),
        ({"code": "", "id_suffix": world.WRONG_ID}, ("not_found", "", None, phone.pk)),
        ({"phone": UNKNOWN}, ("not_found", "phone", challenge.pk, None)),
        ({"id_suffix": world.WRONG_ID}, ("wrong_id", "id", challenge.pk, phone.pk)),
        ({"code": ""}, ("wrong_code", "code", challenge.pk, phone.pk)),
        ({}, ("partial", "", challenge.pk, phone.pk)),
        ({"code": challenge.code}, ("already_done", "", challenge.pk, phone.pk)),
    ]
    for entry, expected in told:
        (line,) = since(lambda entry=entry: world.verify(filing, 1, **({"code": challenge.code} | entry)))
        assert (line.kind, line.outcome, line.piece, line.challenge_id, line.phone_id) == ("entry", *expected)
        assert line.filing_id == (filing.pk if expected[2] else None)


def test_what_is_turned_away_unseen_has_a_line_too(filing: Filing) -> None:
    for _ in range(GUARD_LIMIT):
        world.verify(filing, 1, code="", phone=UNKNOWN)
    (line,) = since(lambda: world.verify(filing, 1, code="", phone=UNKNOWN))
    assert (line.outcome, line.challenge_id) == ("try_later", None)
    sandboxes.set_fault(Sandbox.objects.get(pk=filing.sandbox_id), on=True)
    (line,) = since(lambda: world.verify(filing, 1))
    assert (line.outcome, line.challenge_id, line.phone_id) == ("not_found", None, world.phone_of(filing.sandbox, 1).pk)
    (line,) = since(lambda: world.send_again(filing, 1))
    assert (line.kind, line.outcome) == ("resend", "nothing_to_resend")


def test_resends_have_a_line_each_refused_or_not(filing: Filing) -> None:
    heard = [since(lambda: world.send_again(filing, 1)) for _ in range(2)]
    heard.append(since(lambda: world.send_again(filing, 1, id_suffix=world.WRONG_ID)))
    assert [[(line.kind, line.outcome, line.filing_id) for line in found] for found in heard] == [
        [("resend", "resent", filing.pk)],
        [("resend", "too_soon", filing.pk)],
        [("resend", "nothing_to_resend", None)],
    ]
    assert {line.phone_id for found in heard for line in found} == {world.phone_of(filing.sandbox, 1).pk}


def test_what_is_refused_is_undone_and_its_line_stays(provider: Provider) -> None:
    mistaken = world.first_filing(1, 1, province="nowhere")
    (line,) = since(lambda: filings.submit(provider, mistaken, by=world.PROVIDER))
    assert (line.kind, line.outcome, line.filing_id, Filing.objects.count()) == (
        "submission",
        "invalid_submission",
        None,
        0,
    )
    filing = world.submit_and_send(provider)
    told: list[tuple[Callable[[], object], tuple[str, str]]] = [
        (lambda: filings.resubmit(filing, None, by=world.PROVIDER), ("resubmission", "not_returned")),
        (lambda: filings.approve(filing, by=world.OFFICER), ("approval", "not_in_prereview")),
        (lambda: filings.accept(filing, by=world.OFFICER), ("acceptance", "not_in_review")),
        (lambda: filings.reject(filing, reason=" ", by=world.OFFICER), ("rejection", "reason_required")),
        (lambda: decisions.accept_many([filing], by=world.OFFICER), ("acceptance", "not_in_review")),
        (
            lambda: clock.move_to(filing.sandbox, filing.created_at - timedelta(days=9), by=world.TRAINER),
            ("move", "clock_backwards"),
        ),
        (lambda: clock.set_speed(filing.sandbox, 7, by=world.TRAINER), ("speed", "unknown_speed")),
    ]
    for act, expected in told:
        before = world.history(filing), Sandbox.objects.values().get(pk=filing.sandbox_id)
        (line,) = since(act)
        assert (line.kind, line.outcome) == expected
        assert line.filing_id == (filing.pk if line.kind not in ("move", "speed") else None)
        assert (world.history(filing), Sandbox.objects.values().get(pk=filing.sandbox_id)) == before


def test_what_is_done_has_a_line_each(provider: Provider) -> None:
    sandbox = provider.sandbox
    filing = world.submit_and_send(provider)
    phone = world.phone_of(sandbox, 1)
    message = Message.objects.filter(phone=phone).select_related("phone__sandbox").latest("id")
    Attempt.objects.all().delete()
    phones.switch(phone, has_signal=False, by=world.FILER)
    phones.delete_message(message, by=world.FILER)
    filings.withdraw(filing, by=world.PROVIDER)
    filings.resubmit(filing, None, by=world.PROVIDER)
    clock.move_to(sandbox, clock.now(sandbox) + timedelta(hours=1), by=world.TRAINER)
    clock.set_speed(sandbox, 60, by=world.TRAINER)
    clock.pause(sandbox, by=world.TRAINER)
    world.pass_all(filing)
    filings.reject(filing, reason="材料不全", by=world.OFFICER)
    done = ("switch", "deletion", "withdrawal", "resubmission", "move", "speed", "pause", "move")
    entries = [("entry", "partial"), ("entry", "all_done")]
    assert lines() == [*((kind, "done") for kind in done), *entries, ("rejection", "done")]
    about = Attempt.objects.values_list("phone_id", "filing_id")
    assert list(about)[:4] == [(phone.pk, None), (phone.pk, None), (None, filing.pk), (None, filing.pk)]


def test_line_says_when_and_by_whom(provider: Provider, time_machine: TimeMachineFixture) -> None:
    real = world.moment("2026-01-05 10:00")
    time_machine.move_to(real, tick=False)
    sandbox = provider.sandbox
    participant = Participant.objects.create(sandbox=sandbox, name="小王", joined_at=real)
    key = keys.make_key(provider, maker=None, may_move_clock=True).key
    for by in (By.participant(participant), By.key(key), By.machine("演示")):
        clock.pause(sandbox, by=by)
    assert list(
        Attempt.objects.order_by("id").values_list("means", "participant_id", "api_key_id", "at", "real_at")
    ) == [
        ("participant", participant.pk, None, clock.now(sandbox), real),
        ("key", None, key.pk, clock.now(sandbox), real),
        ("machine", None, None, clock.now(sandbox), real),
    ]
    sandboxes.remove(participant)
    assert Attempt.objects.filter(participant_id=participant.pk).exists()


def test_lines_hold_nothing_that_was_typed(filing: Filing) -> None:
    challenge = world.challenge_of(filing, 1)
    code, phone = challenge.code, challenge.phone.number
    world.verify(filing, 1, id_suffix=world.WRONG_ID)
    world.verify(filing, 1)
    world.send_again(filing, 1)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM verification_attempt")
        kept = {str(value) for row in cursor.fetchall() for value in row}
    assert kept.isdisjoint({code, phone, challenge.id_suffix, world.WRONG_ID})


def test_what_is_rolled_back_leaves_no_line(filing: Filing) -> None:
    before = lines()
    with transaction.atomic():
        world.verify(filing, 1)
        transaction.set_rollback(True)
    assert lines() == before


def test_line_of_an_entry_costs_one_statement(filing: Filing) -> None:
    data, sandbox = world.person(1), Sandbox.objects.get(pk=filing.sandbox_id)
    entry = {"code": world.code_of(filing, 1), "phone": data.phone, "id_suffix": world.WRONG_ID}
    with CaptureQueriesContext(connection) as queries:
        check_entry(sandbox, province="gs", **entry, by=world.FILER)
    assert sum("verification_attempt" in query["sql"] for query in queries) == 1
