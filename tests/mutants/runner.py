"""Runs chosen tests against one mutant, each time in a process of its own that is forked from one made ready.

Two ways. A **warm** process has collected all tests and made the database; for a mutant within a function it forks,
puts the changed code into the live function objects, and the tests begin at once. What runs while modules are read
(values, classes, the law's files) has left its traces by then: for such a mutant a **cold** process reads everything
anew, with the changed file in the place of the true one.
"""

import gc
import importlib.machinery
import logging
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

import psutil
import pytest
from _pytest.runner import runtestprotocol
from coverage import Coverage

from tools.places import ROOT

log = logging.getLogger(__name__)

CODE = ("verification", "portal")
FOLDERS = ("tests/law", "tests/verification", "tests/portal")
FOUNDATION = "tests/mutants/foundation.py"
START_SECONDS = 120.0  # until a process is ready for its first test, on a busy machine

LIKELY_FILES = 3

Lines = Mapping[str, Sequence[int]]


@dataclass(frozen=True)
class Trial:
    """One mutant and its tests, in their order, each with the seconds that it may take."""

    path: str = ""
    source: bytes = b""
    function: str = ""
    function_line: int = 0
    is_cold: bool = False
    tests: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """``by`` is the test that failed, was ended, or did not even begin; blank where all passed."""

    outcome: str
    by: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Recorded:
    """What a test did when it ran alone: lines by file, and the sections of editions that it looked at."""

    passed: bool
    seconds: float
    lines: Lines
    sections: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Hello:
    """What a warm process says when it is ready: its tests, its database, and the lines that have run by then."""

    tests: Sequence[str]
    database: Path
    lines: Lines


KILLED, SURVIVED, TIMEOUT = "killed", "survived", "timeout"
#: In the place of a test, where the project did not start.
START = "start"


# ── The manager: a warm process, and cold ones ───────────────────────────────


def manage(to_crew: Connection, folder: Path, output: Path) -> None:
    """Serve the crew: records of tests and verdicts on mutants, one after the other, until the other end is closed."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        tempfile.tempdir = name
        folder = Path(name)
        ours, theirs = Pipe()
        with _forked(lambda: _be_warm(theirs, output), folder):
            theirs.close()
            hello: Hello = ours.recv()
            to_crew.send(hello)
            with suppress(EOFError):
                while True:
                    task = to_crew.recv()
                    answer = None
                    if isinstance(task, str) or not task.is_cold:
                        ours.send(task)
                        answer = ours.recv()
                    to_crew.send(answer or _try_cold(task, hello.database, output))


def _be_warm(connection: Connection, output: Path) -> None:
    coverage = _coverage()
    coverage.start()
    _quietly(output)
    _run_pytest([FOUNDATION, *FOLDERS], Warm(connection, coverage))


def _try_cold(trial: Trial, database: Path, output: Path) -> Verdict:
    """The verdict on a mutant, first by the files of the likeliest tests: reading all of them takes its time."""
    files = dict.fromkeys(test.partition("::")[0] for test in trial.tests)
    likely = dict.fromkeys(list(files)[:LIKELY_FILES])
    verdict = _try_files(trial, likely, database, output)
    if verdict.outcome == SURVIVED and (others := [file for file in files if file not in likely]):
        later = _try_files(trial, others, database, output)
        return replace(later, seconds=verdict.seconds + later.seconds)
    return verdict


def _try_files(trial: Trial, files: Collection[str], database: Path, output: Path) -> Verdict:
    reader, writer = Pipe(duplex=False)
    tests = {test: seconds for test, seconds in trial.tests.items() if test.partition("::")[0] in files}

    def run() -> None:
        _quietly(output)
        if trial.path:
            read_instead(ROOT / trial.path, trial.source)
        _run_pytest([FOUNDATION, *files], Cold(writer, database, list(tests)))

    with tempfile.TemporaryDirectory() as name, _forked(run, Path(name)):
        writer.close()
        return _watch(reader, tests)


def _run_pytest(places: Sequence[str], plugin: object) -> None:
    pytest.main(["-p", "no:cacheprovider", "-p", "no:xdist", *places], plugins=[plugin])


@contextmanager
def _forked(work: Callable[[], None], folder: Path) -> Iterator[int]:
    """A process that does the work, with ``folder`` for its temporary files; it and its children have ended behind."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 and threads: there are none that matter here
        pid = os.fork()
    if pid == 0:
        try:
            tempfile.tempdir = str(folder)
            os.environ["TMPDIR"] = str(folder)
            work()
        except Exception:
            log.exception("A process of the mutants' tests did not come to its end.")
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(0)
    try:
        yield pid
    finally:
        for process in [*psutil.Process(pid).children(recursive=True), psutil.Process(pid)]:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGKILL)
        os.waitpid(pid, 0)


