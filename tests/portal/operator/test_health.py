from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import Settings

from tests import world
from verification.models import Filing, Sandbox
from verification.tasks import LAST_TICK_KEY
from verification.time import clock

pytestmark = pytest.mark.django_db


def tick(*, seconds_ago: float) -> None:
    cache.set(LAST_TICK_KEY, (clock.real_now() - timedelta(seconds=seconds_ago)).isoformat())


def test_healthz_answers_without_any_other_part(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.parametrize("host", ["10.1.2.3:8000", "web-3.internal", "[fd00::7]"])
def test_probe_is_answered_under_any_name_and_without_a_trace(
    client: Client, caplog: pytest.LogCaptureFixture, path: str, host: str
) -> None:
    tick(seconds_ago=1)
    answer = client.get(path, headers={"host": host})
    assert (answer.status_code, answer["X-Robots-Tag"]) == (200, "noindex, nofollow, noarchive")
    assert caplog.records == []
    assert client.get("/lobby/", headers={"host": host}).status_code == 400


def test_readyz_is_ready_when_every_part_is(client: Client) -> None:
    tick(seconds_ago=1)
    answer = client.get("/readyz")
    parts = answer.json()["parts"]
    assert (answer.status_code, answer.json()["ready"]) == (200, True)
    assert {name: part["ok"] for name, part in parts.items()} == dict.fromkeys(
        ("database", "broker", "jobs", "alarms", "clock"), True
    )
    assert 1 <= parts["jobs"]["last_tick_age_seconds"] < 10


def test_readyz_says_that_no_tick_was_seen(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["jobs"] == {"ok": False, "problem": "no tick yet"}


def test_readyz_says_that_the_last_tick_is_too_old(client: Client, settings: Settings) -> None:
    tick(seconds_ago=settings.TICK_MAX_AGE + 5)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["jobs"]["problem"] == "no tick for more than 30 seconds"


def test_readyz_names_a_broker_that_is_away_without_its_address(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = "redis://:secret@127.0.0.1:1/0"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["broker"] == {"ok": False, "problem": "ConnectionError"}


def test_readyz_counts_what_is_set_aside_and_stays_ready(client: Client) -> None:
    tick(seconds_ago=1)
    assert client.get("/readyz").json()["parts"]["alarms"] == {"ok": True, "set_aside": 0}
    filings = [world.submit(world.new_provider(world.new_sandbox())) for _ in range(3)]
    Filing.objects.filter(pk__in=[filing.pk for filing in filings]).update(alarm_error="ValueError: 13900000001")
    closed = Sandbox.objects.filter(pk=filings[0].sandbox_id)
    closed.update(closed_at=clock.real_now())
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (200, True)
    assert answer.json()["parts"]["alarms"] == {"ok": True, "set_aside": 2}


def test_health_pages_are_never_cached(client: Client) -> None:
    assert "no-store" in client.get("/readyz")["Cache-Control"]
    assert "no-store" in client.get("/healthz")["Cache-Control"]
