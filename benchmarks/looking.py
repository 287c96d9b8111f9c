"""Looking when nothing is due: what a sandbox costs, and what a tick over many of them costs."""

import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

from django.db import connection

from benchmarks import crowd, databases
from benchmarks.report import Bench, Line
from verification.models import Filing, Sandbox
from verification.state import alarms

IDLE = 500
TIMES_SELECT_1 = 3


def measure(bench: Bench) -> Iterator[Line]:
    """The look at one sandbox, then the tick over many."""
    crowd.build(crowd.SMALL if bench.is_small else crowd.FULL)
    crowd.add_idle(IDLE)
    databases.put_aside("idle")
    databases.take_up("idle")
    sandbox = Sandbox.objects.order_by("id")[0]
    assert (alarms.run_due(sandbox), alarms.sandboxes_with_due()) == (0, [])
    times = 100 if bench.is_small else 2000
    select_1, bare, look, by_orm, tick, whole = [], [], [], [], [], []
    statement, parameters = _statement_of(lambda: alarms.run_due(sandbox))
    ticks_statement, ticks_parameters = _statement_of(alarms.sandboxes_with_due)
    with connection.cursor() as cursor:
        for _ in range(bench.rounds):
            # With a parameter, as the look has them: to put one in costs more on SQLite than the statement does.
            select_1.append(_seconds(lambda: cursor.execute("SELECT %s", [1]).fetchall(), times))
            bare.append(_seconds(lambda: cursor.execute("SELECT 1").fetchall(), times))
            look.append(_seconds(lambda: cursor.execute(statement, parameters).fetchall(), times))
            by_orm.append(_seconds(lambda: alarms.run_due(sandbox), times))
            tick.append(_seconds(lambda: cursor.execute(ticks_statement, ticks_parameters).fetchall(), times // 50))
            whole.append(_seconds(alarms.sandboxes_with_due, times // 50))
    yield _look(
        bench,
        median(select_1),
        median(look),
        f"{median(bare) * 1e6:.0f} µs without a parameter; {median(by_orm) * 1e6:.0f} µs with Django's ORM",
    )
    beside = (
        f"{IDLE} × SELECT 1 without a parameter {IDLE * median(bare) * 1e3:.1f} ms; "
        f"with Django's ORM {median(whole) * 1e3:.1f} ms against {IDLE * median(by_orm) * 1e3:.0f} ms"
    )
    yield _tick(bench, IDLE * median(look), median(tick), beside)


def _look(bench: Bench, select_1: float, look: float, beside: str) -> Line:
    ratio = look / select_1
    return Line(
        part="looking",
        what="the look at a sandbox in which nothing is due, against SELECT 1 with a parameter",
        database=bench.database,
        figure=f"{ratio:.2f} times",
        bar=f"at most {TIMES_SELECT_1} times",
        is_met=ratio <= TIMES_SELECT_1,
        note=f"{look * 1e6:.0f} µs against {select_1 * 1e6:.0f} µs; {beside}",
    )


def _tick(bench: Bench, looks: float, tick: float, beside: str) -> Line:
    ratio = tick / looks
    return Line(
        part="looking",
        what=f"the one statement of a tick over {IDLE} idle sandboxes, against {IDLE} looks at one",
        database=bench.database,
        figure=f"{ratio:.2f} times",
        bar="at most 1 times",
        is_met=ratio <= 1,
        note=f"{tick * 1e3:.1f} ms against {looks * 1e3:.1f} ms; {beside}",
    )


def _seconds(work: Callable[[], object], times: int) -> float:
    """How long one of so many takes."""
    begun = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - begun) / times


def _statement_of(work: Callable[[], object]) -> tuple[str, Any]:
    """The one statement about filings that the work sends, beside the clock's and those that hold its transaction."""
    sent: list[tuple[str, Any]] = []

    def keep(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 Django's
        if sql.startswith("SELECT") and Filing._meta.db_table in sql:
            sent.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(keep):
        work()
    (only,) = sent
    return only
