"""The only source of time. ``now`` is the time of a sandbox; ``real_now`` is for what is technical."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from time import monotonic

from django.conf import settings
from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from verification import attempts
from verification.by import By
from verification.law.times import SHANGHAI
from verification.models import AlarmKind, AttemptKind, ClockMove, Sandbox
from verification.models.prepared import Columns, Prepared
from verification.refusals import Refused
from verification.time.due import ahead

#: How many seconds of the sandbox pass in one real second.
SPEEDS = (1, 60, 600, 3600)
#: Where every clock ends: all the moments that follow from it can still be written down.
END = datetime(2100, 1, 1, tzinfo=SHANGHAI)
#: After so many seconds a process asks its database again what time it is.
COMPARED_EVERY = 10.0


# ── Real time ────────────────────────────────────────────────────────────────


class _Ahead:
    """What this process knows of the database's clock: how far it is ahead of this host's, and when it was asked."""

    by = timedelta()
    asked_at: float | None = None


def real_now() -> datetime:
    """The moment on the wall clock: for sessions, limits, retries, and as the anchor of the sandboxes' clocks.

    Where several hosts share a PostgreSQL it is that server's, so that they all mean the same moment.
    """
    return timezone.now() + _Ahead.by


def ahead_of_host() -> timedelta:
    """How far the clock that counts is ahead of this host's own: for whoever watches the hosts."""
    return _Ahead.by


def compare(connection: BaseDatabaseWrapper) -> None:
    """Ask the database what time it is, and add the difference from now on. SQLite has no clock but the host's."""
    if connection.vendor != "postgresql" or not settings.CLOCK_OF_DATABASE:
        return
    before = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        there = cursor.fetchone()[0]
    after = timezone.now()
    _Ahead.by, _Ahead.asked_at = there - (before + (after - before) / 2), monotonic()


def compare_now_and_then(**_: object) -> None:
    """The same where the last answer is old: a receiver of what begins a request or a task."""
    this = connections["default"]
    is_old = _Ahead.asked_at is None or monotonic() - _Ahead.asked_at > COMPARED_EVERY
    if is_old and this.vendor == "postgresql" and not this.in_atomic_block:
        with suppress(DatabaseError):  # whoever needs the database will meet that
            compare(this)


# ── The sandboxes' time ──────────────────────────────────────────────────────


def now(sandbox: Sandbox) -> datetime:
    """The moment on the sandbox's clock: the source of all domain time. Whoever acts asks :func:`now_anew`."""
    return reading(sandbox, real_now())


_clock_of = Prepared(
    "FROM verification_sandbox s WHERE s.id = %(key)s",
    Columns("s", Sandbox, "clock_at", "clock_set_at", "clock_speed", "clock_paused"),
)


def now_anew(sandbox: Sandbox) -> datetime:
    """The moment on the clock as it is set now, for whoever may have waited for a lock since the sandbox was loaded.

    Somebody may have paused or slowed it meanwhile; by its old settings one would act at moments that it never showed.
    """
    for current in _clock_of(key=sandbox.pk):
        return now(current)
    return now(sandbox)  # it has been deleted, and what the caller does will come to nothing


def reading(sandbox: Sandbox, real: datetime) -> datetime:
    """What the sandbox's clock shows when the wall clock shows ``real``: for whoever looks at many clocks at once.

    Never less than what it showed when it was set, also where this host's wall clock is behind that of another.
    """
    if sandbox.clock_paused:
        return sandbox.clock_at
    passed = max(timedelta(), real - sandbox.clock_set_at) * sandbox.clock_speed
    return sandbox.clock_at + min(passed, END - sandbox.clock_at)


def _anchored(sandbox: Sandbox, real: datetime) -> Sandbox:
    """The sandbox's row under lock, its clock anchored anew at ``real`` without changing what it shows."""
    locked = Sandbox.objects.select_for_update().get(pk=sandbox.pk)
    locked.clock_at = reading(locked, real)
    locked.clock_set_at = real
    return locked


@contextmanager
def _set(sandbox: Sandbox, kind: AttemptKind, by: By) -> Iterator[tuple[Sandbox, datetime]]:
    """The sandbox's row under lock, anchored at the real moment beside it; how it is set then holds from now on."""
    with attempts.trying(tried(sandbox, kind, by=by)) as this:
        locked = _anchored(sandbox, this.real_at)
        this.at = locked.clock_at
        yield locked, this.real_at
        fields = ["clock_at", "clock_set_at", "clock_speed", "clock_paused"]
        locked.save(update_fields=fields)
    for field in fields:
        setattr(sandbox, field, getattr(locked, field))


def tried(sandbox: Sandbox, kind: AttemptKind, *, by: By) -> attempts.Trying:
    """What somebody is about to do or try now."""
    real = real_now()
    return attempts.Trying(sandbox.pk, kind, by, at=reading(sandbox, real), real_at=real)


def move_to(sandbox: Sandbox, target: datetime, *, by: By) -> ClockMove:
    """Move the clock forward to ``target``. The new time holds at once; the jobs then do what has become due.

    Raises :class:`Refused` if ``target`` lies behind the clock, or behind ``END``.
    """
    with _set(sandbox, AttemptKind.MOVE, by) as (locked, real):
        if target < locked.clock_at:
            raise Refused("时钟只能向前拨，请选一个晚于当前演练时间的时刻。", code="clock_backwards")
        if target > END:
            raise Refused(f"演练时间最晚到 {END:%Y} 年初，请选一个更早的时刻。", code="clock_too_far")
        move = ClockMove.objects.create(
            sandbox=locked,
            from_at=locked.clock_at,
            to_at=target,
            **_what_becomes_due(locked, target),
            moved_by=by.name,
            moved_at=real,
        )
        locked.clock_at = target
    return move


def _what_becomes_due(sandbox: Sandbox, target: datetime) -> dict[str, int]:
    """How many filings are concerned, and how many of each thing will be done: nobody can verify meanwhile."""
    found = ahead(sandbox, until=target)
    return {
        "due_total": found.filings,
        "sends": found.counts[AlarmKind.SEND],
        "noons": found.counts[AlarmKind.NOON],
        "deadlines": found.counts[AlarmKind.DEADLINE],
        "decisions": found.counts[AlarmKind.DECISION],
    }


def set_speed(sandbox: Sandbox, speed: int, *, by: By) -> None:
    """Let the clock run ``speed`` times as fast from now on. Raises :class:`Refused` for a speed not in ``SPEEDS``."""
    with _set(sandbox, AttemptKind.SPEED, by) as (locked, _):
        if speed not in SPEEDS:
            raise Refused("没有这个速度，请从列出的速度中选择。", code="unknown_speed")
        locked.clock_speed = speed


def pause(sandbox: Sandbox, *, by: By) -> None:
    """Stop the clock where it stands."""
    with _set(sandbox, AttemptKind.PAUSE, by) as (locked, _):
        locked.clock_paused = True


def resume(sandbox: Sandbox, *, by: By) -> None:
    """Let the clock run on from where it stopped."""
    with _set(sandbox, AttemptKind.RESUME, by) as (locked, _):
        locked.clock_paused = False
