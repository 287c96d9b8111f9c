"""The groups of `make test`: what each runs, and the minutes that it may take."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

SQLITE, POSTGRES = "sqlite", "postgresql"


@dataclass(frozen=True)
class Group:
    """Some folders or files of tests, run by a pytest for each database, side by side; or, with no folders, the checks.

    ``minutes`` is the budget on a quiet machine of two cores, ``full_minutes`` that of a run with FULL=1. Machines
    differ, so a group that exceeds its budget is shown in red, and does not fail.
    """

    name: str
    minutes: float
    full_minutes: float
    folders: Sequence[str] = ()
    options: Sequence[str] = ()
    databases: Sequence[str] = (SQLITE,)
    needs_browser: bool = False

    def budget(self, *, is_full: bool) -> float:
        """The minutes that a run of this kind may take."""
        return self.full_minutes if is_full else self.minutes


def is_full() -> bool:
    """Whether FULL asks for the long form: the same tests, with more rounds, examples and lives."""
    return os.environ.get("FULL", "") not in {"", "0"}


#: For tests that work: a worker a core, and whoever is done takes from the other.
TWO_WORKERS = ("--numprocesses", "2", "--dist", "worksteal")
#: For tests that wait more than they work, on parts of their own.
THREE_WORKERS = ("--numprocesses", "3", "--dist", "worksteal")
#: As these, but a file stays with one worker, which makes what the file shares (a site, a world) once. The files go
#: out in their order: the longest walks are in the first.
THREE_WORKERS_BY_FILE = ("--numprocesses", "3", "--dist", "loadfile", "--no-loadscope-reorder")

#: What pages ask of PostgreSQL the short form learns by opening every page, as everybody; the fuzz sends every form.
PORTAL, EVERY_PAGE = "tests/portal", "tests/portal/test_scope.py"

GROUPS = [
    Group("check", 0.25, 0.25),
    Group(
        "unit",
        2,
        6,
        ("tests/law", "tests/verification", "tests/training", "tests/portal", "tests/tools", "tests/benchmarks"),
        TWO_WORKERS,
    ),
    Group(
        "postgres",
        1.75,
        6,
        ("tests/verification", "tests/training", PORTAL if is_full() else EVERY_PAGE, "tests/benchmarks"),
        (*TWO_WORKERS, "--only-database"),
        (POSTGRES,),
    ),
    Group("fuzz", 1, 4, ("tests/fuzz",), TWO_WORKERS, (POSTGRES,)),
    Group("jobs", 0.5, 0.5, ("tests/jobs",), THREE_WORKERS),
    Group("chaos", 1.5, 10, ("tests/chaos",), databases=(SQLITE, POSTGRES)),
    Group("stack", 1.25, 1.5, ("tests/stack",), THREE_WORKERS_BY_FILE),
    Group("browser", 3.25, 12, ("tests/browser",), THREE_WORKERS_BY_FILE, needs_browser=True),
]
