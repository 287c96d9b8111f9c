"""定时: what is due next for a filing, and doing it. An alarm is a column of the filing's row and nothing else.

What an alarm does is recorded at its due time, so that a late job, a fast clock and a moved clock leave the same
history.
"""

import logging
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import islice

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Case, F, OuterRef, QuerySet, Subquery, When

from verification import news
from verification.models import (
    AlarmKind,
    Challenge,
    ChallengeState,
    Filing,
    FilingState,
    MessageCause,
    ReturnReason,
    Sandbox,
)
from verification.state import deciding
from verification.state.messages import deliver
from verification.state.sending import send_first
from verification.state.transitions import return_filings
from verification.time import clock, due

log = logging.getLogger(__name__)

#: A chunk that fails is tried once more before it is halved: another transaction may have drawn the same code.
TRIES = 2
#: Decisions are made one by one; so many in a transaction hold the sandbox for half a second at most.
DECISIONS_AT_ONCE = 50


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


def _do(claimed: Sequence[tuple[int, str]]) -> None:
    for kind, work in _WORK.items():
        ids = {pk for pk, alarm_kind in claimed if alarm_kind == kind}
        if ids:
            work(ids)


def settle(sandbox: Sandbox, filing_ids: Collection[int], *, now: datetime) -> None:
    """Do everything that is due for these filings up to ``now``, in order. The caller holds their locks.

    Whoever touches a filing settles it first, so that nothing depends on whether the jobs are in time. Where the bureau
    decides by itself, one decision depends on those before it: all that are due are made, and the caller holds the
    sandbox's lock too, taken before those of the filings. ``sandbox`` is as it was read under it.
    """
    decide_due(sandbox, now=now)
    filings = Filing.objects.filter(id__among=filing_ids, alarm_at__lte=now)
    while found := list(due.sweeps(filings).values_list("id", "alarm_kind")):
        _do(found)


def run_due(sandbox: Sandbox, *, chunk: int | None = None) -> int:
    """Do what is due in a sandbox, earliest first; returns how many alarms were done.

    A transaction takes ``chunk`` filings, by default ``ALARM_CHUNK``, so that neither locks nor memory grow with them.
    Any number of workers may run it at once: each claims other rows. A row that raises is set aside with its error.
    Decisions are made one by one, a transaction of them at a time, and no sweep waits for more than that.
    """
    now = clock.now_anew(sandbox)
    limit = chunk or settings.ALARM_CHUNK
    done = 0
    while count := _run_chunk(sandbox, now, limit) or _decide_chunk(sandbox, now, min(limit, DECISIONS_AT_ONCE)):
        done += count
    return done


# ── Decisions ────────────────────────────────────────────────────────────────


def decide_due(sandbox: Sandbox, *, now: datetime) -> None:
    """Let the bureau decide by itself what was due by ``now``, earliest first.

    ``sandbox`` is as it was read under its lock, which the caller holds: 备案号 are issued in this order, and each
    decision finds the records as those before it left them, whoever makes them.
    """
    for filing in _to_decide(sandbox, now):
        deciding.decide(filing, sandbox)


def _to_decide(sandbox: Sandbox, now: datetime) -> Iterator[Filing]:
    """What is due to be decided, under lock; each is decided before the next is asked for."""
    if sandbox.decides_after is None:
        return
    waiting = due.decisions(Filing.objects.filter(sandbox=sandbox, alarm_at__lte=now))
    rows = due.earliest_first(waiting).select_related("provider", "subject_record").select_for_update(of=("self",))
    while some := list(rows[:DECISIONS_AT_ONCE]):
        for filing in some:
            filing.sandbox = sandbox
            yield filing
            if filing.state == FilingState.PREREVIEW:
                break  # it may have to be decided once more, before the others


