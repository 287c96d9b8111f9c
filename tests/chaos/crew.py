"""Workers that are on duty, and further ones that are started already and wait for their turn."""

from collections import deque
from random import Random

from portal.celery import app
from tests.jobs_process import Jobs, Process

RESERVE = 2


class Crew:
    """As many workers on duty as asked for; whoever is killed is replaced from the reserve, without a start-up."""

    def __init__(self, jobs: Jobs, *, size: int) -> None:
        self._jobs = jobs
        self._size = size
        self._on_duty: list[Process] = []
        self._reserve = deque(self._hire() for _ in range(size + RESERVE))

    def fill_up(self) -> None:
        """Bring the crew to its size, and return once all of it listen."""
        while len(self._on_duty) < self._size:
            worker = self._reserve.popleft()
            self._jobs.wait_for_worker(worker)
            app.control.add_consumer("celery", destination=[worker.name], reply=True)
            self._on_duty.append(worker)
            self._reserve.append(self._hire())

    def kill_some(self, draw: Random) -> None:
        """Kill some of those on duty, or all, at once."""
        victims = draw.sample(self._on_duty, draw.randint(1, self._size))
        self._jobs.kill_with_children(*victims)
        self._on_duty = [worker for worker in self._on_duty if worker not in victims]

    def _hire(self) -> Process:
        return self._jobs.start_worker(queue="reserve", wait=False)
