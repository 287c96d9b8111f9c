"""A broker that forgets everything, or goes away, in the midst of the work: worker and beat go on by themselves."""

import re
from collections.abc import Iterator
from itertools import cycle, islice
from random import Random

import pytest
from kombu import pools
from redis import Redis

from portal.celery import app
from tests.chaos.conftest import ROUNDS, Tally
from tests.chaos.crowd import LATE_FOR
from tests.chaos.sweep import CHUNK, Sweep
from tests.jobs_process import Jobs
from tests.redis_process import RedisProcess

#: Every kind of sweep once, and in the long run more often.
KINDS = list(islice(cycle(LATE_FOR), max(3, ROUNDS // 5)))


@pytest.fixture
def working(jobs: Jobs) -> Jobs:
    """A worker and a beat at work, in small chunks."""
    jobs.environment.update(CHUNK)
    jobs.start_worker()
    jobs.start_beat()
    return jobs


@pytest.fixture
def broker(redis_process: RedisProcess) -> Iterator[RedisProcess]:
    """The broker, which the test may kill."""
    yield redis_process
    redis_process.start()
    pools.reset()  # this process, too, has lost its connections
    app._after_fork()


def assert_all_still_run(jobs: Jobs) -> None:
    assert [process.popen.poll() for process in jobs.processes] == [None] * len(jobs.processes)


def test_broker_wiped_in_the_midst(working: Jobs, redis_url: str, draw: Random, tally: Tally) -> None:
    with Redis.from_url(redis_url) as redis:
        for kind in KINDS:
            sweep = Sweep(working, kind, draw)
            tally.note(sweep.interrupt(redis.flushall), *sweep.finish())
    assert (tally.lost, tally.twice) == ({}, {})
    assert_all_still_run(working)


def test_broker_away_for_a_while_in_the_midst(working: Jobs, broker: RedisProcess, draw: Random, tally: Tally) -> None:
    for kind in KINDS:
        sweep = Sweep(working, kind, draw)
        done = sweep.interrupt(broker.kill)
        wait_until_both_have_noticed(working)
        broker.start()
        tally.note(done, *sweep.finish())
    assert (tally.lost, tally.twice) == ({}, {})
    assert_all_still_run(working)


def wait_until_both_have_noticed(jobs: Jobs) -> None:
    """Worker and beat have tried in vain to reach the broker."""
    already_written = len(jobs.log)
    for who in ("celery.worker", "celery.beat"):
        in_vain = re.compile(rf"{who}.*Connection refused")
        jobs.wait_for(lambda in_vain=in_vain: in_vain.search(jobs.log[already_written:]))
