from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.hashers import check_password
from django.db import connection
from django.db.models import Model, QuerySet
from time_machine import TimeMachineFixture

from tests import world
from verification.acting import challenges, filings, phones
from verification.models import (
    Access,
    BurntKey,
    Challenge,
    ClockMove,
    Filing,
    IdempotentAnswer,
    Participant,
    Provider,
    Role,
    Sandbox,
    Subject,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from verification.outside.keys import make_key
from verification.refusals import Refused
from verification.state import alarms
from verification.time import clock
from verification.worlds import browsers, sandboxes
from verification.worlds.demo import PROVIDERS, demo_person

REAL = world.moment("2026-01-05 10:00")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def real_time(time_machine: TimeMachineFixture) -> TimeMachineFixture:
    """The real time stands still unless the test moves it."""
    time_machine.move_to(REAL, tick=False)
    return time_machine


def rows_of(sandbox: Sandbox) -> dict[str, list[dict[str, Any]]]:
    """Every row of the sandbox, by table."""
    found = {}
    for model in tables():
        path = WAY_HOME[model.__name__]
        found[model.__name__] = list(model._default_manager.filter(**{path: sandbox.pk}).order_by("pk").values())
    return found


def tables() -> Iterator[type[Model]]:
    return (model for model in apps.get_app_config("verification").get_models() if model is not BurntKey)


#: How each table knows its sandbox; a new table must be entered here.
WAY_HOME = {
    "Sandbox": "pk",
    **dict.fromkeys(
        ("Participant", "ClockMove", "Change", "Attempt", "Provider", "Person", "Phone", "Subject", "Filing"), "sandbox"
    ),
    "NumberSeries": "sandbox",
    # A browser outlives its sandboxes; while it is in one it knows that, and whereto it may go back.
    **dict.fromkeys(("Browser", "Place"), "participant__sandbox"),
    "Service": "subject__sandbox",
    **dict.fromkeys(("ServicePlatform", "Access"), "service__subject__sandbox"),
    **dict.fromkeys(("FilingPart", "Event"), "filing__sandbox"),
    "Challenge": "sandbox",
    "Message": "phone__sandbox",
    **dict.fromkeys(("ApiKey", "WebhookEndpoint"), "provider__sandbox"),
    "IdempotentAnswer": "api_key__provider__sandbox",
    "WebhookDelivery": "endpoint__provider__sandbox",
    "WebhookAttempt": "delivery__endpoint__provider__sandbox",
}


# ── Starting ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("scenario", "begins", "province", "special"),
    [
        ("2017-gs", "2017-12-20 09:30", "gs", []),
        (
            "2018-z",
            "2018-09-10 09:30",
            "z",
            [("cancel_website", "z", "verifying", "any"), ("change_phone", "z", "prereview", "all")],
        ),
        (
            "today",
            "2026-01-05 10:00",
            "gs",
            [
                ("first_filing", "z", "verifying", "all"),
                ("add_website", "gs", "verifying", "all"),
                ("first_filing", "gs", "verifying", "all"),
            ],
        ),
    ],
)
def test_scenario_begins_at_its_moment_with_things_to_play_with(
    scenario: str, begins: str, province: str, special: list[tuple[str, str, str, str]]
) -> None:
    sandbox = sandboxes.start(scenario=scenario).sandbox
    assert (world.shown(clock.now(sandbox)), world.shown(sandbox.starts_at)) == (begins, begins)
    assert sorted(sandbox.providers.values_list("name", flat=True)) == sorted(PROVIDERS)
    found = list(sandbox.filings.order_by("id").values_list("kind", "province", "state", "mode"))
    assert found == [*special, *[("first_filing", province, "verifying", "all")] * 3]
    assert list(sandbox.subjects.order_by("id").values_list("name", "province")) == [
        ("演练老客户有限公司", province),
        ("演练他家客户有限公司", province),
    ]


