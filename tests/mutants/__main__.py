"""Tries the mutants of the domain, or of the files and folders that are named; `make mutants` starts it."""

import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any

from tests.mutants.choice import Choice, Records, proof_of
from tests.mutants.runner import SURVIVED, Hello, Trial, Verdict, manage
from tools.mutants import FOLDER, RESULTS, Result, keep, read_results
from tools.mutations import Mutant, all_mutants
from tools.places import ROOT

WORK = FOLDER / "work"
SIDE_BY_SIDE = 2
#: A test that takes so many times its recorded seconds, and so many more, does not come to its end.
PATIENCE, GRACE = 10, 5.0
SAY_EVERY = 30.0  # seconds


class Crew:
    """The managers, each a process with tests made ready; every task goes to one that has nothing to do."""

    def __init__(self) -> None:
        self._managers: list[Connection] = []
        shutil.rmtree(WORK, ignore_errors=True)  # what a run that was killed has left
        WORK.mkdir(parents=True)
        for number in range(1, SIDE_BY_SIDE + 1):
            ours, theirs = Pipe()
            log = FOLDER / f"process-{number}.log"
            log.write_bytes(b"")
            if os.fork() == 0:
                for other in (*self._managers, ours):
                    other.close()
                try:
                    manage(theirs, WORK, log)
                finally:
                    os._exit(0)
            theirs.close()
            self._managers.append(ours)
        try:
            hellos: list[Hello] = [manager.recv() for manager in self._managers]
        except EOFError:
            sys.exit(f"The tests could not be made ready: {FOLDER}/process-1.log says why.")
        self.tests = hellos[0].tests
        self.early = hellos[0].lines

    def do(self, tasks: Iterator[Any]) -> Iterator[tuple[Any, Any]]:
        """Do all tasks; yields each with what came of it, in the order of their ends. Tasks are asked for late."""
        busy: dict[Connection, Any] = {}
        idle = list(self._managers)
        while True:
            while idle and (task := next(tasks, None)) is not None:
                manager = idle.pop()
                manager.send(task[1])
                busy[manager] = task[0]
            if not busy:
                return
            for ready in wait(list(busy)):
                assert isinstance(ready, Connection)
                yield busy.pop(ready), ready.recv()
                idle.append(ready)


def main(only: Sequence[str]) -> int:
    mutants = all_mutants(only)
    sources = {mutant.path: (ROOT / mutant.path).read_bytes() for mutant in mutants}  # whatever is changed meanwhile
    print(f"{len(mutants)} mutants; making the tests ready …", flush=True)
    crew = Crew()
    check_unchanged(crew)
    records = record(crew)
    choice = Choice({test: records.known[test] for test in crew.tests}, crew.early)
    try_mutants(crew, mutants, sources, choice)
    return 0


def check_unchanged(crew: Crew) -> None:
    """Nothing may be noticed where nothing is changed: else every mutant would seem to be killed."""
    tests = dict.fromkeys([test for test in crew.tests if test.startswith("tests/law/")][:5], 60.0)
    for is_cold, verdict in crew.do((cold, Trial(is_cold=cold, tests=tests)) for cold in (False, True)):
        if verdict.outcome != SURVIVED:
            sys.exit(f"Without any change, {verdict.by} fails (cold: {is_cold}): {FOLDER}/process-*.log say more.")


def record(crew: Crew) -> Records:
    """Let every test that has no good record run alone, and write down what it does."""
    records = Records(FOLDER / "records.jsonl")
    missing = records.missing(crew.tests)
    say = Progress("tests recorded", len(missing))
    for test, recorded in crew.do((test, test) for test in missing):
        records.add(test, recorded)
        if not recorded.passed:
            print(f"Left out, since it does not pass alone: {test}", flush=True)
        say.one_more()
    return records


def try_mutants(crew: Crew, mutants: Sequence[Mutant], sources: Mapping[str, bytes], choice: Choice) -> None:
    """Try each mutant of which nothing is known that still holds, and keep what comes of it."""
    known = read_results(RESULTS)
    todo = []
    for mutant in mutants:
        if (result := known.get(mutant.key)) and result.proof == proof_now(result, choice.tests_of(mutant)):
            choice.note(mutant, result)
        else:
            todo.append(mutant)
    say = Progress("mutants tried", len(todo))
    for (mutant, tests), verdict in crew.do(trials(todo, sources, choice)):
        result = result_of(mutant, verdict, tests)
        choice.note(mutant, result)
        keep(result, RESULTS)
        if not result.is_killed:
            print(f"survives: {mutant.place} ({mutant.operator})  {mutant.mutated}", flush=True)
        say.one_more()


def trials(
    todo: Sequence[Mutant], sources: Mapping[str, bytes], choice: Choice
) -> Iterator[tuple[tuple[Mutant, Sequence[str]], Trial]]:
    """Each mutant and its tests, and what is to be tried; the tests are chosen late, by what has become known."""
    for mutant in todo:
        tests = choice.tests_of(mutant)
        limits = {test: GRACE + PATIENCE * choice.seconds(test) for test in tests}
        source = mutant.applied_to(sources[mutant.path])
        yield (
            (mutant, tests),
            Trial(mutant.path, source, mutant.function, mutant.function_line, choice.is_cold(mutant), limits),
        )


def result_of(mutant: Mutant, verdict: Verdict, tests: Sequence[str]) -> Result:
    is_killed = verdict.outcome != SURVIVED
    proof = proof_of(verdict.by, tests, is_killed=is_killed)
    return Result(mutant.key, verdict.outcome, verdict.by, verdict.seconds, proof)


def proof_now(result: Result, tests: Sequence[str]) -> str:
    return proof_of(result.by, tests, is_killed=result.is_killed)


class Progress:
    """Says now and then how far it is."""

    def __init__(self, what: str, total: int) -> None:
        self._what, self._total = what, total
        self._done = 0
        self._began = self._said = time.monotonic()

    def one_more(self) -> None:
        """One is done."""
        self._done += 1
        now = time.monotonic()
        if now - self._said >= SAY_EVERY or self._done == self._total:
            self._said = now
            left = (now - self._began) / self._done * (self._total - self._done) / 60
            print(f"{self._done} of {self._total} {self._what}, about {left:.0f} minutes left", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
