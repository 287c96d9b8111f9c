"""A class at work: the whole site under as many people as sit in it, how long they wait, and what that costs."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psutil

from benchmarks.load.site import HOST, Site, running
from benchmarks.report import Bench, Line
from tools.places import LOAD_PACKAGES, ROOT

#: Milliseconds within which nineteen of twenty pages are there.
MOST_MS = 150
#: Cores that all parts of the site may take together.
MOST_CORES = 1.2
#: Within so many seconds everybody presses the button to join; in so many more all are in.
PRESSED_WITHIN, MORE = 10, 10

GENERATOR = "generator"


@dataclass(frozen=True)
class Class:
    """So many people who think so long between two presses, for so many seconds; ``has_bars`` where it is judged."""

    people: int
    seconds: int
    think: tuple[float, float]
    has_bars: bool = True


SMALL = (Class(people=4, seconds=8, think=(0.2, 0.5), has_bars=False),)
SHORT = (Class(people=60, seconds=60, think=(5, 15)),)
LONG = (
    Class(people=300, seconds=150, think=(5, 15)),
    Class(people=300, seconds=45, think=(1, 3), has_bars=False),
)


@dataclass(frozen=True)
class Played:
    """What came of a class: how the joining went, how long answers took after it, and the cores that each part took."""

    joined: dict[str, Any]
    done: dict[str, Any]
    cores: dict[str, float]
    generator: float

    @property
    def errors(self) -> int:
        """How many answers were errors, or not what somebody needed to go on."""
        return int(self.joined["errors"] + self.done["errors"])

    @property
    def of_site(self) -> float:
        """The cores that all parts of the site took together."""
        return sum(self.cores.values())


def measure(bench: Bench) -> Iterator[Line]:
    """Each class in its turn, on one site."""
    classes = SMALL if bench.is_small else LONG if os.environ.get("LONG") else SHORT
    with running(bench.folder) as site:
        for this in classes:
            yield from _lines(bench, this, _play(site, this))


def _play(site: Site, this: Class) -> Played:
    """Let the generator play the class, and count what the site takes from when all are in until the end."""
    asked = {"host": HOST, "port": site.port, "people": this.people, "seconds": this.seconds, "think": this.think}
    command = [sys.executable, "-m", "benchmarks.load.generator", json.dumps({**asked, "within": PRESSED_WITHIN})]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (LOAD_PACKAGES, ROOT)))}
    started = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        joined, before = _stage(started, "joined"), _used(site, started)
        begun = time.monotonic()
        done, after = _stage(started, "done"), _used(site, started)
        lasted = time.monotonic() - begun
    finally:
        started.kill()
        started.wait()
    cores = {name: (after[name] - before[name]) / lasted for name in after}
    return Played(joined, done, generator=cores.pop(GENERATOR), cores=cores)


def _stage(started: subprocess.Popen[str], name: str) -> dict[str, Any]:
    """What the generator tells at the end of a stage."""
    assert started.stdout is not None
    line = started.stdout.readline()
    assert line, f"the generator ended with {started.wait()}"
    told: dict[str, Any] = json.loads(line)
    assert told["stage"] == name
    return told


def _used(site: Site, generator: subprocess.Popen[str]) -> dict[str, float]:
    times = psutil.Process(generator.pid).cpu_times()
    return {**site.used(), GENERATOR: times.user + times.system}


# ── Lines ────────────────────────────────────────────────────────────────────


def _lines(bench: Bench, this: Class, played: Played) -> Iterator[Line]:
    low, high = this.think
    who = f"{this.people} trainees, {low:g} to {high:g} s between two presses"
    groups = played.done["groups"]
    pages = groups["pages"]
    yield _line(
        bench,
        f"{who}: a page, nineteen of twenty",
        f"{pages['p95']:.0f} ms",
        this.has_bars and (f"at most {MOST_MS} ms", pages["p95"] <= MOST_MS),
        f"half in {pages['half']:.0f} ms, 99 of 100 in {pages['p99']:.0f} ms; {pages['count'] / this.seconds:.0f} a "
        f"second, {played.done['finished']} exercises done",
    )
    yield _line(
        bench,
        f"{who}: all parts of the site",
        f"{played.of_site:.2f} cores",
        this.has_bars and (f"at most {MOST_CORES} cores", played.of_site <= MOST_CORES),
        f"{_by_part(played.cores)}; the generator beside them {played.generator:.2f}",
    )
    yield _line(
        bench,
        f"{who}: errors",
        str(played.errors),
        this.has_bars and ("none", played.errors == 0),
        "; ".join([*played.joined["wrong"], *played.done["wrong"]][:3]).replace("|", "/"),
    )
    yield _line(
        bench,
        f"{this.people} who press the button to join within {PRESSED_WITHIN} s",
        f"all are in after {played.joined['seconds']:.1f} s",
        this.has_bars
        and (f"within {MORE} s more", _are_all_in(this, played) and played.joined["seconds"] <= PRESSED_WITHIN + MORE),
        _nineteen(played.joined["groups"]["join"]),
    )
    yield _line(bench, f"{who}: nineteen of twenty, by what was asked", _by_sort(this, groups), None, "")


def _are_all_in(this: Class, played: Played) -> bool:
    return bool(played.joined["people"] == this.people)


def _by_part(cores: dict[str, float]) -> str:
    """What each took, the greediest first."""
    return ", ".join(f"{name} {cores[name]:.2f}" for name in sorted(cores, key=cores.__getitem__, reverse=True))


def _nineteen(group: dict[str, float]) -> str:
    return f"nineteen of twenty answered in {group['p95']:.0f} ms, the last in {group['longest']:.0f} ms"


def _by_sort(this: Class, groups: dict[str, dict[str, float]]) -> str:
    sorts = sorted((name, group) for name, group in groups.items() if name != "pages")
    told = (f"{name} {group['p95']:.0f} ms ({group['count'] / this.seconds:.1f} a second)" for name, group in sorts)
    return ", ".join(told)


def _line(bench: Bench, what: str, figure: str, bar: Any, note: str) -> Line:
    said, is_met = bar or ("", None)
    return Line("load", what, bench.database, figure, said, is_met, note)
