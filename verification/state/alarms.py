"""定时: what is due next for a filing, and doing it. An alarm is a column of the filing's row and nothing else.

What an alarm does is recorded at its due time, so that a late job, a fast clock and a moved clock leave the same
history.
"""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Count, F, Func, OuterRef, Q, QuerySet, Subquery, TextField

from verification import news
from verification.models import (
    AlarmKind,
    Challenge,
    ChallengeState,
    Filing,
    MessageCause,
    ReturnReason,
    Sandbox,
)
from verification.state.messages import deliver
from verification.state.sending import send_first
from verification.state.transitions import return_filings
from verification.time import clock

log = logging.getLogger(__name__)

#: A chunk that fails is tried once more before it is halved: another transaction may have drawn the same code.
TRIES = 2


def _resend_at_noon(filing_ids: Collection[int]) -> None:
    """Send every open code again (C-04); the deadline comes next."""
    still_open = Challenge.objects.filter(filing_id__among=filing_ids, state=ChallengeState.OPEN)
    deliver(still_open, MessageCause.NOON, at=F("filing__alarm_at"))
    Filing.objects.filter(id__among=filing_ids).update(alarm_at=F("deadline_at"), alarm_kind=AlarmKind.DEADLINE)


def _return_at_deadline(filing_ids: Collection[int]) -> None:
    """Return what is not verified (D-02)."""
    return_filings(filing_ids, ReturnReason.DEADLINE, at=F("alarm_at"))


_WORK = {
    AlarmKind.SEND: send_first,
    AlarmKind.NOON: _resend_at_noon,
    AlarmKind.DEADLINE: _return_at_deadline,
}


# Not set aside. Written out in the statement and no parameter: SQLite would prepare it anew each time, in order to see
# whether the partial index covers the value.
_NO_ERROR = Func(template="''", output_field=TextField())


def _due(filings: QuerySet[Filing], now: datetime) -> QuerySet[Filing]:
    return filings.filter(alarm_at__lte=now, alarm_error=_NO_ERROR)


def _do(due: Sequence[tuple[int, str]]) -> None:
    for kind, work in _WORK.items():
        ids = {pk for pk, alarm_kind in due if alarm_kind == kind}
        if ids:
            work(ids)


def settle(filing_ids: Collection[int], *, now: datetime) -> None:
    """Do everything that is due for these filings up to ``now``, in order. The caller holds their locks.

    Whoever touches a filing settles it first, so that nothing depends on whether the jobs are in time.
    """
    while due := list(_due(Filing.objects.filter(id__among=filing_ids), now).values_list("id", "alarm_kind")):
        _do(due)


def run_due(sandbox: Sandbox, *, chunk: int | None = None) -> int:
    """Do what is due in a sandbox, earliest first; returns how many alarms were done.

    A transaction takes ``chunk`` filings, by default ``ALARM_CHUNK``, so that neither locks nor memory grow with them.
    Any number of workers may run it at once: each claims other rows. A row that raises is set aside with its error.
    """
    now = clock.now_anew(sandbox)
    done = 0
    while count := _run_chunk(sandbox, now, chunk or settings.ALARM_CHUNK):
        done += count
    return done


def _claim(sandbox: Sandbox, now: datetime, limit: int) -> list[tuple[int, str]]:
    rows = _due(Filing.objects.filter(sandbox=sandbox), now).order_by("alarm_at", "id")
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    return list(rows.values_list("id", "alarm_kind")[:limit])


