"""班级: a trainer's exercises for many at once. Who joins gives a nickname and nothing else; closing leaves nothing.

A desk is a trainee's right on a class. What is tried in a class belongs to its member, and goes with the class.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import Aggregate, Count, Max, Prefetch, Q, QuerySet, Sum
from redis.exceptions import RedisError

from training import tries
from training.files import Exercise, exercises, version
from training.judging import GOAL
from training.models import Course, Desk, Member, NoteKind, Trainee, Try
from training.words import Way
from verification import news
from verification.by import By
from verification.law.words import Outcome
from verification.models import Attempt, Challenge, Filing, Message, MessageStatus, Phone, Sandbox
from verification.refusals import Refused
from verification.time import clock, limits
from verification.worlds import sandboxes

MACHINE = By.machine("班级结束")
MOST_MEMBERS = 500
#: So many exercises a class may have.
MOST_TASKS = 40
#: Of one member a start is taken once in so many seconds.
START_PAUSE = 5
#: Who has done nothing for so long, or has been charged so often, is stuck.
STUCK_AFTER = timedelta(minutes=3)
STUCK_CHARGED = 3
WORD_LENGTH = 200
#: So long after a trainer has begun to look a member is told so.
LOOKED_AT_FOR = timedelta(minutes=2)
_ATTEMPTS = 5
_STANDING_SECONDS = 600


# ── Make, join ───────────────────────────────────────────────────────────────


@transaction.atomic
def make(trainer: Trainee, *, name: str, tasks: Sequence[tuple[str, Way]]) -> Course:
    """Open a class; whoever makes it has its desk. Raises :class:`Refused` for no exercise, or one that is not."""
    if not tasks:
        raise Refused("请至少选一个练习。", code="no_tasks")
    if len(tasks) > MOST_TASKS:
        raise Refused(f"一个班级最多 {MOST_TASKS} 个练习，请少选几个。", code="too_many_tasks")
    for exercise, way in tasks:
        if way not in tries.exercise_named(exercise).ways:
            raise Refused("有的练习不能考核，请改选练习方式。", code="unknown_way")
    course = Course.objects.create(
        name=name, tasks=[[exercise, way.value] for exercise, way in tasks], created_at=clock.real_now()
    )
    Desk.objects.create(course=course, trainee=trainer)
    return course


def of_code(code: str) -> Course | None:
    """The class of a code; ``None`` for one that was never given out, or whose class is closed."""
    return Course.objects.filter(code=code).first()


def has_desk(course: Course, trainee: Trainee | None) -> bool:
    """Whether somebody is a trainer of the class."""
    return trainee is not None and Desk.objects.filter(course=course, trainee=trainee).exists()


def member_of(course: Course, trainee: Trainee | None) -> Member | None:
    """As whom somebody is in the class; ``None`` for who has not joined."""
    return Member.objects.filter(course=course, trainee=trainee).first() if trainee else None


@transaction.atomic
def join(course: Course, trainee: Trainee, nickname: str) -> Member:
    """Join under a nickname; of two with the same one, the later gets a number. Who is in already stays who they are.

    Raises :class:`Refused` for no nickname, and for a class that is full.
    """
    nickname = nickname.strip()[: Member.NICKNAME_LENGTH]
    if not nickname:
        raise Refused("请填写昵称，教员凭它认出您。", code="name_required")
    locked = Course.objects.select_for_update().filter(pk=course.pk).first()
    if locked is None:
        raise Refused("这个班级已经结束了，请向教员询问。", code="course_is_closed")
    if (known := member_of(course, trainee)) is not None:
        return known
    taken = set(course.members.values_list("nickname", flat=True))
    if len(taken) >= MOST_MEMBERS:
        raise Refused(f"这个班级已有 {MOST_MEMBERS} 人，满了，请向教员询问。", code="course_is_full")
    free = next(name for name in _names(nickname) if name not in taken)
    return Member.objects.create(course=course, trainee=trainee, nickname=free, joined_at=clock.real_now())


def _names(nickname: str) -> Iterable[str]:
    yield nickname
    for number in range(2, MOST_MEMBERS + 2):
        end = f"（{number}）"
        yield nickname[: Member.NICKNAME_LENGTH - len(end)] + end


# ── Doing ────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Task:
    """An exercise of a class, and how far a member is: the try that goes on, and whether the goal was ever reached."""

    number: int
    exercise: Exercise
    way: Way
    under_way: Try | None
    is_done: bool
    is_tried: bool


def tasks_of(course: Course, member: Member | None = None) -> Sequence[Task]:
    """The exercises of a class in their order, those left out that are no more."""
    of_member = list(member.tries.order_by("-id").defer("debrief")) if member else []
    found = []
    for number, (name, way) in enumerate(course.tasks, start=1):
        exercise = exercises().get(name)
        if exercise is None:
            continue
        mine = [this for this in of_member if (this.exercise, this.way) == (name, way)]
        found.append(
            Task(
                number,
                exercise,
                Way(way),
                under_way=next((this for this in mine if this.ended_at is None), None),
                is_done=any(GOAL in (this.end, this.reached) for this in mine),
                is_tried=bool(mine),
            )
        )
    return found


def start(member: Member, number: int) -> Try:
    """Begin an exercise of the class. Raises :class:`Refused` for no such number, and for who began one just now."""
    task = next((task for task in tasks_of(member.course) if task.number == number), None)
    if task is None:
        raise Refused("班级里没有这个练习，请从列表中选择。", code="unknown_task")
    if wait := limits.wait(f"course-start:{member.pk}", limit=1, seconds=START_PAUSE):
        raise Refused(f"刚刚才开始了一个练习，请 {wait} 秒后再试。", code="too_fast")
    with transaction.atomic():
        this = tries.start(member.trainee, task.exercise.name, task.way)
        this.member = member
        this.save(update_fields=["member"])
    return this


def raise_hand(member: Member, *, is_up: bool) -> None:
    """Ask the trainer to come, or do not any more."""
    member.hand_at = clock.real_now() if is_up else None
    member.save(update_fields=["hand_at"])


def say(course: Course, text: str, *, to: int | None = None) -> int:
    """Let a trainer's word stand with one member, or with all; returns with how many. A blank one takes it back."""
    whom = course.members.filter(pk=to) if to is not None else course.members.all()
    with transaction.atomic():
        count = whom.update(word=text.strip()[:WORD_LENGTH])
        going_on = Try.objects.filter(member__in=whom, ended_at=None, sandbox__isnull=False)
        news.note_change(going_on.values_list("sandbox_id", flat=True))
    return count