def _decide_chunk(sandbox: Sandbox, now: datetime, limit: int) -> int:
    """Some decisions; none while somebody else holds the sandbox, who makes them, or leaves them to the next run."""
    if sandbox.decides_after is None:
        return 0
    done, filing = 0, None
    try:
        with transaction.atomic():
            rows = Sandbox.objects.filter(pk=sandbox.pk)
            if connection.features.has_select_for_update_skip_locked:
                rows = rows.select_for_update(skip_locked=True, no_key=True)
            for locked in rows:
                for filing in islice(_to_decide(locked, now), limit):
                    deciding.decide(filing, locked)
                    done += 1
    except Exception as error:
        if filing is None or isinstance(error, InterfaceError | OperationalError):
            raise  # as of a sweep
        if done:
            return _decide_chunk(sandbox, now, done)  # those before it
        _set_aside(sandbox, (filing.pk, filing.alarm_kind), error)
        return 1
    return done


# ── Sweeps ───────────────────────────────────────────────────────────────────


def _claim(sandbox: Sandbox, now: datetime, limit: int) -> list[tuple[int, str]]:
    rows = due.earliest_first(due.sweeps(Filing.objects.filter(sandbox=sandbox, alarm_at__lte=now)))
    if connection.features.has_select_for_update_skip_locked:
        rows = rows.select_for_update(skip_locked=True)
    return list(rows.values_list("id", "alarm_kind")[:limit])


def _run_chunk(sandbox: Sandbox, now: datetime, limit: int, *, tries: int = TRIES) -> int:
    claimed: list[tuple[int, str]] = []
    try:
        with transaction.atomic():
            claimed = _claim(sandbox, now, limit)
            _do(claimed)
    except Exception as error:
        if tries > 1:
            return _run_chunk(sandbox, now, limit, tries=tries - 1)
        if not claimed or isinstance(error, InterfaceError | OperationalError):
            raise  # the database is away or busy: no row's fault, and the next run meets the same rows
        if len(claimed) > 1:
            return _run_chunk(sandbox, now, len(claimed) // 2)
        _set_aside(sandbox, claimed[0], error)
    return len(claimed)


# ── What was set aside ───────────────────────────────────────────────────────


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


# ── Looking ──────────────────────────────────────────────────────────────────


def sandboxes_with_due() -> list[Sandbox]:
    """The open sandboxes in which something is due now; one query that takes a step or two in an index for each."""
    of_sandbox = Filing.objects.filter(sandbox=OuterRef("pk"), alarm_at__isnull=False)
    swept, decided = (
        Subquery(waiting.order_by("alarm_at").values("alarm_at")[:1])
        for waiting in (due.sweeps(of_sandbox), due.decisions(of_sandbox))
    )
    columns = ("clock_at", "clock_set_at", "clock_speed", "clock_paused", "decides_after")
    clocks = Sandbox.objects.filter(closed_at=None).only(*columns)
    with_firsts = clocks.annotate(
        first_sweep=swept, first_decision=Case(When(decides_after__isnull=False, then=decided))
    )
    real = clock.real_now()
    return [
        sandbox
        for sandbox in with_firsts.order_by("id")
        if any(at and at <= clock.reading(sandbox, real) for at in (sandbox.first_sweep, sandbox.first_decision))
    ]


def remaining(sandbox: Sandbox) -> int:
    """How many filings have something due now."""
    now = clock.now(sandbox)
    return sum(waiting.filter(alarm_at__lte=now).count() for waiting in _waiting(sandbox))


def next_alarm(sandbox: Sandbox) -> Filing | None:
    """The filing whose alarm comes first in the sandbox; ``None`` if nothing is due ever."""
    firsts = filter(None, (due.earliest_first(waiting).first() for waiting in _waiting(sandbox)))
    return min(firsts, key=lambda filing: (filing.alarm_at, filing.pk), default=None)


def _waiting(sandbox: Sandbox) -> Iterator[QuerySet[Filing]]:
    """The filings that wait for something, a question for each index."""
    of_sandbox = Filing.objects.filter(sandbox=sandbox, alarm_at__isnull=False)
    yield due.sweeps(of_sandbox)
    if sandbox.decides_after is not None:
        yield due.decisions(of_sandbox)
