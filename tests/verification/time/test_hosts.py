"""Several hosts with one database: real time is the database's, whatever each host's own clock says."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings
from time_machine import TimeMachineFixture

from verification.time import clock

pytestmark = pytest.mark.django_db(transaction=True)
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no clock but the host's")


@pytest.fixture(autouse=True)
def by_the_database(settings: Settings) -> Iterator[None]:
    """As on a server; the next test goes by this host's clock again."""
    settings.CLOCK_OF_DATABASE = True
    yield
    clock._Ahead.by, clock._Ahead.asked_at = timedelta(), None


def off_by() -> float:
    """How many seconds what this process takes for real time is from the database's, at most a moment apart."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return float(abs(cursor.fetchone()[0] - clock.real_now()).total_seconds())


@on_postgresql
@pytest.mark.parametrize("minutes", [-5, 5])
def test_host_whose_clock_is_off_goes_by_the_database(time_machine: TimeMachineFixture, minutes: int) -> None:
    assert off_by() < 1
    time_machine.move_to(clock.real_now() + timedelta(minutes=minutes))
    assert off_by() > 200
    connection.close()
    assert off_by() < 1  # it has connected anew


@on_postgresql
def test_difference_is_measured_again_now_and_then_and_told(
    time_machine: TimeMachineFixture, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.close()
    assert off_by() < 1
    time_machine.move_to(clock.real_now() + timedelta(minutes=5))
    clock.compare_now_and_then()
    assert off_by() > 200  # asked a moment ago
    monkeypatch.setattr(clock, "COMPARED_EVERY", 0)
    part = client.get("/readyz").json()["parts"]["clock"]
    assert off_by() < 1
    assert (part["ok"], "differs from the database" in part["problem"]) == (True, True)
    assert -301 < part["host_is_behind_seconds"] < -299


def test_sqlite_goes_by_the_host() -> None:
    clock.compare(connection)
    assert connection.vendor == "postgresql" or clock.ahead_of_host() == timedelta()
