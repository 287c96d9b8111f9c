"""预测: what a step asks is answered by the law, asking changes nothing, and what then happens is what was right."""

from typing import Any

import pytest

from tests import world
from tests.training.test_exercises import do, looked_at
from tests.verification.worlds.test_sandboxes import rows_of
from training import tries
from training.files import exercises
from training.models import NoteKind, Try
from training.predicting import CHOICES, NEVER, Question
from training.words import Predict
from verification.law.times import SHANGHAI
from verification.law.words import Outcome
from verification.models import Attempt, AttemptKind, EventKind, Filing
from verification.refusals import Refused

pytestmark = pytest.mark.django_db

ASKING = [(name, step.id) for name, each in exercises().items() for step in each.steps if step.predict]
#: What the moments that are asked for are known by afterwards.
HAPPENS = {
    Predict.FIRST_SENDING: EventKind.OPENED,
    Predict.NOON: EventKind.NOON_RESENT,
    Predict.DEADLINE: EventKind.EXPIRED,
}


def come_to(name: str, step_id: str) -> Try:
    """A try whose present step is this one."""
    this = tries.start(tries.new_trainee(), name)
    for step in exercises()[name].steps:
        if step.id == step_id:
            return this
        do(this, step.act, step.id)
    raise AssertionError(step_id)


def asked(this: Try) -> Question:
    """The question of the present step."""
    assert this.sandbox is not None
    this.sandbox.refresh_from_db()
    looked = tries.look(this, this.sandbox)
    assert looked is not None
    assert looked.question is not None
    return looked.question


def kept(this: Try) -> dict[str, Any]:
    """All rows of the try's sandbox."""
    assert this.sandbox is not None
    return rows_of(this.sandbox)


def predict(this: Try, choice: str, *, mark: str = "") -> None:
    """Answer the question of the present step."""
    _, standing = looked_at(this)
    assert standing.step is not None
    tries.predict(this, standing.step.id, choice, mark=mark or asked(this).mark)


@pytest.mark.parametrize(("name", "step_id"), ASKING)
def test_question_changes_nothing_and_what_happens_is_what_was_right(name: str, step_id: str) -> None:
    this = come_to(name, step_id)
    before = kept(this)
    question = asked(this)
    assert kept(this) == before
    assert question.right in question.choices
    assert len(set(question.choices)) == len(question.choices) == CHOICES
    step = exercises()[name].step(step_id)
    filing = looked_at(this)[0].filings[step.filing or ""]
    if step.predict is Predict.ENTRY:
        do(this, step.act)
        attempt = Attempt.objects.filter(sandbox=this.sandbox, kind=AttemptKind.ENTRY).latest("id")
        assert filing.edition is not None
        text = filing.edition.answers.of(Outcome(attempt.outcome))
        assert question.right == text.value.format(name="")
    else:
        assert step.predict is not None
        assert question.right == what_becomes_of(filing, step.predict)


def what_becomes_of(filing: Filing, asked_for: Predict) -> str:
    """When the round's first message went out, or that of noon, or it came back, if nobody did anything meanwhile."""
    sandbox = filing.sandbox
    sandbox.refresh_from_db()
    assert filing.deadline_at is not None
    world.move(sandbox, f"{filing.deadline_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S.%f}")
    event = filing.events.filter(kind=HAPPENS[asked_for], round=filing.round).first()
    return f"{event.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if event else NEVER


def test_answer_is_kept_with_what_was_right_and_stays() -> None:
    this = come_to("sixth-entry", "sixth")
    question = asked(this)
    wrong = next(choice for choice in question.choices if choice != question.right)
    predict(this, wrong)
    note = this.notes.get(kind=NoteKind.PREDICTION)
    assert (note.step, note.choice, note.right) == ("sixth", wrong, question.right)
    tries.predict(this, "sixth", question.right, mark=question.mark)
    assert this.notes.get(kind=NoteKind.PREDICTION).choice == wrong
    assert this.sandbox is not None
    looked = tries.look(this, this.sandbox)
    assert looked is not None
    assert (looked.question, looked.predicted) == (None, wrong)
    do(this, exercises()["sixth-entry"].step("sixth").act)
    assert tries.finish(this)
    assert this.debrief["predictions"] == [{"step": "sixth", "choice": wrong, "right": question.right}]


def test_question_is_put_again_if_something_happened_meanwhile() -> None:
    this = come_to("four-wrong", "right")
    earlier = asked(this)
    do(this, exercises()["four-wrong"].steps[1].act.model_copy(update={"times": 5}))
    with pytest.raises(Refused) as refused:
        predict(this, earlier.right, mark=earlier.mark)
    assert refused.value.code == "another_question"
    assert not this.notes.filter(kind=NoteKind.PREDICTION).exists()
    assert asked(this).right != earlier.right
    predict(this, asked(this).right)
    assert this.notes.filter(kind=NoteKind.PREDICTION).exists()


def test_what_was_not_to_be_chosen_is_refused_and_another_step_is_no_matter() -> None:
    this = come_to("sixth-entry", "sixth")
    with pytest.raises(Refused) as refused:
        predict(this, "也许吧")
    assert refused.value.code == "unknown_choice"
    tries.predict(this, "first-wrong", asked(this).right, mark=asked(this).mark)
    assert not this.notes.filter(kind=NoteKind.PREDICTION).exists()


def test_nobody_has_to_predict() -> None:
    this = come_to("sixth-entry", "sixth")
    do(this, exercises()["sixth-entry"].step("sixth").act)
    assert tries.finish(this)
    assert this.debrief["predictions"] == []
