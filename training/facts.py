"""What is so in the sandbox of a try: read from its rows at once, and asked by the conditions of the exercise."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import F

from training import content
from training.files import Exercise
from training.models import Note, NoteKind, Try
from training.refusals import Refusals, refusals_in
from training.words import (
    OWN,
    Arrived,
    ChallengeIs,
    Charged,
    Condition,
    Either,
    Every,
    FilingIs,
    Moment,
    Not,
    Reached,
    RefusedSubmission,
    Rejected,
    Resent,
    Says,
    Seen,
    SwitchIs,
    Tried,
    Way,
)
from verification.models import Attempt, Challenge, Filing, FilingPart, Message, MessageStatus, Phone, Provider, Sandbox
from verification.models.prepared import Columns, Prepared
from verification.time import clock
from verification.worlds.demo import demo_person


class Rows:
    """What few exercises ask for, looked up when one does, and once."""

    def __init__(self, sandbox: Sandbox, opening: Sequence[int]) -> None:
        self._sandbox, self._opening = sandbox, opening

    @cached_property
    def phones(self) -> Mapping[str, Phone]:
        """By number."""
        return {phone.number: phone for phone in Phone.objects.filter(sandbox=self._sandbox)}

    @cached_property
    def arrived(self) -> Mapping[str, int]:
        """By number."""
        of_phones = Message.objects.filter(
            phone__sandbox=self._sandbox, status=MessageStatus.ARRIVED, deleted_at__isnull=True
        ).order_by()
        return Counter(of_phones.values_list("phone__number", flat=True))

    @cached_property
    def parts(self) -> Mapping[int, list[FilingPart]]:
        """By filing."""
        found: dict[int, list[FilingPart]] = {}
        of_sandbox = FilingPart.objects.filter(filing__sandbox=self._sandbox, round=F("filing__round"))
        for part in of_sandbox.select_related("person").order_by("id"):
            found.setdefault(part.filing_id, []).append(part)
        return found

    @cached_property
    def attempts(self) -> Sequence[Attempt]:
        """The oldest first."""
        return list(Attempt.objects.filter(sandbox=self._sandbox))

    @cached_property
    def refusals(self) -> Refusals:
        """Of submissions, and by the bureau."""
        return refusals_in(self._sandbox, self.attempts, opening=self._opening)


@dataclass(frozen=True)
class Facts:
    """The rows of a sandbox by the labels of an exercise's opening; ``now`` is what its clock shows.

    ``is_shown`` where the trainee has asked to be shown the way, and not yet to be let alone again. Of a proof also
    whether its time is over, and whether something was done after that.
    """

    exercise: Exercise
    now: datetime
    filings: Mapping[str, Filing]
    challenges: Mapping[int, list[Challenge]]
    rows: Rows
    seen: frozenset[str] = field(default_factory=frozenset)
    skipped: frozenset[str] = field(default_factory=frozenset)  # a trainer has taken them off the trainee
    hints: Mapping[str, int] = field(default_factory=dict)
    predicted: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # by step: the choice, and what was right
    is_time_over: bool = False
    was_acted_late: bool = False
    is_shown: bool = False
    noted: frozenset[str] = field(default_factory=frozenset)  # the steps of which it is written down that they are done

    @property
    def phones(self) -> Mapping[str, Phone]:
        """The sandbox's phones by number."""
        return self.rows.phones

    @property
    def arrived(self) -> Mapping[str, int]:
        """By number how many messages have arrived there, and were not deleted."""
        return self.rows.arrived

    @property
    def parts(self) -> Mapping[int, list[FilingPart]]:
        """By filing what its present round says."""
        return self.rows.parts

    @property
    def attempts(self) -> Sequence[Attempt]:
        """All that was tried."""
        return self.rows.attempts

    @property
    def refusals(self) -> Refusals:
        """What was refused."""
        return self.rows.refusals

    @property
    def is_something_due(self) -> bool:
        """Whether the jobs have yet to do what is due: until then nothing has come to an end."""
        return any(filing.is_overdue(self.now) for filing in self.filings.values())

    def number_of(self, person: str) -> str:
        """The number of a person's phone."""
        return number_of(self.exercise, person)

    def challenge(self, filing: str, person: str) -> Challenge | None:
        """The person's challenge in the present round of the filing; ``None`` where there is none."""
        row = self.filings.get(filing)
        number = self.number_of(person)
        of_filing = self.challenges.get(row.pk, []) if row else []
        return next((each for each in of_filing if each.phone.number == number), None)

    # ── Conditions ───────────────────────────────────────────────────────────────────────────────────────────────────

    def hold(self, condition: Condition, step: str = "") -> bool:
        """Whether a condition is met; ``step`` is that which asks."""
        match condition:
            case Seen():
                return step in self.seen
            case Every() | Either():
                together = all if isinstance(condition, Every) else any
                return together(self.hold(each, step) for each in condition.of)
            case Not():
                return not self.hold(condition.of, step)
            case _:
                return _ASKED[type(condition)](self, condition)

    def moment(self, filing: str, moment: Moment) -> datetime | None:
        """When a moment in the life of a filing is; ``None`` where it has none."""
        row = self.filings.get(filing)
        if row is None:
            return None
        challenges = self.challenges.get(row.pk, [])
        match moment:
            case Moment.FIRST_SENDING:
                sent = [each.first_sent_at for each in challenges if each.first_sent_at]
                return min(sent) if sent else row.alarm_at
            case Moment.NOON:
                return row.noon_at
            case Moment.DEADLINE:
                return row.deadline_at
            case Moment.NEXT_RESEND:
                resent = [each.resent_at for each in challenges if each.resent_at]
                return max(resent) + _pause_of(row) if resent else None


