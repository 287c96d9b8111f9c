"""Tries: begun, looked at, helped with, left, ended. Who calls what writes has decided that it is a POST."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from training import debriefs, shelf, trainees, variants
from training.facts import Facts, facts_of, facts_of_many, time_of
from training.files import Exercise
from training.judging import GOAL, Standing, judge
from training.models import Course, Member, Note, NoteKind, Trainee, Try
from training.openings import open_for
from training.performing import perform
from training.predicting import Question, question_of
from training.words import Seen, Way
from verification import news
from verification.by import By
from verification.models import Participant, Sandbox
from verification.models.prepared import Columns, Prepared
from verification.refusals import Refused
from verification.time import clock
from verification.worlds import sandboxes

#: A trainee may have so many tries open at once; the oldest is left when another begins.
MOST_OPEN = 3
#: Who does the steps before the one from which somebody goes on.
MACHINE = By.machine("练习")
#: The end of a try that was given up.
LEFT = "left"


def exercise_named(name: str, trainee: Trainee | None = None) -> Exercise:
    """The exercise of a name that somebody may begin by it. Raises :class:`Refused` where there is none."""
    exercise = shelf.to_begin(name, trainee)
    if exercise is None:
        raise Refused("没有这个练习，请从练习目录中选择。", code="unknown_exercise")
    return exercise


def start(trainee: Trainee, name: str, way: Way = Way.PRACTICE) -> Try:
    """Begin an exercise in a sandbox of its own. Raises :class:`Refused` for one that there is not, or not this way."""
    return begin(trainee, exercise_named(name, trainee), way)


@transaction.atomic
def begin(trainee: Trainee, exercise: Exercise, way: Way = Way.PRACTICE, *, member: Member | None = None) -> Try:
    """The same with an exercise that somebody may begin, by themselves or as a member of a class."""
    if way not in exercise.ways:
        raise Refused(f"这个练习没有“{way.label}”方式，请选择其他方式。", code="unknown_way")
    trainees.note_use(trainee)  # first: it locks the row, so that two devices at once begin one after the other
    open_tries = list(trainee.tries.filter(ended_at=None).select_related("sandbox").order_by("-id"))
    for older in open_tries[MOST_OPEN - 1 :]:
        _end(older, LEFT)
    variant = variants.draw() if way is Way.PROOF else 0
    opened = open_for(exercise, variant)
    return Try.objects.create(
        trainee=trainee,
        member=member,
        exercise=exercise.name,
        digest=exercise.digest,
        way=way.value,
        variant=variant,
        sandbox=opened.sandbox,
        participant=opened.participant,
        filings=list(opened.filings),
        started_at=clock.real_now(),
    )


@transaction.atomic
def once_more(this: Try) -> Try:
    """Begin a practice again at the step at which a try of it came to its end; the machine does those before.

    Raises :class:`Refused` where there is no such step.
    """
    step = step_to_go_on_from(this)
    exercise = shelf.begun_as(this.exercise, this.digest)
    if step is None or exercise is None:
        raise Refused("这次练习不能从中间再来，请从头开始。", code="nothing_to_go_on_from")
    again = begin(this.trainee, exercise, member=this.member)
    assert again.sandbox is not None
    for before in exercise.steps:
        if before.id == step:
            break
        perform(before.act, facts_of(exercise, again, again.sandbox), again.sandbox, by=MACHINE)
        if isinstance(before.done, Seen):
            note(again, NoteKind.SEEN, before.id)
    again.from_step, again.started_at = step, clock.real_now()  # what the machine has done was before
    again.save(update_fields=["from_step", "started_at"])
    return again


def step_to_go_on_from(this: Try) -> str | None:
    """The first step that a practice which has ended badly has not come to, but for the very first; else ``None``."""
    exercise = shelf.begun_as(this.exercise, this.digest)
    if exercise is None or this.way != Way.PRACTICE or this.end in ("", GOAL) or exercise.digest != this.digest:
        return None
    done = set((this.debrief or {}).get("done", ()))
    missing = next((step.id for step in exercise.steps if step.id not in done), None)
    return missing if missing != exercise.steps[0].id else None


def new_trainee() -> Trainee:
    """Somebody who begins to learn."""
    real = clock.real_now()
    return Trainee.objects.create(created_at=real, last_used_at=real)


# ── How far ──────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Looked:
    """A try and how far it is; ``is_settled`` where the jobs have nothing more to do by now.

    ``facts`` are what it was judged by. ``ends_at`` is the real moment at which the time of a proof is over,
    ``question`` what the present step asks and has no answer to yet, ``predicted`` the answer that it has.
    """

    this: Try
    exercise: Exercise
    standing: Standing
    is_settled: bool
    facts: Facts
    ends_at: datetime | None = None
    question: Question | None = None
    predicted: str = ""

    @property
    def has_changed(self) -> bool:
        """Whether the exercise was rewritten since; then a new start is better."""
        return self.this.digest != self.exercise.digest


_in_sandbox = Prepared(
    f"FROM {Try._meta.db_table} t WHERE t.sandbox_id = %(sandbox)s AND t.ended_at IS NULL ORDER BY t.id",
    Columns("t", Try),
)
_members = Prepared(
    f"FROM {Member._meta.db_table} m JOIN {Course._meta.db_table} c ON c.id = m.course_id WHERE m.id = %(member)s",
    Columns("m", Member),
    course=Columns("c", Course),
)


def in_sandbox(sandbox: Sandbox) -> Try | None:
    """The try that goes on in a sandbox; ``None`` where none does."""
    for this in _in_sandbox(sandbox=sandbox.pk):
        this.member = next(iter(_members(member=this.member_id)), None) if this.member_id else None
        return this
    return None


def look(this: Try, sandbox: Sandbox) -> Looked | None:
    """How far a try is, from all rows of its sandbox; ``None`` where its exercise is no more, or begins otherwise."""
    exercise = exercise_of(this)
    if exercise is None:
        return None
    facts = facts_of(exercise, this, sandbox)
    standing = judge(facts)
    if this.reached:
        standing = replace(standing, end=this.reached)
    step = standing.step
    predicted, _ = facts.predicted.get(step.id, ("", "")) if step else ("", "")
    return Looked(
        this,
        exercise,
        standing,
        is_settled=not facts.is_something_due,
        facts=facts,
        ends_at=time_of(exercise, this),
        question=question_of(step, facts, sandbox) if step and not predicted else None,
        predicted=predicted,
    )


def look_at_many(these: Collection[Try]) -> Mapping[int, Looked]:
    """The same for several at once, by sandbox, without what their steps ask; those that cannot be judged are left out.

    They bring their sandboxes. The number of queries grows with few exercises only.
    """
    found = [
        (exercise, this, this.sandbox)
        for this in these
        if this.sandbox is not None and (exercise := exercise_of(this)) is not None
    ]
    facts = facts_of_many(found)
    looked = {}
    for exercise, this, sandbox in found:
        of_this = facts[sandbox.pk]
        standing = judge(of_this)
        if this.reached:
            standing = replace(standing, end=this.reached)
        is_settled = not of_this.is_something_due
        looked[sandbox.pk] = Looked(this, exercise, standing, is_settled, of_this, time_of(exercise, this))
    return looked


def settle(sandbox: Sandbox) -> None:
    """Write down which steps are done, and the end that the try in a sandbox has reached: it stays. Who acts asks.

    Where there is nothing to write, that is seen without a lock: whoever acts meanwhile asks afterwards.
    """
    this = in_sandbox(sandbox)
    looked = look(this, sandbox) if this and not this.reached else None
    if this is not None and looked is not None and (looked.standing.end or looked.standing.unnoted):
        _write_down(this, sandbox)


@transaction.atomic
def _write_down(this: Try, sandbox: Sandbox) -> None:
    locked = _locked(this)
    looked = look(locked, sandbox) if locked.ended_at is None and not locked.reached else None
    if looked is None:
        return
    has_news = _note_done(locked, looked.standing)
    if looked.standing.end:
        locked.reached = looked.standing.end
        locked.save(update_fields=["reached"])
        has_news = True
    if has_news:
        news.note_change([sandbox.pk])


def _note_done(this: Try, standing: Standing) -> bool:
    """Write down when steps were first seen to be done, for whoever asks how long each took; whether there were any."""
    real = clock.real_now()
    Note.objects.bulk_create(Note(of_try=this, kind=NoteKind.DONE, step=step, at=real) for step in standing.unnoted)
    return bool(standing.unnoted)


def exercise_of(this: Try) -> Exercise | None:
    """The exercise as the try has it; ``None`` where there is none any more, or it begins otherwise."""
    exercise = shelf.begun_as(this.exercise, this.digest)
    if exercise is None or len(this.filings) != len(exercise.opening.filings):
        return None
    return variants.variant_of(exercise, this.variant)


# ── What trainees do about it ────────────────────────────────────────────────


@transaction.atomic
def note(this: Try, kind: NoteKind, step: str) -> None:
    """Write into the try's log that a step was seen, or a hint was asked for, of which a proof has none."""
    if this.ended_at is not None or this.sandbox_id is None or (kind == NoteKind.HINT and this.way == Way.PROOF):
        return
    Note.objects.create(of_try=this, kind=kind, step=step, at=clock.real_now())
    news.note_change([this.sandbox_id])


