"""make test: everything the tests need, then the tests, group by group, and what came of them."""

import os
import sys
import time
import xml.etree.ElementTree as ET
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from tools import browser, postgres, run
from tools.groups import GROUPS, Group
from tools.places import ROOT, VAR, VENV_PYTHON, Refusal
from tools.screen import BOLD, GREEN, RED, YELLOW, Screen
from tools.supervisor import Stopped, Supervisor

RESULTS = VAR / "test-results"
PATIENCE = 5  # a group that takes so many times its budget hangs, and is ended


@dataclass(frozen=True)
class Result:
    """What came of one group."""

    group: Group
    seconds: float
    is_good: bool
    passed: int = 0
    failed: int = 0
    skipped: int = 0


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
    return supervisor.run_step([*pytest_command(screen), *tests], {}, screen.say)[0]


def run_group(supervisor: Supervisor, screen: Screen, group: Group) -> Result:
    """Run one group to its end."""
    screen.say()
    screen.say(screen.paint(f"━━ {group.name} (budget {group.minutes:g} min) ━━", BOLD))
    began = time.monotonic()
    report = RESULTS / f"{group.name}.xml"
    report.unlink(missing_ok=True)
    try:
        code = run_command(supervisor, screen, group, report)
    except Refusal as refusal:
        screen.say(str(refusal))
        code = 1
    passed, failed, skipped = read_report(report)
    if code != 0 and not failed:
        failed = 1  # a group that fails without a failing test (a check, a crash, no tests at all) must not look good
    return Result(group, time.monotonic() - began, code == 0, passed, failed, skipped)


def run_command(supervisor: Supervisor, screen: Screen, group: Group, report: Path) -> int:
    """Start what the group needs, and its command; the exit code."""
    seconds = group.minutes * 60 * PATIENCE
    if not group.folders:
        return supervisor.run_step([sys.executable, "-m", "tools", "check"], {}, screen.say, seconds=seconds)[0]
    if missing := [folder for folder in group.folders if not (ROOT / folder).is_dir()]:
        raise Refusal(f"There is no folder {missing[0]}.")
    if group.needs_browser and not browser.find():
        raise Refusal("There is no Chromium: run `make test` once, or set CHROMIUM.")
    RESULTS.mkdir(parents=True, exist_ok=True)
    command = [*pytest_command(screen), *group.options, f"--junit-xml={report}", *group.folders]
    wants_server = group.needs_postgres and not os.environ.get("TEST_DATABASE_URL")
    with postgres.running(supervisor) if wants_server else nullcontext(None) as address:
        environment = {"TEST_DATABASE_URL": address} if address else {}
        return supervisor.run_step(command, environment, screen.say, seconds=seconds)[0]


def pytest_command(screen: Screen) -> list[str]:
    """pytest of the virtual environment."""
    if not VENV_PYTHON.exists():
        raise Refusal("Nothing is set up yet: run `make test` once without GROUP and T.")
    return [str(VENV_PYTHON), "-m", "pytest", f"--color={'yes' if screen.has_colour else 'no'}"]


def read_report(report: Path) -> tuple[int, int, int]:
    """Passed, failed and skipped, as pytest's own report says."""
    if not report.exists():
        return 0, 0, 0
    suites = list(ET.parse(report).getroot().iter("testsuite"))
    tests, failures, errors, skipped = (
        sum(int(suite.get(key, 0)) for suite in suites) for key in ("tests", "failures", "errors", "skipped")
    )
    return tests - failures - errors - skipped, failures + errors, skipped


def summarise(screen: Screen, results: list[Result]) -> int:
    """Say what came of each group and of all; the exit code."""
    screen.say()
    for result in results:
        mark = screen.paint("✓", GREEN) if result.is_good else screen.paint("✗", RED)
        minutes = result.seconds / 60
        counts = f"{result.passed:5} passed {result.failed:4} failed {result.skipped:4} skipped"
        line = f"{mark} {result.group.name:<9} {counts}  {minutes:5.2f} of {result.group.minutes:g} min"
        if minutes > result.group.minutes:
            line += screen.paint("  over its budget", YELLOW)
        screen.say(line)
    screen.say(f"{sum(result.seconds for result in results) / 60:.1f} minutes in all")
    passed, failed = sum(result.passed for result in results), sum(result.failed for result in results)
    screen.say(f"{passed} passed, {failed} failed")
    return 0 if all(result.is_good for result in results) else 1
