"""班级: a trainer's exercises for many at once: made, joined, done, closed. What a trainer sees of it is in ``desks``.

Who joins gives a nickname and nothing else; closing leaves nothing. A desk is a trainee's right on a class. What is
tried in a class belongs to its member, and goes with the class.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Max, Q

from training import kept, openings, presence, standings, tries
from training.files import Exercise, exercises
from training.judging import GOAL
from training.models import Course, Desk, Member, Trainee, Try
from training.words import Way
from verification import news
from verification.by import By
from verification.models import Sandbox
from verification.refusals import Refused
from verification.time import clock, limits
from verification.worlds import sandboxes

MACHINE = By.machine("班级结束")
MOST_MEMBERS = 500
#: So many exercises a class may have.
MOST_TASKS = 40
#: Of one member a start is taken once in so many seconds.
START_PAUSE = 5
WORD_LENGTH = 200


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
    transaction.on_commit(
        lambda: openings.prepare(tries.exercise_named(exercise) for exercise, _ in tasks), robust=True
    )
    return course


def of_code(code: str) -> Course | None:
    """The class of a code; ``None`` for one that was never given out, or whose class is closed."""
    return Course.objects.filter(code=code).first()


def has_desk(course: Course, trainee: Trainee | None) -> bool:
    """Whether somebody is a trainer of the class."""
    return trainee is not None and Desk.objects.filter(course=course, trainee=trainee).exists()


def member_of(course: Course, trainee: Trainee | None) -> Member | None:
    """As whom somebody is in the class; ``None`` for who has not joined."""
    found = Member.objects.filter(course=course, trainee=trainee).first() if trainee else None
    if found is not None and trainee is not None:
        found.course, found.trainee = course, trainee
    return found


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


def task_at(course: Course) -> Task | None:
    """The exercise to which the trainer leads everybody; ``None`` where they choose for themselves."""
    return next((task for task in tasks_of(course) if task.number == course.at), None)


def start(member: Member, number: int) -> Try:
    """Begin an exercise of the class. Raises :class:`Refused` for no such number, and for who began one just now."""
    task = next((task for task in tasks_of(member.course) if task.number == number), None)
    if task is None:
        raise Refused("班级里没有这个练习，请从列表中选择。", code="unknown_task")
    if wait := limits.wait(f"course-start:{member.pk}", limit=1, seconds=START_PAUSE):
        raise Refused(f"刚刚才开始了一个练习，请 {wait} 秒后再试。", code="too_fast")
    return tries.start(member.trainee, task.exercise.name, task.way, member=member)


def raise_hand(member: Member, *, is_up: bool) -> None:
    """Ask the trainer to come, or do not any more."""
    member.hand_at = clock.real_now() if is_up else None
    member.save(update_fields=["hand_at"])


@transaction.atomic
def say(course: Course, text: str, *, to: Member | None = None) -> int:
    """Let a trainer's word stand with everybody, or with one; returns with how many. A blank one takes it back."""
    members = course.members.filter(pk=to.pk) if to else course.members.all()
    going_on = Try.objects.filter(member__in=members, ended_at=None, sandbox__isnull=False)
    news.note_change(going_on.values_list("sandbox_id", flat=True))
    return members.update(word=text.strip()[:WORD_LENGTH])


def tag_for(member: Member) -> str:
    """What differs when a member's page of the class shows anything else."""
    course = member.course
    counted = member.tries.aggregate(Max("pk"), ended=Count("pk", filter=Q(ended_at__isnull=False)))
    good = member.tries.filter(reached=GOAL).count()
    return kept.digest(member.word, member.hand_at, course.at, course.paused_at, sorted(counted.items()), good)


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
    kept.forget([standings.key_of(str(course.pk))])
    presence.forget_pages(ids)
    return count
