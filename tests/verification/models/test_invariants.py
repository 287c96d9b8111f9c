"""What holds after every act and every job: a filing and its challenges never contradict each other."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.invariants import contradictions
from tests.verification.lively import Act, LivelyWorld, Planned, acts, reviews, three_planned
from tests.world import SUBMITTED, TRAINER
from tools.groups import is_full
from verification.state import alarms
from verification.time import clock
from verification.worlds.bureau import AutomaticReview

pytestmark = pytest.mark.django_db


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
        now = clock.now(lively.sandbox)
        alarms.run_due(lively.sandbox)
        assert list(contradictions(lively.sandbox, done_until=now)) == []
