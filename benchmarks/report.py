"""What a benchmark is asked, what it answers, and the table of all answers.

A part is a module ``benchmarks.<name>`` with ``measure(bench: Bench) -> Iterable[Line]``. ``make bench`` runs it in a
process of its own for each of its databases: Django is set up, the database is new and migrated, a Redis-compatible
server is there, and nothing else is running.
"""

import contextlib
import os
import platform
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import django
import psutil
import psycopg

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
#: The parts in the order of the table, each with the databases that it is measured on.
PARTS = {
    "sweeps": (SQLITE, POSTGRESQL),
    "deciding": (SQLITE, POSTGRESQL),
    "looking": (SQLITE, POSTGRESQL),
    "journey": (SQLITE,),
    "pages": (SQLITE,),
    "following": (SQLITE,),
    "lessons": (SQLITE, POSTGRESQL),
    "load": (SQLITE, POSTGRESQL),
}


@dataclass(frozen=True)
class Bench:
    """The conditions of a part. ``folder`` is for its files and gone afterwards; ``rounds`` go into each median.

    What is small shows that the benchmark itself works, and its figures mean nothing.
    """

    database: str
    folder: Path
    rounds: int = 5
    is_small: bool = False


@dataclass(frozen=True)
class Line:
    """A line of the table: ``figure`` and ``bar`` with their units, the way they will be read."""

    part: str
    what: str
    database: str
    figure: str
    bar: str = ""
    is_met: bool | None = None  # None where there is no bar
    note: str = ""


def table(lines: Sequence[Line]) -> str:
    """The lines as a table of Markdown."""
    marks = {True: "✓", False: "✗", None: ""}
    rows = [
        f"| {line.part} | {line.what} | {line.database} | {line.figure} | {line.bar} | {marks[line.is_met]} "
        f"| {line.note} |"
        for line in lines
    ]
    return "\n".join(
        ["| part | what | database | figure | bar | | beside it |", "|---|---|---|---|---|---|---|", *rows]
    )


#: The part of the report that a class in its long form replaces.
LONG_LOAD = "## A class of three hundred"


def document(lines: Sequence[Line], before: str) -> str:
    """The report: how it came about, and the table; sections that others have written before stay."""
    sections = before.partition("\n## ")
    return f"""# Benchmarks

Written by `make bench` on {time.strftime("%Y-%m-%d")}; every figure is a median of at least five runs, and
every ratio was measured in one go with what it is compared with. A line with ✗ misses its bar.

{machine()}

{table(lines)}
{"".join(sections[1:])}"""


def with_long_load(lines: Sequence[Line], before: str) -> str:
    """The report with the section about a class in its long form replaced, and all others as they are."""
    others = [part for part in before.split("\n## ") if not LONG_LOAD.endswith(part.partition("\n")[0])]
    section = f"""{LONG_LOAD.removeprefix("## ")}

Written by `make load` on {time.strftime("%Y-%m-%d")}. Everybody presses the button to join within the same ten seconds;
what is measured begins when all are in. Members do what the bar says, with page and phone before them, which
ask every two seconds; two desks and the projector's page ask too. The people are Locust's, in a process with a lower
priority, on the same cores.

{machine()}

{table(lines)}
"""
    return "\n## ".join([others[0], section, *others[1:]])


def machine() -> str:
    """What the figures were measured on."""
    memory = psutil.virtual_memory().total / 2**30
    with psycopg.connect(os.environ["BENCH_POSTGRES"]) as outside:
        postgres = outside.info.server_version // 10_000, outside.info.server_version % 10_000
    return (
        f"Machine: {_processor()}, {psutil.cpu_count()} cores, {memory:.0f} GB of memory, {platform.system()}; "
        f"Python {platform.python_version()}, Django {django.get_version()}, SQLite {sqlite3.sqlite_version}, "
        f"PostgreSQL {postgres[0]}.{postgres[1]} as delivered."
    )


def _processor() -> str:
    """The processor's name, where the system tells it."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
