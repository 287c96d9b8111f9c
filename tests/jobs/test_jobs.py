"""What is due is done by a real worker, woken by a real beat, over a real broker."""

import pytest
from django.core.cache import cache
from redis import Redis

from portal.celery import app
from tests import world
from tests.jobs_process import Jobs
from verification.models import Filing
from verification.tasks import LAST_TICK_KEY

WAITED_TO_THE_END = [
    (1, "filing.submitted", "2017-12-20 09:30", ""),
    (1, "filing.verifying", "2017-12-20 09:30", ""),
    (1, "challenge.opened", "2017-12-20 09:35", "演甲1"),
    (1, "challenge.noon_resent", "2017-12-21 12:00", "演甲1"),
    (1, "challenge.expired", "2017-12-22 09:35", "演甲1"),
    (1, "filing.returned", "2017-12-22 09:35", ""),
]


def overdue_filing() -> Filing:
    """A filing of one person whose three alarms are all late."""
    filing = world.submit(world.new_provider(world.new_sandbox()), world.first_filing(1, 1))
    world.move_without_jobs(filing.sandbox, "2017-12-25 00:00")
    return filing


def is_settled(filing: Filing) -> bool:
    return Filing.objects.filter(pk=filing.pk, alarm_at=None).exists()


@pytest.mark.rule("C-03", "C-04", "D-01", "D-02")
def test_beat_and_worker_do_what_is_due_at_its_due_time(jobs: Jobs) -> None:
    filing = overdue_filing()
    jobs.start_worker()
    jobs.start_beat()
    jobs.wait_for(lambda: is_settled(filing))
    assert world.history(filing) == WAITED_TO_THE_END
    assert cache.get(LAST_TICK_KEY) is not None


def test_worker_that_was_killed_leaves_the_work_to_the_next(jobs: Jobs) -> None:
    first = jobs.start_worker()
    jobs.kill(first)
    filing = overdue_filing()
    app.send_task("verification.tick")
    jobs.start_worker()
    jobs.wait_for(lambda: is_settled(filing))
    assert world.history(filing) == WAITED_TO_THE_END


def test_broker_that_forgot_everything_loses_nothing(jobs: Jobs, redis_url: str) -> None:
    filing = overdue_filing()
    app.send_task("verification.tick")
    with Redis.from_url(redis_url) as redis:
        assert redis.llen("celery") == 1
        redis.flushall()
    jobs.start_worker()
    jobs.start_beat()
    jobs.wait_for(lambda: is_settled(filing))
    assert world.history(filing) == WAITED_TO_THE_END


def test_two_workers_and_many_ticks_do_nothing_twice(jobs: Jobs) -> None:
    filings = [overdue_filing() for _ in range(5)]
    for _ in range(2):
        jobs.start_worker()
    for _ in range(20):
        app.send_task("verification.tick")
    jobs.wait_for(lambda: all(is_settled(filing) for filing in filings))
    assert [world.history(filing) for filing in filings] == [WAITED_TO_THE_END] * 5
