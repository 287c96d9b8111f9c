"""班级: a trainer's exercises for many at once: made, joined, done. What a trainer sees of it is in ``desks``.

Who joins gives a nickname and nothing else; closing leaves nothing. A desk is a trainee's right on a class. What is
tried in a class belongs to its member, and goes with the class.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet

from training import groups, hours, kept, openings, practice, shelf, tries
from training.files import Exercise
from training.judging import GOAL
from training.models import Course, Desk, Kind, Member, Part, Trainee, Try
from training.words import Way
from verification import news
from verification.models import Participant, Sandbox
from verification.refusals import Refused
from verification.time import clock, limits

MOST_MEMBERS = 500
#: So many exercises a class may have.
MOST_TASKS = 40
#: Of one member a start is taken once in so many seconds.
START_PAUSE = 5
WORD_LENGTH = 200


# ── Make, join ───────────────────────────────────────────────────────────────


@transaction.atomic
def make(
    trainer: Trainee,
    *,
    name: str,
    kind: Kind = Kind.ALONE,
    tasks: Sequence[tuple[str, Way]] = (),
    scenario: str = "",
    parts: Collection[Part] = (),
    begins_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Course:
    """Open a class; whoever makes it has its desk.

    Exercises need ``tasks``, free practice a ``scenario``, and ``parts`` where all are in one sandbox. Raises
    :class:`Refused` where any of that is missing or does not go together.
    """
    hours.check(begins_at, ends_at)
    course = Course(name=name, kind=kind, begins_at=begins_at, ends_at=ends_at, created_at=clock.real_now())
    if course.is_free:
        practice.prepare(course, scenario, parts)
    else:
        _check_tasks(trainer, kind, tasks)
        course.tasks = [[exercise, way.value] for exercise, way in tasks]
        chosen = shelf.offered([exercise for exercise, _ in tasks]).values()
        transaction.on_commit(lambda: openings.prepare(chosen), robust=True)
    course.save()
    Desk.objects.create(course=course, trainee=trainer)
    return course


def _check_tasks(trainer: Trainee, kind: Kind, tasks: Sequence[tuple[str, Way]]) -> None:
    if not tasks:
        raise Refused("请至少选一个练习。", code="no_tasks")
    if len(tasks) > MOST_TASKS:
        raise Refused(f"一个班级最多 {MOST_TASKS} 个练习，请少选几个。", code="too_many_tasks")
    for exercise, way in tasks:
        _check_task(trainer, exercise, way)
    if kind == Kind.GROUP:
        groups.check(list(shelf.offered([exercise for exercise, _ in tasks]).values()))


def _check_task(trainer: Trainee, name: str, way: Way) -> None:
    exercise = shelf.to_offer(name, trainer)
    if exercise is None:
        raise Refused("没有这个练习，或者它还没有给班级用，请从列表中选择。", code="unknown_exercise")
    if way not in exercise.ways:
        raise Refused("有的练习不能考核，请改选练习方式。", code="unknown_way")


@transaction.atomic
def add_task(course: Course, trainer: Trainee, name: str, way: Way) -> None:
    """Let the class do one more exercise, after its others. Raises as :func:`make` does, and for one that it has."""
    _check_task(trainer, name, way)
    locked = Course.objects.select_for_update().filter(pk=course.pk).first()
    if locked is None:
        raise Refused("这个班级已经结束了，请另建一个班级。", code="course_is_closed")
    if locked.kind != Kind.ALONE:
        raise Refused("这个班级不是各做各的练习，不能加，请另建一个班级。", code="other_kind")
    if [name, way.value] in locked.tasks:
        raise Refused("班级里已经有这个练习了，请选择别的练习。", code="task_is_there")
    if len(locked.tasks) >= MOST_TASKS:
        raise Refused(f"一个班级最多 {MOST_TASKS} 个练习，不能再加了，请另建一个班级。", code="too_many_tasks")
    locked.tasks = [*locked.tasks, [name, way.value]]
    locked.save(update_fields=["tasks"])


def of_code(code: str) -> Course | None:
    """The class of a code; ``None`` for one that was never given out, or whose class is closed."""
    return Course.objects.filter(code=code).first()


def has_desk(course: Course, trainee: Trainee | None) -> bool:
    """Whether somebody is a trainer of the class."""
    return trainee is not None and Desk.objects.filter(course=course, trainee=trainee).exists()


def member_of(course: Course, trainee: Trainee | None) -> Member | None:
    """As whom somebody is in the class; ``None`` for who has not joined."""
    if trainee is None:
        return None
    found = Member.objects.select_related("lead").filter(course=course, trainee=trainee).first()
    if found is not None:
        found.course, found.trainee = course, trainee
    return found


@transaction.atomic
def join(course: Course, trainee: Trainee | None, nickname: str) -> Member:
    """Join under a nickname; of two with the same one, the later gets a number. Who is in already stays who they are.

    Whoever has learnt nothing before becomes a trainee by it. Raises :class:`Refused` for no nickname, and for a class
    that is full, over or closed. All that come at once wait for each other here, so it asks for little.
    """
    nickname = nickname.strip()[: Member.NICKNAME_LENGTH]
    if not nickname:
        raise Refused("请填写昵称，教员凭它认出您。", code="name_required")
    locked = Course.objects.select_for_update().filter(pk=course.pk).first()
    if locked is None:
        raise Refused("这个班级已经结束了，请向教员询问。", code="course_is_closed")
    if (known := member_of(course, trainee)) is not None:
        return known
    hours.check_not_over(locked)
    if course.members.count() >= MOST_MEMBERS:
        raise Refused(f"这个班级已有 {MOST_MEMBERS} 人，满了，请向教员询问。", code="course_is_full")
    member = Member(
        course=course,
        trainee=trainee or tries.new_trainee(),
        nickname=_free_name(course, nickname),
        joined_at=clock.real_now(),
    )
    if locked.is_group:
        groups.seat(member)
    member.save()
    return member


def _free_name(course: Course, nickname: str) -> str:
    if not course.members.filter(nickname=nickname).exists():
        return nickname
    taken = set(course.members.values_list("nickname", flat=True))
    return next(name for name in _names(nickname) if name not in taken)


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
    last_ended: Try | None = None


def tasks_of(course: Course, member: Member | None = None) -> Sequence[Task]:
    """The exercises of a class in their order, those left out that are no more."""
    of_member = list(member.tries.order_by("-id").defer("debrief")) if member else []
    offered = shelf.offered([name for name, _ in course.tasks])
    found = []
    for number, (name, way) in enumerate(course.tasks, start=1):
        exercise = offered.get(name)
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
                last_ended=next((this for this in mine if this.ended_at is not None), None),
            )
        )
    return found


def task_at(course: Course) -> Task | None:
    """The exercise to which the trainer leads everybody; ``None`` where they choose for themselves."""
    return next((task for task in tasks_of(course) if task.number == course.at), None)


def start(member: Member, number: int, *, anew: bool = False) -> Try:
    """Begin an exercise of the class; a group that is at it goes on, unless its lead begins ``anew``.

    Raises :class:`Refused` for no such number, for who began one just now, and outside of the class's time.
    """
    course, speaker = member.course, member.speaker
    task = next((task for task in tasks_of(course, speaker) if task.number == number), None)
    if task is None:
        raise Refused("班级里没有这个练习，请从列表中选择。", code="unknown_task")
    if course.is_group and task.under_way and not (anew and member == speaker):
        return task.under_way
    hours.check_open(course)
    with transaction.atomic():
        if not Member.objects.select_for_update().filter(pk=speaker.pk).exists():
            raise Refused("这个班级已经结束了，请向教员询问。", code="course_is_closed")
        going_on = groups.going_on_under_lock(speaker) if course.is_group else None
        if going_on is not None and going_on != task.under_way:
            return going_on  # others of the group were quicker
        check_pace(speaker)
        if going_on is not None:
            tries.leave(going_on)
        return tries.begin(speaker.trainee, task.exercise, task.way, member=speaker)


def practise(member: Member) -> Participant:
    """Begin to practise freely. Raises :class:`Refused` for who began just now, and outside of the class's time."""
    hours.check_open(member.course)
    check_pace(member)
    return practice.begin(member)