def _watch(reader: Connection, tests: Mapping[str, float]) -> Verdict:
    """Read what the tests' process says of each of them, until one fails, takes too long, or all have passed."""
    began = time.monotonic()
    outcome, by = SURVIVED, ""
    for step, seconds in {START: START_SECONDS, **tests}.items():
        outcome = _heard(reader, seconds)
        if outcome != SURVIVED:
            by = step
            break
    return Verdict(outcome, by, round(time.monotonic() - began, 2))


def _heard(reader: Connection, seconds: float) -> str:
    try:
        if not reader.poll(seconds):
            return TIMEOUT
        return SURVIVED if reader.recv() else KILLED
    except EOFError:  # the test took the process with it
        return KILLED


def _quietly(output: Path) -> None:
    """Let output go into the log."""
    with output.open("ab") as file:
        for number in (sys.stdout.fileno(), sys.stderr.fileno()):
            os.dup2(file.fileno(), number)


# ── What happens inside pytest ───────────────────────────────────────────────


class _Plugin:
    """Keeps the run out of the record of rules, and takes the place of pytest's own loop."""

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        import hypothesis  # only now: it is a plugin too

        session.config.pluginmanager.unregister(name="rule-recorder")
        # Failing examples of mutants must not be kept for the true code, and nobody reads the smallest one.
        phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
        hypothesis.settings.register_profile("mutants", derandomize=True, database=None, deadline=None, phases=phases)
        hypothesis.settings.load_profile("mutants")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.foundation, *others = session.items
        self.items = {item.nodeid: item for item in others}
        self.run_all(session)
        sys.stdout.flush()
        os._exit(0)

    def run_all(self, session: pytest.Session) -> None:
        """Do what the process is there for."""
        raise NotImplementedError

    def lay_foundation(self) -> bool:
        """Make what lasts as long as the process."""
        reports = runtestprotocol(self.foundation, nextitem=next(iter(self.items.values())), log=False)
        return not any(report.failed for report in reports)

    def passes(self, test: str) -> bool:
        """Run one test to the end of its fixtures, but for those of the whole session."""
        item = self.items.get(test)
        if item is None:
            return True  # another value of the law has given it another name
        reports = runtestprotocol(item, nextitem=self.foundation, log=False)
        return not any(report.failed for report in reports)

    def try_all(self, tests: Sequence[str], writer: Connection) -> None:
        """Say that it begins, then of each test whether it passed, up to the first that did not."""
        writer.send(True)
        for test in tests:
            passed = self.passes(test)
            writer.send(passed)
            if not passed:
                return


class Cold(_Plugin):
    """Runs the tests of one mutant."""

    def __init__(self, writer: Connection, database: Path, tests: Sequence[str]) -> None:
        self._writer = writer
        self._database = database
        self._tests = tests

    def run_all(self, session: pytest.Session) -> None:
        from django.test import utils

        utils.setup_databases = lambda *_, **__: use_copy_of(self._database)
        if session.testsfailed or not self.lay_foundation():
            self._writer.send(False)
        else:
            self.try_all(self._tests, self._writer)