@pytest.mark.rule("W-17", "C-07")
def test_demo_shows_two_persons_one_person_and_a_virtual_operator() -> None:
    sandbox = sandboxes.start(scenario="2017-gs").sandbox
    found = [
        list(filing.challenges.order_by("id").values_list("phone__number", "roles"))
        for filing in sandbox.filings.order_by("id")
    ]
    one, two, three, four, five = (demo_person(serial).phone for serial in range(1, 6))
    assert found == [
        [(one, "subject"), (two, "website")],
        [(three, "subject,website")],
        [(four, "subject"), (five, "website")],
    ]
    assert Challenge.objects.get(sandbox=sandbox, phone__number=four).sender.startswith("106598051001")


def test_start_can_choose_its_moment_name_and_edition() -> None:
    begins = world.moment("2017-12-17 09:00")
    started = sandboxes.start(scenario="2017-gs", starts_at=begins, name=" 我的演练 ", pinned_edition="jd-2017")
    assert (clock.now(started.sandbox), started.sandbox.name) == (begins, "我的演练")
    assert set(started.sandbox.filings.values_list("edition_id", flat=True)) == {"jd-2017"}


@pytest.mark.parametrize(
    ("edition_id", "province"), [("miit-2018", "z"), ("tencent-2018", "gs"), ("qingcloud-2020", "gs")]
)
def test_start_fills_a_province_that_the_pinned_edition_names(edition_id: str, province: str) -> None:
    sandbox = sandboxes.start(scenario="2017-gs", pinned_edition=edition_id).sandbox
    last = sandbox.filings.latest("id")
    assert (last.province, last.edition_id, last.state) == (province, edition_id, "verifying")


@pytest.mark.rule("I-03", "I-04")
def test_demo_has_a_permit_whose_back_counts() -> None:
    sandbox = sandboxes.start(scenario="today").sandbox
    challenge = Challenge.objects.get(sandbox=sandbox, province="z")
    assert (challenge.id_type, challenge.id_suffix) == ("hk_macau_permit", "009（9）")


def test_demo_serves_a_website_by_both_providers() -> None:
    sandbox = sandboxes.start(scenario="2017-gs").sandbox
    served = Access.objects.filter(service__subject__sandbox=sandbox).order_by("id")
    assert list(served.values_list("service__domain", "provider__name")) == [
        ("laozhan.example.com", PROVIDERS[0]),
        ("shangcheng.example.com", PROVIDERS[0]),
        ("shangcheng.example.com", PROVIDERS[1]),
        ("tajia.example.com", PROVIDERS[1]),
    ]


# ── What a trainer switches ──────────────────────────────────────────────────


def test_pinned_edition_holds_from_the_next_round_on() -> None:
    sandbox = sandboxes.start(scenario="2017-gs").sandbox
    before = sandbox.filings.order_by("id")[0]
    sandboxes.pin_edition(sandbox, "tencent-2018")
    assert Filing.objects.get(pk=before.pk).edition_id == "jd-2017"
    world.withdraw(before)
    assert world.resubmit(before).edition_id == "tencent-2018"
    sandboxes.pin_edition(sandbox, "")
    world.withdraw(before)
    assert world.resubmit(before).edition_id == "jd-2017"


def test_unknown_edition_cannot_be_pinned() -> None:
    sandbox = world.new_sandbox()
    with pytest.raises(Refused) as refusal:
        sandboxes.pin_edition(sandbox, "nobody-1999")
    assert refusal.value.code == "unknown_edition"
    assert Sandbox.objects.get(pk=sandbox.pk).pinned_edition == ""


@pytest.mark.rule("V-19")
def test_fault_finds_nothing_and_sends_nothing_until_it_is_off() -> None:
    sandbox = world.new_sandbox()
    filing = world.submit_and_send(world.new_provider(sandbox))
    sandboxes.set_fault(sandbox, True)
    assert world.verify(filing, 1).outcome == "not_found"
    assert world.send_again(filing, 1).outcome == "nothing_to_resend"
    sandboxes.set_fault(sandbox, False)
    assert world.send_again(filing, 1).outcome == "resent"
    assert world.verify(filing, 1).outcome == "partial"


