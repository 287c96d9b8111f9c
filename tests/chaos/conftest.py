"""What the tests of this folder count, for the table of `make chaos`."""

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from statistics import median

import pytest
from django.db import connection

from tests.chaos.crowd import SIZE, Rows
from tools.groups import is_full

#: On each database; so `make test` counts twenty.
ROUNDS = int(os.environ.get("CHAOS_ROUNDS") or (100 if is_full() else 10))
SEED = int(os.environ.get("CHAOS_SEED") or time.time_ns() % 10**6)


@dataclass
class Tally:
    """The rounds that count: those that were interrupted with some, and not all, of the filings committed."""

    interrupted_at: list[int] = field(default_factory=list)
    lost: Rows = field(default_factory=Rows)
    twice: Rows = field(default_factory=Rows)
    missed: int = 0

    def note(self, interrupted_at: int, lost: Rows, twice: Rows) -> None:
        """Add a round; what went wrong counts in any case."""
        self.lost += lost
        self.twice += twice
        if 0 < interrupted_at < SIZE:
            self.interrupted_at.append(interrupted_at)
        else:
            self.missed += 1

    @property
    def rounds(self) -> int:
        """How many rounds count."""
        return len(self.interrupted_at)


@pytest.fixture
def draw() -> Random:
    """What is drawn at random; a failure shows the seed."""
    print(f"CHAOS_SEED={SEED}")  # noqa: T201  # pytest shows it
    return Random(SEED)


@pytest.fixture
def tally(request: pytest.FixtureRequest, record_testsuite_property: Callable[[str, object], None]) -> Iterator[Tally]:
    """The count of a test, which goes into the report however the test ends."""
    counted, began = Tally(), time.monotonic()
    yield counted
    at = counted.interrupted_at or [0]
    row = {
        "what": request.node.name.removeprefix("test_").replace("_", " "),
        "database": connection.vendor,
        "rounds": counted.rounds,
        "interrupted at, of": f"{min(at)} / {median(at):g} / {max(at)}, {SIZE}",
        "lost": counted.lost.total(),
        "twice": counted.twice.total(),
        "seconds": round(time.monotonic() - began),
        "seed": SEED,
    }
    record_testsuite_property("chaos", json.dumps(row))
