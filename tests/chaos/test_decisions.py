"""Workers that die while a bureau decides by itself: each filing is decided once, and the numbers keep their order."""

import time
from random import Random

import pytest
from django.db import connection

from portal.celery import app
from tests import world
from tests.chaos.crew import Crew
from tests.chaos.sweep import CHUNK, PATIENCE
from tests.jobs_process import Jobs
from tools.groups import is_full
from verification.models import Access, Event, Filing, Sandbox, Service, Subject
from verification.state import alarms

SIZE = 100
ROUNDS = 10 if is_full() else 2
DUE = "2017-12-21 09:30"


def waiting_filings() -> Sandbox:
    """A sandbox in which so many filings wait for a bureau that decides by itself."""
    sandbox = world.new_sandbox(decides_after=1)
    provider = world.new_provider(sandbox)
    for n in range(SIZE):
        world.submit(provider, world.first_filing(1, 2, domain=n, province="z"))
    return sandbox


def interrupt(sandbox: Sandbox, jobs: Jobs, crew: Crew, draw: Random) -> int:
    """Let the jobs begin, and kill some once a number of filings, drawn at random, is decided; how many were then."""
    interrupt_at = draw.randrange(1, SIZE)
    world.move_without_jobs(sandbox, "2018-01-20 00:00")
    app.send_task("verification.tick")
    give_up = time.monotonic() + PATIENCE
    while SIZE - alarms.remaining(sandbox) < interrupt_at:
        assert time.monotonic() < give_up, jobs.log
        time.sleep(0.001)
    crew.kill_some(draw)
    return SIZE - alarms.remaining(sandbox)


@pytest.mark.rule("D-06")
def test_workers_killed_while_they_decide(jobs: Jobs, draw: Random) -> None:
    jobs.environment.update(CHUNK)
    jobs.start_beat()
    crew = Crew(jobs, size=2 if connection.vendor == "postgresql" else 1)
    interrupted = 0
    for _ in range(3 * ROUNDS):
        sandbox = waiting_filings()
        crew.fill_up()
        interrupted += 0 < interrupt(sandbox, jobs, crew, draw) < SIZE
        crew.fill_up()
        jobs.wait_for(lambda sandbox=sandbox: alarms.remaining(sandbox) == 0, seconds=PATIENCE)
        ids = Filing.objects.filter(sandbox=sandbox).order_by("id").values_list("id", flat=True)
        expected = [
            (pk, "filing.accepted", world.moment(DUE), "管局自动审核", f"浙ICP备17{serial:06d}号")
            for serial, pk in enumerate(ids, 1)
        ]
        decided = Event.objects.filter(filing__sandbox=sandbox, kind__in=("filing.accepted", "filing.returned"))
        assert list(decided.order_by("id").values_list("filing_id", "kind", "at", "actor", "detail")) == expected
        records = (Subject.objects.filter(sandbox=sandbox), Service.objects.filter(subject__sandbox=sandbox))
        accesses = Access.objects.filter(service__subject__sandbox=sandbox)
        assert [rows.count() for rows in (*records, accesses)] == [SIZE] * 3
        if interrupted == ROUNDS:
            return
    pytest.fail("too many were over before the kill")
