"""The list of rules and the table of `make rules`."""

import json
import re
from pathlib import Path

import pytest

from tools.rules import RECORD, ROOT, RULES, Evidence, State, gather, load_rules, main

DOCUMENT = '[documents.jd-2017]\npublisher = "京东云"\ntitle = "备案短信核验说明"\nsections = ["验证类型"]\n'


def rule(rule_id: str, **changes: str) -> str:
    """One entry as it stands in the file; a value None leaves the key out."""
    values = {"id": f'"{rule_id}"', "title": '"标题"', "text": '"Text."', "source": '["jd-2017#验证类型"]'} | changes
    return "[[rule]]\n" + "".join(f"{key} = {value}\n" for key, value in values.items() if value)


def write_rules(root: Path, *entries: str) -> Path:
    path = root / RULES
    path.parent.mkdir(exist_ok=True)
    path.write_text(DOCUMENT + "".join(entries), encoding="utf-8")
    return path


def write_record(root: Path, database: str, **tests: tuple[str, list[str]]) -> None:
    folder = root / RECORD
    folder.mkdir(parents=True, exist_ok=True)
    record = {name: {"outcome": outcome, "rules": rules} for name, (outcome, rules) in tests.items()}
    (folder / f"{database}.json").write_text(json.dumps(record), encoding="utf-8")


def test_the_project_lists_98_rules() -> None:
    rules = load_rules(ROOT / RULES)
    sizes: dict[str, int] = {}
    for rule_id in rules:
        sizes[rule_id[0]] = sizes.get(rule_id[0], 0) + 1
    assert sizes == {"P": 6, "W": 26, "C": 10, "V": 19, "I": 4, "R": 6, "D": 8, "N": 6, "T": 13}


def test_the_project_names_no_rule_that_is_not_listed() -> None:
    rules = load_rules(ROOT / RULES)
    files = [
        path
        for folder in ("docs", "portal", "templates", "tools", "verification")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".html", ".md", ".py", ".toml", ".txt"}
    ]
    named = {
        (path, name) for path in files for name in re.findall(r"\b[CDINPRTVW]-\d\d\b", path.read_text(encoding="utf-8"))
    }
    assert {(path, name) for path, name in named if name not in rules} == set()


def test_load_rules_joins_the_lines_of_a_text(tmp_path: Path) -> None:
    path = write_rules(tmp_path, rule("P-01", text='"""\nOne line,\nand another."""'))
    assert load_rules(path)["P-01"].text == "One line, and another."


@pytest.mark.parametrize(
    ("entries", "mistake"),
    [
        ([rule("P-1")], "rule P-1: an id reads like V-08"),
        ([rule("P-01"), rule("P-01")], "rule P-01: listed twice"),
        ([rule("P-01", title="")], "rule P-01: title is missing"),
        ([rule("P-01", id="")], "rule ?: id is missing"),
        ([rule("P-01", says='"?"')], "rule P-01: unknown key says"),
        ([rule("P-01", source="[]")], "rule P-01: no source"),
        ([rule("P-01", source='["jd-2018"]')], "rule P-01: unknown source jd-2018"),
        ([rule("P-01", source='["jd-2017#前言"]')], "rule P-01: unknown source jd-2017#前言"),
    ],
)
def test_load_rules_refuses_a_mistake(tmp_path: Path, entries: list[str], mistake: str) -> None:
    path = write_rules(tmp_path, *entries)
    with pytest.raises(ValueError, match=r"rules\.toml") as refusal:
        load_rules(path)
    assert str(refusal.value) == f"{path}: {mistake}"


def test_load_rules_names_the_file_that_is_no_toml(tmp_path: Path) -> None:
    path = write_rules(tmp_path, "[[rule")
    with pytest.raises(ValueError, match=r"docs/rules\.toml: Expected"):
        load_rules(path)


def test_evidence_a_failure_outweighs_passes() -> None:
    assert Evidence().state is State.NONE
    assert Evidence(passed={"a"}).state is State.PASSING
    assert Evidence(passed={"a"}, failed={"b"}).state is State.FAILING


def test_gather_joins_the_databases(tmp_path: Path) -> None:
    write_record(tmp_path, "sqlite3", one=("passed", ["P-01", "P-02"]), two=("passed", ["X-99"]))
    write_record(tmp_path, "postgresql", one=("failed", ["P-01"]))
    assert gather(["P-01", "P-02", "P-03"], tmp_path / RECORD) == {
        "P-01": Evidence(passed={"one (sqlite3)"}, failed={"one (postgresql)"}),
        "P-02": Evidence(passed={"one (sqlite3)"}),
        "P-03": Evidence(),
    }


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of three rules: one passing, one failing, one without a test."""
    write_rules(tmp_path, rule("P-01"), rule("P-02"), rule("P-03"))
    write_record(tmp_path, "sqlite3", one=("passed", ["P-01", "P-02"]), two=("failed", ["P-02"]))
    return tmp_path


def test_main_prints_the_table(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], root=project) == 0
    assert capsys.readouterr().out.splitlines() == [
        "P-01  passing     1  标题",
        "P-02  FAILING     2  标题",
        "      failed: two (sqlite3)",
        "P-03  no test        标题",
        "",
        "3 rules: 1 with a passing test, 1 failing, 1 without a test",
    ]


def test_main_missing_prints_only_the_ids(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--missing"], root=project) == 0
    assert capsys.readouterr().out == "P-02\nP-03\n"


def test_main_strict_fails_while_a_rule_is_missing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--strict"], root=project) == 1
    write_record(project, "sqlite3", one=("passed", ["P-01", "P-02", "P-03"]))
    assert main(["--strict", "--missing"], root=project) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "3 rules: 1 with a passing test, 1 failing, 1 without a test"


def test_main_says_that_no_run_is_recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_rules(tmp_path, rule("P-01"))
    assert main(["--missing"], root=tmp_path) == 0
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("P-01\n", "No test run is recorded yet: run `make test` first.\n")
