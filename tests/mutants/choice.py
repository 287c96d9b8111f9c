"""Which tests can tell a mutant, and which of them come first."""

import ast
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from heapq import heapify, heappop, heappush
from pathlib import Path, PurePosixPath

from tests.mutants.runner import CODE, FOLDERS, START, Lines, Recorded
from tools.mutants import Result
from tools.mutations import LAW, Mutant
from tools.places import ROOT

#: Seconds that the tests of one mutant may take in all, as they were recorded.
BUDGET = 60.0


@dataclass(frozen=True)
class _Definition:
    """Something that a module defines: a function with its lines, or a value or class that is made while it is read."""

    path: str
    names: frozenset[str]
    mentions: frozenset[str]
    lines: range  # of a function's body; else none


class Records:
    """What each test did when it ran alone, kept in a file; a record is good as long as nothing in it has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._digests: dict[str, str] = {}
        self.known: dict[str, Recorded] = {}
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            with suppress(ValueError):  # cut off when a run was killed
                test, digest, recorded = json.loads(line)
                self._digests[test], self.known[test] = digest, Recorded(**recorded)

    def missing(self, tests: Iterable[str]) -> list[str]:
        """The tests that must be recorded anew; their old records, and those of tests that are gone, are forgotten."""
        good = {test for test in tests if self._is_good(test)}
        self.known = {test: recorded for test, recorded in self.known.items() if test in good}
        fresh = self._path.with_suffix(".new")
        fresh.write_text("".join(map(self._line, self.known)), encoding="utf-8")
        fresh.replace(self._path)
        return [test for test in tests if test not in good]

    def add(self, test: str, recorded: Recorded) -> None:
        """Take a fresh record in."""
        self.known[test], self._digests[test] = recorded, _digest_with(test, recorded.lines)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(self._line(test))

    def _is_good(self, test: str) -> bool:
        is_known = test in self.known and self.known[test].passed
        return is_known and self._digests[test] == _digest_with(test, self.known[test].lines)

    def _line(self, test: str) -> str:
        return json.dumps([test, self._digests[test], asdict(self.known[test])]) + "\n"


def _digest_with(test: str, lines: Lines) -> str:
    return _digest([digest_of(test), *(_bytes_digest(ROOT / path) for path in sorted(lines))])


@cache
def digest_of(test: str) -> str:
    """Changes with the test, or with what it shares with others: the rest of its file, fixtures, helpers."""
    file, _, name = test.partition("[")[0].partition("::")
    path = ROOT / file
    folders = [folder for folder in path.parents if folder.is_relative_to(ROOT / "tests")]
    helpers = sorted(helper for folder in folders for helper in folder.glob("*.py"))
    shared = [_bytes_digest(helper) for helper in helpers if not helper.name.startswith("test_")]
    tests = _tests_in(path)
    return _digest([tests.get(name, ""), tests[""], *shared])


@cache
def _tests_in(path: Path) -> Mapping[str, str]:
    """The text of each test of a file, by its name, and under no name what else the file holds but for its imports."""
    source = path.read_text(encoding="utf-8") if path.exists() else ""
    found: dict[str, str] = defaultdict(str)
    for statement in ast.parse(source).body:
        is_test = isinstance(statement, ast.FunctionDef) and statement.name.startswith("test_")
        if not isinstance(statement, ast.Import | ast.ImportFrom):
            found[statement.name if is_test else ""] += ast.unparse(statement)
    return found


@cache
def _bytes_digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def _digest(texts: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]


class Choice:
    """Chooses by what was recorded. ``early`` are the lines that had run before any test.

    Half of the budget is for tests near the mutant, the quick ones first; the other half for those that are most unlike
    one another, since a line that nearly every test runs is told by few of them.
    """

    def __init__(self, records: Mapping[str, Recorded], early: Lines) -> None:
        self._records = {test: recorded for test, recorded in records.items() if recorded.passed}
        self._early = {path: frozenset(lines) for path, lines in early.items()}
        self._tests: dict[tuple[str, int], set[str]] = defaultdict(set)
        self._looking: dict[tuple[str, str], set[str]] = defaultdict(set)
        for test, recorded in self._records.items():
            for path, lines in recorded.lines.items():
                for line in lines:
                    self._tests[path, line].add(test)
            for edition, section in recorded.sections:
                self._looking[edition, section].add(test)
        self._definitions = list(_definitions(CODE))
        self._in_tests = {f"{one.path}::{name}": one for one in _definitions(FOLDERS) for name in one.names}
        self._variety = self._by_variety()
        self._kills: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)

    def note(self, mutant: Mutant, result: Result) -> None:
        """Remember who killed: what tells one mutant of a function often tells the next."""
        if result.is_killed:
            self._kills[mutant.path, mutant.function][result.by] += 1

    def is_cold(self, mutant: Mutant) -> bool:
        """Whether the mutant has left its traces, or could have, before a test begins."""
        early = self._early.get(mutant.path, frozenset())
        return not mutant.function or any(line in early for line in self._body(mutant))

    def tests_of(self, mutant: Mutant) -> list[str]:
        """The tests that can tell the mutant, the likely ones first, as many as the budget allows."""
        kills, module = self._kills[mutant.path, mutant.function], PurePosixPath(mutant.path).stem
        is_law = mutant.path.startswith(LAW)

        running = self._tests[mutant.path, mutant.line]

        def near(test: str) -> tuple[int, bool, bool, float]:
            file = PurePosixPath(test.partition("::")[0])
            is_mirror = file.stem.startswith(f"test_{module}") or (is_law and file.is_relative_to("tests/law"))
            return -kills[test], test not in running, not is_mirror, self._records[test].seconds

        concerned = sorted(self._concerned(mutant))
        chosen = self._within(BUDGET / 2, sorted(concerned, key=near))
        others = set(concerned).difference(chosen)
        return chosen + self._within(BUDGET / 2, sorted(others, key=self._variety.__getitem__))

    def _within(self, seconds: float, tests: Iterable[str]) -> list[str]:
        chosen = []
        for test in tests:
            if self._records[test].seconds <= seconds:
                seconds -= self._records[test].seconds
                chosen.append(test)
        return chosen

    def _by_variety(self) -> dict[str, int]:
        """The place of each test in an order in which every next one runs as many new lines a second as it can."""
        left = {
            test: {(path, line) for path, lines in one.lines.items() for line in lines}
            for test, one in self._records.items()
        }
        order: dict[str, int] = {}
        heap = [(-len(lines) / (self._records[test].seconds + 0.05), test) for test, lines in left.items()]
        heapify(heap)
        seen: set[tuple[str, int]] = set()
        while heap:
            _, test = heappop(heap)
            left[test] -= seen
            gain = (-len(left[test]) / (self._records[test].seconds + 0.05), test)
            if heap and gain > heap[0]:
                heappush(heap, gain)
            else:
                seen |= left[test]
                order[test] = len(order)
        return order

    def seconds(self, test: str) -> float:
        """How long the test took when it was recorded."""
        return self._records[test].seconds

    def _concerned(self, mutant: Mutant) -> set[str]:
        path = PurePosixPath(mutant.path)
        if path.suffix == ".toml":
            return self._looking[path.stem, mutant.names[0]]
        if mutant.function and not self.is_cold(mutant):
            return self._tests[mutant.path, mutant.line] or self._running(mutant.path, self._body(mutant))
        known = self._knowing(mutant.names) | self._tests[mutant.path, mutant.line]
        return known or {test for test, recorded in self._records.items() if mutant.path in recorded.lines}

    def _body(self, mutant: Mutant) -> range:
        for one in self._definitions:
            if one.path == mutant.path and mutant.line in one.lines:
                return one.lines
        return range(mutant.line, mutant.line + 1)

    def _running(self, path: str, lines: Collection[int]) -> set[str]:
        return set().union(*(self._tests.get((path, line), ()) for line in lines))

    def _knowing(self, names: Sequence[str]) -> set[str]:
        """The tests in which one of the names stands, or one of what is made of it, or that run a function with it."""
        known: set[str] = set(names)
        while True:
            made = [one for one in self._definitions if not one.lines and one.mentions & known]
            more = known.union(*(one.names for one in made))
            if more == known:
                break
            known = more
        users = [one for one in self._definitions if one.lines and one.mentions & known]
        named = {test for test in self._records if self._in_tests[test.partition("[")[0]].mentions & known}
        return named.union(*(self._running(one.path, one.lines) for one in users))


def _definitions(folders: Iterable[str]) -> Iterator[_Definition]:
    for folder in folders:
        for file in sorted((ROOT / folder).rglob("*.py")):
            path = file.relative_to(ROOT).as_posix()
            yield from _in_body(path, ast.parse(file.read_bytes()).body, ())


def _in_body(path: str, body: Sequence[ast.stmt], classes: tuple[str, ...]) -> Iterator[_Definition]:
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = range(statement.body[0].lineno, (statement.end_lineno or 0) + 1)
            yield _Definition(path, frozenset({statement.name}), _mentions(statement), lines)
        elif isinstance(statement, ast.ClassDef):
            yield from _in_body(path, statement.body, (*classes, statement.name))
            yield _Definition(path, frozenset({statement.name}), _mentions_of(statement.bases), range(0))
        elif not isinstance(statement, ast.Import | ast.ImportFrom):
            names = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and _is_set(node)}
            yield _Definition(path, frozenset({*names, *classes}), _mentions(statement), range(0))


def _is_set(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _mentions_of(nodes: Iterable[ast.AST]) -> frozenset[str]:
    return frozenset().union(*(_mentions(node) for node in nodes))


def _mentions(node: ast.AST) -> frozenset[str]:
    """Every name that is read in it."""
    names = (inner.id if isinstance(inner, ast.Name) else inner.attr for inner in _named(node))
    return frozenset(names)


def _named(node: ast.AST) -> Iterator[ast.Name | ast.Attribute]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Attribute) or (isinstance(inner, ast.Name) and not _is_set(inner)):
            yield inner


def proof_of(outcome_by: str, tests: Sequence[str], *, is_killed: bool) -> str:
    """What a result rests on: the test that killed, or all that did not."""
    resting = [outcome_by] if is_killed else sorted(tests)
    return _digest(f"{test} {digest_of(test)}" for test in resting if test != START)
