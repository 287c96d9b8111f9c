"""教员台: how far everybody in a class is, and who needs help; and for the wall, without names."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Count, Max, Q, Sum

from training import kept, practice, shelf, standings
from training.courses import Task, tasks_of
from training.judging import GOAL
from training.models import Course, Member, Try
from training.standings import Stand
from verification import news
from verification.time import clock

#: Who has done nothing for so long, or has been charged so often, is stuck.
STUCK_AFTER = timedelta(minutes=3)
STUCK_CHARGED = 3


class State(StrEnum):
    """How it goes for a member."""

    STUCK = "stuck"
    GOING = "going"
    GOOD = "good"
    ENDED = "ended"
    NOT_BEGUN = "none"

    @property
    def label(self) -> str:
        """What pages call it."""
        return _STATES[self]


_STATES = {
    State.STUCK: "卡住了",
    State.GOING: "进行中",
    State.GOOD: "达到目标",
    State.ENDED: "没有达到",
    State.NOT_BEGUN: "还没开始",
}
_TONES = {
    State.STUCK: "bad",
    State.GOING: "info",
    State.GOOD: "good",
    State.ENDED: "mute",
    State.NOT_BEGUN: "mute",
}


@dataclass(frozen=True)
class Row:
    """A member at the desk: what they are at, which step of how many, since when, and whether they seem to be stuck.

    ``name`` is the exercise's, ``task`` its place in the class, from 1, ``stand`` how far its try is that goes on.
    """

    member: Member
    name: str = ""
    exercise: str = ""
    task: int = 0
    since: datetime | None = None
    end: str = ""
    done: int = 0
    stand: Stand | None = None
    is_stuck: bool = False

    @property
    def key(self) -> str:
        """By what pages know it: a text, since three hundred numbers take long to be written in a language's way."""
        return f"m{self.member.pk}"

    @property
    def number(self) -> int:
        """The number of the step; 0 where nothing goes on."""
        return self.stand.number if self.stand else 0

    @property
    def charged(self) -> int:
        """How many entries were charged."""
        return self.stand.charged if self.stand else 0

    @property
    def hints(self) -> int:
        """How many hints were asked for."""
        return self.stand.hints if self.stand else 0

    @property
    def state(self) -> State:
        """In a word."""
        if self.is_stuck:
            return State.STUCK
        if self.end:
            return State.GOOD if self.end == GOAL else State.ENDED
        return State.GOING if self.stand else State.NOT_BEGUN

    @property
    def tone(self) -> str:
        """The badge's colour."""
        return _TONES[self.state]

    @property
    def needs_somebody(self) -> bool:
        """Whether the last attempts are of use beside it."""
        return self.is_stuck or self.member.hand_at is not None

    @property
    def rank(self) -> tuple[float, float, str]:
        """Raised hands stand on top, then who is stuck; of both, who waits longest."""
        hand = self.member.hand_at.timestamp() if self.member.hand_at else math.inf
        stuck = self.since.timestamp() if self.is_stuck and self.since else math.inf
        return (hand, stuck, self.member.called)

    @property
    def digest(self) -> str:
        """What differs when the row shows anything else."""
        stand = self.stand.digest if self.stand else ""
        words = (self.member.called, str(self.member.hand_at), self.exercise, str(self.since), self.end, stand)
        return kept.digest(words, self.done, self.state.value)


def tags_of(course: Course) -> Mapping[int, str]:
    """The tags of the sandboxes in which something goes on in the class."""
    if course.is_free:
        return news.tags(practice.sandboxes_in(course))
    rows = Try.objects.filter(member__course=course, ended_at=None, sandbox__isnull=False)
    return news.tags(list(rows.values_list("sandbox_id", flat=True)))


def tag_of(course: Course, tags: Mapping[int, str] | None = None) -> str:
    """What differs when something has changed in the class or in a sandbox of it; ``tags`` where they are known."""
    tags = tags_of(course) if tags is None else tags
    own = course.members.aggregate(Count("pk"), Max("hand_at"), hands=Count("hand_at"), leads=Sum("lead"))
    ended = Try.objects.filter(member__course=course, ended_at__isnull=False).count()
    minute = clock.real_now().replace(second=0, microsecond=0)  # who is stuck comes with time
    led = (course.at, course.paused_at, course.tasks)
    return kept.digest(sorted(tags.items()), sorted(own.items()), ended, minute, led)


def rows_of(course: Course, tags: Mapping[int, str] | None = None) -> list[Row]:
    """Everybody in the class, who needs somebody first; a fixed number of queries, however many have done something.

    ``tags`` are those of the sandboxes where they are known.
    """
    tags = tags_of(course) if tags is None else tags
    good = Q(tries__end=GOAL) | Q(tries__reached=GOAL)
    alone_or_leads = course.members.filter(lead=None).annotate(
        done=Count("tries__exercise", filter=good, distinct=True),
        latest=Max("tries__pk"),
    )
    members = list(alone_or_leads.prefetch_related("followers") if course.is_group else alone_or_leads)
    wanted = [member.latest for member in members if member.latest]
    shown = ("pk", "member_id", "sandbox_id", "exercise", "digest", "way", "end", "reached", "ended_at")
    latest = {row["member_id"]: row for row in Try.objects.filter(pk__in=wanted).order_by().values(*shown)}
    going_on = {row["sandbox_id"]: row["pk"] for row in latest.values() if not row["ended_at"] and row["sandbox_id"]}
    stands = standings.of(str(course.pk), going_on, tags)
    places = {(name, way): number for number, (name, way) in enumerate(course.tasks, start=1)}
    real = clock.real_now()
    found = []
    for member in members:
        this = latest.get(member.pk)
        stand = stands.get(this["sandbox_id"]) if this and not this["ended_at"] else None
        place = places.get((this["exercise"], this["way"]), 0) if this else 0
        found.append(_row(member, this, stand, place, real) if this else Row(member))
    return sorted(found, key=lambda row: row.rank)


def _row(member: Member, this: Mapping[str, Any], stand: Stand | None, place: int, real: datetime) -> Row:
    exercise = shelf.begun_as(this["exercise"], this["digest"])
    end = stand.end if stand else this["end"] or this["reached"]
    return Row(
        member,
        name=this["exercise"],
        exercise=exercise.sentences.title if exercise else this["exercise"],
        task=place,
        since=stand.acted_at if stand else this["ended_at"],
        end=end,
        done=member.done,  # type: ignore[attr-defined]  # annotated above
        stand=stand,
        is_stuck=stand is not None
        and not end
        and (real - stand.acted_at > STUCK_AFTER or stand.charged >= STUCK_CHARGED),
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
