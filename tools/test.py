"""make test: everything the tests need, then the tests, group by group, and what came of them."""

import json
import os
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from tools import browser, postgres, run
from tools.groups import GROUPS, POSTGRES, Group, is_full
from tools.places import ROOT, VAR, VENV_PYTHON, Refusal
from tools.screen import BOLD, GREEN, RED, Screen
from tools.supervisor import Step, Stopped, Supervisor

RESULTS = VAR / "test-results"
PATIENCE = 5  # a group that takes so many times its budget hangs, and is ended
SLOWEST = 10
#: Each part that a test starts would else compile the project anew, where the environment says to keep no bytecode.
KEEP_BYTECODE = {"PYTHONDONTWRITEBYTECODE": ""}

#: What a test has recorded of its run.
Row = Mapping[str, str | int]


@dataclass(frozen=True)
class Report:
    """What pytest has written of a run: the counts, and of each test its seconds and its name as T takes it."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    tests: tuple[tuple[float, str], ...] = ()

    def __add__(self, other: "Report") -> "Report":
        counts = (self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)
        return Report(*counts, (*self.tests, *other.tests))


@dataclass(frozen=True)
class Result:
    """What came of one group, and the minutes it was to take."""

    group: Group
    budget: float
    seconds: float
    is_good: bool
    report: Report = field(default_factory=Report)

    @property
    def failed(self) -> int:
        """How many failed; one at least where a check, a crash or a lack of tests made the group fail."""
        return self.report.failed or int(not self.is_good)

    @property
    def is_late(self) -> bool:
        """Whether the group took more than its budget."""
        return self.seconds > self.budget * 60


def main() -> int:
    """Run what T or GROUP name, without any set-up; else set up and run everything."""
    screen = Screen()
    names, tests = os.environ.get("GROUP", "").split(), os.environ.get("T", "").split()
    try:
        with Supervisor(screen) as supervisor:
            if tests:
                return run_tests(supervisor, screen, tests)
            groups = chosen_groups(names)
            if not names:
                run.set_up(supervisor, screen, "requirements-dev.txt")
                browser.set_up(supervisor, screen)
            results = [run_group(supervisor, screen, group) for group in groups]
    except Stopped:
        return 130
    return summarise(screen, results)


def chosen_groups(names: list[str]) -> list[Group]:
    """The groups of these names, or all."""
    known = {group.name: group for group in GROUPS}
    if unknown := [name for name in names if name not in known]:
        raise Refusal(f"There is no group {unknown[0]}; there are: {', '.join(known)}.")
    return [known[name] for name in names] or list(GROUPS)


def run_tests(supervisor: Supervisor, screen: Screen, tests: list[str]) -> int:
    """Run single tests, files or folders, with pytest's own output."""
    return supervisor.run_step([*pytest_command(screen), *tests], KEEP_BYTECODE, screen.say)[0]


def run_group(supervisor: Supervisor, screen: Screen, group: Group, *, budget: float | None = None) -> Result:
    """Run one group to its end, by default within its own budget."""
    budget = budget or group.budget(is_full=is_full())
    screen.say()
    screen.say(screen.paint(f"━━ {group.name} (budget {budget:g} min) ━━", BOLD))
    began = time.monotonic()
    for path in reports_of(group):
        path.unlink(missing_ok=True)
    try:
        is_good = run_commands(supervisor, screen, group, seconds=budget * 60 * PATIENCE)
    except Refusal as refusal:
        screen.say(str(refusal))
        is_good = False
    report = sum(map(read_report, reports_of(group)), Report())
    return Result(group, budget, time.monotonic() - began, is_good, report)


def run_commands(supervisor: Supervisor, screen: Screen, group: Group, *, seconds: float) -> bool:
    """Start what the group needs, and its commands; whether all went well."""
    if not group.folders:
        check = Step([sys.executable, "-m", "tools", "check"], KEEP_BYTECODE, screen.say)
        return supervisor.run_steps([check], seconds=seconds) == [0]
    if missing := [folder for folder in group.folders if not (ROOT / folder).exists()]:
        raise Refusal(f"There is no {missing[0]}.")
    if group.needs_browser and not browser.find():
        raise Refusal("There is no Chromium: run `make test` once, or set CHROMIUM.")
    RESULTS.mkdir(parents=True, exist_ok=True)
    theirs = os.environ.get("TEST_DATABASE_URL")
    wants_server = POSTGRES in group.databases and not theirs
    with postgres.running(supervisor) if wants_server else nullcontext(theirs) as address:
        steps = [step(screen, group, database, address) for database in group.databases]
        return not any(supervisor.run_steps(steps, seconds=seconds))


