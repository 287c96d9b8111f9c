"""What holds for every request: it comes back in time, no traceback is logged, and the database contradicts nothing."""

import logging
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from django.db import connection
from django.test import TestCase

from tests.invariants import contradictions
from verification.models import Sandbox
from verification.state import alarms
from verification.time import clock

#: The slowest page takes half a second on a slow machine.
SECONDS = 20

_WRITES = re.compile(r"\s*(INSERT|UPDATE|DELETE|WITH .*(INSERT|UPDATE|DELETE))", re.IGNORECASE | re.DOTALL)
#: Tables of which contradictions could come; who is where, and what somebody has read, says nothing of filings.
_OF_FILINGS = re.compile(
    r"verification_(filing|challenge|event|message|phone|subject|service|access|numberseries|webhookdelivery|sandbox)"
)


class _NeverCameBack(BaseException):
    """A request takes too long; its stack says where. Nothing on the way catches it."""


class _Tracebacks(logging.Handler):
    """Keeps what is logged as an error, or with a traceback."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info or record.levelno >= logging.ERROR:
            self.lines.append(logging.Formatter().format(record))


class Watch:
    """Watches requests, one after the other, and what each has left in the database."""

    def __init__(self) -> None:
        #: What the request has written.
        self.writes: list[str] = []
        self.requests = 0

    @contextmanager
    def request(self, *, is_reading: bool) -> Iterator[None]:
        """Around one request. One that only reads writes nothing."""
        self.writes = []
        self.requests += 1
        on_commit = TestCase.captureOnCommitCallbacks(execute=True)
        with _tracebacks() as lines, _in_time(), on_commit, connection.execute_wrapper(self._note):
            yield
        assert not lines, lines[0]
        assert not (is_reading and self.writes), self.writes
        if any(_OF_FILINGS.search(sql) for sql in self.writes):
            self.look(are_jobs_done=False)

    def _note(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if _WRITES.match(sql):
            self.writes.append(sql)
        return execute(sql, params, many, context)

    def run_jobs(self) -> None:
        """Do what is due everywhere, and look."""
        for sandbox in alarms.sandboxes_with_due():
            alarms.run_due(sandbox)
        self.look(are_jobs_done=True)

    def look(self, *, are_jobs_done: bool) -> None:
        """Whatever the database is to hold holds, in every sandbox."""
        connection.check_constraints()
        for sandbox in Sandbox.objects.filter(closed_at=None):
            done_until = clock.now(sandbox) if are_jobs_done else None
            found = list(contradictions(sandbox, done_until=done_until))
            assert not found, found


@contextmanager
def _tracebacks() -> Iterator[list[str]]:
    handler = _Tracebacks()
    loggers = [logging.getLogger(), logging.getLogger("django")]  # the second hands nothing on to the first
    handler.filters = list(loggers[1].handlers[0].filters)  # those of the site's own log
    for logger in loggers:
        logger.addHandler(handler)
    try:
        yield handler.lines
    finally:
        for logger in loggers:
            logger.removeHandler(handler)


@contextmanager
def _in_time() -> Iterator[None]:
    def give_up(number: int, frame: FrameType | None) -> None:
        raise _NeverCameBack(f"no answer within {SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    except _NeverCameBack as error:
        raise AssertionError(str(error)) from error
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