# ── The desk ─────────────────────────────────────────────────────────────────


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
    own = course.members.aggregate(Count("pk"), Max("hand_at"), hands=Count("hand_at"))
    ended = Try.objects.filter(member__course=course, ended_at__isnull=False).count()
    minute = clock.real_now().replace(second=0, microsecond=0)  # who is stuck comes with time
    parts = [*sorted(tags.values()), *sorted(open_tries), *map(str, own.values()), ended, minute]
    return str(hash(tuple(map(str, parts))) & 0xFFFFFFFFFFFF)


def _open_tries(course: Course) -> list[int]:
    rows = Try.objects.filter(member__course=course, ended_at=None, sandbox__isnull=False)
    return list(rows.values_list("sandbox_id", flat=True))


def rows_of(course: Course) -> list[Row]:
    """Everybody in the class, who needs somebody first; a fixed number of queries where little has changed."""
    members = list(course.members.all())
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
    kept = _kept(list(keys.values()))
    found: dict[int, _Standing] = {}
    for sandbox, this in going_on.items():
        if keys[sandbox] in kept:
            found[sandbox] = kept[keys[sandbox]]
        elif (standing := _judged(this)) is not None:
            found[sandbox], is_settled = standing
            if is_settled:
                _keep(keys[sandbox], found[sandbox])
    return found


def _judged(this: Try) -> tuple[_Standing, bool] | None:
    assert this.sandbox is not None
    looked = tries.look(this, this.sandbox)
    if looked is None:
        return None
    standing, said = looked.standing, looked.exercise.sentences
    step = said.steps[standing.step.id].do if standing.step else ""
    return (standing.number, len(looked.exercise.steps), step, standing.end), looked.is_settled


def _kept(keys: list[str]) -> dict[str, _Standing]:
    try:
        return cache.get_many(keys) if keys else {}
    except (RedisError, OSError):
        return {}


def _keep(key: str, standing: _Standing) -> None:
    try:
        cache.set(key, standing, timeout=_STANDING_SECONDS)
    except (RedisError, OSError):
        return


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
    """Begin to look over a member's shoulder, which they are told."""
    member.looked_at = clock.real_now()
    member.save(update_fields=["looked_at"])
    going_on = member.tries.filter(ended_at=None, sandbox__isnull=False)
    news.note_change(list(going_on.values_list("sandbox_id", flat=True)))


def is_looked_at(member: Member) -> bool:
    """Whether a trainer has begun to look within the last minutes."""
    return member.looked_at is not None and clock.real_now() - member.looked_at < LOOKED_AT_FOR


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
    """How many have begun an exercise of the class, and how many have reached its goal; nobody's name."""

    task: Task
    begun: int
    good: int
    members: int


def progress_of(course: Course) -> Sequence[Progress]:
    """Exercise by exercise."""
    members = course.members.count()
    of_course = Try.objects.filter(member__course=course).order_by()
    counts = of_course.values("exercise", "way").annotate(
        begun=Count("member", distinct=True),
        good=Count("member", distinct=True, filter=Q(end=GOAL) | Q(reached=GOAL)),
    )
    found = {(row["exercise"], row["way"]): (row["begun"], row["good"]) for row in counts}
    return [
        Progress(task, *found.get((task.exercise.name, task.way.value), (0, 0)), members) for task in tasks_of(course)
    ]


# ── Close ────────────────────────────────────────────────────────────────────


def close(course: Course) -> int:
    """End a class: its members, their tries and sandboxes are deleted; returns how many members there were."""
    of_course = Sandbox.objects.filter(exercise_try__member__course=course)
    with transaction.atomic():
        locked = Course.objects.select_for_update().get(pk=course.pk)
        ids = list(of_course.values_list("pk", flat=True))
        for sandbox in of_course:
            sandboxes.close(sandbox, by=MACHINE)
        count = locked.members.count()
        locked.delete()
    for pk in ids:
        sandboxes.delete_everything_of(pk)
    return count