def _run_chunk(sandbox: Sandbox, now: datetime, limit: int, *, tries: int = TRIES) -> int:
    due: list[tuple[int, str]] = []
    try:
        with transaction.atomic():
            due = _claim(sandbox, now, limit)
            _do(due)
    except Exception as error:
        if tries > 1:
            return _run_chunk(sandbox, now, limit, tries=tries - 1)
        if not due or isinstance(error, InterfaceError | OperationalError):
            raise  # the database is away or busy: no row's fault, and the next run meets the same rows
        if len(due) > 1:
            return _run_chunk(sandbox, now, len(due) // 2)
        _set_aside(sandbox, due[0], error)
    return len(due)


@transaction.atomic
def _set_aside(sandbox: Sandbox, alarm: tuple[int, str], error: Exception) -> None:
    """Keep the alarm out of later runs, unless somebody else has done it meanwhile."""
    pk, kind = alarm
    log.error("Filing %s is set aside: %s", pk, error, exc_info=error)
    Filing.objects.filter(id=pk, alarm_kind=kind).update(alarm_error=f"{type(error).__name__}: {error}"[:2000])
    news.note_change([sandbox.pk])


def set_aside(sandbox: Sandbox) -> QuerySet[Filing]:
    """The filings of the sandbox whose alarm raised and waits for somebody to look at it; ``alarm_error`` says why."""
    return Filing.objects.filter(sandbox=sandbox).exclude(alarm_error="").order_by("id")


def count_set_aside() -> int:
    """How many filings of the open sandboxes are set aside."""
    return Filing.objects.filter(sandbox__closed_at=None).exclude(alarm_error="").count()


@transaction.atomic
def retry(sandbox: Sandbox) -> int:
    """Let the next run take up again what was set aside, and return how many filings that are.

    What was due keeps its due time; what raises again is set aside again.
    """
    news.note_change([sandbox.pk])
    return set_aside(sandbox).update(alarm_error="")


def sandboxes_with_due() -> list[Sandbox]:
    """The open sandboxes in which something is due now; one query that takes one step in the index for each."""
    waiting = Filing.objects.filter(sandbox=OuterRef("pk"), alarm_at__isnull=False, alarm_error=_NO_ERROR)
    first = waiting.order_by("alarm_at").values("alarm_at")[:1]
    clocks = Sandbox.objects.filter(closed_at=None).only("clock_at", "clock_set_at", "clock_speed", "clock_paused")
    real = clock.real_now()
    return [
        sandbox
        for sandbox in clocks.annotate(first_alarm_at=Subquery(first)).order_by("id")
        if sandbox.first_alarm_at is not None and sandbox.first_alarm_at <= clock.reading(sandbox, real)
    ]


def remaining(sandbox: Sandbox) -> int:
    """How many filings have something due now."""
    return _due(Filing.objects.filter(sandbox=sandbox), clock.now(sandbox)).count()


def next_alarm(sandbox: Sandbox) -> Filing | None:
    """The filing whose alarm comes first in the sandbox; ``None`` if nothing is due ever."""
    waiting = Filing.objects.filter(sandbox=sandbox, alarm_at__isnull=False, alarm_error="")
    return waiting.order_by("alarm_at", "id").first()


@dataclass(frozen=True)
class Step:
    """One thing that a move of the clock would bring about."""

    at: datetime
    filing: Filing
    kind: AlarmKind


@dataclass(frozen=True)
class Preview:
    """What a move of the clock would bring about: the first steps in order, and how many there are in all."""

    steps: list[Step]
    total: int


def _steps(filing: Filing, until: datetime) -> list[Step]:
    """The alarms of a filing up to ``until``, if nobody verifies."""
    kinds = list(AlarmKind)
    moments = {AlarmKind.SEND: filing.alarm_at, AlarmKind.NOON: filing.noon_at, AlarmKind.DEADLINE: filing.deadline_at}
    ahead = kinds[kinds.index(AlarmKind(filing.alarm_kind)) :]
    return [Step(at, filing, kind) for kind in ahead if (at := moments[kind]) is not None and at <= until]


def preview(sandbox: Sandbox, *, until: datetime, limit: int = 200) -> Preview:
    """What would happen by ``until`` if nobody did anything; ``steps`` holds the first ``limit``."""
    concerned = _due(Filing.objects.filter(sandbox=sandbox), until)
    first = concerned.order_by("alarm_at", "id").select_related("provider")[:limit]
    steps = sorted((step for filing in first for step in _steps(filing, until)), key=lambda step: step.at)
    counts = concerned.aggregate(
        now=Count("id"),
        noons=Count("id", filter=Q(alarm_kind=AlarmKind.SEND, noon_at__lte=until)),
        deadlines=Count("id", filter=~Q(alarm_kind=AlarmKind.DEADLINE) & Q(deadline_at__lte=until)),
    )
    return Preview(steps=steps[:limit], total=sum(counts.values()))
