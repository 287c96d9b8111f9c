"""Each exercise, done by the domain's own calls: to its goal, and to each of its failing ends."""

from collections.abc import Iterator

import pytest

from training import tries, variants
from training.facts import Facts, facts_of
from training.files import Exercise, exercises
from training.judging import GOAL, Standing, judge
from training.models import NoteKind, Try
from training.performing import perform
from training.words import Act, Seen, Way
from verification.by import By

pytestmark = pytest.mark.django_db

MACHINE = By.machine("测试")


def looked_at(this: Try) -> tuple[Facts, Standing]:
    """What is so, and how far the try is."""
    assert this.sandbox is not None
    this.sandbox.refresh_from_db()
    exercise = tries.exercise_of(this)
    assert exercise is not None
    facts = facts_of(exercise, this, this.sandbox)
    return facts, judge(facts)


def do(this: Try, act: Act, step: str = "") -> None:
    """Do an act, and say that the page was looked at where the step wants that."""
    assert this.sandbox is not None
    facts, _ = looked_at(this)
    perform(act, facts, this.sandbox, by=MACHINE)
    if step and isinstance(facts.exercise.step(step).done, Seen):
        tries.note(this, NoteKind.SEEN, step)


def failing_ends() -> Iterator[tuple[str, str]]:
    for exercise in exercises().values():
        for end in exercise.ends:
            yield exercise.name, end.id


def assert_done_step_by_step(this: Try) -> None:
    """The machine does the exercise by its steps, each of which is known to be done, and reaches the goal."""
    exercise: Exercise = exercises()[this.exercise]
    for number, step in enumerate(exercise.steps, start=1):
        facts, standing = looked_at(this)
        assert standing.step is not None, step.id
        assert (standing.number, standing.step.id, standing.end) == (number, step.id, ""), step.id
        do(this, facts.exercise.step(step.id).act, step.id)
    _, standing = looked_at(this)
    assert (list(standing.done), standing.end) == ([True] * len(exercise.steps), GOAL)
    assert tries.finish(this)
    assert (this.end, this.debrief["done"]) == (GOAL, [step.id for step in exercise.steps])


@pytest.mark.parametrize("name", exercises())
def test_steps_lead_to_the_goal_one_by_one(name: str) -> None:
    assert_done_step_by_step(tries.start(tries.new_trainee(), name))


@pytest.mark.parametrize("name", [name for name, each in exercises().items() if each.proof])
def test_steps_lead_to_the_goal_in_a_proof_too(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one of the variants each, which is another for the next exercise."""
    drawn = 1 + list(exercises()).index(name) % variants.MOST
    monkeypatch.setattr(variants, "draw", lambda: drawn)
    assert_done_step_by_step(tries.start(tries.new_trainee(), name, Way.PROOF))


@pytest.mark.parametrize(("name", "end"), list(failing_ends()))
def test_each_failing_end_is_reached(name: str, end: str) -> None:
    this = tries.start(tries.new_trainee(), name)
    (wanted,) = [each for each in exercises()[name].ends if each.id == end]
    for act in wanted.play:
        do(this, act)
    _, standing = looked_at(this)
    assert standing.end == end
