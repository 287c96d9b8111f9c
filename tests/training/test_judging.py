"""Judging by random runs: whatever is done, in whatever order, a try has one end at most and never gets stuck."""

import random
from collections.abc import Iterator

import pytest

from tests.training.test_exercises import MACHINE, do, looked_at
from tools.groups import is_full
from training import tries
from training.facts import Facts
from training.files import LOST, Exercise, exercises
from training.judging import GOAL
from training.models import Try
from training.performing import perform
from training.words import Act, Decide, Enter, Moment, Move, Piece, Resend, Resubmit, Turn, Withdraw
from verification.acting import filings
from verification.law.words import Mode
from verification.models import Challenge, ChallengeState, Filing
from verification.refusals import Refused

pytestmark = pytest.mark.django_db

NAMES = list(exercises())
RUNS = 500 if is_full() else 60
LONGEST = 6


def acts_of(exercise: Exercise) -> list[Act]:
    """What may be done at any time in an exercise: its own acts, and what anybody may try with its filings."""
    acts: list[Act] = [step.act for step in exercise.steps]
    acts += [act for end in exercise.ends for act in end.play]
    switches = {act.switch for act in acts if isinstance(act, Turn)}
    for person in exercise.opening.persons:
        acts.append(Resend(do="resend", person=person))
        acts += [Turn(do="switch", person=person, switch=switch, on=on) for switch in switches for on in (True, False)]
    for filing in (each.label for each in exercise.opening.filings):
        acts.append(Resubmit(do="resubmit", filing=filing))
        acts.append(Withdraw(do="withdraw", filing=filing))
        acts += [Move(do="move_clock", filing=filing, to=moment) for moment in Moment]
        for person in exercise.opening.persons:
            acts.append(Enter(do="enter", filing=filing, person=person))
            acts += [
                Enter(do="enter", filing=filing, person=person, wrong=wrong, times=times)
                for wrong in Piece
                for times in (1, 2, 4)
            ]
    return acts


def can_be_tried(act: Act, facts: Facts) -> bool:
    """Whether there is something to try it on: not, say, the second sending of a filing that has none."""
    if isinstance(act, Move):
        return not (act.filing and act.to) or facts.moment(act.filing, act.to) is not None
    labels = act.labels if isinstance(act, Decide) else (getattr(act, "filing", None),)
    return all(label is None or label in facts.filings for label in labels)


def attempts(chance: random.Random, exercise: Exercise) -> Iterator[Act]:
    acts = acts_of(exercise)
    yield from (chance.choice(acts) for _ in range(chance.randint(1, LONGEST)))


def run(this: Try, chance: random.Random) -> str:
    """Do things at random until an end is reached; the end, blank where there is none."""
    assert this.sandbox is not None
    for act in attempts(chance, exercises()[this.exercise]):
        facts, standing = looked_at(this)
        if standing.end:
            return standing.end
        if can_be_tried(act, facts):
            try:
                perform(act, facts, this.sandbox, by=MACHINE)
            except Refused:
                continue  # whoever tries may be refused, and nothing has happened
    return looked_at(this)[1].end


def ends_that_hold(facts: Facts) -> list[str]:
    exercise = facts.exercise
    named = [end.id for end in exercise.ends if facts.hold(end.when)]
    return [*([GOAL] if facts.hold(exercise.goal) else []), *named]


def is_spent(this: Try) -> bool:
    """Whether some challenge bears no further entry: then no exercise can be done any more, but the end is to come."""
    open_ones = Challenge.objects.filter(sandbox=this.sandbox, state=ChallengeState.OPEN).select_related("filing")
    borne = [(each.tries, each.filing.edition.limits.tries_borne) for each in open_ones if each.filing.edition]
    return any(limit is not None and tries >= limit.value for tries, limit in borne)


@pytest.mark.parametrize("number", range(RUNS))
def test_random_run_ends_once_or_can_be_finished(number: int) -> None:
    chance = random.Random(number)  # for a draw that can be repeated
    this = tries.start(tries.new_trainee(), NAMES[number % len(NAMES)])
    end = run(this, chance)
    facts, standing = looked_at(this)
    assert looked_at(this)[1] == standing, "folding again gives the same"
    assert len(ends_that_hold(facts)) == (0 if end in ("", LOST) else 1)
    spent = is_spent(this)
    for _ in range(len(facts.exercise.steps)):
        if (step := standing.step) is None:
            break
        do(this, step.act, step.id)
        _, standing = looked_at(this)
    assert standing.end == (end or GOAL) or (spent and standing.end not in ("", GOAL, LOST))


def test_filing_that_a_step_needs_is_lost() -> None:
    this = tries.start(tries.new_trainee(), "two-codes")
    row = Filing.objects.get(pk=this.filings[1])
    filings.withdraw(row, by=MACHINE)
    _, standing = looked_at(this)
    assert (standing.end, standing.step, standing.is_good) == (LOST, None, False)


def test_filing_that_is_over_and_not_needed_is_not_lost() -> None:
    this = tries.start(tries.new_trainee(), "two-codes")
    do(this, exercises()["two-codes"].step("tea").act)
    filings.accept(Filing.objects.get(pk=this.filings[1]), by=MACHINE)
    _, standing = looked_at(this)
    assert (standing.end, standing.number) == ("", 3)


def test_one_of_two_is_played_as_such() -> None:
    this = tries.start(tries.new_trainee(), "cancel-website")
    (row,) = Filing.objects.filter(sandbox=this.sandbox)
    assert (row.mode, row.challenges.count()) == (Mode.ANY, 2)


@pytest.mark.rule("I-03")
def test_permit_of_zhejiang_is_entered_by_its_back() -> None:
    this = tries.start(tries.new_trainee(), "hk-permit")
    challenge = Challenge.objects.get(sandbox=this.sandbox)
    told = exercises()["hk-permit"].sentences
    assert challenge.id_suffix == "173（3）"
    assert challenge.id_suffix in told.steps["back"].answer
    assert f"A000{challenge.id_suffix}" in told.summary


def test_decisions_in_another_order_lose_nothing() -> None:
    this = tries.start(tries.new_trainee(), "queue-of-eight")
    for step in ("person", "name", "domain"):
        do(this, exercises()["queue-of-eight"].step(step).act)
        _, standing = looked_at(this)
        assert standing.end == "", step
    assert standing.step is not None
    assert standing.step.id == "others"
