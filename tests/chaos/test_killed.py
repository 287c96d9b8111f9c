"""Workers that die in the midst of their work, as in a power cut, again and again: nothing is lost, nothing twice."""

from itertools import cycle
from random import Random

import pytest
from django.db import connection

from tests.chaos.conftest import ROUNDS, Tally
from tests.chaos.crew import Crew
from tests.chaos.crowd import LATE_FOR
from tests.chaos.sweep import CHUNK, Sweep
from tests.jobs_process import Jobs


@pytest.mark.rule("C-03", "C-04", "D-02", "D-05")
def test_workers_killed_in_the_midst(jobs: Jobs, draw: Random, tally: Tally) -> None:
    jobs.environment.update(CHUNK)
    jobs.start_beat()
    crew = Crew(jobs, size=2 if connection.vendor == "postgresql" else 1)
    kinds = cycle(LATE_FOR)
    while tally.rounds < ROUNDS:
        sweep = Sweep(jobs, next(kinds), draw)
        crew.fill_up()
        done = sweep.interrupt(lambda: crew.kill_some(draw))
        crew.fill_up()
        tally.note(done, *sweep.finish())
        assert (tally.lost, tally.twice) == ({}, {})
        assert tally.missed < ROUNDS, "too many sweeps were over before the kill"
