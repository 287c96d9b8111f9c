"""make chaos: kill workers and take the broker away, over many rounds, and print a table of what came of it."""

import os
from collections.abc import Sequence

from tools import groups, test
from tools.screen import Screen
from tools.supervisor import Stopped, Supervisor

ROUNDS = 100
#: The same tests as in `make test`, for more minutes.
GROUP = next(group for group in groups.GROUPS if group.name == "chaos")
MINUTES = 12.5


def main() -> int:
    """Run the group of chaos with CHAOS_ROUNDS, and print what its tests counted; 1 if one of them fails."""
    screen = Screen()
    os.environ.setdefault("CHAOS_ROUNDS", str(ROUNDS))
    try:
        with Supervisor(screen) as supervisor:
            results = [test.run_group(supervisor, screen, GROUP, budget=MINUTES)]
    except Stopped:
        return 130
    code = test.summarise(screen, results)
    screen.say()
    for line in table(read_rows()):
        screen.say(line)
    return code


def read_rows() -> list[test.Row]:
    """What the tests have counted."""
    return test.read_properties(test.reports_of(GROUP), "chaos")


def table(rows: Sequence[test.Row]) -> list[str]:
    """The rows below the names of their columns, each column as wide as it must be."""
    if not rows:
        return []
    lines = [list(rows[0]), *([str(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
