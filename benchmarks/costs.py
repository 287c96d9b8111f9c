"""What a piece of work costs: time on the wall, and CPU, which other programs on the machine do not change."""

import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psutil
from django.db import connection


@dataclass(frozen=True)
class Cost:
    """What a piece of work took: seconds on the wall, and of CPU, the database's process included."""

    wall: float
    cpu: float


def cost_of(work: Callable[[], object]) -> Cost:
    """Do the work on Django's connection and say what it took."""
    processes = [psutil.Process()]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            processes.append(psutil.Process(cursor.fetchone()[0]))
    cpu, wall = _cpu(processes), time.perf_counter()
    work()
    return Cost(wall=time.perf_counter() - wall, cpu=_cpu(processes) - cpu)


def median(costs: Sequence[Cost]) -> Cost:
    """The median of the wall times, and that of the CPU times."""
    return Cost(wall=statistics.median(c.wall for c in costs), cpu=statistics.median(c.cpu for c in costs))


def _cpu(processes: Sequence[psutil.Process]) -> float:
    return math.fsum(times.user + times.system for times in (process.cpu_times() for process in processes))
