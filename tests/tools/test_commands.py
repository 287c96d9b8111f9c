"""The entrance of the tools: old Pythons, refusals, groups and counts."""

import ast
import json
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tools import chaos, commands, groups, test
from tools.groups import POSTGRES, SQLITE, Group
from tools.places import ROOT, Refusal
from tools.screen import RED, Screen
from tools.supervisor import Step
from tools.test import Report, Result


@pytest.mark.parametrize("file", ["tools/__init__.py", "tools/__main__.py"])
def test_entrance_is_readable_by_pythons_that_are_too_old(file: str) -> None:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"), feature_version=(3, 4))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr | ast.NamedExpr | ast.AnnAssign)]


def test_entrance_says_that_python_is_too_old(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(ROOT / "tools" / "__main__.py"), run_name="__main__")
    assert end.value.code == 1
    assert capsys.readouterr().err.startswith("This project needs Python 3.11 or newer; this is Python 3.9 (")


def test_entrance_goes_on_with_a_newer_python_on_the_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    newer = tmp_path / "python3.12"
    newer.write_text("")
    newer.chmod(0o755)
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(sys, "argv", ["tools", "run"])
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("TOOLS_PYTHON_TRIED", "")

    def execv(program: str, arguments: list[str]) -> None:
        raise SystemExit(arguments)

    monkeypatch.setattr("os.execv", execv)
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(ROOT / "tools" / "__main__.py"), run_name="__main__")
    assert end.value.code == [str(newer), "-m", "tools", "run"]


def test_refusal_is_a_sentence_and_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORT", "eight thousand")
    assert commands.main(["run"]) == 1
    assert capsys.readouterr().err.startswith("\nPORT=eight thousand is not a port")


def test_unknown_command_is_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["dance"]) == 2
    assert "run | test | chaos | fuzz | mutants | bench | check" in capsys.readouterr().err


def test_groups_have_a_budget_of_eleven_and_a_half_minutes_in_all() -> None:
    assert sum(group.minutes for group in groups.GROUPS) == 11.5
    assert [group.name for group in groups.GROUPS if group.budget(is_full=True) < group.budget(is_full=False)] == []


@pytest.mark.parametrize(("text", "is_full"), [(None, False), ("", False), ("0", False), ("1", True)])
def test_full_is_asked_for_by_a_variable(monkeypatch: pytest.MonkeyPatch, text: str | None, is_full: bool) -> None:
    monkeypatch.delenv("FULL", raising=False)
    if text is not None:
        monkeypatch.setenv("FULL", text)
    assert groups.is_full() is is_full


def test_groups_name_every_folder_of_tests() -> None:
    named = {folder for group in groups.GROUPS for folder in group.folders}
    there = {f"tests/{path.parent.relative_to(ROOT / 'tests').parts[0]}" for path in ROOT.glob("tests/*/**/test_*.py")}
    assert there - named == set()


def test_chosen_groups_refuse_an_unknown_name() -> None:
    assert [group.name for group in test.chosen_groups(["jobs", "unit"])] == ["jobs", "unit"]
    assert test.chosen_groups([]) == groups.GROUPS
    with pytest.raises(Refusal, match="There is no group units; there are: check, unit"):
        test.chosen_groups(["units"])


REPORT = """<testsuites>
<testsuite tests="9" failures="1" errors="2" skipped="3">
<testcase classname="tests.law.test_who" name="test_one[a.b]" time="0.25" />
<testcase classname="tests.law.test_who" name="test_two" time="1.5" />
</testsuite></testsuites>"""


def test_read_report_counts_errors_as_failures(tmp_path: Path) -> None:
    path = tmp_path / "unit.xml"
    path.write_text(REPORT)
    tests = ((0.25, "tests/law/test_who.py::test_one[a.b]"), (1.5, "tests/law/test_who.py::test_two"))
    assert test.read_report(path) == Report(3, 3, 3, tests)
    assert test.read_report(tmp_path / "none.xml") == Report()


class Runner:
    """Notes the steps of a group, and writes of each the report that pytest would write."""

    def __init__(self, *codes: int) -> None:
        self.codes, self.steps, self.seconds = list(codes), list[Step](), 0.0

    def run_steps(self, steps: Sequence[Step], *, seconds: float) -> list[int]:
        self.steps, self.seconds = list(steps), seconds
        for step in steps:
            (report,) = [word.partition("=")[2] for word in step.command if word.startswith("--junit-xml=")]
            Path(report).write_text('<testsuite tests="4" failures="1" errors="0" skipped="1"/>')
        return self.codes


TWICE = Group("parts", 2, 7, ("tests/law",), databases=(SQLITE, POSTGRES))


