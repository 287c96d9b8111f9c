"""make fuzz: send anything anywhere, other things in each round, until the time is up; goes on where it was stopped."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from math import ceil
from pathlib import Path

from tools import groups, run, test
from tools.places import VAR, Refusal
from tools.screen import GREEN, RED, Screen
from tools.supervisor import Stopped, Supervisor

PROGRESS = VAR / "fuzz" / "progress.json"
MINUTES = 15.0
#: A round makes its world anew, and has a seed of its own.
ROUND_MINUTES = 2.5
_SEEDS = 2**32

#: The tests of `make test` that do something else each time.
_GROUP = next(group for group in groups.GROUPS if group.name == "fuzz")
GROUP = replace(_GROUP, options=(*_GROUP.options, "-k", "test_api or test_forms"))


@dataclass(frozen=True)
class Progress:
    """A run of so many rounds: the first has the seed, each later one the next number; so many are done."""

    seed: int
    rounds: int
    done: int = 0


def main() -> int:
    """Run the rounds that are left of a run that was stopped, or a new one's; 1 at the first that fails."""
    screen = Screen()
    progress = asked_for(os.environ) or kept(PROGRESS) or new(MINUTES)
    os.environ["FUZZ_SECONDS"] = str(ROUND_MINUTES * 60)
    try:
        with Supervisor(screen) as supervisor:
            run.set_up(supervisor, screen, "requirements-dev.txt")
            while progress.done < progress.rounds:
                keep(progress, PROGRESS)
                if not is_good(supervisor, screen, progress):
                    return 1
                progress = replace(progress, done=progress.done + 1)
    except Stopped:
        screen.say("Stopped; `make fuzz` goes on with this round.")
        return 130
    PROGRESS.unlink()
    screen.say(screen.paint(f"{progress.rounds} rounds, and nothing was found.", GREEN))
    return 0


def is_good(supervisor: Supervisor, screen: Screen, progress: Progress) -> bool:
    """Run the next round and say what came of it, and how to have it again."""
    seed = progress.seed + progress.done
    screen.say(f"Round {progress.done + 1} of {progress.rounds}, SEED={seed}")
    group = replace(GROUP, options=(*GROUP.options, f"--hypothesis-seed={seed}"))
    result = test.run_group(supervisor, screen, group, budget=ROUND_MINUTES)
    for row in test.read_properties(test.reports_of(GROUP), "fuzz"):
        screen.say("  " + ", ".join(f"{name}: {value}" for name, value in row.items()))
    if not result.is_good:
        screen.say(screen.paint(f"It failed. The same again: make fuzz SEED={seed}. `make fuzz` goes on with it.", RED))
    return result.is_good


# ── Which rounds ─────────────────────────────────────────────────────────────────────────────────────────────────────


def asked_for(environment: Mapping[str, str]) -> Progress | None:
    """What SEED and MINUTES ask for; ``None`` without either. Raises :class:`Refusal` for what is no number."""
    seed, minutes = environment.get("SEED", ""), environment.get("MINUTES", "")
    if not seed and not minutes:
        return None
    if not all(text == "" or (text.isascii() and text.isdigit() and int(text)) for text in (seed, minutes)):
        raise Refusal(f"SEED={seed} and MINUTES={minutes} are to be whole numbers, or left out.")
    asked = new(float(minutes or MINUTES))
    return replace(asked, seed=int(seed)) if seed else asked


def new(minutes: float) -> Progress:
    """A run of so many minutes from a seed that nobody has chosen."""
    return Progress(seed=1 + secrets.randbelow(_SEEDS), rounds=ceil(minutes / ROUND_MINUTES))


def kept(path: Path) -> Progress | None:
    """The run that was stopped, or has failed; ``None`` if the last one came to its end."""
    try:
        return Progress(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def keep(progress: Progress, path: Path) -> None:
    """Write down where the run is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(progress)), encoding="utf-8")
