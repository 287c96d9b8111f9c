"""A broker that forgets everything, or goes away, in the midst of the work: worker and beat go on by themselves."""

from collections.abc import Iterator
from random import Random

import pytest
from redis import Redis

from portal.celery import app
from tests.jobs.conftest import Jobs
from tests.jobs.sweep import CHUNK, Sweep
from tests.redis_process import RedisProcess
from verification.models import AlarmKind

SEED = 1984


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
    app.pool.force_close_all()  # this process, too, has lost its connections


def assert_all_still_run(jobs: Jobs) -> None:
    assert [process.popen.poll() for process in jobs.processes] == [None] * len(jobs.processes)


def test_broker_that_forgets_everything_in_the_midst_costs_nothing(working: Jobs, redis_url: str) -> None:
    draw = Random(SEED)
    with Redis.from_url(redis_url) as redis:
        for kind in AlarmKind:
            sweep = Sweep(working, kind, draw)
            sweep.interrupt(redis.flushall)
            sweep.finish()
    assert_all_still_run(working)


def test_broker_that_is_away_for_a_while_costs_nothing(working: Jobs, broker: RedisProcess) -> None:
    draw = Random(SEED)
    for kind in (AlarmKind.SEND, AlarmKind.DEADLINE):
        sweep = Sweep(working, kind, draw)
        already_written = len(working.log)
        sweep.interrupt(broker.kill)
        working.wait_for(lambda begin=already_written: "Connection to broker lost" in working.log[begin:])
        working.wait_for(lambda begin=already_written: "Trying again in" in working.log[begin:])
        broker.start()
        sweep.finish()
    assert_all_still_run(working)