@pytest.fixture
def results(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the reports are, with nothing in it; there is a PostgreSQL, and nobody has asked for the long form."""
    monkeypatch.setattr(test, "RESULTS", tmp_path)
    monkeypatch.setenv("TEST_DATABASE_URL", "postgres://there")
    monkeypatch.delenv("FULL", raising=False)
    return tmp_path


def test_group_on_two_databases_runs_on_both_at_once_and_adds_up(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runner = Runner(0, 1)
    result = test.run_group(runner, Screen(), TWICE)  # type: ignore[arg-type]
    assert (result.report.passed, result.failed, result.report.skipped, result.is_good) == (4, 2, 2, False)
    addresses = [step.environment["TEST_DATABASE_URL"] for step in runner.steps]
    assert addresses == ["", "postgres://there"]
    for step in runner.steps:
        step.on_line("1 passed")
    assert capsys.readouterr().out.splitlines()[-2:] == ["sqlite | 1 passed", "postgresql | 1 passed"]


@pytest.mark.parametrize(("full", "minutes"), [("", 2), ("1", 7)])
def test_group_that_hangs_is_ended_after_five_times_its_budget(
    results: Path, monkeypatch: pytest.MonkeyPatch, full: str, minutes: float
) -> None:
    monkeypatch.setenv("FULL", full)
    runner = Runner(0, 0)
    assert test.run_group(runner, Screen(), TWICE).budget == minutes  # type: ignore[arg-type]
    assert runner.seconds == minutes * 60 * 5


def test_group_that_leaves_no_report_has_failed(results: Path) -> None:
    missing = Group("none", 1, 1, ("tests/nowhere",))
    result = test.run_group(Runner(), Screen(), missing)  # type: ignore[arg-type]
    assert (result.report, result.failed, result.is_good) == (Report(), 1, False)


def test_chaos_reads_its_table_from_the_reports(results: Path) -> None:
    row = {"what": "workers killed", "database": "sqlite", "lost": 0}
    other = {**row, "database": "postgresql"}
    for found in (row, other):
        value = json.dumps(found).replace('"', "&quot;")
        properties = f'<property name="chaos" value="{value}"/><property name="other" value="1"/>'
        path = results / f"chaos-{found['database']}.xml"
        path.write_text(f"<testsuites><testsuite><properties>{properties}</properties></testsuite></testsuites>")
    assert chaos.read_rows() == [row, other]
    assert chaos.table([row, other]) == [
        "what            database    lost",
        "workers killed  sqlite      0",
        "workers killed  postgresql  0",
    ]


# ── The summary ──────────────────────────────────────────────────────────────────────────────────────────────────────

CHECK, UNIT = groups.GROUPS[:2]


def test_summary_closes_with_the_counts(capsys: pytest.CaptureFixture[str]) -> None:
    results = [
        Result(CHECK, budget=0.5, seconds=20, is_good=True),
        Result(UNIT, budget=2, seconds=60, is_good=True, report=Report(passed=7, skipped=1)),
    ]
    assert test.summarise(Screen(), results) == 0
    assert capsys.readouterr().out.splitlines() == [
        "",
        "",
        "✓ check         0 passed    0 failed    0 skipped   0.33 of 0.5 min",
        "✓ unit          7 passed    0 failed    1 skipped   1.00 of 2 min",
        "1.3 of 2.5 minutes in all",
        "7 passed, 0 failed",
    ]


def test_summary_shows_a_group_over_its_budget_in_red_and_does_not_fail(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    screen = Screen()
    monkeypatch.setattr(screen, "paint", lambda text, colour: f"<{text}>" if colour == RED else text)
    results = [Result(group, budget=1, seconds=seconds, is_good=True) for group, seconds in ((CHECK, 61), (UNIT, 60))]
    assert test.summarise(screen, results) == 0
    late, in_time = capsys.readouterr().out.splitlines()[2:4]
    assert late.endswith("< 1.02 of 1 min  over its budget>")
    assert in_time.endswith("1.00 of 1 min")


def test_summary_names_the_ten_slowest_tests_of_all_groups(capsys: pytest.CaptureFixture[str]) -> None:
    quick = Report(passed=9, tests=tuple((n / 10, f"tests/a.py::test_{n}") for n in range(9)))
    slow = Report(passed=3, tests=((30.0, "tests/b.py::test_x"), (0.75, "tests/b.py::test_y"), (0.05, "tests/b.py::z")))
    results = [Result(CHECK, 1, 1, is_good=True, report=quick), Result(UNIT, 1, 1, is_good=True, report=slow)]
    test.summarise(Screen(), results)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:5] == [
        "The slowest tests",
        "  30.0 s  unit      tests/b.py::test_x",
        "   0.8 s  check     tests/a.py::test_8",
        "   0.8 s  unit      tests/b.py::test_y",
    ]
    assert lines[11:13] == ["   0.1 s  check     tests/a.py::test_1", ""]


def test_summary_fails_when_a_group_fails(capsys: pytest.CaptureFixture[str]) -> None:
    results = [Result(CHECK, budget=1, seconds=1, is_good=False)]
    assert test.summarise(Screen(), results) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "0 passed, 1 failed"
