"""Ties tests to the rules of docs/rules.toml.

A test names what it shows with ``@pytest.mark.rule("V-08")``; an id that the list does not have stops the run. Each run
leaves what it saw of such tests in var/rules/, one file a database, for `make rules` to read.

A run speaks for what it was asked to collect, and for nothing else. So a run of one test changes the record of that
test; a run of a folder or file also forgets those tests of the record which are no longer in there.
"""

import fcntl
import json
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tools.rules import RECORD, RULES, Outcome, Seen, load_rules, read_record

WORKER_OUTPUT = "rule_marks"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "rule(*ids): the rules of docs/rules.toml that the test shows")
    try:
        known = load_rules(config.rootpath / RULES)
    except (OSError, ValueError) as error:
        raise pytest.UsageError(str(error)) from error
    config.pluginmanager.register(RuleRecorder(config, frozenset(known)), "rule-recorder")


class RuleRecorder:
    """Holds the marks and outcomes of one run. Under xdist workers know the marks, and the controller the outcomes."""

    def __init__(self, config: pytest.Config, known: frozenset[str]) -> None:
        self.config = config
        self.known = known
        self.marks: dict[str, list[str]] | None = None  # by test; None as long as nothing was collected
        self.collection_failed = False
        self.outcomes: dict[str, Outcome | None] = {}  # None: the test has shown nothing

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Make a wrong mark an error of collection, the one refusal that xdist, too, passes on as a clear sentence."""
        report = yield
        items = [node for node in report.result or () if isinstance(node, pytest.Item)]
        if mistakes := [mistake for item in items for mistake in self._mistakes(item)]:
            report.outcome, report.longrepr, report.result = "failed", "\n".join(mistakes), []
        return report

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self.collection_failed |= report.failed

    @pytest.hookimpl(tryfirst=True)  # before -k and -m take tests out: these exist all the same
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self.marks = {item.nodeid: ids for item in items if (ids := _ids(item))}

    def _mistakes(self, item: pytest.Item) -> Iterator[str]:
        for mark in item.iter_markers("rule"):
            if not mark.args or mark.kwargs:
                yield f"{item.nodeid}: the mark rule takes one or more ids"
            for rule in mark.args:
                if rule not in self.known:
                    yield f"{item.nodeid}: {rule!r} is no rule of {RULES}"

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.outcomes[report.nodeid] = "failed"
        elif report.skipped or hasattr(report, "wasxfail"):
            self.outcomes[report.nodeid] = None
        elif report.when == "call":
            self.outcomes[report.nodeid] = "passed"

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        # Every worker collects the same; one that crashed has no output.
        marks = getattr(node, "workeroutput", {}).get(WORKER_OUTPUT)
        self.marks = self.marks if marks is None else marks

    def pytest_sessionfinish(self) -> None:
        worker_output = getattr(self.config, "workeroutput", None)
        if worker_output is not None:
            worker_output[WORKER_OUTPUT] = self.marks
        elif self.marks is not None and not self.config.option.collectonly:
            self._write(self.config.rootpath / RECORD, self.marks)

    def _write(self, folder: Path, marks: dict[str, list[str]]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{_database()}.json"
        with (folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # groups may run side by side
            record = self._merge(read_record(path), marks)
            fresh = path.with_suffix(".new")
            fresh.write_text(json.dumps(record, indent=1, sort_keys=True), encoding="utf-8")
            fresh.replace(path)

    def _merge(self, record: dict[str, Seen], marks: dict[str, list[str]]) -> dict[str, Seen]:
        scope = [] if self.collection_failed else list(_scope(self.config))
        kept = {
            test: seen
            for test, seen in record.items()
            if test not in self.outcomes and (test in marks or not any(_covers(part, test) for part in scope))
        }
        for test, outcome in self.outcomes.items():
            if outcome and test in marks:
                kept[test] = {"rules": marks[test], "outcome": outcome}
        return kept


def _ids(item: pytest.Item) -> list[str]:
    return sorted({rule for mark in item.iter_markers("rule") for rule in mark.args})


def _database() -> str:
    """The same tests run on several databases, and each result counts."""
    from django.conf import settings  # only now: pytest-django sets it up after the plugins are loaded

    return settings.DATABASES["default"]["ENGINE"].rpartition(".")[2] if settings.configured else "none"


def _scope(config: pytest.Config) -> Iterator[str]:
    """What the run was asked to collect, as beginnings of test ids; nothing if it was asked to leave files out."""
    if any(config.getoption(option, None) for option in ("lf", "ignore", "ignore_glob")):
        return
    for argument in config.args:
        path, separator, name = argument.partition("::")
        place = (config.invocation_params.dir / path).resolve()
        if place.is_relative_to(config.rootpath):
            yield place.relative_to(config.rootpath).as_posix() + separator + name


def _covers(part: str, test: str) -> bool:
    return part in {".", test} or test.startswith((f"{part}/", f"{part}::", f"{part}["))
