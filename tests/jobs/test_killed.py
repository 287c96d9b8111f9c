"""Workers and beats that die in the midst of their work, as in a power cut."""

from collections import Counter
from copy import copy
from typing import TypeVar

import psutil
import pytest
from redis import Redis

from tests import world
from tests.jobs.conftest import Jobs
from verification.models import Challenge, Event, Filing, Message, Provider

Row = TypeVar("Row", Filing, Challenge)
MANY = 1500  # three chunks for each of the three alarms


def many_filings(provider: Provider) -> None:
    """Filings of one person, copied row by row from one that was submitted."""
    first = world.submit(provider, world.first_filing(1, 1))
    challenge = Challenge.objects.get(filing=first)
    copies = Filing.objects.bulk_create(_copy(first, number=str(n)) for n in range(1, MANY))
    Challenge.objects.bulk_create(_copy(challenge, filing=filing) for filing in copies)


def _copy(row: Row, **changes: object) -> Row:
    copied = copy(row)
    copied.pk = None
    for name, value in changes.items():
        setattr(copied, name, value)
    return copied


def done() -> int:
    """How many alarms were done so far."""
    kinds = ("challenge.opened", "challenge.noon_resent", "filing.returned")
    return Event.objects.filter(kind__in=kinds).count()


@pytest.mark.rule("C-03", "C-04", "D-02")
def test_work_that_is_cut_off_in_its_midst_is_done_once(jobs: Jobs, redis_url: str) -> None:
    provider = world.new_provider(world.new_sandbox())
    many_filings(provider)
    world.move_without_jobs(provider.sandbox, "2018-01-31 00:00")
    jobs.start_beat()
    cut_off_at = []
    for _ in range(2):
        before = done()
        worker = jobs.start_worker(wait=False)
        jobs.wait_for(lambda before=before: done() > before)
        for process in (*psutil.Process(worker.pid).children(recursive=True), psutil.Process(worker.pid)):
            process.kill()
        worker.wait()
        cut_off_at.append(done())
        with Redis.from_url(redis_url) as redis:
            redis.flushall()  # and the broker forgets whose turn it was
    jobs.start_worker()
    jobs.wait_for(lambda: not Filing.objects.filter(alarm_at__isnull=False).exists())
    assert 0 < cut_off_at[0] < cut_off_at[1] < 3 * MANY
    assert set(Filing.objects.values_list("state", "return_reason", "alarm_error")) == {("returned", "deadline", "")}
    assert Counter(Event.objects.filter(challenge__isnull=False).values_list("kind", "at")) == {
        ("challenge.opened", world.moment(world.SENT)): MANY,
        ("challenge.noon_resent", world.moment(world.NOON)): MANY,
        ("challenge.expired", world.moment(world.DEADLINE)): MANY,
    }
    assert Counter(Message.objects.values_list("cause", flat=True)) == {"first": MANY, "noon": MANY}
    assert Message.objects.values("challenge", "cause").distinct().count() == 2 * MANY
