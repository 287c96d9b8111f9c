"""The entrance of the tools: old Pythons, refusals, groups and counts."""

import ast
import json
import runpy
import sys
from pathlib import Path

import pytest

from tools import chaos, commands, groups, test
from tools.places import ROOT, Refusal
from tools.screen import Screen
from tools.test import Result


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
    assert "run | test | chaos | mutants | bench | check" in capsys.readouterr().err


def test_groups_have_a_budget_of_twenty_minutes_in_all() -> None:
    assert sum(group.minutes for group in groups.GROUPS) == 20


def test_groups_name_every_folder_of_tests() -> None:
    named = {folder for group in groups.GROUPS for folder in group.folders}
    there = {f"tests/{path.parent.relative_to(ROOT / 'tests').parts[0]}" for path in ROOT.glob("tests/*/**/test_*.py")}
    assert there - named == set()


def test_chosen_groups_refuse_an_unknown_name() -> None:
    assert [group.name for group in test.chosen_groups(["jobs", "unit"])] == ["jobs", "unit"]
    assert test.chosen_groups([]) == groups.GROUPS
    with pytest.raises(Refusal, match="There is no group units; there are: check, unit"):
        test.chosen_groups(["units"])


def test_read_report_counts_errors_as_failures(tmp_path: Path) -> None:
    report = tmp_path / "unit.xml"
    report.write_text('<testsuites><testsuite tests="9" failures="1" errors="2" skipped="3"/></testsuites>')
    assert test.read_report(report) == (3, 3, 3)
    assert test.read_report(tmp_path / "none.xml") == (0, 0, 0)


def test_chaos_reads_its_table_from_the_reports(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(test, "RESULTS", tmp_path)
    row = {"what": "workers killed", "database": "sqlite", "lost": 0}
    value = json.dumps(row).replace('"', "&quot;")
    properties = f'<properties><property name="chaos" value="{value}"/><property name="other" value="1"/></properties>'
    (tmp_path / "chaos.xml").write_text(f"<testsuites><testsuite>{properties}</testsuite></testsuites>")
    assert [group.name for group in chaos.GROUPS] == ["chaos", "chaos-pg"]
    assert chaos.read_rows() == [row]
    assert chaos.table([row, {**row, "database": "postgresql"}]) == [
        "what            database    lost",
        "workers killed  sqlite      0",
        "workers killed  postgresql  0",
    ]


def test_summary_closes_with_the_counts_and_warns_of_a_budget(capsys: pytest.CaptureFixture[str]) -> None:
    check, unit = groups.GROUPS[:2]
    results = [Result(check, seconds=90, is_good=True), Result(unit, seconds=60, is_good=True, passed=7, skipped=1)]
    assert test.summarise(Screen(), results) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "7 passed, 0 failed"
    assert ["over its budget" in line for line in lines[1:3]] == [True, False]


def test_summary_fails_when_a_group_fails(capsys: pytest.CaptureFixture[str]) -> None:
    results = [Result(groups.GROUPS[0], seconds=1, is_good=False, failed=1)]
    assert test.summarise(Screen(), results) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "0 passed, 1 failed"
