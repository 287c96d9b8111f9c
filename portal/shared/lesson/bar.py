"""The bar of an exercise: which step it is, what to do now, and where; on every page of its sandbox."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest

from portal.shared.lesson.places import Pointed, Stop, phone_of, way_of
from portal.shared.visit.addresses import Address, address_of
from portal.shared.visit.visits import visit_of
from training import courses, kept, tries
from training.files import EndSentences, Step, StepSentences, version
from training.groups import whose_turn
from training.models import Try
from training.openings import EXERCISE
from training.papers import Sheet
from training.predicting import Question
from training.shoulders import looked_at_until
from training.words import Seen
from verification import news
from verification.models import Sandbox
from verification.time.clock import real_now


@dataclass(frozen=True)
class Bar:
    """What the bar shows. ``step`` is ``None`` at an end, ``end`` before one.

    ``way`` is where “show me” leads, which ``is_shown`` where it was asked for; ``phone`` is where one reads what the
    step has one enter. It ``is_settled`` where nothing that is due has yet to be done.
    ``course`` is that of the class in which it is done, if it is, ``word`` what the trainer says there; until
    ``looked_at_until`` one is told that a trainer looks. All are asked to wait where it ``is_paused``, and to do the
    exercise that is called ``led_to``, blank where that is this one.
    ``turn`` is whose step it is in a group, blank where anybody may do it.
    ``papers`` is the address of the exercise's papers, blank where it has none; among them may be a customer's sheet.
    """

    title: str
    number: int
    steps: int
    step: Step | None
    sentences: StepSentences | None
    way: tuple[Stop, ...]
    phone: str
    is_shown: bool
    is_settled: bool
    hints: tuple[str, ...]
    has_more_hints: bool
    is_reading: bool
    end: EndSentences | None
    is_good: bool
    ends_at: datetime | None
    question: Question | None
    predicted: str
    papers: str
    has_sheet: bool
    course: str
    word: str
    looked_at_until: datetime | None
    is_paused: bool
    led_to: str
    turn: str


#: A bar is read anew after so long, be there no news.
_KEPT_SECONDS = 600
_NONE = "none"


def bar_of(request: HttpRequest) -> Bar | None:
    """The bar for a visitor; ``None`` where no exercise goes on. Asks nothing where the sandbox is for none.

    Read anew when there is news in the sandbox: until then two looks into the cache are all.
    """
    visit = visit_of(request)
    if visit is None or visit.sandbox.purpose != EXERCISE:
        return None
    address = address_of(request)
    place = f"{address.scheme}:{address.host}:{address.base}"
    key = f"bar:{visit.sandbox.pk}:{news.tag(visit.sandbox.pk)}:{version()}:{place}"
    found: Bar | str | None = kept.look(key)
    if found is None:
        bar, may_be_kept = _read(visit.sandbox, address)
        found = bar or _NONE
        if may_be_kept:
            kept.keep(key, found, seconds=_seconds_of(bar))
    return found if isinstance(found, Bar) else None


def _seconds_of(bar: Bar | None) -> float:
    """How long a bar may be kept: not beyond the time of a proof, nor that of a trainer's look."""
    ends = [] if bar is None or bar.end else [bar.ends_at, bar.looked_at_until]
    left = [(end - real_now()).total_seconds() for end in ends if end is not None]
    return max(min([_KEPT_SECONDS, *left]), 0)


def _read(sandbox: Sandbox, address: Address) -> tuple[Bar | None, bool]:
    """The bar, and whether it stays as it is until there is news: not while the jobs have yet to do what is due."""
    this = tries.in_sandbox(sandbox)
    looked = tries.look(this, sandbox) if this else None
    if this is None or looked is None:
        return None, True
    exercise, standing = looked.exercise, looked.standing
    step = standing.step
    sentences = exercise.sentences.steps[step.id] if step else None
    is_proof = looked.ends_at is not None
    pointed = Pointed(address, exercise, this, step, looked.facts) if step and not is_proof else None
    bar = Bar(
        title=exercise.sentences.title,
        number=standing.number,
        steps=len(exercise.steps),
        step=step,
        sentences=sentences,
        way=way_of(pointed) if pointed else (),
        phone=phone_of(pointed) if pointed else "",
        is_shown=standing.is_shown and not is_proof,
        is_settled=looked.is_settled,
        hints=sentences.hints[: standing.hints] if sentences else (),
        has_more_hints=sentences is not None and not is_proof and standing.hints < len(sentences.hints),
        is_reading=step is not None and isinstance(step.done, Seen),
        end=exercise.sentences.ends[standing.end] if standing.end else None,
        is_good=standing.is_good,
        ends_at=looked.ends_at,
        question=looked.question,
        predicted=looked.predicted,
        papers=address.of_nation("exercises:papers") if exercise.opening.papers else "",
        course=address.of_nation("courses:course", this.member.course.code) if this.member else "",
        word=this.member.word if this.member else "",
        looked_at_until=looked_at_until(this.member) if this.member else None,
        is_paused=this.member is not None and this.member.course.paused_at is not None,
        led_to=_led_to(this),
        turn=whose_turn(this, step) if step else "",
        has_sheet=any(isinstance(paper, Sheet) for paper in exercise.opening.papers),
    )
    return bar, looked.is_settled


def _led_to(this: Try) -> str:
    """What the exercise is called to which the class is led, where it is not this one."""
    task = courses.task_at(this.member.course) if this.member else None
    return task.exercise.sentences.title if task and task.exercise.name != this.exercise else ""
