import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import caches
from pytest_django import Settings
from redis import Redis

from tests import world
from tests.redis_process import RedisProcess
from tools import redis_server
from verification.models import BurntKey
from verification.time import limits
from verification.time.clock import real_now


def seconds_left(key: str) -> int:
    """How long the counter lives on; -1 is for ever."""
    with Redis.from_url(settings.CACHES["default"]["LOCATION"]) as redis:
        return int(redis.ttl(f"limits:count:{key}"))


def let_a_second_pass() -> None:
    """This process asks again whether the server is there."""
    limits._Server.seen_at = None


# ── Counters ─────────────────────────────────────────────────────────────────


def test_hits_are_counted_by_key() -> None:
    assert [limits.hit(key, seconds=60).count for key in ("a", "a", "b", "a")] == [1, 2, 1, 3]


def test_counter_lives_from_its_first_hit() -> None:
    limits.hit("a", seconds=3600)
    limits.hit("a", seconds=9999)
    assert 3590 <= seconds_left("a") <= 3600


def test_taken_back_hit_has_not_been() -> None:
    limits.hit("a", seconds=60)
    limits.hit("a", seconds=60)
    limits.take_back("a")
    assert limits.hit("a", seconds=60).count == 2
    limits.take_back("never-counted")
    assert limits.hit("never-counted", seconds=60).count == 1


@pytest.mark.django_db(transaction=True)
def test_exactly_the_limit_is_allowed_at_the_same_instant() -> None:
    assert sorted(world.at_once(*[lambda: limits.allow("a", limit=3, seconds=60)] * 8)) == [False] * 5 + [True] * 3


def test_whoever_is_past_the_limit_is_told_when_one_may_again() -> None:
    waits = [limits.wait("a", limit=2, seconds=60) for _ in range(3)]
    assert waits[:2] == [0, 0]
    assert 55 <= waits[2] <= 60


# ── Keys that are good once ──────────────────────────────────────────────────


def burn(nonce: str, *, issued_at: datetime | None = None) -> bool:
    return limits.burn("test", nonce, seconds=60, issued_at=issued_at or real_now())


@pytest.mark.django_db
def test_key_burns_once() -> None:
    nonce = limits.new_nonce()
    assert [burn(nonce), burn(nonce), burn(limits.new_nonce())] == [True, False, True]
    assert BurntKey.objects.count() == 0


@pytest.mark.rule("V-12")
@pytest.mark.django_db(transaction=True)
def test_key_burns_for_exactly_one_of_many_at_the_same_instant() -> None:
    nonce = limits.new_nonce()
    assert sorted(world.at_once(*[lambda: burn(nonce)] * 8)) == [False] * 7 + [True]


@pytest.mark.django_db
def test_key_from_before_the_cache_was_emptied_is_not_good_any_more(redis_url: str) -> None:
    nonce, issued_at = limits.new_nonce(), real_now()
    assert burn(nonce, issued_at=issued_at) is True
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
    too_early = limits.new_nonce()
    assert [burn(nonce, issued_at=issued_at), burn(too_early, issued_at=issued_at)] == [False, False]
    let_a_second_pass()
    assert burn(limits.new_nonce()) is True
    assert burn(nonce, issued_at=issued_at) is False


def test_beginning_of_memory_stays_until_the_server_is_emptied() -> None:
    nonce, issued_at = limits.new_nonce(), real_now()
    let_a_second_pass()
    assert limits.server_remembers() is True
    assert burn(nonce, issued_at=issued_at) is True


@pytest.mark.django_db
def test_burnt_keys_are_forgotten_when_nobody_can_present_them() -> None:
    now = real_now()
    BurntKey.objects.create(key="old", burnt_at=now - timedelta(days=1, seconds=1))
    BurntKey.objects.create(key="new", burnt_at=now - timedelta(hours=23))
    assert limits.forget_burnt_keys() == 1
    assert list(BurntKey.objects.values_list("key", flat=True)) == ["new"]


# ── While the shared cache is away ───────────────────────────────────────────


@pytest.fixture
def own_server(tmp_path: Path, settings: Settings) -> Iterator[RedisProcess]:
    own = RedisProcess(redis_server.prepare(tmp_path / "redis", persistent=False))
    own.start()
    settings.CACHES = {**settings.CACHES, "default": {**settings.CACHES["default"], "LOCATION": own.url}}
    caches["fallback"].clear()
    try:
        yield own
    finally:
        own.kill()
        caches["default"].close()


def test_counting_goes_on_without_the_cache_and_the_log_says_so(
    own_server: RedisProcess, caplog: pytest.LogCaptureFixture
) -> None:
    assert limits.hit("a", seconds=60).count == 1
    own_server.kill()
    with caplog.at_level(logging.WARNING, logger="verification.time.limits"):
        assert [limits.allow("a", limit=2, seconds=60) for _ in range(3)] == [True, True, False]
    assert 55 <= limits.wait("a", limit=2, seconds=60) <= 60
    limits.take_back("a")
    assert set(caplog.messages) == {"The shared cache is away (ConnectionError); limits fall back."}
    limits.take_back("a")
    assert limits.hit("a", seconds=60).count == 3


@pytest.mark.rule("V-12")
@pytest.mark.django_db(transaction=True)
def test_key_that_is_issued_while_the_cache_is_away_burns_once_in_the_database(own_server: RedisProcess) -> None:
    own_server.kill()
    assert limits.server_remembers() is False
    nonce = limits.new_nonce()
    assert sorted(world.at_once(*[lambda: burn(nonce)] * 8)) == [False] * 7 + [True]
    assert list(BurntKey.objects.values_list("key", flat=True)) == [f"test:{nonce}"]


@pytest.mark.rule("V-12")
@pytest.mark.django_db
def test_key_is_not_good_while_the_cache_that_would_remember_it_is_away(own_server: RedisProcess) -> None:
    used, unused = limits.new_nonce(), limits.new_nonce()
    assert burn(used) is True
    own_server.kill()
    assert [burn(used), burn(unused)] == [False, False]


@pytest.mark.django_db
def test_key_burnt_while_the_cache_was_away_stays_burnt_when_it_is_back(own_server: RedisProcess) -> None:
    own_server.kill()
    let_a_second_pass()
    used, unused = limits.new_nonce(), limits.new_nonce()
    assert burn(used) is True
    own_server.start()
    let_a_second_pass()
    assert [burn(used), burn(unused), burn(limits.new_nonce())] == [False, True, True]
