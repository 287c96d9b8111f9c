"""What is kept of a try: counts against the machine's, timelines, and what the other editions would have said."""

import json
from datetime import timedelta

import pytest

from tests.training.test_exercises import MACHINE, do, looked_at
from training import debriefs, tries
from training.files import Exercise, exercises
from training.judging import GOAL
from training.models import NoteKind, Try
from training.reading import MOST_STEPS
from training.words import Enter, Moment, Move, Piece, Resend
from verification.acting import challenges
from verification.acting.persons import verification_under
from verification.models import Challenge, Event, Filing, FilingState, ReturnReason
from verification.time import clock

pytestmark = pytest.mark.django_db

COUNTED = ("entries", "wrong", "resends", "moves", "hints")


def begun(name: str) -> Try:
    """A try that has just begun."""
    return tries.start(tries.new_trainee(), name)


def played(name: str) -> Try:
    """A try of which the machine has done every step, and no more."""
    this = begun(name)
    for step in exercises()[name].steps:
        do(this, step.act, step.id)
    assert tries.finish(this)
    return this


def entered(this: Try, *, wrong: Piece | None = None, times: int = 1, filing: str = "filing") -> None:
    """Let the owner enter something for the filing."""
    do(this, Enter(do="enter", filing=filing, person="owner", wrong=wrong, times=times))


def line_of(this: Try, edition: str) -> dict[str, object]:
    """What an edition would have said of the only filing."""
    (of_filing,) = this.debrief["compared"]
    (line,) = [line for line in of_filing["lines"] if line["edition"] == edition]
    return dict(line)


# ── Counts ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", exercises())
def test_machine_counts_as_what_it_did_is_counted(name: str) -> None:
    debrief = played(name).debrief
    assert [debrief["counts"][what] for what in COUNTED] == [debrief["machine"][what] for what in COUNTED]
    assert debrief["machine"]["minutes"] == exercises()[name].minutes


def test_what_was_done_is_counted_and_what_came_with_the_opening_is_not() -> None:
    this = begun("four-wrong")
    do(this, Enter(do="enter", filing="filing", person="owner", wrong=Piece.ID, times=2))
    do(this, Resend(do="resend", person="owner"))
    do(this, Resend(do="resend", person="owner"))  # moves the clock to when it may be
    tries.note(this, NoteKind.HINT, "first-wrong")
    this.started_at -= timedelta(minutes=7)
    this.save()
    Event.objects.filter(kind="challenge.opened").update(real_at=this.started_at - timedelta(hours=1))
    tries.leave(this)
    expected = {
        "refused": 0,
        "entries": 2,
        "wrong": 2,
        "resends": 2,
        "moves": 1,
        "hints": 1,
        "minutes": 7,
        "skipped": 0,
    }
    assert this.debrief["counts"] == expected


def test_sixth_entry_counts_as_one_that_is_not_charged() -> None:
    this = begun("sixth-entry")
    entered(this, wrong=Piece.ID, times=5)
    entered(this)
    tries.finish(this)
    assert (this.debrief["counts"]["entries"], this.debrief["counts"]["wrong"]) == (6, 5)


# ── Kept ─────────────────────────────────────────────────────────────────────


def test_timeline_keeps_moments_of_each_round() -> None:
    debrief = played("missed-deadline").debrief
    (filing,) = debrief["filings"]
    kinds = [kind for _, kind, _, _ in filing["lines"]]
    assert kinds.count("filing.submitted") == kinds.count("challenge.opened") == 2
    first, second = filing["windows"]
    assert first[0] < first[2] < second[0] < second[2]
    assert first[1] == ""  # a day is over before noon of the next
    assert [at for at, kind, _, _ in filing["lines"] if kind == "challenge.expired"] == [first[2]]


def test_end_steps_and_rules_are_kept_in_words() -> None:
    this = played("four-wrong")
    exercise = exercises()["four-wrong"]
    said = exercise.sentences
    assert this.debrief["end"] == [said.ends[GOAL].title, said.ends[GOAL].says]
    assert [step[1:4] for step in this.debrief["steps"]] == [
        [said.steps[step.id].do, said.steps[step.id].why, step.rule] for step in exercise.steps
    ]


@pytest.mark.parametrize("name", exercises())
def test_debrief_follows_from_the_rows_alone(name: str) -> None:
    this = played(name)
    assert this.sandbox is not None
    assert debriefs.of_try(exercises()[name], this, this.sandbox) == this.debrief
    assert len(json.dumps(this.debrief)) <= debriefs.MOST_BYTES


def test_longest_exercise_that_somebody_writes_is_kept_in_twenty_kilobytes_too() -> None:
    steps = [[f"step-{number}", "做" * 300, "为" * 300, "T-08", True] for number in range(MOST_STEPS)]
    kept = debriefs._fitted({"filings": [], "steps": steps, "left_out": 0})
    assert len(json.dumps(kept)) <= debriefs.MOST_BYTES
    assert [step[1:3] for step in kept["steps"]] == [["做" * 19 + "…", "为" * 19 + "…"]] * MOST_STEPS


