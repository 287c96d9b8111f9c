"""What holds after every act and every job: a filing and its challenges never contradict each other."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.verification.lively import Act, LivelyWorld, Planned, acts, reviews, three_planned
from tests.world import SUBMITTED, TRAINER
from tools.groups import is_full
from verification.models import Challenge, ChallengeState, EventKind, Filing, FilingState, Sandbox
from verification.state import alarms
from verification.state.transitions import AWAITING_DECISION
from verification.time import clock
from verification.worlds.bureau import AutomaticReview

LIVE = {ChallengeState.WAITING, ChallengeState.OPEN}

pytestmark = pytest.mark.django_db


def contradictions(sandbox: Sandbox) -> Iterator[str]:
    """What should not be in the database."""
    now = clock.now(sandbox)
    for filing in Filing.objects.filter(sandbox=sandbox).prefetch_related("challenges", "events"):
        of_round = [c for c in filing.challenges.all() if c.round == filing.round]
        states = {ChallengeState(c.state) for c in of_round}
        is_verifying = filing.state == FilingState.VERIFYING
        if is_verifying != bool(states & LIVE):
            yield f"{filing.state} with challenges {states}"
        decides_itself = sandbox.decides_after is not None and filing.state in AWAITING_DECISION
        if (is_verifying or decides_itself) != (filing.alarm_at is not None):
            yield f"{filing.state} with alarm {filing.alarm_at}"
        if filing.alarm_at is not None and filing.alarm_at <= now:
            yield f"alarm of {filing.alarm_at} not done at {now}"
        if filing.state in {FilingState.REVIEWING, FilingState.ACCEPTED} and states - {ChallengeState.PASSED}:
            yield f"{filing.state} with challenges {states}"
        if any(c.state in LIVE for c in filing.challenges.all() if c.round != filing.round):
            yield "a challenge of an earlier round is still live"
        if len({c.phone_id for c in of_round}) != len(of_round):
            yield "one phone with two challenges"
        yield from (f"challenge {problem}" for c in filing.challenges.all() for problem in _of_challenge(c))
        if [event.at for event in filing.events.all()] != sorted(event.at for event in filing.events.all()):
            yield "events out of order"
        if filing.events.filter(kind=EventKind.SUBMITTED).count() != filing.round:
            yield "a round without its submission, or a submission without its round"


def _of_challenge(challenge: Challenge) -> Iterator[str]:
    was_sent = challenge.state not in {ChallengeState.WAITING, ChallengeState.DROPPED}
    if was_sent and (len(challenge.code), challenge.first_sent_at is None) != (6, False):
        yield f"{challenge.state} without a code"
    if (challenge.state in LIVE) != (challenge.closed_at is None):
        yield f"{challenge.state} closed at {challenge.closed_at}"
    if challenge.id_errors > 5 or challenge.id_errors > challenge.tries:
        yield f"{challenge.id_errors} wrong IDs of {challenge.tries} tries"
    if challenge.closed_at and challenge.deadline_at and challenge.closed_at > challenge.deadline_at:
        yield f"{challenge.state} after its deadline"
    if challenge.messages.count() != len({(m.sent_at, m.cause) for m in challenge.messages.all()}):
        yield "the same message twice"


@pytest.mark.rule("C-01", "W-17", "W-19", "D-02", "D-03", "D-04")
@settings(
    max_examples=150 if is_full() else 12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    plans=three_planned,
    done=st.lists(st.tuples(acts, st.booleans()), min_size=8, max_size=20),
    review=reviews,
)
def test_filing_and_its_challenges_never_contradict_each_other(
    plans: tuple[Planned, ...], done: list[tuple[Act, bool]], review: AutomaticReview | None
) -> None:
    lively = LivelyWorld(SUBMITTED, is_paused=True, review=review)
    for place, plan in enumerate(plans):
        lively.submit(place, plan)
    for act, are_jobs_late in sorted(done, key=lambda one: one[0].after):
        clock.move_to(lively.sandbox, lively.begin + timedelta(minutes=act.after), by=TRAINER)
        if not are_jobs_late:
            alarms.run_due(lively.sandbox)
        lively.act(act)
        alarms.run_due(lively.sandbox)
        assert list(contradictions(lively.sandbox)) == []
