"""However the time passes, the history is the same: by one jump, by many steps with the jobs in time, by a fast clock.

Random filings meet random acts of their people. The jobs run after every step, now and then, or not before the end;
whoever touches a filing then has to settle it first.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.verification.lively import Act, LivelyWorld, Planned, acts, reviews, three_planned
from tests.world import TRAINER, moment
from tools.groups import is_full
from verification.models import Filing, FilingState, Message
from verification.state import alarms
from verification.time import clock
from verification.worlds.bureau import AutomaticReview

REAL_BEGIN = moment("2026-01-05 10:00")
END = 8_000  # minutes
STEP = 311  # minutes, where the time passes by steps
SPEED = 600
JOBS_EVERY = 500  # minutes, where the clock runs fast

pytestmark = pytest.mark.django_db

# ── How the time passes: each way reaches a minute ───────────────────────────

Reach = Callable[[LivelyWorld, int], None]


def jump(lively: LivelyWorld, minute: int) -> None:
    """At once, and no job runs."""
    clock.move_to(lively.sandbox, lively.begin + timedelta(minutes=minute), by=TRAINER)


def jump_with_jobs(lively: LivelyWorld, minute: int) -> None:
    """At once, and then the jobs, a row at a time."""
    jump(lively, minute)
    alarms.run_due(lively.sandbox, chunk=1)


def step(lively: LivelyWorld, minute: int) -> None:
    """By steps of about five hours, with the jobs after each."""
    for between in [*range(lively.minute, minute, STEP), minute]:
        jump_with_jobs(lively, between)


def run_fast(lively: LivelyWorld, minute: int, *, traveller: time_machine.Traveller) -> None:
    """With 600 minutes in one of real time, and the jobs now and then."""
    if lively.sandbox.clock_paused:
        clock.resume(lively.sandbox, by=TRAINER)
        clock.set_speed(lively.sandbox, SPEED, by=TRAINER)
    while (ahead := minute - lively.minute) > 0:
        traveller.shift(timedelta(minutes=min(ahead, JOBS_EVERY)) / SPEED)
        if ahead > JOBS_EVERY:
            alarms.run_due(lively.sandbox)


# ── What is left in the database, without codes and ids ──────────────────────


def history_of(
    plans: Sequence[Planned], done: Sequence[Act], review: AutomaticReview | None, reach: Reach
) -> dict[str, Any]:
    """Let it all happen, and tell what there is then; 备案号 too, since decisions follow one another."""
    lively = LivelyWorld(is_paused=True, review=review)
    happenings: list[tuple[int, Callable[[], None]]] = [
        *((plan.minute, partial(lively.submit, place, plan)) for place, plan in enumerate(plans)),
        *((plans[act.filing].minute + act.after, partial(lively.act, act)) for act in done),
    ]
    for minute, happen in sorted(happenings, key=lambda happening: happening[0]):
        reach(lively, minute)
        happen()
    reach(lively, END)
    alarms.run_due(lively.sandbox)
    messages = Message.objects.filter(phone__sandbox=lively.sandbox).values_list(
        "sent_at", "phone__number", "cause", "status", "challenge__filing__created_at", "challenge__round"
    )
    return {
        "answers": lively.answers,
        "filings": [_story(filing) for filing in Filing.objects.filter(sandbox=lively.sandbox).order_by("id")],
        "messages": sorted(messages),
    }


def _story(filing: Filing) -> dict[str, Any]:
    return {
        "filing": (filing.state, filing.round, filing.return_reason, filing.alarm_at, filing.alarm_error),
        "times": (filing.submitted_at, filing.noon_at, filing.deadline_at),
        "events": list(
            filing.events.order_by("id").values_list(
                "round", "kind", "at", "reason", "detail", "actor", "challenge__phone__number"
            )
        ),
        "challenges": list(
            filing.challenges.order_by("id").values_list(
                "round", "phone__number", "state", "first_sent_at", "deadline_at", "closed_at", "id_errors", "resends"
            )
        ),
    }


# ── The property ─────────────────────────────────────────────────────────────


def _one_resend_a_person(done: list[Act]) -> list[Act]:
    """Without what the pause between two re-sendings would decide: it is a minute of real time (R-06)."""
    first = {act.person: act for act in reversed(done) if act.what == "send_again"}
    return [act for act in done if act.what != "send_again" or act is first[act.person]]


@pytest.mark.rule("P-01", "C-03", "C-04", "C-05", "C-10", "D-01", "D-02", "D-04")
@settings(
    max_examples=100 if is_full() else 8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(plans=three_planned, done=st.lists(acts, min_size=6, max_size=12).map(_one_resend_a_person), review=reviews)
def test_history_is_the_same_however_the_time_passes(
    plans: tuple[Planned, ...], done: list[Act], review: AutomaticReview | None
) -> None:
    with time_machine.travel(REAL_BEGIN, tick=False) as traveller:
        expected = history_of(plans, done, review, step)
        assert history_of(plans, done, review, jump) == expected
        assert history_of(plans, done, review, jump_with_jobs) == expected
        assert history_of(plans, done, review, partial(run_fast, traveller=traveller)) == expected
    ends = {story["filing"][0] for story in expected["filings"]}
    assert FilingState.VERIFYING not in ends