class Warm(_Plugin):
    """Waits for mutants and for tests to be recorded, and forks for each."""

    def __init__(self, connection: Connection, coverage: Coverage) -> None:
        self._connection = connection
        self._coverage = coverage

    def run_all(self, session: pytest.Session) -> None:
        assert not session.testsfailed
        assert self.lay_foundation()
        self._coverage.stop()
        self._functions = _live_functions()
        database = _let_go_of_servers()
        self._connection.send(Hello(list(self.items), database, _lines(self._coverage)))
        self._database = database
        gc.freeze()
        with suppress(EOFError):
            while True:
                task = self._connection.recv()
                self._connection.send(self._record(task) if isinstance(task, str) else self._try(task))

    def _try(self, trial: Trial) -> Verdict | None:
        """The verdict on a mutant; ``None`` if its code cannot be put into the live functions."""
        reader, writer = Pipe(duplex=False)
        codes = self._changed(trial) if trial.path else {}
        if codes is None:
            return None

        def run() -> None:
            use_copy_of(self._database)
            for function, code in codes.items():
                function.__code__ = code
            self.try_all(list(trial.tests), writer)

        with tempfile.TemporaryDirectory() as name, _forked(run, Path(name)):
            writer.close()
            return _watch(reader, trial.tests)

    def _changed(self, trial: Trial) -> dict[FunctionType, CodeType] | None:
        """The live functions of the mutant, and what they shall do instead."""
        place = (trial.path, trial.function, trial.function_line)
        live = self._functions.get(place, [])
        module = compile(trial.source, str(ROOT / trial.path), "exec", dont_inherit=True)
        found = [code for code in _codes(module) if (code.co_qualname, code.co_firstlineno) == place[1:]]
        is_sure = len(found) == 1 and live and all(one.__code__.co_freevars == found[0].co_freevars for one in live)
        return dict.fromkeys(live, found[0]) if is_sure else None

    def _record(self, test: str) -> Recorded | None:
        reader, writer = Pipe(duplex=False)

        def run() -> None:
            use_copy_of(self._database)
            sections = _note_sections()
            coverage = _coverage()
            coverage.start()
            began = time.process_time()  # the same however busy the machine is
            passed = self.passes(test)
            seconds = round(time.process_time() - began, 3)
            coverage.stop()
            writer.send(Recorded(passed, seconds, _lines(coverage), sorted(sections)))

        with tempfile.TemporaryDirectory() as name, _forked(run, Path(name)):
            writer.close()
            with suppress(EOFError):
                if reader.poll(START_SECONDS * 3):
                    recorded: Recorded = reader.recv()
                    return recorded
        return Recorded(passed=False, seconds=0, lines={}, sections=[])


# ── Code, files, lines ───────────────────────────────────────────────────────


def _live_functions() -> dict[tuple[str, str, int], list[FunctionType]]:
    """Every function object of the domain, however it is wrapped, by file, name and first line."""
    found: dict[tuple[str, str, int], list[FunctionType]] = {}
    for one in gc.get_objects():
        if isinstance(one, FunctionType) and one.__code__.co_filename.startswith(f"{ROOT}{os.sep}"):
            code = one.__code__
            path = Path(code.co_filename).relative_to(ROOT).as_posix()
            found.setdefault((path, code.co_qualname, code.co_firstlineno), []).append(one)
    return found


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def read_instead(path: Path, source: bytes) -> None:
    """Let the file seem to contain something else, for Python's imports and for whoever reads its text."""
    loader: Any = importlib.machinery.SourceFileLoader
    get_code, read_text = loader.get_code, pathlib.Path.read_text

    def changed_code(self: Any, name: str) -> Any:
        is_it = self.get_filename(name) == str(path)
        return compile(source, str(path), "exec", dont_inherit=True) if is_it else get_code(self, name)

    def changed_text(self: Path, *arguments: Any, **options: Any) -> str:
        return source.decode() if self == path else read_text(self, *arguments, **options)

    loader.get_code = changed_code
    pathlib.Path.read_text = changed_text  # type: ignore[method-assign,assignment]


def _coverage() -> Coverage:
    coverage = Coverage(data_file=None, config_file=False, include=[f"{ROOT}/{folder}/*" for folder in CODE])
    coverage.set_option("run:disable_warnings", ["no-data-collected"])  # a test may look at values only
    return coverage


def _lines(coverage: Coverage) -> Lines:
    data = coverage.get_data()
    return {Path(name).relative_to(ROOT).as_posix(): sorted(data.lines(name) or ()) for name in data.measured_files()}


def _note_sections() -> set[tuple[str, str]]:
    """From now on, which sections of which edition are looked at; the set fills by itself."""
    from verification.law.editions import Edition

    seen: set[tuple[str, str]] = set()
    fields = frozenset(Edition.model_fields)
    plainly = Edition.__getattribute__

    def noting(self: Edition, name: str) -> Any:
        if name in fields:
            seen.add((plainly(self, "id"), name))
        return plainly(self, name)

    Edition.__getattribute__ = noting  # type: ignore[method-assign]
    return seen


# ── Database and server ──────────────────────────────────────────────────────


def _let_go_of_servers() -> Path:
    """Close all connections, so that no two processes share one; where the database is."""
    from django.core.cache import caches
    from django.db import connections

    connections.close_all()
    caches.close_all()
    return Path(connections["default"].settings_dict["NAME"])


def use_copy_of(database: Path) -> None:
    """Work on a copy of the database that belongs to this process alone."""
    from django.conf import settings
    from django.db import connections

    copy = Path(tempfile.gettempdir()) / "mutant.sqlite3"
    shutil.copyfile(database, copy)
    settings.DATABASES["default"]["NAME"] = copy
    connections["default"].settings_dict["NAME"] = copy
