"""What filings and papers of exercises say: mistakes where the files want them, and papers that show what is right."""

import pytest

from tests.training.test_exercises import MACHINE, do, looked_at
from training import content, tries
from training.files import Exercise, exercises
from training.papers import Sheet
from training.performing import perform
from training.words import Decide, FilingSpec, Mistake, Slip, Submit
from verification.acting import filings
from verification.law import identity
from verification.law.words import IdType
from verification.models import Filing, FilingState, Provider, ReturnReason
from verification.refusals import SubmissionRefused

pytestmark = pytest.mark.django_db

PAPERS = "customer-papers"


def mistakes_of(exercise: Exercise) -> list[tuple[FilingSpec, str, tuple[Mistake, ...]]]:
    """Where an exercise says something wrong: what would be right, to which filing it was handed in, and what."""
    opening = exercise.opening
    sheets = [paper for paper in opening.papers if isinstance(paper, Sheet)]
    found = [(opening.submissions[sheet.submission], sheet.filing or "", sheet.mistakes) for sheet in sheets]
    return found + [(filing, filing.label, filing.mistakes) for filing in opening.filings]


@pytest.mark.parametrize("name", [name for name, each in exercises().items() if each.opening.papers])
def test_each_mistake_is_set_right_by_a_paper_and_by_no_sheet(name: str) -> None:
    exercise = exercises()[name]
    for spec, filing, mistakes in mistakes_of(exercise):
        right = content.said_in(content.intended(exercise, spec))
        papers = [
            paper
            for paper in exercise.opening.papers
            if (paper.filing or "") == filing and not isinstance(paper, Sheet)
        ]
        shown = {text for paper in papers for _, text in content.lines_of(exercise, paper)}
        wrong = content.said_in(content.with_mistakes(content.intended(exercise, spec), mistakes))
        for mistake in mistakes:
            assert right[mistake.field] in shown, mistake
            assert wrong[mistake.field] not in shown, mistake


def test_slips_are_what_they_are_called() -> None:
    exercise = exercises()[PAPERS]
    right = content.intended(exercise, exercise.opening.submissions["right"])
    swapped = Mistake(field="subject.person.id_number", slip=Slip.SWAPPED)
    short = Mistake(field="services.0.person.phone", slip=Slip.SHORT)
    before, after = (content.said_in(each) for each in (right, content.with_mistakes(right, [swapped, short])))
    assert {path for path in before if before[path] != after[path]} == {swapped.field, short.field}
    assert sorted(after[swapped.field]) == sorted(before[swapped.field])
    assert identity.problem_with(IdType.RESIDENT_ID, after[swapped.field]) is not None
    assert after[short.field] == before[short.field][:-1]


def test_sheet_is_refused_at_its_fields_and_what_is_right_is_taken() -> None:
    this = tries.start(tries.new_trainee(), PAPERS)
    exercise = exercises()[PAPERS]
    (sheet,) = [paper for paper in exercise.opening.papers if isinstance(paper, Sheet)]
    assert this.sandbox is not None
    provider = Provider.objects.filter(sandbox=this.sandbox).earliest("id")
    with pytest.raises(SubmissionRefused) as refused:
        filings.submit(provider, content.written_down(exercise, sheet), by=MACHINE)
    assert [error.path for error in refused.value.errors] == ["subject.person.id_number", "services.0.person.phone"]
    do(this, Submit(do="submit", submission="right"))
    facts, _ = looked_at(this)
    assert content.says(exercise, "right", facts.parts[facts.filings["own"].pk], ())
    assert content.says(exercise, "right", facts.parts[facts.filings["own"].pk], ("services.0.domain",))


@pytest.mark.parametrize(
    "field", ["subject.name", "services.0.domain", "services.0.server_ip", "services.0.person.name"]
)
def test_filing_with_one_mistake_does_not_say_what_is_right(field: str) -> None:
    this = tries.start(tries.new_trainee(), PAPERS)
    wrong = "192.0.2.1" if field.endswith("ip") else "cuo.example.com" if field.endswith("domain") else "错了"
    do(this, Submit(do="submit", submission="right", mistakes=(Mistake(field=field, value=wrong),)))
    facts, _ = looked_at(this)
    parts = facts.parts[facts.filings["own"].pk]
    assert not content.says(facts.exercise, "right", parts, ())
    assert not content.says(facts.exercise, "right", parts, (field,))
    assert content.says(facts.exercise, "right", parts, ("subject.person.phone",))


def test_refused_submission_is_counted_and_kept_with_the_debrief() -> None:
    this = tries.start(tries.new_trainee(), PAPERS)
    (end,) = [end for end in exercises()[PAPERS].ends if end.id == "refused"]
    do(this, end.play[0])
    facts, standing = looked_at(this)
    assert (facts.refusals.submissions, facts.refusals.rejected, standing.end) == (1, {}, "refused")
    assert facts.filings["own"].return_reason == ReturnReason.DATA_CHECK
    assert tries.finish(this)
    assert this.debrief["counts"]["refused"] == 1


def test_opening_holds_a_filing_that_the_bureau_has_rejected() -> None:
    this = tries.start(tries.new_trainee(), "corrected")
    filing = Filing.objects.get(sandbox=this.sandbox)
    assert filing.fault is not None
    assert (filing.state, filing.return_reason, filing.fault.field) == (
        FilingState.RETURNED,
        ReturnReason.REJECTED,
        "subject.name",
    )
    facts, _ = looked_at(this)
    assert facts.refusals.rejected == {filing.pk: {"subject.name"}}
    assert facts.refusals.submissions == 0


def test_queue_that_is_half_accepted_is_not_lost() -> None:
    this = tries.start(tries.new_trainee(), "queue-of-eight")
    do(this, Decide(do="decide", filings=("d", "f"), decision="accept"))
    facts, standing = looked_at(this)
    assert [label for label in "abcdefgh" if facts.filings[label].state == FilingState.ACCEPTED] == ["d", "f"]
    assert (standing.end, standing.number) == ("", 1)
    assert this.sandbox is not None
    perform(exercises()["queue-of-eight"].step("others").act, facts, this.sandbox, by=MACHINE)
    facts, standing = looked_at(this)
    assert [label for label in "abcdefgh" if facts.filings[label].state == FilingState.ACCEPTED] == [*"defgh"]
    assert standing.end == ""


def test_rejection_counts_by_its_field_and_stays_when_the_filing_comes_again() -> None:
    this = tries.start(tries.new_trainee(), "queue-of-eight")
    step = exercises()["queue-of-eight"].step("name")
    do(this, step.act)
    filings.resubmit(Filing.objects.get(pk=looked_at(this)[0].filings["a"].pk), None, by=MACHINE)
    facts, standing = looked_at(this)
    assert facts.hold(step.done)
    assert (standing.end, standing.number) == ("", 3)
