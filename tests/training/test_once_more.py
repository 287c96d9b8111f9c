"""“Once more from here”: the machine does what was done, quickly, and the try is never the best."""

import time

import pytest

from tests.training.test_exercises import do, looked_at
from training import tries
from training.files import exercises
from training.judging import GOAL
from training.models import Try
from training.words import Way
from verification.refusals import Refused
from verification.time.clock import real_now

pytestmark = pytest.mark.django_db


def ended_before(name: str, step: str) -> Try:
    """A try that was given up when the step was next."""
    this = tries.start(tries.new_trainee(), name)
    for each in exercises()[name].steps:
        if each.id == step:
            break
        do(this, each.act, each.id)
    tries.leave(this)
    return this


@pytest.mark.parametrize(("name", "step"), [(name, each.steps[-1].id) for name, each in exercises().items()])
def test_machine_does_the_steps_before_and_one_goes_on_to_the_goal(name: str, step: str) -> None:
    left = ended_before(name, step)
    assert tries.step_to_go_on_from(left) == step
    begun = time.process_time()
    again = tries.once_more(left)
    assert time.process_time() - begun < 0.5
    _, standing = looked_at(again)
    assert (standing.step.id if standing.step else "", again.from_step, standing.end) == (step, step, "")
    do(again, exercises()[name].step(step).act, step)
    assert tries.finish(again)
    assert again.end == GOAL
    assert tries.best_of(tries.results_of(again.trainee)) is None
    counts = again.debrief["counts"]
    machine = again.debrief["machine"]
    assert all(counts[what] <= machine[what] for what in ("entries", "wrong", "resends", "refused"))
    assert len(exercises()[name].steps) == len(again.debrief["done"])


def test_there_is_no_going_on_from_the_first_step_nor_after_the_goal_nor_in_a_proof() -> None:
    first = ended_before("two-codes", exercises()["two-codes"].steps[0].id)
    good = ended_before("two-codes", "nowhere")
    Try.objects.filter(pk=good.pk).update(end=GOAL, ended_at=real_now())
    good.refresh_from_db()
    proof = tries.start(tries.new_trainee(), "two-codes", Way.PROOF)
    tries.leave(proof)
    rewritten = ended_before("two-codes", exercises()["two-codes"].steps[-1].id)
    rewritten.digest = "of another file"
    for this in (first, good, proof, rewritten):
        assert tries.step_to_go_on_from(this) is None
        with pytest.raises(Refused, match="从头开始"):
            tries.once_more(this)
