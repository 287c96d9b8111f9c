from datetime import datetime, timedelta
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from time_machine import TimeMachineFixture

from tests import world
from verification.acting import filings
from verification.by import By
from verification.models import ClockMove, Filing, Provider, Sandbox
from verification.refusals import Refused
from verification.state import alarms
from verification.time import clock

REAL = world.moment("2026-01-05 10:00")


@pytest.fixture(autouse=True)
def real_time(time_machine: TimeMachineFixture) -> TimeMachineFixture:
    """The real time stands still unless the test moves it."""
    time_machine.move_to(REAL, tick=False)
    return time_machine


@pytest.fixture
def running(db: None, real_time: TimeMachineFixture) -> Sandbox:
    """A sandbox whose clock runs as fast as the real one."""
    return world.new_sandbox(clock_paused=False)


def shows(sandbox: Sandbox) -> str:
    """What the clock shows, in the object at hand and in the database alike."""
    fresh = world.shown(clock.now(Sandbox.objects.get(pk=sandbox.pk)))
    assert world.shown(clock.now(sandbox)) == fresh
    return fresh


def test_clock_runs_with_the_real_time(running: Sandbox, real_time: TimeMachineFixture) -> None:
    assert shows(running) == "2017-12-20 09:30"
    real_time.shift(timedelta(hours=2, seconds=5))
    assert shows(running) == "2017-12-20 11:30:05"


@pytest.mark.parametrize(
    ("speed", "after_a_minute"),
    [(1, "2017-12-20 09:31"), (60, "2017-12-20 10:30"), (600, "2017-12-20 19:30"), (3600, "2017-12-22 21:30")],
)
def test_speed_holds_from_its_change_on(
    running: Sandbox, real_time: TimeMachineFixture, speed: int, after_a_minute: str
) -> None:
    assert speed in clock.SPEEDS
    clock.set_speed(running, speed, by=world.TRAINER)
    assert shows(running) == "2017-12-20 09:30"
    real_time.shift(timedelta(minutes=1))
    assert shows(running) == after_a_minute


def test_change_of_speed_keeps_what_has_passed(running: Sandbox, real_time: TimeMachineFixture) -> None:
    clock.set_speed(running, 600, by=world.TRAINER)
    real_time.shift(timedelta(seconds=6))
    clock.set_speed(running, 60, by=world.TRAINER)
    real_time.shift(timedelta(seconds=1))
    assert shows(running) == "2017-12-20 10:31"


@pytest.mark.parametrize("speed", [0, -1, 2, 3601])
def test_unknown_speed_is_refused(running: Sandbox, speed: int) -> None:
    with pytest.raises(Refused) as refused:
        clock.set_speed(running, speed, by=world.TRAINER)
    assert refused.value.code == "unknown_speed"


def test_paused_clock_stands_and_goes_on_from_there(running: Sandbox, real_time: TimeMachineFixture) -> None:
    real_time.shift(timedelta(minutes=10))
    clock.pause(running, by=world.TRAINER)
    real_time.shift(timedelta(days=3))
    assert shows(running) == "2017-12-20 09:40"
    clock.pause(running, by=world.TRAINER)
    clock.resume(running, by=world.TRAINER)
    clock.resume(running, by=world.TRAINER)
    real_time.shift(timedelta(minutes=1))
    assert shows(running) == "2017-12-20 09:41"


def test_move_holds_at_once_and_the_clock_runs_on_from_there(running: Sandbox, real_time: TimeMachineFixture) -> None:
    real_time.shift(timedelta(minutes=1))
    clock.move_to(running, world.moment("2018-01-01 00:00"), by=world.TRAINER)
    assert shows(running) == "2018-01-01 00:00"
    real_time.shift(timedelta(minutes=1))
    assert shows(running) == "2018-01-01 00:01"


def test_move_is_written_down(provider: Provider) -> None:
    for domain in range(3):
        world.submit(provider, world.first_filing(1, 1, domain=domain))
    move = clock.move_to(provider.sandbox, world.moment(world.SENT), by=world.TRAINER)
    assert ClockMove.objects.values().get() == {
        "id": move.pk,
        "sandbox_id": provider.sandbox_id,
        "from_at": world.moment(world.SUBMITTED),
        "to_at": world.moment(world.SENT),
        "due_total": 3,
        "sends": 3,
        "noons": 0,
        "deadlines": 0,
        "decisions": 0,
        "moved_by": "教员",
        "moved_at": REAL,
    }
    assert move.due_total == alarms.remaining(provider.sandbox)


@pytest.mark.parametrize(
    ("steps", "done"),
    [
        ([world.SENT], (1, 0, 0)),
        ([world.NOON], (1, 1, 0)),
        ([world.DEADLINE], (1, 1, 1)),
        ([world.SENT, world.NOON], (0, 1, 0)),
        ([world.SENT, world.LAST_INSTANT], (0, 1, 0)),
        ([world.SENT, world.DEADLINE], (0, 1, 1)),
        ([world.SENT, world.NOON, world.DEADLINE], (0, 0, 1)),
        ([world.SENT, world.NOON, world.LAST_INSTANT], (0, 0, 0)),
    ],
)
def test_move_is_written_down_with_what_it_brings_about(
    provider: Provider, steps: list[str], done: tuple[int, int, int]
) -> None:
    filing = world.submit(provider)
    for step in steps[:-1]:
        world.move(provider.sandbox, step)
    before = world.whats(filing)
    move = clock.move_to(provider.sandbox, world.moment(steps[-1]), by=world.TRAINER)
    assert (move.sends, move.noons, move.deadlines) == done
    assert alarms.run_due(provider.sandbox) == sum(done)
    happened = world.whats(filing)[len(before) :]
    kinds = ("challenge.opened", "challenge.noon_resent", "filing.returned")
    assert tuple(int(kind in happened) for kind in kinds) == done


