"""Deadline and noon: the sweep that the site runs, against the plainest SQL that writes the same rows."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection
from django.db.models import Count, Model, QuerySet

from benchmarks import crowd, databases, plainest
from benchmarks.costs import Cost, cost_of, median
from benchmarks.report import POSTGRESQL, Bench, Line
from verification.models import AlarmKind, Challenge, Event, Filing, Message, WebhookDelivery
from verification.state import alarms

RATIO = 1.3
PEAK_MB = 250
_BEFORE = "before"
_WORDS = {AlarmKind.NOON: "re-sending at noon", AlarmKind.DEADLINE: "returning at the deadline"}

#: What the rows of each table are counted by.
_COUNTED: dict[type[Model], tuple[str, ...]] = {
    Filing: ("sandbox_id", "state", "return_reason", "alarm_kind", "alarm_at"),
    Challenge: ("sandbox_id", "state", "closed_at"),
    Event: ("kind", "at", "reason", "round"),
    WebhookDelivery: ("endpoint_id", "state", "attempts", "is_in_order"),
    Message: ("cause", "status", "sent_at", "arrived_at"),
}


def measure(bench: Bench) -> Iterator[Line]:
    """Both kinds of sweep, the worker's memory, and on PostgreSQL two workers against one."""
    size = crowd.SMALL if bench.is_small else crowd.FULL
    crowd.build(size)
    databases.put_aside(_BEFORE)
    for kind in (AlarmKind.NOON, AlarmKind.DEADLINE):
        databases.take_up(_BEFORE)
        crowd.make_due(size, kind)
        databases.put_aside(kind.value)
        yield _against_the_plainest(bench, kind)
    yield _memory(bench)
    if bench.database == POSTGRESQL:
        yield _two_workers(bench)


def sweep() -> int:
    """What a worker does: every sandbox, chunk by chunk; returns how many alarms were done."""
    return sum(alarms.run_due(sandbox) for sandbox in alarms.sandboxes_with_due())


def rows() -> dict[str, list[tuple[object, ...]]]:
    """How many rows of each sort the tables hold; the outbox's real times, which differ, are left out."""
    return {
        model.__name__: list(QuerySet(model).values_list(*columns).annotate(rows=Count("pk")).order_by(*columns))
        for model, columns in _COUNTED.items()
    }


def compare(kind: AlarmKind, *, plainest_first: bool = True) -> tuple[Cost, Cost]:
    """What the plainest SQL and the sweep cost, each from the same rows; fails unless they wrote the same."""
    ways = {"plainest": lambda: plainest.write(kind), "sweep": sweep}
    costs, written = {}, {}
    for name in sorted(ways, reverse=not plainest_first):
        databases.take_up(kind.value)
        costs[name] = cost_of(ways[name])
        written[name] = rows()
        if name == "sweep":
            assert sweep() == 0
            assert rows() == written[name], "a repeated run wrote rows"
    assert written["plainest"] == written["sweep"], written
    return costs["plainest"], costs["sweep"]


def _against_the_plainest(bench: Bench, kind: AlarmKind) -> Line:
    pairs = [compare(kind, plainest_first=number % 2 == 0) for number in range(bench.rounds)]
    floor, swept = (median(costs) for costs in zip(*pairs, strict=True))
    ratio = swept.wall / floor.wall
    return Line(
        part="sweeps",
        what=f"{_WORDS[kind]}, everything due at once, against the plainest SQL",
        database=bench.database,
        figure=f"{ratio:.2f} times",
        bar=f"at most {RATIO} times",
        is_met=ratio <= RATIO,
        note=f"{swept.wall:.1f} s against {floor.wall:.1f} s; CPU {swept.cpu:.1f} s against {floor.cpu:.1f} s",
    )


# ── Workers: processes of their own ──────────────────────────────────────────


@dataclass(frozen=True)
class _Run:
    seconds: float
    peak_mb: float


def _work(workers: int) -> _Run:
    """Let so many workers do the deadline; the time from their common start to the end of the last."""
    databases.take_up(AlarmKind.DEADLINE.value)
    connection.close()
    command = [sys.executable, "-m", "benchmarks.worker"]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(workers)
    ]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()  # it is ready
    begun = time.perf_counter()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [json.loads(process.communicate()[0]) for process in processes]
    assert not alarms.sandboxes_with_due()
    return _Run(time.perf_counter() - begun, max(answer["peak_mb"] for answer in answers))


def _memory(bench: Bench) -> Line:
    peak = max(_work(1).peak_mb for _ in range(bench.rounds))
    return Line(
        part="sweeps",
        what="a worker's memory at its peak, everything due at once",
        database=bench.database,
        figure=f"{peak:.0f} MB",
        bar=f"under {PEAK_MB} MB",
        is_met=peak < PEAK_MB,
        note="the highest of all runs",
    )


def _two_workers(bench: Bench) -> Line:
    alone, together = ([], [])
    for _ in range(bench.rounds):
        alone.append(Cost(wall=_work(1).seconds, cpu=0))
        together.append(Cost(wall=_work(2).seconds, cpu=0))
    one, two = median(alone).wall, median(together).wall
    return Line(
        part="sweeps",
        what="two workers against one, everything due at once",
        database=bench.database,
        figure=f"{two / one:.2f} times",
        bar="under 1",
        is_met=two < one,
        note=f"{two:.1f} s against {one:.1f} s",
    )
