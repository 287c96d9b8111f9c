"""看演示: the machine does an exercise step by step while somebody watches, at a pace at which one can read.

Each question is a POST and may bring it on by a step; who does not ask for a minute has gone, and it with them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from training import shelf
from training.facts import facts_in
from training.files import Exercise, Step
from training.models import Showing, Trainee
from training.openings import SHOWING, open_for
from training.performing import entry_of, perform
from training.tries import exercise_named
from training.words import Decide, Enter, Move, Resend, Switch, Turn
from verification import news
from verification.by import By
from verification.law.times import SHANGHAI
from verification.models import Sandbox
from verification.refusals import Refused
from verification.time import clock
from verification.worlds import sandboxes

_SWITCHES = {Switch.SIGNAL: "有信号", Switch.SPAM_FILTER: "垃圾短信拦截", Switch.OTHER_HANDSET: "SIM 卡在其他手机"}
_DECISIONS = {"approve": "预审通过", "accept": "通过", "reject": "驳回"}

MACHINE = By.machine("演示")
#: Who has not asked for so long has gone.
FORSAKEN_AFTER = timedelta(seconds=60)
#: So long a step stays before it is done, and so much longer for each character that is to be read.
_AT_LEAST, _A_CHARACTER = timedelta(seconds=4), timedelta(milliseconds=120)


@transaction.atomic
def start(name: str, trainee: Trainee | None = None, *, most: int) -> Showing:
    """Open an exercise for the machine.

    Raises :class:`Refused` for one that there is not, or not for them, and while somebody watches ``most``.
    """
    exercise = exercise_named(name, trainee)
    watched = Showing.objects.filter(asked_at__gte=clock.real_now() - FORSAKEN_AFTER)
    if watched.count() >= most:
        raise Refused("现在看演示的人太多，请过几分钟再来，或者先自己做做看。", code="too_many_showings")
    opened = open_for(exercise, purpose=SHOWING)
    real = clock.real_now()
    return Showing.objects.create(
        exercise=exercise.name,
        digest=exercise.digest,
        sandbox=opened.sandbox,
        participant=opened.participant,
        filings=list(opened.filings),
        asked_at=real,
        next_at=real + _time_to_read(exercise, exercise.steps[0], pace=1),
    )


def in_sandbox(sandbox: Sandbox) -> Showing | None:
    """The showing that goes on in a sandbox; ``None`` where none does."""
    return Showing.objects.select_related("sandbox", "participant").filter(sandbox=sandbox).first()


def exercise_of(showing: Showing) -> Exercise | None:
    """What is shown; ``None`` where the file has changed meanwhile."""
    exercise = shelf.begun_as(showing.exercise, showing.digest)
    return exercise if exercise is not None and exercise.digest == showing.digest else None


def step_of(exercise: Exercise, showing: Showing) -> Step | None:
    """What the machine does next; ``None`` when all is done."""
    return exercise.steps[showing.done] if showing.done < len(exercise.steps) else None


# ── Whoever watches asks ─────────────────────────────────────────────────────


@transaction.atomic
def ask(key: str, wish: str = "") -> Showing | None:
    """Bring a showing on to where it should be by now; ``None`` for one that is gone.

    ``wish`` is ``next`` for the next step at once, ``pause``, ``go_on``, ``faster``, ``slower``, or ``end``.
    """
    found = Showing.objects.select_for_update(of=("self",)).select_related("sandbox", "participant")
    showing = found.filter(key=key).first()
    exercise = exercise_of(showing) if showing else None
    if showing is None or exercise is None:
        return None
    real = clock.real_now()
    if wish == "end" or showing.sandbox.closed_at is not None or real - showing.asked_at > FORSAKEN_AFTER:
        _end(showing)
        return None
    showing.asked_at = real
    _heed(showing, wish)
    is_due = wish == "next" or (not showing.is_paused and real >= showing.next_at)
    if is_due and (step := step_of(exercise, showing)) is not None:
        _do(showing, exercise, step)
        following = step_of(exercise, showing)
        showing.next_at = real + (_time_to_read(exercise, following, pace=showing.pace) if following else timedelta())
    showing.save()
    return showing


def _heed(showing: Showing, wish: str) -> None:
    if wish in ("pause", "go_on"):
        showing.is_paused = wish == "pause"
    elif wish == "faster":
        showing.pace = min(showing.pace * 2, Showing.MOST_PACE)
    elif wish == "slower":
        showing.pace = max(showing.pace // 2, 1)


def _time_to_read(exercise: Exercise, step: Step, *, pace: int) -> timedelta:
    said = exercise.sentences.steps[step.id]
    return (_AT_LEAST + _A_CHARACTER * len(said.do + said.why)) / pace


def _do(showing: Showing, exercise: Exercise, step: Step) -> None:
    """Do the step; of several answers, as to one mistake after the other, the last one is told."""
    sandbox = showing.sandbox
    facts = facts_in(exercise, showing.filings, sandbox)
    answers = perform(step.act, facts, sandbox, by=MACHINE)
    showing.said = answers[-1].text if answers else ""
    showing.done += 1
    news.note_change([sandbox.pk])


def _end(showing: Showing) -> None:
    sandboxes.close(showing.sandbox, by=MACHINE)
    showing.delete()


def close_forsaken() -> int:
    """Close the sandboxes of showings that nobody watches any more; returns how many."""
    forsaken = Showing.objects.filter(asked_at__lt=clock.real_now() - FORSAKEN_AFTER).select_related("sandbox")
    found = list(forsaken)
    for showing in found:
        with transaction.atomic():
            _end(showing)
    return len(found)


# ── What is told of a step ───────────────────────────────────────────────────


@dataclass(frozen=True)
class Typed:
    """What the machine types or presses: what it is called, what it says, and the portal's field for it, if any."""

    label: str
    text: str
    field: str = ""


def typed(showing: Showing, exercise: Exercise, step: Step) -> Sequence[Typed]:
    """What the machine will type or press for a step."""
    act = step.act
    facts = facts_in(exercise, showing.filings, showing.sandbox)
    match act:
        case Enter():
            pieces = entry_of(act, facts)
            found = [
                Typed("短信验证码", pieces["code"], "code"),
                Typed("手机号码", pieces["phone"], "phone"),
                Typed("证件号码后六位", pieces["id_suffix"], "id_suffix"),
            ]
            return [*found, Typed("次数", f"{act.times} 次")] if act.times > 1 else found
        case Resend():
            return [Typed("手机号码", facts.number_of(act.person), "phone")]
        case Turn():
            return [Typed("手机", facts.number_of(act.person)), Typed(_SWITCHES[act.switch], "是" if act.on else "否")]
        case Move():
            at = facts.moment(act.filing, act.to) if act.filing and act.to else facts.now
            return [Typed("拨到", _written(at + timedelta(minutes=act.minutes)))] if at else []
        case Decide():
            told = [("决定", _DECISIONS[act.decision]), ("有什么问题", act.reason), ("修改建议", act.suggestion)]
            return [Typed(label, text) for label, text in told if text]
    return []


def _written(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
