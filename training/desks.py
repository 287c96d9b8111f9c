"""教员台: how far everybody in a class is, who needs help, what one of them sees; and for the wall, without names."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Aggregate, Count, Max, Prefetch, Q, QuerySet, Sum

from training import kept, practice, tries
from training.courses import Task, tasks_of
from training.files import exercises, version
from training.judging import GOAL
from training.models import Course, Member, NoteKind, Try
from verification import news
from verification.law.words import Outcome
from verification.models import Attempt, Challenge, Filing, Message, MessageStatus, Phone
from verification.time import clock

#: Who has done nothing for so long, or has been charged so often, is stuck.
STUCK_AFTER = timedelta(minutes=3)
STUCK_CHARGED = 3
#: So long a trainer may look over a shoulder, and the member is told so, before they have to ask again.
LOOKS_FOR = timedelta(minutes=2)
_ATTEMPTS = 5
_STANDING_SECONDS = 600


@dataclass(frozen=True)
class Row:
    """A member at the desk: what they are at, which step of how many, since when, and whether they seem to be stuck."""

    member: Member
    exercise: str
    number: int
    steps: int
    step: str
    since: datetime | None
    charged: int
    hints: int
    end: str
    done: int
    is_stuck: bool

    @property
    def rank(self) -> tuple[bool, bool, str]:
        """Raised hands stand on top, then who is stuck."""
        return (self.member.hand_at is None, not self.is_stuck, self.member.nickname)


#: How far a try is, kept while nothing has changed in its sandbox: number and count of steps, what to do, end.
_Standing = tuple[int, int, str, str]


def tag_of(course: Course) -> str:
    """What differs when something has changed in the class or in a sandbox of it."""
    open_tries = _open_tries(course)
    tags = news.tags(open_tries)
    own = course.members.aggregate(Count("pk"), Max("hand_at"), hands=Count("hand_at"), leads=Sum("lead"))
    ended = Try.objects.filter(member__course=course, ended_at__isnull=False).count()
    minute = clock.real_now().replace(second=0, microsecond=0)  # who is stuck comes with time
    parts = [*sorted(tags.values()), *sorted(open_tries), *own.values(), ended, minute]
    return hashlib.sha256(" ".join(map(str, parts)).encode()).hexdigest()[:16]  # the same in every process


def _open_tries(course: Course) -> list[int]:
    if course.is_free:
        return practice.sandboxes_in(course)
    rows = Try.objects.filter(member__course=course, ended_at=None, sandbox__isnull=False)
    return list(rows.values_list("sandbox_id", flat=True))


def rows_of(course: Course) -> list[Row]:
    """Everybody in the class, who needs somebody first; a fixed number of queries where little has changed."""
    members = list(course.members.filter(lead=None).prefetch_related("followers"))
    goal = Q(tries__end=GOAL) | Q(tries__reached=GOAL)
    done = dict(
        course.members.annotate(good=Count("tries__exercise", filter=goal, distinct=True)).values_list("pk", "good")
    )
    latest: dict[int, Try] = {}
    for this in Try.objects.filter(member__course=course).select_related("sandbox").defer("debrief").order_by("id"):
        if this.member_id is not None:
            latest[this.member_id] = this
    going_on = {this.sandbox_id: this for this in latest.values() if this.ended_at is None and this.sandbox_id}
    standings = _standings(going_on)
    charged = dict(_summed(Challenge.objects.filter(sandbox__in=going_on), Sum("tries")))
    acted = dict(_summed(Attempt.objects.filter(sandbox__in=going_on), Max("real_at")))
    hints = dict(
        Try.objects.filter(pk__in=[this.pk for this in going_on.values()])
        .annotate(hints=Count("notes", filter=Q(notes__kind=NoteKind.HINT)))
        .values_list("pk", "hints")
    )
    return sorted(
        (_row(each, latest.get(each.pk), standings, charged, acted, hints, done) for each in members),
        key=lambda row: row.rank,
    )


def _summed(rows: QuerySet[Any], what: Aggregate) -> Iterable[tuple[int, Any]]:
    found = rows.order_by().values("sandbox_id").annotate(found=what)
    return [(row["sandbox_id"], row["found"]) for row in found]


def _row(  # the looked-up parts of a row
    member: Member,
    this: Try | None,
    standings: Mapping[int, _Standing],
    charged: Mapping[int, int],
    acted: Mapping[int, datetime],
    hints: Mapping[int, int],
    done: Mapping[int, int],
) -> Row:
    if this is None:
        return Row(member, "", 0, 0, "", None, 0, 0, "", 0, is_stuck=False)
    exercise = exercises().get(this.exercise)
    title = exercise.sentences.title if exercise else this.exercise
    sandbox = this.sandbox_id or 0
    if this.ended_at is not None or sandbox not in standings:
        end = this.end or this.reached
        return Row(member, title, 0, 0, "", this.ended_at, 0, 0, end, done.get(member.pk, 0), is_stuck=False)
    number, steps, step, end = standings[sandbox]
    since = max(filter(None, (acted.get(sandbox), this.started_at)))
    errors = charged.get(sandbox, 0)
    is_stuck = not end and (clock.real_now() - since > STUCK_AFTER or errors >= STUCK_CHARGED)
    shown = (member, title, number, steps, step, since, errors, hints.get(this.pk, 0), end, done.get(member.pk, 0))
    return Row(*shown, is_stuck=is_stuck)


def _standings(going_on: Mapping[int, Try]) -> dict[int, _Standing]:
    """By sandbox how far its try is; judged anew where there is news in it."""
    tags = news.tags(list(going_on))
    keys = {sandbox: f"standing:{this.pk}:{tags.get(sandbox, '')}:{version()}" for sandbox, this in going_on.items()}
    known = kept.look_at_many(list(keys.values()))
    found: dict[int, _Standing] = {}
    for sandbox, this in going_on.items():
        if keys[sandbox] in known:
            found[sandbox] = known[keys[sandbox]]
        elif (standing := _judged(this)) is not None:
            found[sandbox], is_settled = standing
            if is_settled:
                kept.keep(keys[sandbox], found[sandbox], seconds=_STANDING_SECONDS)
    return found


def _judged(this: Try) -> tuple[_Standing, bool] | None:
    assert this.sandbox is not None
    looked = tries.look(this, this.sandbox)
    if looked is None:
        return None
    standing, said = looked.standing, looked.exercise.sentences
    step = said.steps[standing.step.id].do if standing.step else ""
    return (standing.number, len(looked.exercise.steps), step, standing.end), looked.is_settled


# ── Over somebody's shoulder ─────────────────────────────────────────────────


#: What came of an attempt, in a word; everything else was refused.
_OUTCOMES = {
    Attempt.DONE: "做成了",
    Outcome.PARTIAL: "通过，还有别人要核验",
    Outcome.ALL_DONE: "全部核验完成",
    Outcome.ALREADY_DONE: "早已完成",
    Outcome.NOT_FOUND: "没有找到",
    Outcome.WRONG_ID: "证件号码不对",
    Outcome.WRONG_CODE: "验证码不对",
    Outcome.FAILED: "核验失败",
    Outcome.RESENT: "已重发",
    Outcome.NOTHING_TO_RESEND: "没有可重发的",
    Outcome.QUOTA_USED_UP: "重发次数用完了",
    Outcome.TOO_SOON: "还没到能重发的时候",
    Outcome.TRY_LATER: "太频繁，稍后再试",
}


@dataclass(frozen=True)
class Tried:
    """One thing that somebody did or tried, and what came of it, in words."""

    at: datetime
    what: str
    number: str
    outcome: str


def _told(attempt: Attempt) -> Tried:
    number = attempt.phone.number if attempt.phone else ""
    return Tried(attempt.real_at, attempt.get_kind_display(), number, _OUTCOMES.get(attempt.outcome, "被拒绝"))


@dataclass(frozen=True)
class Shoulder:
    """What a trainer sees of a member: what they are at, and what they see and have tried last."""

    member: Member
    looked: tries.Looked | None
    attempts: Sequence[Tried]
    phones: Sequence[Phone]
    filings: Sequence[Filing]


@transaction.atomic
def look_over(member: Member) -> None:
    """Begin to look over a member's shoulder, or go on with it, which they are told."""
    member.looked_at = clock.real_now()
    member.save(update_fields=["looked_at"])
    going_on = member.tries.filter(ended_at=None, sandbox__isnull=False)
    news.note_change(list(going_on.values_list("sandbox_id", flat=True)))