def _pause_of(filing: Filing) -> timedelta:
    assert filing.edition is not None, "what was sent again has an edition"
    return timedelta(seconds=filing.edition.limits.resend_pause_seconds.value)


def number_of(exercise: Exercise, person: str) -> str:
    """The number of the phone of a person of an exercise."""
    return demo_person(exercise.opening.persons[person].serial).phone


def _filing_is(facts: Facts, asked: FilingIs) -> bool:
    filing = facts.filings.get(asked.filing)
    if filing is None or filing.round < asked.round or filing.state != asked.state:
        return False
    return asked.because is None or filing.return_reason == asked.because


def _was_rejected(facts: Facts, asked: Rejected) -> bool:
    filing = facts.filings.get(asked.filing)
    found = facts.refusals.rejected.get(filing.pk, ()) if filing else ()
    return bool(found) if asked.field is None else asked.field in found


def _says(facts: Facts, asked: Says) -> bool:
    filing = facts.filings.get(asked.filing)
    if filing is None:
        return False
    return content.says(facts.exercise, asked.submission, facts.parts.get(filing.pk, ()), asked.fields)


def _were_refused(facts: Facts, asked: RefusedSubmission) -> bool:
    return facts.refusals.submissions >= asked.times


def _challenge_is(facts: Facts, asked: ChallengeIs | Charged | Resent) -> bool:
    found = facts.challenge(asked.filing, asked.person)
    if found is None:
        return False
    match asked:
        case ChallengeIs():
            return found.state == asked.state
        case Charged():
            return found.tries >= asked.times
        case Resent():
            return found.resends >= asked.times


def _has_arrived(facts: Facts, asked: Arrived) -> bool:
    return facts.arrived.get(facts.number_of(asked.person), 0) >= asked.messages


def _switch_is(facts: Facts, asked: SwitchIs) -> bool:
    phone = facts.phones.get(facts.number_of(asked.person))
    return phone is not None and getattr(phone, asked.switch.value) is asked.on


def _is_reached(facts: Facts, asked: Reached) -> bool:
    at = facts.moment(asked.filing, asked.moment)
    return at is not None and at <= facts.now


def _was_tried(facts: Facts, asked: Tried) -> bool:
    phone = facts.phones.get(facts.number_of(asked.person)) if asked.person else None
    if asked.person and phone is None:
        return False
    found = [
        attempt
        for attempt in facts.attempts
        if attempt.kind == asked.kind
        and asked.outcome in ("", attempt.outcome)
        and (phone is None or attempt.phone_id == phone.pk)
    ]
    return len(found) >= asked.times


#: How each condition about the rows is asked.
_ASKED: Mapping[type, Callable[[Facts, Any], bool]] = {
    FilingIs: _filing_is,
    Rejected: _was_rejected,
    Says: _says,
    RefusedSubmission: _were_refused,
    ChallengeIs: _challenge_is,
    Charged: _challenge_is,
    Resent: _challenge_is,
    Arrived: _has_arrived,
    SwitchIs: _switch_is,
    Reached: _is_reached,
    Tried: _was_tried,
}


#: Of the try's own log: kind, step, choice, and what was right.
_Note = tuple[str, str, str, str]

# Asked by every bar in whose sandbox there is news: of these, putting the question into SQL is the greater part.
_filings = Prepared(
    "FROM verification_filing f JOIN verification_provider p ON p.id = f.provider_id "
    "WHERE f.sandbox_id = %(sandbox)s ORDER BY f.id",
    Columns("f", Filing),
    provider=Columns("p", Provider),
)
_challenges = Prepared(
    "FROM verification_challenge c JOIN verification_phone p ON p.id = c.phone_id "
    "WHERE c.sandbox_id = %(sandbox)s ORDER BY c.id",
    Columns("c", Challenge),
    phone=Columns("p", Phone),
)
_notes = Prepared(
    f"FROM {Note._meta.db_table} n WHERE n.of_try_id = %(of_try)s ORDER BY n.id",
    Columns("n", Note, "kind", "step", "choice", "right"),
)