@pytest.mark.rule("P-01")
def test_filings_of_a_start_before_the_pilot_go_to_review() -> None:
    sandbox = sandboxes.start(scenario="2017-gs", starts_at=world.moment("2017-12-18 08:59")).sandbox
    assert set(sandbox.filings.values_list("state", flat=True)) == {"reviewing"}


def test_clock_of_a_new_sandbox_runs(real_time: TimeMachineFixture) -> None:
    sandbox = sandboxes.start(scenario="2017-gs").sandbox
    real_time.shift(timedelta(minutes=5))
    assert alarms.run_due(sandbox) == 3


@pytest.mark.parametrize(
    ("choice", "code"),
    [
        ({"scenario": "1999"}, "unknown_scenario"),
        ({"pinned_edition": "jd-1999"}, "unknown_edition"),
        ({"starts_at": world.moment("2009-12-31 23:59")}, "too_early"),
        ({"starts_at": world.moment("2100-01-01 00:00")}, "too_late"),
    ],
)
def test_start_refuses_what_does_not_exist(choice: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        sandboxes.start(**{"scenario": "2017-gs", **choice})
    assert refused.value.code == code
    assert Sandbox.objects.count() == 0


def test_names_that_are_too_long_are_cut() -> None:
    started = sandboxes.start(scenario="2017-gs", name="长" * 99, participant_name="长" * 99)
    assert (len(started.sandbox.name), len(started.participant.name)) == (60, 30)


# ── Sharing ──────────────────────────────────────────────────────────────────


@pytest.fixture
def shared() -> sandboxes.Started:
    return sandboxes.start(scenario="2017-gs", shared=True, participant_name="王老师")


def test_owner_plays_every_part(shared: sandboxes.Started) -> None:
    owner = shared.participant
    assert (owner.name, owner.is_owner, owner.roles, owner.moves_clock) == ("王老师", True, tuple(Role), True)


def test_own_sandbox_has_no_recovery_code() -> None:
    own = sandboxes.start(scenario="2017-gs")
    assert (own.recovery_code, own.sandbox.recovery_hash) == ("", "")


def test_recovery_code_is_kept_as_a_digest_only(shared: sandboxes.Started) -> None:
    assert len(shared.recovery_code) == 16
    assert shared.recovery_code not in shared.sandbox.recovery_hash
    assert check_password(shared.recovery_code, shared.sandbox.recovery_hash)


@pytest.mark.parametrize("change", [str, str.lower, lambda code: f" {code[:4]} {code[4:]} "])
def test_whoever_joins_plays_the_filer(shared: sandboxes.Started, change: Any) -> None:
    joined = sandboxes.join(join_code=change(shared.sandbox.join_code), name=" 小李 ")
    assert (joined.sandbox, joined.name, joined.is_owner) == (shared.sandbox, "小李", False)
    assert (joined.roles, joined.moves_clock) == ((Role.FILER,), False)


def test_join_needs_a_name_and_a_good_code(shared: sandboxes.Started) -> None:
    own = sandboxes.start(scenario="2017-gs").sandbox
    closed = sandboxes.start(scenario="2017-gs", shared=True).sandbox
    sandboxes.close(closed)
    for code in ("NOSUCHCD", own.join_code, closed.join_code, ""):
        with pytest.raises(Refused) as refused:
            sandboxes.join(join_code=code, name="小李")
        assert refused.value.code == "unknown_join_code"
    with pytest.raises(Refused) as refused:
        sandboxes.join(join_code=shared.sandbox.join_code, name=" ")
    assert refused.value.code == "name_required"


@pytest.mark.parametrize("change", [str, str.upper, lambda code: f" {code[:4]} {code[4:8]}-{code[8:]} "])
def test_recovery_code_brings_the_owner_back(shared: sandboxes.Started, change: Any) -> None:
    code = shared.sandbox.join_code
    assert sandboxes.recover(join_code=code, recovery_code=change(shared.recovery_code)) == shared.participant
    for wrong in ("", "0" * 16, shared.recovery_code[:-1]):
        with pytest.raises(Refused) as refused:
            sandboxes.recover(join_code=code, recovery_code=wrong)
        assert refused.value.code == "wrong_recovery_code"


def test_roles_are_those_that_the_owner_gave_last(shared: sandboxes.Started) -> None:
    joined = sandboxes.join(join_code=shared.sandbox.join_code, name="小李")
    sandboxes.set_roles(joined, roles={Role.PROVIDER, Role.BUREAU}, may_move_clock=True)
    joined = Participant.objects.get(pk=joined.pk)
    assert (joined.roles, joined.moves_clock) == ((Role.PROVIDER, Role.BUREAU), True)
    sandboxes.set_roles(joined, roles=set(), may_move_clock=False)
    joined = Participant.objects.get(pk=joined.pk)
    assert (joined.roles, joined.moves_clock) == ((), False)


def test_participant_can_be_removed_but_the_owner_stays(shared: sandboxes.Started) -> None:
    joined = sandboxes.join(join_code=shared.sandbox.join_code, name="小李")
    sandboxes.remove(joined)
    with pytest.raises(Refused) as refused:
        sandboxes.remove(shared.participant)
    assert refused.value.code == "owner_stays"
    assert list(shared.sandbox.participants.all()) == [shared.participant]


# ── Ending ───────────────────────────────────────────────────────────────────


def lived_in() -> Sandbox:
    """A sandbox in which every table has a row."""
    started = sandboxes.start(scenario="2017-gs", shared=True)
    sandbox = started.sandbox
    browsers.enter(None, started.participant)
    world.move(sandbox, "2017-12-20 10:00")
    subject = Subject.objects.get(sandbox=sandbox, name="演练老客户有限公司")
    provider = subject.services.get(serial=1).accesses.get().provider
    filing = world.submit_and_send(provider, world.request_of(world.Kind.ADD_SERVICE, subject))
    world.pass_all(filing)
    world.accept(filing)
    app = subject.services.create(type="app", serial=9, name="演练", responsible=subject.responsible, accepted_at=REAL)
    app.platforms.create(platform="android", identifier="com.example.yanlian")
    _called_by_a_program(provider, filing)
    return sandbox


def _called_by_a_program(provider: Provider, filing: Filing) -> None:
    """The provider has a key that was used, and an address to which an event was sent."""
    key = make_key(provider, maker=None, may_move_clock=True).key
    IdempotentAnswer.objects.create(api_key=key, key="1", fingerprint="", created_at=REAL)
    endpoint = WebhookEndpoint.objects.create(provider=provider, url="https://example.com/", created_at=REAL)
    delivery = WebhookDelivery.objects.create(
        endpoint=endpoint, event=filing.events.latest("id"), filing=filing, due_at=REAL
    )
    WebhookAttempt.objects.create(delivery=delivery, at=REAL, request="{}", took_ms=1)


def test_every_table_knows_its_sandbox() -> None:
    assert sorted(WAY_HOME) == sorted(model.__name__ for model in tables())
    assert [name for name, rows in rows_of(lived_in()).items() if not rows] == []


def test_closed_and_unused_sandboxes_are_deleted_with_everything(real_time: TimeMachineFixture) -> None:
    unused = lived_in()
    real_time.shift(sandboxes.UNUSED_AFTER + timedelta(seconds=1))
    closed, kept = lived_in(), lived_in()
    sandboxes.close(closed)
    before = rows_of(kept)
    assert sandboxes.delete_unused() == 3  # with the template of all of them
    assert [name for sandbox in (unused, closed) for name, rows in rows_of(sandbox).items() if rows] == []
    assert rows_of(kept) == before
    assert sandboxes.delete_unused() == 0


@pytest.mark.django_db(transaction=True)
def test_sandbox_is_deleted_in_pieces_between_which_others_may_write(monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox = lived_in()
    sandboxes.close(sandbox)
    delete, pieces = sandboxes._delete_piece, []

    def watched(rows: QuerySet[Any]) -> None:
        assert not connection.in_atomic_block
        pieces.append((rows.model.__name__, rows.count()))
        delete(rows)

    monkeypatch.setattr(sandboxes, "_PIECE", 2)
    monkeypatch.setattr(sandboxes, "_delete_piece", watched)
    sandboxes.delete_unused()
    assert ("Filing", 2) in pieces
    assert max(count for _, count in pieces) == 2
    assert not any(rows_of(sandbox).values())


def test_use_is_noted_once_an_hour_and_keeps_a_sandbox(real_time: TimeMachineFixture) -> None:
    sandbox = world.new_sandbox()
    real_time.shift(timedelta(minutes=59))
    sandboxes.note_use(sandbox)
    assert Sandbox.objects.get(pk=sandbox.pk).last_used_at == REAL
    real_time.shift(timedelta(minutes=2))
    sandboxes.note_use(sandbox)
    assert Sandbox.objects.get(pk=sandbox.pk).last_used_at == REAL + timedelta(minutes=61)
    real_time.shift(sandboxes.UNUSED_AFTER)
    assert sandboxes.delete_unused() == 0


def test_closing_twice_keeps_the_first_time(real_time: TimeMachineFixture) -> None:
    sandbox = world.new_sandbox()
    sandboxes.close(sandbox)
    real_time.shift(timedelta(hours=1))
    sandboxes.close(sandbox)
    assert Sandbox.objects.get(pk=sandbox.pk).closed_at == REAL


# ── Nothing crosses ──────────────────────────────────────────────────────────


def test_nothing_that_is_done_in_a_sandbox_touches_another() -> None:
    """Two sandboxes hold the same persons, phones, numbers and domains; all is done in one of them."""
    mine, other = (sandboxes.start(scenario="2017-gs", shared=True).sandbox for _ in range(2))
    world.move(other, "2017-12-20 09:40")
    before = rows_of(other)
    world.move(mine, "2017-12-20 09:40")
    first, second, third = Filing.objects.filter(sandbox=mine).order_by("id")
    for challenge in Challenge.objects.filter(filing=first).select_related("phone"):
        entry = {"province": "gs", "phone": challenge.phone.number, "id_suffix": challenge.id_suffix}
        challenges.send_again(mine, **entry, by=world.FILER)  # type: ignore[arg-type]
        challenges.check_entry(mine, code=world.another_code(challenge.code), **entry, by=world.FILER)  # type: ignore[arg-type]
        challenges.check_entry(mine, code=challenge.code, **entry, by=world.FILER)  # type: ignore[arg-type]
        phones.switch(challenge.phone, has_signal=False, by=world.FILER)
    filings.withdraw(second, by=world.PROVIDER)
    filings.resubmit(second, None, by=world.PROVIDER)
    filings.accept(first, by=world.OFFICER)
    clock.set_speed(mine, 60, by=world.TRAINER)
    world.move(mine, "2018-01-31 00:00")
    joined = sandboxes.join(join_code=mine.join_code, name="小李")
    sandboxes.set_roles(joined, roles=set(Role), may_move_clock=True)
    assert [world.standing(filing)[0] for filing in (first, second, third)] == ["accepted", "returned", "returned"]
    assert ClockMove.objects.filter(sandbox=mine).count() == 2
    sandboxes.close(mine)
    sandboxes.delete_unused()
    assert rows_of(other) == before