def check_pace(member: Member) -> None:
    """Count a start. Raises :class:`Refused` for who began something just now."""
    if wait := limits.wait(f"course-start:{member.pk}", limit=1, seconds=START_PAUSE):
        raise Refused(f"刚刚才开始了一次，请 {wait} 秒后再试。", code="too_fast")


def raise_hand(member: Member, *, is_up: bool) -> None:
    """Ask the trainer to come, or do not any more."""
    speaker = member.speaker
    speaker.hand_at = clock.real_now() if is_up else None
    speaker.save(update_fields=["hand_at"])


@transaction.atomic
def say(course: Course, text: str, *, to: Member | None = None) -> int:
    """Let a trainer's word stand with everybody, or with one; returns with how many. A blank one takes it back."""
    members = course.members.filter(pk=to.pk) if to else course.members.all()
    concerned = sandboxes_of(course).filter(exercise_try__member=to) if to else sandboxes_of(course)
    news.note_change(concerned.filter(closed_at=None).values_list("pk", flat=True))
    return members.update(word=text.strip()[:WORD_LENGTH])


def tag_for(member: Member) -> str:
    """What differs when a member's page of the class shows anything else."""
    course, speaker = member.course, member.speaker
    counted = speaker.tries.aggregate(Max("pk"), ended=Count("pk", filter=Q(ended_at__isnull=False)))
    good = speaker.tries.filter(reached=GOAL).count()
    led = (course.at, course.paused_at, hours.is_before(course), hours.is_over(course))
    group = [(each.pk, each.nickname, each.part) for each in groups.group_of(member)] if course.is_group else ()
    at = member.participant_id
    return kept.digest(speaker.word, speaker.hand_at, led, sorted(counted.items()), good, group, at)


def sandboxes_of(course: Course) -> QuerySet[Sandbox]:
    """All sandboxes that are the class's: of its tries, of those who practise freely, and the one for all."""
    of_tries = Q(pk__in=Try.objects.filter(member__course=course).values("sandbox"))
    of_members = Q(pk__in=course.members.filter(participant__isnull=False).values("participant__sandbox"))
    return Sandbox.objects.filter(of_tries | of_members | Q(course=course))
