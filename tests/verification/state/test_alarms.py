from collections.abc import Collection
from copy import copy

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries, Settings
from time_machine import TimeMachineFixture

from tests import world
from verification.models import AlarmKind, Filing, Provider, Sandbox
from verification.state import alarms
from verification.time import clock, due
from verification.worlds import sandboxes

UNVERIFIED = [
    (1, "filing.submitted", "2017-12-20 09:30", ""),
    (1, "filing.verifying", "2017-12-20 09:30", ""),
    (1, "challenge.opened", "2017-12-20 09:35", "演甲1"),
    (1, "challenge.noon_resent", "2017-12-21 12:00", "演甲1"),
    (1, "challenge.expired", "2017-12-22 09:35", "演甲1"),
    (1, "filing.returned", "2017-12-22 09:35", ""),
]


def one_person(provider: Provider, domain: int = 1) -> Filing:
    """A filing of one person in both roles."""
    return world.submit(provider, world.first_filing(1, 1, domain=domain))


def alarm_of(filing: Filing) -> tuple[str, str]:
    filing.refresh_from_db()
    return filing.alarm_kind, world.shown(filing.alarm_at)


# ── The three alarms, each recorded at its due time ──────────────────────────


@pytest.mark.rule("C-03", "C-04", "D-01", "D-02")
def test_alarms_follow_one_another_and_each_is_recorded_at_its_due_time(provider: Provider) -> None:
    filing = one_person(provider)
    assert alarm_of(filing) == (AlarmKind.SEND, "2017-12-20 09:35")
    world.move(provider.sandbox, "2017-12-20 10:10")
    assert alarm_of(filing) == (AlarmKind.NOON, "2017-12-21 12:00")
    world.move(provider.sandbox, "2017-12-21 15:00")
    assert alarm_of(filing) == (AlarmKind.DEADLINE, "2017-12-22 09:35")
    world.move(provider.sandbox, "2017-12-25 00:00")
    assert alarm_of(filing) == ("", "")
    assert world.history(filing) == UNVERIFIED
    assert world.messages(provider.sandbox) == [
        ("演甲1", "first", "2017-12-20 09:35"),
        ("演甲1", "noon", "2017-12-21 12:00"),
    ]


@pytest.mark.rule("C-04", "D-02")
def test_one_late_run_does_all_that_was_due_meanwhile(provider: Provider) -> None:
    filing = one_person(provider)
    assert world.move(provider.sandbox, "2018-01-31 00:00") == 3
    assert world.standing(filing) == ("returned", "deadline", 1)
    assert world.history(filing) == UNVERIFIED


def test_nothing_is_done_before_its_time_nor_twice(provider: Provider) -> None:
    filing = one_person(provider)
    assert world.move(provider.sandbox, "2017-12-20 09:34:59.999999") == 0
    assert world.move(provider.sandbox, "2017-12-20 09:35") == 1
    assert alarms.run_due(provider.sandbox) == 0
    assert world.messages(provider.sandbox) == [("演甲1", "first", "2017-12-20 09:35")]
    assert world.whats(filing) == ["filing.submitted", "filing.verifying", "challenge.opened"]


@pytest.mark.rule("C-04")
def test_noon_sends_again_only_what_is_still_open(provider: Provider) -> None:
    filing = world.submit_and_send(provider)
    world.verify(filing, 1)
    world.move(provider.sandbox, world.NOON)
    assert world.messages(provider.sandbox, 1) == [("演甲1", "first", world.SENT)]
    assert world.messages(provider.sandbox, 2) == [("演乙2", "first", world.SENT), ("演乙2", "noon", world.NOON)]


@pytest.mark.rule("C-05")
def test_noon_repeats_the_code_and_leaves_the_deadline(provider: Provider) -> None:
    filing = world.submit_and_send(provider)
    before = world.challenge_of(filing, 2)
    world.move(provider.sandbox, world.NOON)
    after = world.challenge_of(filing, 2)
    assert (after.code, after.deadline_at) == (before.code, world.moment(world.DEADLINE))
    assert len(set(after.messages.values_list("text", flat=True))) == 1