def test_clock_never_moves_back(running: Sandbox) -> None:
    with pytest.raises(Refused) as refused:
        clock.move_to(running, world.moment("2017-12-20 09:29:59"), by=world.TRAINER)
    assert refused.value.code == "clock_backwards"
    assert shows(running) == "2017-12-20 09:30"
    assert ClockMove.objects.count() == 0
    clock.move_to(running, world.moment("2017-12-20 09:30"), by=world.TRAINER)  # where it is already


def test_database_knows_no_move_back(sandbox: Sandbox) -> None:
    at = world.moment(world.SUBMITTED)
    with pytest.raises(IntegrityError), transaction.atomic():
        ClockMove.objects.create(
            sandbox=sandbox, from_at=at, to_at=at - timedelta(seconds=1), due_total=0, moved_by="x", moved_at=REAL
        )


def test_move_by_an_old_copy_of_the_sandbox_counts_from_the_clock_as_it_is(running: Sandbox) -> None:
    old = Sandbox.objects.get(pk=running.pk)
    clock.move_to(running, world.moment("2017-12-25 00:00"), by=world.TRAINER)
    with pytest.raises(Refused):
        clock.move_to(old, world.moment("2017-12-24 00:00"), by=By.machine("助教"))
    assert shows(running) == "2017-12-25 00:00"


def test_clock_ends_before_the_calendar_does(running: Sandbox, real_time: TimeMachineFixture) -> None:
    with pytest.raises(Refused) as refused:
        clock.move_to(running, datetime.max.replace(tzinfo=clock.END.tzinfo), by=world.TRAINER)
    assert refused.value.code == "clock_too_far"
    clock.move_to(running, world.moment("2099-12-31 23:00"), by=world.TRAINER)
    clock.set_speed(running, 3600, by=world.TRAINER)
    real_time.shift(timedelta(days=365))
    assert shows(running) == "2100-01-01 00:00"
    clock.pause(running, by=world.TRAINER)
    assert shows(running) == "2100-01-01 00:00"


@pytest.mark.django_db(transaction=True)
def test_moves_at_the_same_instant_follow_one_another() -> None:
    sandbox = world.new_sandbox()

    def move(day: int) -> str:
        try:
            clock.move_to(
                Sandbox.objects.get(pk=sandbox.pk), world.moment(f"2017-12-{day} 00:00"), by=By.machine(str(day))
            )
        except Refused as refused:
            return refused.code
        return "moved"

    answers = world.at_once(*(partial(move, day) for day in (24, 21, 23, 22)))
    moves = list(ClockMove.objects.order_by("id").values_list("from_at", "to_at"))
    assert answers.count("moved") == len(moves)
    assert set(answers) <= {"moved", "clock_backwards"}
    assert [start for start, _ in moves[1:]] == [end for _, end in moves[:-1]]
    assert world.shown(clock.now(Sandbox.objects.get(pk=sandbox.pk))) == "2017-12-24 00:00"


# ── Other hosts, other requests ──────────────────────────────────────────────


@pytest.mark.parametrize("change", ["pause", "slow down"])
def test_whoever_waited_acts_by_the_clock_as_it_is_set_now(
    running: Sandbox, real_time: TimeMachineFixture, change: str
) -> None:
    clock.set_speed(running, 3600, by=world.TRAINER)
    provider = world.new_provider(running)
    filing = world.submit(provider)
    waiting = Filing.objects.select_related("sandbox").get(pk=filing.pk)  # as a request that waits for a lock has it
    if change == "pause":
        clock.pause(running, by=world.TRAINER)
    else:
        clock.set_speed(running, 1, by=world.TRAINER)
    real_time.shift(timedelta(seconds=30))  # half an hour and more at the old speed
    filings.withdraw(waiting, by=world.PROVIDER)
    assert [(what, at) for _, what, at, _ in world.history(filing)][-1] == (
        "filing.returned",
        "2017-12-20 09:30" if change == "pause" else "2017-12-20 09:30:30",
    )
    assert world.messages(running) == []


def test_clock_is_not_behind_on_a_host_whose_own_is(running: Sandbox, real_time: TimeMachineFixture) -> None:
    clock.set_speed(running, 3600, by=world.TRAINER)
    real_time.shift(timedelta(seconds=1))
    clock.set_speed(running, 600, by=world.TRAINER)
    assert shows(running) == "2017-12-20 10:30"
    real_time.shift(timedelta(seconds=-0.3))
    assert shows(running) == "2017-12-20 10:30"
    clock.pause(running, by=world.TRAINER)
    real_time.shift(timedelta(seconds=0.3))
    clock.resume(running, by=world.TRAINER)
    assert shows(running) == "2017-12-20 10:30"
