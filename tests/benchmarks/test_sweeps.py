"""The benchmark of the sweeps at a small size: what it compares does the same work."""

import pytest
from django.db import transaction

from benchmarks import crowd, databases, plainest, sweeps
from benchmarks.report import Line, table
from verification.models import AlarmKind, Filing, Sandbox
from verification.state import alarms

SIZE = crowd.Crowd(filings=8_000, due=4_000)


@pytest.fixture
def crowded(db: None) -> None:
    crowd.build(SIZE)


def test_nothing_of_a_crowd_is_due_at_first(crowded: None) -> None:
    assert (Sandbox.objects.count(), Filing.objects.count()) == (4, 8_000)
    assert alarms.sandboxes_with_due() == []


@pytest.mark.parametrize("kind", [AlarmKind.NOON, AlarmKind.DEADLINE])
def test_sweep_and_plainest_sql_write_the_same_rows(crowded: None, kind: AlarmKind) -> None:
    crowd.make_due(SIZE, kind)
    databases.take_stock()
    before = sweeps.rows()
    with transaction.atomic():
        plainest.write(kind)
        floor = sweeps.rows()
        transaction.set_rollback(True)
    assert sweeps.rows() == before
    assert sweeps.sweep() == 4_000
    assert sweeps.rows() == floor != before
    assert sweeps.sweep() == 0
    assert sweeps.rows() == floor


def test_table_marks_what_misses_its_bar() -> None:
    lines = [
        Line("sweeps", "noon", "SQLite", "1.10 times", "at most 1.3 times", is_met=True),
        Line("looking", "tick", "SQLite", "1.20 times", "at most 1 times", is_met=False, note="loud"),
        Line("pages", "home", "SQLite", "9 ms"),
    ]
    assert table(lines).splitlines()[2:] == [
        "| sweeps | noon | SQLite | 1.10 times | at most 1.3 times | ✓ |  |",
        "| looking | tick | SQLite | 1.20 times | at most 1 times | ✗ | loud |",
        "| pages | home | SQLite | 9 ms |  |  |  |",
    ]