@pytest.mark.rule("C-04")
@pytest.mark.parametrize(
    ("submitted", "noon"),
    [
        ("2017-12-20 00:00", "2017-12-21 12:00"),
        ("2017-12-20 11:55", "2017-12-21 12:00"),
        ("2017-12-20 23:54:59", "2017-12-21 12:00"),
        ("2017-12-20 23:55", "2017-12-22 12:00"),  # first sent at midnight, the next day
    ],
)
def test_noon_is_that_of_the_day_after_the_first_sending(db: None, submitted: str, noon: str) -> None:
    provider = world.new_provider(world.new_sandbox(submitted))
    one_person(provider)
    world.move(provider.sandbox, "2017-12-24 00:00")
    assert [at for _, cause, at in world.messages(provider.sandbox) if cause == "noon"] == [noon]


# ── Chunks ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("chunk", [1, 2, 500])
def test_history_does_not_depend_on_the_size_of_the_chunks(provider: Provider, chunk: int) -> None:
    made = [one_person(provider, domain=n) for n in range(5)]
    clock.move_to(provider.sandbox, world.moment("2018-01-31 00:00"), by=world.TRAINER)
    assert alarms.run_due(provider.sandbox, chunk=chunk) == 15
    assert [world.history(filing) for filing in made] == [UNVERIFIED] * 5


def test_chunk_takes_what_is_due_earliest(provider: Provider) -> None:
    later = one_person(provider)
    Filing.objects.filter(pk=later.pk).update(alarm_at=world.moment("2017-12-20 09:36"))
    earlier = one_person(provider, domain=2)
    clock.move_to(provider.sandbox, world.moment("2017-12-20 12:00"), by=world.TRAINER)
    assert alarms._run_chunk(provider.sandbox, clock.now(provider.sandbox), 1) == 1
    assert [alarm_of(filing)[0] for filing in (later, earlier)] == [AlarmKind.SEND, AlarmKind.NOON]


def test_run_leaves_other_sandboxes_alone(provider: Provider) -> None:
    other = world.new_provider(world.new_sandbox("2017-12-22 00:00"))
    filing = one_person(other)
    one_person(provider)
    assert world.move(provider.sandbox, "2017-12-22 12:00") == 3
    assert alarm_of(filing) == (AlarmKind.SEND, "2017-12-22 00:05")


# ── A row that raises ────────────────────────────────────────────────────────


def seen_as_due(sandbox: Sandbox) -> tuple[bool, int]:
    """Whether a tick sees it, and how many filings wait."""
    return sandbox in alarms.sandboxes_with_due(), alarms.remaining(sandbox)


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """Filings whose first sending raises."""
    ids: set[int] = set()
    send = alarms._WORK[AlarmKind.SEND]

    def send_or_raise(filing_ids: Collection[int]) -> None:
        send(filing_ids)
        if bad := ids & set(filing_ids):
            raise ValueError(f"{len(bad)} faulty")

    monkeypatch.setitem(alarms._WORK, AlarmKind.SEND, send_or_raise)
    return ids


def test_row_that_raises_is_set_aside_and_does_not_block_the_others(provider: Provider, faulty: set[int]) -> None:
    made = [one_person(provider, domain=n) for n in range(7)]
    faulty |= {made[2].pk, made[5].pk}
    world.move(provider.sandbox, "2017-12-20 10:00")
    assert [alarm_of(filing)[0] for filing in made] == ["noon", "noon", "send", "noon", "noon", "send", "noon"]
    assert [filing.alarm_error for filing in made] == [
        "ValueError: 1 faulty" if filing.pk in faulty else "" for filing in made
    ]
    assert world.whats(made[2]) == ["filing.submitted", "filing.verifying"]
    assert len(world.messages(provider.sandbox)) == 5


def test_what_was_set_aside_is_no_longer_due(provider: Provider, faulty: set[int]) -> None:
    filing = one_person(provider)
    faulty.add(filing.pk)
    world.move(provider.sandbox, "2017-12-20 10:00")
    faulty.clear()
    assert seen_as_due(provider.sandbox) == (False, 0)
    assert alarms.next_alarm(provider.sandbox) is None
    assert alarms.run_due(provider.sandbox) == 0


def test_what_somebody_else_did_meanwhile_is_not_set_aside(provider: Provider) -> None:
    filing = world.submit_and_send(provider)
    alarms._set_aside(provider.sandbox, (filing.pk, AlarmKind.SEND), ValueError("late"))
    assert alarm_of(filing)[0] == AlarmKind.NOON
    assert filing.alarm_error == ""