@transaction.atomic
def predict(this: Try, step: str, choice: str, *, mark: str) -> None:
    """Write down what the trainee expects of the present step, with what would happen now.

    Raises :class:`Refused` where the question is another by now, or the choice none of its answers. Once answered, it
    stays so.
    """
    locked = _locked(this)
    sandbox = locked.sandbox
    looked = look(locked, sandbox) if sandbox and locked.ended_at is None else None
    question, present = (looked.question, looked.standing.step) if looked else (None, None)
    if sandbox is None or question is None or present is None or present.id != step:
        return
    if question.mark != mark:
        raise Refused("您看到这个问题以后，情况有了变化。请再看一遍问题，重新选择。", code="another_question")
    if choice not in question.choices:
        raise Refused("请在列出的答案中选一个。", code="unknown_choice")
    real = clock.real_now()
    Note.objects.create(
        of_try=locked, kind=NoteKind.PREDICTION, step=step, choice=choice, right=question.right, at=real
    )
    news.note_change([sandbox.pk])


@transaction.atomic
def leave(this: Try) -> None:
    """Give a try up; what has been done of it is kept."""
    locked = _locked(this)
    if locked.ended_at is None:
        _end(locked, LEFT)
    this.refresh_from_db()


@transaction.atomic
def finish(this: Try) -> bool:
    """Write down the end that a try has reached, with its debrief; whether there is one."""
    locked = _locked(this)
    if locked.ended_at is None and locked.sandbox is not None:
        looked = look(locked, locked.sandbox)
        if looked is None or not looked.standing.end:
            return False
        _note_done(locked, looked.standing)
        _end(locked, looked.standing.end)
    this.refresh_from_db()
    return True