def step(screen: Screen, group: Group, database: str, address: str | None) -> Step:
    """The group's pytest on a database; each line tells which, where there are several."""
    command = [*pytest_command(screen), *group.options, f"--junit-xml={report_of(group, database)}", *group.folders]
    environment = {"TEST_DATABASE_URL": (database == POSTGRES and address) or "", **KEEP_BYTECODE}
    if len(group.databases) == 1:
        return Step(command, environment, screen.say)
    return Step(command, environment, lambda line: screen.log(database, line))


def pytest_command(screen: Screen) -> list[str]:
    """pytest of the virtual environment."""
    if not VENV_PYTHON.exists():
        raise Refusal("Nothing is set up yet: run `make test` once without GROUP and T.")
    return [str(VENV_PYTHON), "-m", "pytest", f"--color={'yes' if screen.has_colour else 'no'}"]


# ── What came of it ──────────────────────────────────────────────────────────────────────────────────────────────────


def report_of(group: Group, database: str) -> Path:
    """Where pytest writes its report of the group on a database."""
    return RESULTS / (f"{group.name}.xml" if len(group.databases) == 1 else f"{group.name}-{database}.xml")


def reports_of(group: Group) -> list[Path]:
    """The reports of the group on all its databases."""
    return [report_of(group, database) for database in group.databases]


def read_report(path: Path) -> Report:
    """Read pytest's own report; an error in a fixture counts as a failure."""
    if not path.exists():
        return Report()
    root = ET.parse(path).getroot()
    tests, failures, errors, skipped = (
        sum(int(suite.get(key, 0)) for suite in root.iter("testsuite"))
        for key in ("tests", "failures", "errors", "skipped")
    )
    cases = tuple((float(case.get("time", 0)), _name_of(case)) for case in root.iter("testcase"))
    return Report(tests - failures - errors - skipped, failures + errors, skipped, cases)


def read_properties(paths: Iterable[Path], name: str) -> list[Row]:
    """What tests have recorded under this name, as JSON, in the reports that there are."""
    return [
        json.loads(found.get("value", ""))
        for path in paths
        if path.exists()
        for found in ET.parse(path).getroot().iter("property")
        if found.get("name") == name
    ]


def _name_of(case: ET.Element) -> str:
    return f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name')}"


def slowest(results: Iterable[Result]) -> list[tuple[float, str, str]]:
    """The tests that took most, over all groups: seconds, group, name."""
    tests = [(seconds, result.group.name, name) for result in results for seconds, name in result.report.tests]
    return sorted(tests, reverse=True)[:SLOWEST]


def summarise(screen: Screen, results: list[Result]) -> int:
    """Say what took longest, and what came of each group and of all; the exit code.

    A group over its budget is shown in red, and the run does not fail for it: another machine may be slower.
    """
    screen.say()
    if tests := slowest(results):
        screen.say(screen.paint("The slowest tests", BOLD))
    for seconds, group, name in tests:
        screen.say(f"{seconds:6.1f} s  {group:<9} {name}")
    screen.say()
    for result in results:
        screen.say(_line_of(screen, result))
    minutes, budget = sum(result.seconds for result in results) / 60, sum(result.budget for result in results)
    screen.say(f"{minutes:.1f} of {budget:g} minutes in all")
    passed, failed = sum(result.report.passed for result in results), sum(result.failed for result in results)
    screen.say(f"{passed} passed, {failed} failed")
    return 0 if all(result.is_good for result in results) else 1


def _line_of(screen: Screen, result: Result) -> str:
    mark = screen.paint("✓", GREEN) if result.is_good else screen.paint("✗", RED)
    report = result.report
    counts = f"{report.passed:5} passed {result.failed:4} failed {report.skipped:4} skipped"
    minutes = f"{result.seconds / 60:5.2f} of {result.budget:g} min"
    if result.is_late:
        minutes = screen.paint(f"{minutes}  over its budget", RED)
    return f"{mark} {result.group.name:<9} {counts}  {minutes}"
