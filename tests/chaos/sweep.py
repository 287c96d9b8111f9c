"""The jobs' work on a crowd, interrupted in its midst."""

import time
from collections.abc import Callable
from random import Random

from portal.celery import app
from tests.chaos.crowd import SIZE, Crowd, Rows
from tests.jobs_process import Jobs
from verification.models import AlarmKind

#: Filings in one transaction of the sweep; to be put into the jobs' environment.
CHUNK = {"ALARM_CHUNK": "20"}
PATIENCE = 60.0


class Sweep:
    """A sweep over a crowd that is interrupted once a number of filings, drawn at random, is committed."""

    def __init__(self, jobs: Jobs, kind: AlarmKind, draw: Random) -> None:
        self._jobs = jobs
        self._crowd = Crowd(kind)
        self._interrupt_at = draw.randrange(1, SIZE)

    def interrupt(self, how: Callable[[], object]) -> int:
        """Begin the sweep and interrupt it; how many filings were committed then."""
        self._crowd.become_due()
        app.send_task("verification.tick")
        give_up = time.monotonic() + PATIENCE
        while self._crowd.done < self._interrupt_at:
            assert time.monotonic() < give_up, self._jobs.log
            time.sleep(0.001)
        how()
        return self._crowd.done

    def finish(self) -> tuple[Rows, Rows]:
        """Wait until the jobs have finished by themselves; what is lost in any table, and what is there twice."""
        self._jobs.wait_for(lambda: self._crowd.done == SIZE, seconds=PATIENCE)
        self._crowd.forget()
        return self._crowd.differences()