def facts_of(exercise: Exercise, this: Try, sandbox: Sandbox) -> Facts:
    """All that the judge asks: three queries, and one for each sort of thing that few exercises ask for."""
    notes = [(each.kind, each.step, each.choice, each.right) for each in _notes(of_try=this.pk)]
    return _noted(facts_in(exercise, this.filings, sandbox), exercise, this, notes)


def facts_of_many(tries: Sequence[tuple[Exercise, Try, Sandbox]]) -> Mapping[int, Facts]:
    """The same for several at once, by sandbox: three queries for all, and those for what few exercises ask."""
    filings, challenges = _rows_of([sandbox.pk for _, _, sandbox in tries])
    notes: dict[int, list[_Note]] = {}
    written = Note.objects.filter(of_try__in=[this.pk for _, this, _ in tries])
    for of_try, *note in written.values_list("of_try", "kind", "step", "choice", "right"):
        notes.setdefault(of_try, []).append((note[0], note[1], note[2], note[3]))
    return {
        sandbox.pk: _noted(
            _facts(exercise, this.filings, sandbox, filings.get(sandbox.pk, []), challenges.get(sandbox.pk, [])),
            exercise,
            this,
            notes.get(this.pk, []),
        )
        for exercise, this, sandbox in tries
    }


def _noted(facts: Facts, exercise: Exercise, this: Try, notes: Sequence[_Note]) -> Facts:
    ends_at = time_of(exercise, this)
    hints: dict[str, int] = {}
    for kind, step, *_ in notes:
        if kind == NoteKind.HINT:
            hints[step] = hints.get(step, 0) + 1
    return replace(
        facts,
        seen=frozenset(step for kind, step, *_ in notes if kind == NoteKind.SEEN),
        skipped=frozenset(step for kind, step, *_ in notes if kind == NoteKind.SKIPPED),
        predicted={step: (choice, right) for kind, step, choice, right in notes if kind == NoteKind.PREDICTION},
        hints=hints,
        is_time_over=ends_at is not None and clock.real_now() >= ends_at,
        was_acted_late=ends_at is not None and any(attempt.real_at >= ends_at for attempt in facts.attempts),
        is_shown=[kind for kind, *_ in notes if kind in (NoteKind.SHOW, NoteKind.HIDE)][-1:] == [NoteKind.SHOW],
        noted=frozenset(step for kind, step, *_ in notes if kind == NoteKind.DONE),
    )


def facts_in(exercise: Exercise, opening: Sequence[int], sandbox: Sandbox) -> Facts:
    """What is so in a sandbox, whoever did it; ``opening`` are the filings of the opening, in the order of its file."""
    return _facts(exercise, opening, sandbox, _filings(sandbox=sandbox.pk), _challenges(sandbox=sandbox.pk))


def _rows_of(sandboxes: Sequence[int]) -> tuple[Mapping[int, list[Filing]], Mapping[int, list[Challenge]]]:
    """The filings and challenges by sandbox, in the order in which they were made."""
    filings: dict[int, list[Filing]] = {}
    for filing in Filing.objects.filter(sandbox__in=sandboxes).select_related("provider").order_by("id"):
        filings.setdefault(filing.sandbox_id, []).append(filing)
    challenges: dict[int, list[Challenge]] = {}
    of_sandboxes = Challenge.objects.filter(sandbox__in=sandboxes).select_related("phone").order_by("id")
    for challenge in of_sandboxes:
        challenges.setdefault(challenge.sandbox_id, []).append(challenge)
    return filings, challenges


def _facts(
    exercise: Exercise,
    opening: Sequence[int],
    sandbox: Sandbox,
    filings: Sequence[Filing],
    of_sandbox: Sequence[Challenge],
) -> Facts:
    for filing in filings:
        filing.sandbox = sandbox
    labels = dict(zip(opening, (filing.label for filing in exercise.opening.filings), strict=True))
    by_label = {labels[filing.pk]: filing for filing in filings if filing.pk in labels}
    own = [filing for filing in filings if filing.pk not in labels]
    if own:
        by_label[OWN] = own[0]
    present = {filing.pk: filing for filing in filings}
    challenges: dict[int, list[Challenge]] = {}
    for challenge in of_sandbox:
        # Of a filing that was submitted in between, there is something next time.
        if (of := present.get(challenge.filing_id)) is not None and challenge.round == of.round:
            challenge.filing = of
            challenges.setdefault(challenge.filing_id, []).append(challenge)
    return Facts(
        exercise=exercise,
        now=clock.now(sandbox),
        filings=by_label,
        challenges=challenges,
        rows=Rows(sandbox, opening),
    )


def time_of(exercise: Exercise, this: Try) -> datetime | None:
    """The real moment at which the time of a proof is over; ``None`` for a practice, which has none."""
    if this.way != Way.PROOF or exercise.proof is None:
        return None
    return this.started_at + timedelta(minutes=exercise.proof.minutes)
