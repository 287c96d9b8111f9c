"""The report: whoever measures one part of it leaves the others as they are."""

import pytest

from benchmarks import report
from benchmarks.report import Line, document, with_long_load

LINE = Line("load", "a page", "SQLite", "90 ms", "at most 150 ms", is_met=True)
BY_HAND = "\n## Where the time goes\n\nWritten by hand.\n"


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "machine", lambda: "Machine: one.")


def test_table_is_written_anew_and_what_follows_it_stays() -> None:
    first = document([LINE], "# Benchmarks\n\nOld.\n" + BY_HAND)
    assert first.startswith("# Benchmarks\n\nWritten by `make bench` on ")
    assert "Old." not in first
    assert first.endswith(f"| ✓ |  |\n{BY_HAND}")
    assert document([LINE], first) == first


def test_long_load_has_a_section_of_its_own_that_is_replaced() -> None:
    before = document([], "") + BY_HAND
    with_load = with_long_load([LINE], before)
    assert with_load.startswith(document([], ""))
    assert with_load.endswith(BY_HAND)
    assert with_load.count("## A class of three hundred\n") == 1
    assert with_long_load([LINE], with_load) == with_load
    assert document([], with_load) == with_load, "the table of all parts is another matter"
