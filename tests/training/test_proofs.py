"""考核: the same exercise, asked of others, in a given time, without help; the first one counts."""

from datetime import timedelta

import pytest
from time_machine import TimeMachineFixture

from tests.training.test_exercises import do, looked_at
from training import tries, variants
from training.content import person_of
from training.files import TIME_UP, exercises
from training.judging import GOAL
from training.models import NoteKind, Trainee, Try
from training.words import Way
from verification.models import Challenge, Filing, Phone, Sandbox
from verification.time.clock import real_now

pytestmark = pytest.mark.django_db

NAME = "first-verification"


@pytest.fixture
def trainee() -> Trainee:
    """Somebody who learns."""
    return tries.new_trainee()


def do_all(this: Try) -> None:
    """Do every step by the machine."""
    facts, _ = looked_at(this)
    for step in facts.exercise.steps:
        do(this, step.act, step.id)


def test_variants_are_of_other_persons_and_names_and_each_keeps_its_network() -> None:
    for exercise in exercises().values():
        made = [exercise, *(variants.variant_of(exercise, number) for number in range(1, variants.MOST + 1))]
        for label in exercise.opening.persons:
            people = [person_of(each, label) for each in made]
            assert len({person.phone for person in people}) == len({person.id_number for person in people}) == len(made)
            assert len({each.opening.persons[label].serial % 4 for each in made}) == 1
        for each in made:
            assert len({person.serial for person in each.opening.persons.values()}) == len(each.opening.persons)
        names = [tuple(filing.name for filing in each.opening.filings if filing.name) for each in made]
        assert len(set(names)) == (len(made) if names[0] else 1)


def test_proof_is_asked_of_others_than_the_practice(trainee: Trainee) -> None:
    practice, proof = tries.start(trainee, NAME), tries.start(trainee, NAME, Way.PROOF)
    seen = [
        set(Phone.objects.filter(sandbox=each.sandbox).values_list("number", flat=True)) for each in (practice, proof)
    ]
    assert seen[0].isdisjoint(seen[1])
    names = [
        set(Filing.objects.filter(sandbox=each.sandbox).values_list("parts__name", flat=True))
        for each in (practice, proof)
    ]
    assert names[0].isdisjoint(names[1])
    assert 1 <= proof.variant <= variants.MOST
    templates = Sandbox.objects.exclude(template_of=None).values_list("template_of", flat=True)
    assert {name.rsplit(" ", 1)[0] for name in templates} == {
        f"{NAME} {exercises()[NAME].digest} {variant}" for variant in (0, proof.variant)
    }


def test_proof_has_no_hints(trainee: Trainee) -> None:
    this = tries.start(trainee, NAME, Way.PROOF)
    facts, standing = looked_at(this)
    assert standing.step is not None
    tries.note(this, NoteKind.HINT, standing.step.id)
    assert not this.notes.exists()
    assert facts.hints == {}


def test_time_of_a_proof_is_over_and_the_goal_in_time_stays(trainee: Trainee, time_machine: TimeMachineFixture) -> None:
    proof = exercises()[NAME].proof
    assert proof is not None
    time_machine.move_to(real_now(), tick=False)
    in_time, too_late, acted_late = (tries.start(trainee, NAME, Way.PROOF) for _ in range(3))
    do_all(in_time)
    time_machine.shift(timedelta(minutes=proof.minutes, microseconds=-1))
    assert looked_at(too_late)[1].end == ""
    time_machine.shift(timedelta(microseconds=1))
    assert looked_at(too_late)[1].end == TIME_UP
    do_all(acted_late)
    assert [looked_at(each)[1].end for each in (in_time, too_late, acted_late)] == [GOAL, TIME_UP, TIME_UP]


def test_practice_has_no_time(trainee: Trainee, time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(real_now(), tick=False)
    this = tries.start(trainee, NAME)
    time_machine.shift(timedelta(hours=5))
    do_all(this)
    assert looked_at(this)[1].end == GOAL


def test_first_proof_counts_and_no_other(trainee: Trainee) -> None:
    practice = tries.start(trainee, NAME)
    first, second = (tries.start(trainee, NAME, Way.PROOF) for _ in range(2))
    tries.start(tries.new_trainee(), NAME, Way.PROOF)
    found = tries.results_of(trainee)
    assert tries.proofs_of(found) == {NAME: first}
    Try.objects.filter(pk__in=(practice.pk, second.pk)).update(end=GOAL, ended_at=real_now())
    assert tries.best_of(tries.results_of(trainee)) == practice
    Try.objects.filter(pk=first.pk).update(end=GOAL, ended_at=real_now())
    assert tries.best_of(tries.results_of(trainee)) == first
    assert Challenge.objects.filter(sandbox=second.sandbox).exists()
