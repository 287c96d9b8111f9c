"""make mutants: make small mistakes in the domain, one at a time, and see whether the tests notice.

What is a mistake stands in ``mutations.py``, how tests are run against one in ``tests/mutants/``. Known libraries
(mutmut, cosmic-ray) start pytest anew for each mutant and know no values in TOML: here that would take half a day.
"""

import json
import os
import tomllib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tools import run
from tools.mutations import Mutant, all_mutants
from tools.places import ROOT, VAR, VENV_PYTHON, Refusal
from tools.screen import GREEN, RED, Screen
from tools.supervisor import Stopped, Supervisor

FOLDER = VAR / "mutants"
RESULTS = FOLDER / "results.jsonl"
EQUIVALENT = ROOT / "tests" / "mutants" / "equivalent.toml"
#: The share that must be killed of those that are not equivalent, in percent.
BAR = 97

_ENTRY = ("module", "function", "line", "mutant", "reason")


@dataclass(frozen=True)
class Result:
    """What came of one mutant. ``proof`` changes when the tests do that this rests on."""

    key: str
    outcome: str
    by: str
    seconds: float
    proof: str

    @property
    def is_killed(self) -> bool:
        """Whether a test has noticed; one that does not come to its end has, too."""
        return self.outcome != "survived"


def main() -> int:
    """Try what ONLY names, or everything, from where the last run stopped; 1 if too many survive."""
    screen = Screen()
    only = os.environ.get("ONLY", "").split()
    mutants = all_mutants(only)
    if not mutants:
        raise Refusal(f"There is nothing to change in {' '.join(only)}: name files or folders of the domain.")
    equivalent = equivalent_among(all_mutants(), EQUIVALENT)
    try:
        with Supervisor(screen) as supervisor:
            run.set_up(supervisor, screen, "requirements-dev.txt")
            FOLDER.mkdir(parents=True, exist_ok=True)
            code, _ = supervisor.run_step([str(VENV_PYTHON), "-m", "tests.mutants", *only], {}, screen.say)
    except Stopped:
        return 130
    if code != 0:
        raise Refusal("The tests could not be run against the mutants; the lines above say why.")
    return summarise(screen, mutants, equivalent, read_results(RESULTS))


def equivalent_among(mutants: Iterable[Mutant], path: Path) -> frozenset[str]:
    """The keys of the mutants that the list calls equivalent; refuses an entry that is wrong or that fits none."""
    known: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for mutant in mutants:
        known[mutant.path, mutant.function, mutant.text, mutant.mutated].add(mutant.key)
    found: set[str] = set()
    for entry in tomllib.loads(path.read_text(encoding="utf-8")).get("equivalent", []):
        if sorted(entry) != sorted(_ENTRY) or not entry["reason"]:
            raise Refusal(f"{path.name}: an entry has {', '.join(_ENTRY)}; this one has {', '.join(entry)}.")
        keys = known.get((entry["module"], entry["function"], entry["line"], entry["mutant"]))
        if not keys:
            raise Refusal(f"{path.name}: there is no mutant {entry['mutant']!r} in {entry['module']}.")
        found |= keys
    return frozenset(found)


def read_results(path: Path) -> dict[str, Result]:
    """The last result of each mutant, by its key; a line that was cut off when a run was killed counts as none."""
    results: dict[str, Result] = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            result = Result(**json.loads(line))
        except (ValueError, TypeError):
            continue
        results[result.key] = result
    return results


def keep(result: Result, path: Path) -> None:
    """Write a result behind the others."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(result)) + "\n")


def summarise(
    screen: Screen, mutants: Sequence[Mutant], equivalent: Collection[str], results: Mapping[str, Result]
) -> int:
    """Say what came of the mutants, file by file, and name each survivor; the exit code."""
    files: dict[str, list[Mutant]] = defaultdict(list)
    for mutant in mutants:
        files[mutant.path].append(mutant)
    screen.say()
    screen.say(f"{'':<44} mutants  killed  survived  equivalent")
    for path, of_file in [*files.items(), ("in all", mutants)]:
        killed, survived, same = _counts(of_file, equivalent, results)
        screen.say(f"{path:<44} {len(of_file):>7} {killed:>7} {survived:>9} {same:>11}  {_share(killed, survived)}")
    survivors = [one for one in mutants if one.key not in equivalent and not results[one.key].is_killed]
    for mutant in survivors:
        screen.say()
        screen.say(f"{mutant.place} ({mutant.operator})")
        screen.say(f"  - {mutant.text}")
        screen.say(f"  + {mutant.mutated}")
    mistaken = [one for one in mutants if one.key in equivalent and results[one.key].is_killed]
    for mutant in mistaken:
        screen.say(f"{mutant.place} is listed as equivalent, and {results[mutant.key].by} tells it: {mutant.mutated}")
    killed, survived, _ = _counts(mutants, equivalent, results)
    is_good = killed * 100 >= BAR * (killed + survived) and not mistaken
    seconds = sum(results[mutant.key].seconds for mutant in mutants)
    screen.say()
    screen.say(f"{seconds / len(mutants):.1f} s a mutant, {seconds / 60:.0f} minutes of one process")
    screen.say(
        screen.paint(f"{_share(killed, survived)} killed; at least {BAR} % should be", GREEN if is_good else RED)
    )
    return 0 if is_good else 1


def _counts(
    mutants: Sequence[Mutant], equivalent: Collection[str], results: Mapping[str, Result]
) -> tuple[int, int, int]:
    """Killed, survived, equivalent."""
    counted = [results[mutant.key] for mutant in mutants if mutant.key not in equivalent]
    killed = sum(result.is_killed for result in counted)
    return killed, len(counted) - killed, len(mutants) - len(counted)


def _share(killed: int, survived: int) -> str:
    return f"{100 * killed / (killed + survived):.1f} %" if killed + survived else "–"