def test_failure_that_passes_costs_nothing(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    filing, failures = one_person(provider), iter([OperationalError("deadlock detected")])
    send = alarms._WORK[AlarmKind.SEND]

    def send_at_second_try(filing_ids: Collection[int]) -> None:
        for failure in failures:
            raise failure
        send(filing_ids)

    monkeypatch.setitem(alarms._WORK, AlarmKind.SEND, send_at_second_try)
    assert world.move(provider.sandbox, world.SENT) == 1
    assert world.whats(filing)[2:] == ["challenge.opened"]


def test_database_that_is_away_is_no_fault_of_the_row(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    filing = one_person(provider)

    def locked(filing_ids: Collection[int]) -> None:
        raise OperationalError("database is locked")

    with monkeypatch.context() as patch:
        patch.setitem(alarms._WORK, AlarmKind.SEND, locked)
        with pytest.raises(OperationalError):
            world.move(provider.sandbox, world.SENT)
    assert alarms.run_due(provider.sandbox) == 1
    assert (alarm_of(filing)[0], filing.alarm_error) == (AlarmKind.NOON, "")


def test_filing_is_overdue_from_the_very_instant_until_it_is_done(provider: Provider) -> None:
    filing = one_person(provider)
    sent, before = world.moment(world.SENT), world.moment("2017-12-20 09:34:59.999999")
    assert (filing.is_overdue(before), filing.is_overdue(sent)) == (False, True)
    world.move(provider.sandbox, world.SENT)
    filing.refresh_from_db()
    assert not filing.is_overdue(sent)
    world.move(provider.sandbox, world.DEADLINE)
    filing.refresh_from_db()
    assert not filing.is_overdue(world.moment("2018-01-31 00:00"))


# ── Looking ahead ────────────────────────────────────────────────────────────


def previewed(sandbox: Sandbox, until: str, limit: int = 200) -> tuple[list[tuple[str, str, str]], int]:
    preview = due.ahead(sandbox, until=world.moment(until), limit=limit)
    return [(world.shown(step.at), step.filing.number, step.kind) for step in preview.steps], preview.total


def test_preview_tells_the_steps_in_order_and_does_nothing(provider: Provider) -> None:
    first = one_person(provider)
    world.move_without_jobs(provider.sandbox, "2017-12-20 10:00")
    second = one_person(provider, domain=2)
    everything = [
        ("2017-12-20 09:35", first.number, "send"),
        ("2017-12-20 10:05", second.number, "send"),
        ("2017-12-21 12:00", first.number, "noon"),
        ("2017-12-21 12:00", second.number, "noon"),
        ("2017-12-22 09:35", first.number, "deadline"),
        ("2017-12-22 10:05", second.number, "deadline"),
    ]
    assert previewed(provider.sandbox, "2017-12-20 09:34") == ([], 0)
    assert previewed(provider.sandbox, "2017-12-20 09:35") == (everything[:1], 1)
    assert previewed(provider.sandbox, "2017-12-21 12:00") == (everything[:4], 4)
    assert previewed(provider.sandbox, "2017-12-31 00:00") == (everything, 6)
    assert previewed(provider.sandbox, "2017-12-31 00:00", limit=3) == (everything[:3], 6)
    assert world.whats(first) == ["filing.submitted", "filing.verifying"]


@pytest.mark.parametrize("reached", ["2017-12-20 09:30", world.SENT, world.NOON, world.DEADLINE])
def test_preview_is_what_then_happens(provider: Provider, reached: str) -> None:
    one_person(provider)
    world.move(provider.sandbox, reached)
    for until in ("2017-12-20 09:36", "2017-12-21 12:00", "2017-12-22 09:34", "2017-12-23 00:00"):
        if until >= reached:
            expected = previewed(provider.sandbox, until)[1]
            assert world.move(provider.sandbox, until) == expected


def test_next_alarm_is_the_earliest_of_the_sandbox(provider: Provider) -> None:
    assert alarms.next_alarm(provider.sandbox) is None
    world.submit_and_send(provider)
    later = one_person(provider, domain=2)
    found = alarms.next_alarm(provider.sandbox)
    assert found is not None
    assert (found.pk, found.alarm_kind, world.shown(found.alarm_at)) == (later.pk, "send", "2017-12-20 09:40")


def test_tick_sees_a_sandbox_until_what_is_due_there_is_done(provider: Provider) -> None:
    for n in range(3):
        one_person(provider, domain=n)
    assert seen_as_due(provider.sandbox) == (False, 0)
    world.move_without_jobs(provider.sandbox, "2017-12-31 00:00")
    assert seen_as_due(provider.sandbox) == (True, 3)
    alarms.run_due(provider.sandbox)
    assert seen_as_due(provider.sandbox) == (False, 0)


def test_settling_touches_the_named_filings_only(provider: Provider) -> None:
    mine, other = one_person(provider), one_person(provider, domain=2)
    alarms.settle(provider.sandbox, [mine.pk], now=world.moment("2018-01-31 00:00"))
    assert world.history(mine) == UNVERIFIED
    assert alarm_of(other) == (AlarmKind.SEND, world.SENT)
    alarms.settle(provider.sandbox, [], now=world.moment("2018-01-31 00:00"))
    assert alarm_of(other) == (AlarmKind.SEND, world.SENT)


def test_sandboxes_with_due_are_found_by_one_look(
    provider: Provider, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    later, closed, idle = (world.new_provider(world.new_sandbox()) for _ in range(3))
    for one in (provider, later, closed):
        one_person(one)
    for one in (provider, closed, idle):
        world.move_without_jobs(one.sandbox, world.SENT)
    sandboxes.close(closed.sandbox)
    with django_assert_num_queries(1):
        assert alarms.sandboxes_with_due() == [provider.sandbox]
    alarms.run_due(provider.sandbox)
    assert alarms.sandboxes_with_due() == []


def test_sandboxes_with_due_leave_out_what_is_set_aside(provider: Provider) -> None:
    one_person(provider)
    world.move_without_jobs(provider.sandbox, world.SENT)
    assert alarms.sandboxes_with_due() == [provider.sandbox]
    Filing.objects.update(alarm_error="ValueError")
    assert alarms.sandboxes_with_due() == []


def test_sandboxes_with_due_go_by_their_own_clocks(provider: Provider, time_machine: TimeMachineFixture) -> None:
    one_person(provider)
    time_machine.move_to(world.moment("2026-01-05 10:00"), tick=False)
    clock.resume(provider.sandbox, by=world.TRAINER)
    clock.set_speed(provider.sandbox, 60, by=world.TRAINER)
    time_machine.move_to(world.moment("2026-01-05 10:00:04"), tick=False)
    assert alarms.sandboxes_with_due() == []
    time_machine.move_to(world.moment("2026-01-05 10:00:05"), tick=False)
    assert alarms.sandboxes_with_due() == [provider.sandbox]


def test_sweep_takes_as_many_at_once_as_the_setting_says(provider: Provider, settings: Settings) -> None:
    for n in range(3):
        one_person(provider, domain=n)
    world.move_without_jobs(provider.sandbox, world.SENT)
    settings.ALARM_CHUNK = 2
    with CaptureQueriesContext(connection) as captured:
        assert alarms.run_due(provider.sandbox) == 3
    claims = [query["sql"] for query in captured if "LIMIT 2" in query["sql"]]
    assert len(claims) == 3  # two, one, and none


# ── How often a chunk is tried, and how much is shown ────────────────────────


def test_row_that_raises_is_tried_once_more_before_it_is_set_aside(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    filing, tries = one_person(provider), []

    def fail(filing_ids: Collection[int]) -> None:
        tries.append(filing_ids)
        raise ValueError("always")

    monkeypatch.setitem(alarms._WORK, AlarmKind.SEND, fail)
    world.move(provider.sandbox, world.SENT)
    assert tries == [{filing.pk}, {filing.pk}]
    assert alarm_of(filing) == (AlarmKind.SEND, world.SENT)
    assert filing.alarm_error == "ValueError: always"


def test_chunk_that_fails_as_a_whole_is_done_in_parts_and_each_alarm_counted_once(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [one_person(provider, domain=n) for n in range(4)]
    send = alarms._WORK[AlarmKind.SEND]

    def send_one_only(filing_ids: Collection[int]) -> None:
        if len(filing_ids) > 1:
            raise ValueError("too many")
        send(filing_ids)

    monkeypatch.setitem(alarms._WORK, AlarmKind.SEND, send_one_only)
    assert world.move(provider.sandbox, world.SENT) == 4
    assert [(alarm_of(filing)[0], filing.alarm_error) for filing in made] == [(AlarmKind.NOON, "")] * 4


def test_preview_lists_as_many_steps_as_are_asked_for_and_counts_all(provider: Provider) -> None:
    filing = one_person(provider)
    copies = [copy(filing) for _ in range(200)]
    for number, one in enumerate(copies):
        one.pk, one.number = None, f"{number}"
    Filing.objects.bulk_create(copies)
    preview = due.ahead(provider.sandbox, until=world.moment(world.SENT), limit=200)
    assert (len(preview.steps), preview.total) == (200, 201)