def _locked(this: Try) -> Try:
    """The try under lock, with its sandbox, which is not locked and may be gone."""
    return Try.objects.select_for_update(of=("self",)).select_related("sandbox").get(pk=this.pk)


def _end(this: Try, end: str) -> None:
    exercise = exercise_of(this)
    this.end, this.ended_at = end, clock.real_now()
    if this.sandbox is not None and exercise is not None:
        this.debrief = debriefs.of_try(exercise, this, this.sandbox)
    this.save(update_fields=["end", "ended_at", "debrief"])
    if this.sandbox_id is not None:
        news.note_change([this.sandbox_id])


def close_ended() -> int:
    """Close the sandboxes of tries that ended a day ago, and forget who has not come for a year; returns how many."""
    real = clock.real_now()
    old = Sandbox.objects.filter(exercise_try__ended_at__lt=real - timedelta(days=1), closed_at=None)
    closed = list(old)
    for sandbox in closed:
        sandboxes.close(sandbox, by=By.machine("练习结束"))
    trainees.forget_unused()
    return len(closed)


def results_of(trainee: Trainee) -> Sequence[Try]:
    """What a trainee has done and is at, the newest first; of each debrief only ``title``, ``said`` and ``counts``."""
    found = trainee.tries.select_related("participant__sandbox").defer("debrief")
    return list(found.annotate(title=F("debrief__title"), said=F("debrief__end"), counts=F("debrief__counts")))


def proofs_of(results: Iterable[Try]) -> Mapping[str, Try]:
    """By exercise the proof that counts: the first, of all that :func:`results_of` has found."""
    found: dict[str, Try] = {}
    for this in sorted(results, key=lambda this: this.pk):
        if this.way == Way.PROOF:
            found.setdefault(this.exercise, this)
    return found


def best_of(results: Iterable[Try]) -> Try | None:
    """The best of all tries of an exercise, in which the goal was reached; ``None`` where it never was.

    A proof that counts before practice, then the fewest hints, wrong entries, minutes; of equal ones the first. None
    that the machine has begun, or of which a trainer has skipped a step.
    """
    results = list(results)
    counted = proofs_of(results).values()
    good = [
        this
        for this in results
        if this.end == GOAL and not _is_helped(this) and (this.way != Way.PROOF or this in counted)
    ]
    return min(good, key=_how_good, default=None)


def _is_helped(this: Try) -> bool:
    counts: dict[str, int] = getattr(this, "counts", None) or {}
    return bool(this.from_step or counts.get("skipped"))


def _how_good(this: Try) -> tuple[bool, int, int, int, int]:
    counts: dict[str, int] = getattr(this, "counts", None) or {}
    hints, wrong, minutes = (counts.get(what, 0) for what in ("hints", "wrong", "minutes"))
    return (this.way != Way.PROOF, hints, wrong, minutes, this.pk)


def owner_of(this: Try) -> Participant | None:
    """As whom one goes on with a try; ``None`` once its sandbox is gone."""
    participant = this.participant
    return participant if participant is not None and participant.sandbox.closed_at is None else None