def test_busiest_try_is_kept_in_twenty_kilobytes_with_its_beginning_and_end() -> None:
    this = begun("two-codes")
    assert this.sandbox is not None
    Challenge.objects.filter(sandbox=this.sandbox).update(name="演".ljust(60, "练"))
    for filing in Filing.objects.filter(sandbox=this.sandbox):
        (first,) = Event.objects.filter(filing=filing, kind="filing.submitted")
        challenge = Challenge.objects.filter(filing=filing)[0]
        Event.objects.bulk_create(
            Event(
                filing=filing,
                round=1,
                kind="challenge.charged",
                challenge=challenge,
                at=first.at + timedelta(minutes=number),
                reason="phone",
                real_at=clock.real_now(),
            )
            for number in range(500)
        )
    tries.leave(this)
    assert len(json.dumps(this.debrief)) <= debriefs.MOST_BYTES
    assert this.debrief["left_out"] > 0
    for filing in this.debrief["filings"]:
        assert len(filing["lines"]) > 10
        assert filing["lines"][-1][0] == max(line[0] for line in filing["lines"])


# ── Other editions ───────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", exercises())
def test_own_edition_names_those_who_verify_and_what_became_of_it(name: str) -> None:
    this = played(name)
    for filing in Filing.objects.filter(pk__in=this.filings):
        assert filing.edition is not None
        verification = verification_under(filing.edition, filing)
        assert verification is not None
        were = filing.challenges.filter(round=filing.round).values_list("phone__number", "id_suffix")
        assert {(target.phone, target.main.id_suffix) for target in verification.targets} == set(were)
    for of_filing in this.debrief["compared"]:
        filing = Filing.objects.get(sandbox=this.sandbox, number=of_filing["filing"])
        own = of_filing["lines"][0]
        assert own["edition"] == filing.edition_id
        assert own["deadline"] == debriefs.written(filing.deadline_at)
        assert own["noon"] == debriefs.written(filing.noon_at)
        is_over = filing.state in (FilingState.REVIEWING, FilingState.ACCEPTED)
        is_over |= filing.return_reason == ReturnReason.REJECTED  # what the bureau decides is no matter of the editions
        assert (own["outcome"] == "fine") is is_over, own
        if filing.return_reason == ReturnReason.DEADLINE:
            assert own["outcome"] == "deadline"


def test_each_other_edition_says_who_when_and_how_often() -> None:
    this = played("first-verification")
    line = line_of(this, "jd-2017")
    exercise: Exercise = exercises()["first-verification"]
    filing = Filing.objects.get(pk=this.filings[0])
    assert line["limits"] == {"id_errors": 5}
    assert [roles for roles, _ in line["who"]] != []  # type: ignore[attr-defined]  # a list
    assert line["sent"] == debriefs.written(filing.submitted_at + timedelta(minutes=5))
    assert line["deadline"] == debriefs.written(filing.submitted_at + timedelta(hours=48, minutes=5))
    assert line["outcome"] == "fine", exercise.name
    assert len(this.debrief["compared"][0]["lines"]) == 6


def test_limit_that_another_edition_would_have_reached_is_named() -> None:
    """Today five wrong ones are borne, whatever is wrong; in 2017 the fifth wrong ID was one too many."""
    this = begun("sixth-entry")
    entered(this, wrong=Piece.ID, times=5)
    tries.leave(this)
    assert line_of(this, "public-2023")["outcome"] == "open"
    assert line_of(this, "jd-2017")["outcome"] == "id_errors"


def test_wrong_codes_are_no_wrong_ids() -> None:
    this = begun("sixth-entry")
    entered(this, wrong=Piece.CODE, times=5)
    entered(this)
    tries.finish(this)
    assert line_of(this, "public-2023")["outcome"] == "tries_borne"
    assert line_of(this, "jd-2017")["outcome"] == "open"


def test_deadline_of_a_day_is_missed_where_two_days_were_enough() -> None:
    this = begun("five-wrong-2017")
    filing = Filing.objects.get(pk=this.filings[0])
    assert this.sandbox is not None
    assert filing.deadline_at is not None
    clock.move_to(this.sandbox, filing.deadline_at - timedelta(hours=1), by=MACHINE)
    for challenge in filing.challenges.select_related("phone"):
        entry = {"code": challenge.code, "phone": challenge.phone.number, "id_suffix": challenge.id_suffix}
        challenges.check_entry(this.sandbox, province=filing.province, **entry, by=MACHINE)
    tries.leave(this)
    assert line_of(this, "jd-2017")["outcome"] == "fine"
    assert line_of(this, "public-2023")["outcome"] == "deadline"


def test_time_that_another_edition_would_have_left_is_told() -> None:
    this = begun("first-verification")
    do(this, Move(do="move_clock", filing="filing", to=Moment.DEADLINE))
    _, standing = looked_at(this)
    assert standing.end
    tries.finish(this)
    assert line_of(this, "public-2023")["outcome"] == "deadline"
    assert line_of(this, "jd-2017")["outcome"] == "open"


def test_third_message_is_one_too_many_where_there_are_two() -> None:
    this = begun("five-wrong-2017")
    for _ in range(3):
        do(this, Resend(do="resend", person="owner"))
    tries.leave(this)
    assert "resends" not in line_of(this, "jd-2017")
    assert line_of(this, "public-2023")["resends"] is True


def test_other_documents_and_kinds_are_not_comparable() -> None:
    this = played("hk-permit")  # in 浙江 since 2018 the number on the back counts, in 2017 that on the front
    assert line_of(this, "jd-2017")["outcome"] == "differs"
    assert line_of(this, "qingcloud-2020")["outcome"] == "fine"
    assert line_of(played("app-first"), "jd-2017")["outcome"] == "unknown_type"
    assert line_of(played("cancel-website"), "public-2023")["outcome"] == "nobody"
