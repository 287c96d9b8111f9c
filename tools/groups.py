"""The groups of `make test`: what each runs, and the minutes that it may take."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Group:
    """Some folders of tests, run together by one pytest; or, with no folders, the checks."""

    name: str
    minutes: float
    folders: Sequence[str] = ()
    options: Sequence[str] = ()
    needs_postgres: bool = False
    needs_browser: bool = False


SIDE_BY_SIDE = ("--numprocesses", "2", "--dist", "worksteal")

GROUPS = [
    Group("check", 1),
    Group(
        "unit",
        3,
        ("tests/law", "tests/verification", "tests/portal", "tests/tools", "tests/benchmarks"),
        SIDE_BY_SIDE,
    ),
    Group(
        "postgres",
        3,
        ("tests/verification", "tests/portal", "tests/benchmarks"),
        SIDE_BY_SIDE,
        needs_postgres=True,
    ),
    Group("jobs", 1, ("tests/jobs",)),
    Group("chaos", 2.5, ("tests/chaos",)),
    Group("chaos-pg", 2.5, ("tests/chaos",), needs_postgres=True),
    Group("stack", 3, ("tests/stack",)),
    Group("browser", 4, ("tests/browser",), needs_browser=True),
]
