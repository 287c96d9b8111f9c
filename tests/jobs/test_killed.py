"""Workers that die in the midst of their work, as in a power cut, again and again: nothing is lost, nothing twice."""

import json
import os
import time
from collections.abc import Callable
from itertools import cycle
from random import Random
from statistics import median

import pytest
from django.db import connection

from portal.celery import app
from tests.jobs.conftest import Jobs
from tests.jobs.crew import Crew
from tests.jobs.crowd import SIZE, Crowd
from verification.models import AlarmKind

ROUNDS = int(os.environ.get("CHAOS_ROUNDS") or 20)
SEED = int(os.environ.get("CHAOS_SEED") or time.time_ns() % 10**6)
CHUNK = 20
PATIENCE = 60.0
#: A round in which the sweep was over before the kill does not count; so many of them would show a wrong set-up.
MOST_MISSED = ROUNDS // 2


class Round:
    """A sweep over a crowd that is interrupted once a number of filings, drawn at random, is committed."""

    def __init__(self, jobs: Jobs, kind: AlarmKind, draw: Random) -> None:
        self.jobs = jobs
        self.crowd = Crowd(kind)
        self.interrupt_at = draw.randrange(1, SIZE)

    def interrupt(self, how: Callable[[], None]) -> int:
        """Begin the sweep and interrupt it; how many filings were committed then."""
        self.crowd.become_due()
        app.send_task("verification.tick")
        give_up = time.monotonic() + PATIENCE
        while self.crowd.done < self.interrupt_at:
            assert time.monotonic() < give_up, self.jobs.log
            time.sleep(0.001)
        how()
        return self.crowd.done

    def finish(self) -> None:
        """Wait until the jobs have finished by themselves, and hold every table against what must be in it."""
        self.jobs.wait_for(lambda: self.crowd.done == SIZE, seconds=PATIENCE)
        assert self.crowd.differences() == ({}, {}), f"CHAOS_SEED={SEED}"
        self.crowd.forget()


@pytest.mark.rule("C-03", "C-04", "D-02", "D-05")
def test_killed_workers_lose_nothing_and_do_nothing_twice(
    jobs: Jobs, redis_url: str, record_testsuite_property: Callable[[str, object], None]
) -> None:
    draw, began = Random(SEED), time.monotonic()
    jobs.environment["ALARM_CHUNK"] = str(CHUNK)
    jobs.start_beat()
    crew = Crew(jobs, size=2 if connection.vendor == "postgresql" else 1)
    killed_at: list[int] = []
    for number, kind in enumerate(cycle(AlarmKind), start=1):
        round_ = Round(jobs, kind, draw)
        crew.fill_up()
        done = round_.interrupt(lambda: crew.kill_some(draw))
        crew.fill_up()
        round_.finish()
        killed_at += [done] if 0 < done < SIZE else []
        if len(killed_at) == ROUNDS:
            break
        assert number < ROUNDS + MOST_MISSED, f"only {len(killed_at)} of {number} rounds were cut off in their midst"
    assert len(killed_at) == ROUNDS
    facts = {
        "what": "workers killed in their midst",
        "database": connection.vendor,
        "rounds": ROUNDS,
        "rows": SIZE,
        "killed at": f"{min(killed_at)} / {median(killed_at):g} / {max(killed_at)}",
        "lost": 0,
        "twice": 0,
        "seconds": round(time.monotonic() - began),
        "seed": SEED,
    }
    record_testsuite_property("chaos", json.dumps(facts))
