"""What a benchmark is asked, what it answers, and the table of all answers.

A part is a module ``benchmarks.<name>`` with ``measure(bench: Bench) -> Iterable[Line]``. ``make bench`` runs it in a
process of its own for each of its databases: Django is set up, the database is new and migrated, a Redis-compatible
server is there, and nothing else is running.
"""

from dataclasses import dataclass
from pathlib import Path

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
#: The parts in the order of the table, each with the databases that it is measured on.
PARTS = {
    "sweeps": (SQLITE, POSTGRESQL),
    "looking": (SQLITE, POSTGRESQL),
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
