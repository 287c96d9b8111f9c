"""How long the fuzz runs: in `make test` a few examples, always the same; in `make fuzz` new ones until time is up."""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import ClassVar

import pytest
import time_machine
from django.conf import settings as site
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import engine
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from redis import Redis

from tests.fuzz.watch import Watch
from tests.world import moment
from tools.groups import is_full
from verification import tasks
from verification.time import limits

#: `make fuzz` says how long.
SECONDS = float(os.environ.get("FUZZ_SECONDS") or 0)
#: A slow machine does fewer steps than others, and no fewer than one example.
SECONDS_IN_TEST = 30.0
#: For making small what has failed; hypothesis would take so long that the group is ended before it can be reported.
SECONDS_TO_SHRINK = 60.0
TEN_TIMES = 10

NOW = moment("2026-01-05 10:00")


class _TimeIsUp(KeyboardInterrupt):
    """Hypothesis ends a run for this and takes it for no failure."""


def empty_cache() -> None:
    """Let cache and broker hold nothing but word that the jobs are at work."""
    limits._Server.seen_at = None
    with Redis.from_url(site.REDIS_URL) as redis:
        redis.flushall()
    tasks.tick()


class Machine(RuleBasedStateMachine):
    """One example: it begins in the world as the test made it, at the same moment, and leaves it so."""

    ends_at: ClassVar[float] = 0.0
    examples: ClassVar[int] = 0
    #: Of all examples together.
    requests: ClassVar[int] = 0
    #: Then time is for making the example small.
    has_failed: ClassVar[bool] = False

    def __init__(self) -> None:
        kind = type(self)
        if kind.examples and not kind.has_failed and time.monotonic() > kind.ends_at:
            raise _TimeIsUp
        kind.examples += 1
        super().__init__()
        self.watch = Watch()
        self.real_time = time_machine.travel(NOW, tick=False)
        self.real_time.start()
        empty_cache()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()

    @contextmanager
    def step(self) -> Iterator[None]:
        """Around whatever may fail."""
        try:
            yield
        except BaseException:
            type(self).has_failed = True
            raise

    def teardown(self) -> None:
        type(self).requests += self.watch.requests
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)
        self.real_time.stop()


def run(machine: type[Machine], *, examples: int, steps: int) -> None:
    """Run the machine: ``examples`` of so many steps or, where FUZZ_SECONDS says so, as many as there is time for."""
    machine.ends_at = time.monotonic() + (SECONDS or SECONDS_IN_TEST * (TEN_TIMES if is_full() else 1))
    machine.examples, machine.requests, machine.has_failed = 0, 0, False
    chosen = settings(
        max_examples=1_000_000 if SECONDS else examples * (TEN_TIMES if is_full() else 1),
        stateful_step_count=steps,
        deadline=None,
        derandomize=not SECONDS,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    with pytest.MonkeyPatch.context() as patch, suppress(_TimeIsUp):
        patch.setattr(engine, "MAX_SHRINKING_SECONDS", SECONDS_TO_SHRINK)
        run_state_machine_as_test(machine, settings=chosen)


def record(record_property: Callable[[str, object], None], machine: type[Machine], **counts: str) -> None:
    """Tell `make fuzz` how far it came."""
    told = {"what": machine.__name__, "examples": machine.examples, "requests": machine.requests, **counts}
    record_property("fuzz", json.dumps(told))
