"""一起: what a trainer does in the sandboxes of a class at once: clocks moved, stopped, faults. One transaction each.

What a move would bring about is listed first; it then goes to the moments that were listed, and no further.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction
from django.db.models import QuerySet

from training.desks import Row
from training.models import Course, Member, Try
from training.skipping import DESK
from verification import news
from verification.acting import phones
from verification.models import Phone, Sandbox
from verification.refusals import Refused
from verification.state import alarms
from verification.state.preview import Preview, foresee
from verification.time import clock
from verification.worlds import sandboxes

#: So many things are listed of what a move brings about in one sandbox.
MOST_LISTED = 5

#: By the clock's present the moment to which it is moved; ``None`` stands for the next at which something is due.
Stride = Callable[[datetime], datetime] | None


def going_on(course: Course, member: Member | None = None) -> QuerySet[Try]:
    """The tries of a class, or of one in it, that go on, with their sandboxes."""
    found = Try.objects.filter(member__course=course, ended_at=None, sandbox__isnull=False, sandbox__closed_at=None)
    return (found.filter(member=member) if member else found).select_related("sandbox", "member").order_by("id")


# ── Who is at one step ───────────────────────────────────────────────────────


@dataclass(frozen=True)
class Place:
    """A step of an exercise at which somebody is."""

    exercise: str
    step: str
    title: str
    number: int
    says: str
    rows: Sequence[Row]

    @property
    def key(self) -> str:
        """By what forms name it."""
        return f"{self.exercise}:{self.step}"


def places_of(rows: Iterable[Row]) -> Mapping[str, Place]:
    """The steps at which people are, in the order of exercises and steps, by their keys."""
    at: dict[tuple[int, str, int, str], list[Row]] = {}
    for row in rows:
        if row.stand and row.stand.step:
            at.setdefault((row.task, row.name, row.stand.number, row.stand.step), []).append(row)
    places = [
        Place(name, step, here[0].exercise, number, here[0].stand.says if here[0].stand else "", here)
        for (_, name, number, step), here in sorted(at.items())
    ]
    return {place.key: place for place in places}


# ── Moving their clocks ──────────────────────────────────────────────────────


@dataclass(frozen=True)
class Planned:
    """What a move would do in the sandbox of a member; ``to`` is ``None`` where there is nowhere to move to."""

    member: Member
    now: datetime
    to: datetime | None
    preview: Preview | None


def plan(place: Place, stride: Stride) -> Sequence[Planned]:
    """What would happen to each who is at the step if nobody did anything meanwhile; nothing moves."""
    members = {row.member.pk: row.member for row in place.rows}
    return [_planned(members[pk], sandbox, stride) for pk, sandbox in _sandboxes_of(place).items()]


def _planned(member: Member, sandbox: Sandbox, stride: Stride) -> Planned:
    now = clock.now(sandbox)
    if stride is None:
        filing = alarms.next_alarm(sandbox)
        to = filing.alarm_at if filing and filing.alarm_at and filing.alarm_at > now else None
    else:
        to = stride(now)
    if to is None:
        return Planned(member, now, None, None)
    to += timedelta(microseconds=-to.microsecond % 1_000_000)  # so that a form can name it
    return Planned(member, now, to, foresee(sandbox, until=to, limit=MOST_LISTED))


def _sandboxes_of(place: Place) -> Mapping[int, Sandbox]:
    """By member, in the order of the rows."""
    members = [row.member.pk for row in place.rows]
    open_tries = Try.objects.filter(
        member__in=members, exercise=place.exercise, ended_at=None, sandbox__closed_at=None, sandbox__isnull=False
    )
    found = {this.member_id: this.sandbox for this in open_tries.select_related("sandbox").order_by("id")}
    return {pk: sandbox for pk in members if (sandbox := found.get(pk)) is not None}


@dataclass(frozen=True)
class Moved:
    """What became of one: moved ``to`` a moment, or not, and why."""

    member: Member
    to: datetime | None
    refusal: str = ""


def move(place: Place, wanted: Mapping[int, datetime]) -> Sequence[Moved]:
    """Move the clock of each wanted member who is still at the step; one that refuses holds up no other."""
    there = _sandboxes_of(place)
    done = []
    for row in place.rows:
        if (to := wanted.get(row.member.pk)) is None or (sandbox := there.get(row.member.pk)) is None:
            continue
        try:
            clock.move_to(sandbox, to, by=DESK)
        except Refused as refusal:
            done.append(Moved(row.member, None, refusal.sentence))
        else:
            done.append(Moved(row.member, to))
    return done


# ── For all ──────────────────────────────────────────────────────────────────


def lead_to(course: Course, number: int) -> None:
    """Lead everybody to an exercise of the class, whoever joins later too; 0 lets them choose again."""
    if not 0 <= number <= len(course.tasks):
        raise Refused("班级里没有这个练习，请从列表中选择。", code="unknown_task")
    _tell(course, at=number)


def pause(course: Course) -> int:
    """Ask all to wait, and stop the clocks that run; returns how many did."""
    _tell(course, paused_at=clock.real_now())
    running = [this for this in going_on(course) if this.sandbox and not this.sandbox.clock_paused]
    for this in running:
        assert this.sandbox is not None
        with transaction.atomic():
            clock.pause(this.sandbox, by=DESK)
            Try.objects.filter(pk=this.pk).update(is_held=True)
    return len(running)


def go_on(course: Course) -> int:
    """Let all go on, and the clocks run that were stopped for it; returns how many do."""
    _tell(course, paused_at=None)
    held = [this for this in going_on(course).filter(is_held=True) if this.sandbox and this.sandbox.clock_paused]
    for this in held:
        assert this.sandbox is not None
        with transaction.atomic():
            clock.resume(this.sandbox, by=DESK)
    Try.objects.filter(member__course=course, is_held=True).update(is_held=False)
    return len(held)


@transaction.atomic
def _tell(course: Course, **changes: object) -> None:
    for name, value in changes.items():
        setattr(course, name, value)
    course.save(update_fields=list(changes))
    news.note_change(going_on(course).values_list("sandbox_id", flat=True))


# ── Faults ───────────────────────────────────────────────────────────────────


class Fault(StrEnum):
    """What may go wrong for people who do everything right."""

    SYSTEM = "system"
    NO_SIGNAL = "no_signal"
    SPAM_FILTER = "spam_filter"

    @property
    def label(self) -> str:
        """The Chinese name."""
        return {"system": "系统故障", "no_signal": "手机无信号", "spam_filter": "垃圾短信拦截"}[self.value]


def set_fault(course: Course, fault: Fault, *, is_on: bool, member: Member | None = None) -> int:
    """Bring a fault about in the sandboxes of a class, or of one in it, or end it; returns in how many."""
    concerned = [this.sandbox for this in going_on(course, member) if this.sandbox is not None]
    for sandbox in concerned:
        _set_fault(sandbox, fault, is_on=is_on)
    return len(concerned)


@transaction.atomic
def _set_fault(sandbox: Sandbox, fault: Fault, *, is_on: bool) -> None:
    if fault is Fault.SYSTEM:
        sandboxes.set_fault(sandbox, is_on)
        return
    wanted = {"has_signal": not is_on} if fault is Fault.NO_SIGNAL else {"has_spam_filter": is_on}
    for phone in Phone.objects.filter(sandbox=sandbox, challenges__isnull=False).distinct().select_related("sandbox"):
        phones.switch(phone, **wanted, by=DESK)
