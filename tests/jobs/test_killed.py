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

from tests.jobs.conftest import Jobs
from tests.jobs.crew import Crew
from tests.jobs.crowd import SIZE
from tests.jobs.sweep import CHUNK, Sweep
from verification.models import AlarmKind

ROUNDS = int(os.environ.get("CHAOS_ROUNDS") or 20)
SEED = int(os.environ.get("CHAOS_SEED") or time.time_ns() % 10**6)


@pytest.mark.rule("C-03", "C-04", "D-02", "D-05")
def test_killed_workers_lose_nothing_and_do_nothing_twice(
    jobs: Jobs, record_testsuite_property: Callable[[str, object], None]
) -> None:
    print(f"CHAOS_SEED={SEED}")  # noqa: T201  # shown with a failure
    draw, began = Random(SEED), time.monotonic()
    jobs.environment.update(CHUNK)
    jobs.start_beat()
    crew = Crew(jobs, size=2 if connection.vendor == "postgresql" else 1)
    killed_at: list[int] = []
    for number, kind in enumerate(cycle(AlarmKind), start=1):
        sweep = Sweep(jobs, kind, draw)
        crew.fill_up()
        done = sweep.interrupt(lambda: crew.kill_some(draw))
        crew.fill_up()
        sweep.finish()
        killed_at += [done] if 0 < done < SIZE else []  # a sweep that was over before the kill shows nothing
        if len(killed_at) == ROUNDS:
            break
        assert number < 2 * ROUNDS, f"only {len(killed_at)} of {number} sweeps were cut off in their midst"
    facts = {
        "what": "workers killed in their midst",
        "database": connection.vendor,
        "rounds": len(killed_at),
        "rows": SIZE,
        "killed at": f"{min(killed_at)} / {median(killed_at):g} / {max(killed_at)}",
        "lost": 0,
        "twice": 0,
        "seconds": round(time.monotonic() - began),
        "seed": SEED,
    }
    record_testsuite_property("chaos", json.dumps(facts))