def looked_at_until(member: Member) -> datetime | None:
    """Until when a trainer may look, and the member is told so; ``None`` where nobody looks."""
    until = member.looked_at + LOOKS_FOR if member.looked_at else None
    return until if until is not None and clock.real_now() < until else None


def shoulder_of(member: Member) -> Shoulder:
    """What is on the phones and filings of the try that goes on, and the last that was tried there."""
    this = member.tries.filter(ended_at=None).select_related("sandbox").order_by("-id").first()
    if this is None or this.sandbox is None:
        return Shoulder(member, None, (), (), ())
    attempts = Attempt.objects.filter(sandbox=this.sandbox).select_related("phone")
    messages = Message.objects.filter(status=MessageStatus.ARRIVED, deleted_at=None).order_by("-id")
    phones = Phone.objects.filter(sandbox=this.sandbox, challenges__isnull=False).distinct().order_by("id")
    return Shoulder(
        member,
        tries.look(this, this.sandbox),
        [_told(attempt) for attempt in attempts.order_by("-id")[:_ATTEMPTS]],
        list(phones.prefetch_related(Prefetch("messages", messages))),
        list(Filing.objects.filter(sandbox=this.sandbox).order_by("id")),
    )


# ── The projector ────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Progress:
    """How many have begun an exercise of the class, and how many have reached its goal, of how many; groups as one."""

    task: Task
    begun: int
    good: int
    members: int


def progress_of(course: Course) -> Sequence[Progress]:
    """Exercise by exercise."""
    members = course.members.filter(lead=None).count()
    of_course = Try.objects.filter(member__course=course).order_by()
    counts = of_course.values("exercise", "way").annotate(
        begun=Count("member", distinct=True),
        good=Count("member", distinct=True, filter=Q(end=GOAL) | Q(reached=GOAL)),
    )
    found = {(row["exercise"], row["way"]): (row["begun"], row["good"]) for row in counts}
    return [
        Progress(task, *found.get((task.exercise.name, task.way.value), (0, 0)), members) for task in tasks_of(course)
    ]
