"""一个班的全貌: how a class gets on together, in numbers: over time, step by step, where entries and tries go wrong.

All of it comes from the rows of the class at once, by a constant number of queries; how long a step took, from when it
was first seen to be done. Nothing here judges anew: a class of three hundred is looked at every two seconds.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from statistics import median
from typing import NamedTuple

from django.db.models import Count, F, Q, QuerySet

from training.courses import Task, tasks_of
from training.files import Exercise, Step
from training.judging import GOAL
from training.models import Course, Note, NoteKind, Try
from training.reckoning import wrong_by_plan
from verification.asking import funnel
from verification.asking.funnel import Funnel
from verification.models import Attempt, AttemptKind, Event, EventKind
from verification.time import clock


@dataclass(frozen=True)
class Took:
    """How many seconds a step took; ``is_open`` while somebody is at it, ``is_given_up`` where a try ended."""

    seconds: float
    is_open: bool = False
    is_given_up: bool = False


@dataclass(frozen=True)
class Doing:
    """A try in a class: whose, of which task, and what of it took how long. ``good_at``: when its goal was reached.

    A step that the machine did, or of which nobody knows how long it took, has ``None``.
    """

    member: int
    task: Task
    started_at: datetime
    good_at: datetime | None
    end: str
    took: Mapping[str, Took | None]
    wrong_guesses: Sequence[str] = ()

    @property
    def done(self) -> int:
        """How many steps are behind it."""
        return sum(took is None or not (took.is_open or took.is_given_up) for took in self.took.values())

    @property
    def stopped_at(self) -> Step | None:
        """The step at which it ended without the goal; ``None`` for one that goes on or is done."""
        return next((s for s in self.task.exercise.steps if (t := self.took.get(s.id)) and t.is_given_up), None)


@dataclass(frozen=True)
class Entries:
    """How often the entries of a try came to an outcome; ``piece`` was wrong, blank where none was.

    ``asked`` of the times the exercise itself asks for, as one that shows what becomes of mistakes does.
    """

    exercise: str
    member: int
    outcome: str
    piece: str
    times: int
    asked: int = 0

    @property
    def mistakes(self) -> int:
        """What nobody has asked for."""
        return self.times - self.asked


@dataclass(frozen=True)
class Missed:
    """An end other than the goal: how many tries came to it, and the step at which most of them stood."""

    exercise: Exercise
    end: str
    times: int
    people: int
    step: Step | None


@dataclass(frozen=True)
class Slow:
    """A step: how long it took those who have done it, in the middle and at most, in seconds."""

    exercise: Exercise
    step: Step
    number: int
    people: int
    middle: float
    longest: float


@dataclass(frozen=True)
class Curve:
    """When the members have begun a task for the first time, and when they have reached its goal, in order."""

    task: Task
    begun: Sequence[datetime]
    good: Sequence[datetime]


@dataclass(frozen=True)
class Overview:
    """A class, or one task of it, in numbers; moments are real ones. ``names`` are the members' by id."""

    tasks: Sequence[Task]
    names: Mapping[int, str]
    doings: Sequence[Doing]
    entries: Sequence[Entries]
    funnel: Funnel
    now: datetime = field(default_factory=clock.real_now)

    @cached_property
    def latest(self) -> Mapping[tuple[int, int], Doing]:
        """By number of the task and member the last try."""
        return {(doing.task.number, doing.member): doing for doing in self.doings}

    @cached_property
    def curves(self) -> Sequence[Curve]:
        """Task by task, those that nobody has begun too."""
        begun: dict[int, dict[int, datetime]] = defaultdict(dict)
        good: dict[int, dict[int, datetime]] = defaultdict(dict)
        for doing in self.doings:
            begun[doing.task.number].setdefault(doing.member, doing.started_at)
            if doing.good_at is not None:
                good[doing.task.number].setdefault(doing.member, doing.good_at)
        return [
            Curve(task, sorted(begun[task.number].values()), sorted(good[task.number].values())) for task in self.tasks
        ]

    @property
    def span(self) -> tuple[datetime, datetime] | None:
        """From the first beginning until now, or until the last has come to an end; ``None`` before anybody began."""
        if not self.doings:
            return None
        moments = [moment for curve in self.curves for moment in (*curve.begun, *curve.good)]
        is_going_on = any(not doing.end for doing in self.latest.values())
        return min(moments), self.now if is_going_on else max(moments)

    @property
    def busiest(self) -> Task | None:
        """The task at which most are; else the one that was begun last."""
        at = Counter(doing.task.number for doing in self.latest.values() if not doing.end)
        number = at.most_common(1)[0][0] if at else self.doings[-1].task.number if self.doings else 0
        return next((task for task in self.tasks if task.number == number), None)

    def of(self, task: Task) -> Sequence[Doing]:
        """The last tries of a task, one a member: who is furthest first, of those who is quickest."""
        mine = [doing for (number, _), doing in self.latest.items() if number == task.number]
        return sorted(mine, key=lambda doing: (-doing.done, _sum(doing)))

    def slowest(self, most: int) -> list[Slow]:
        """The steps that took longest, in the middle of all who have done them."""
        found: dict[tuple[str, str], list[tuple[int, float]]] = defaultdict(list)
        for doing in self.doings:
            for step, took in doing.took.items():
                if took is not None and not (took.is_open or took.is_given_up):
                    found[doing.task.exercise.name, step].append((doing.member, took.seconds))
        exercises = {task.exercise.name: task.exercise for task in self.tasks}
        slow = [_slow(exercises[name], step, took) for (name, step), took in found.items()]
        return sorted(slow, key=lambda each: -each.middle)[:most]

    def missed(self, most: int) -> list[Missed]:
        """The ends that were reached in the place of the goal, the most frequent first."""
        found: dict[tuple[str, str], list[Doing]] = defaultdict(list)
        for doing in self.doings:
            if doing.end not in ("", GOAL):
                found[doing.task.exercise.name, doing.end].append(doing)
        ends = [_missed(end, doings) for (_, end), doings in found.items()]
        return sorted(ends, key=lambda each: -each.times)[:most]

    def wrong_guesses(self, most: int) -> list[tuple[Exercise, Step, int]]:
        """The steps of which most people expected something else than what came."""
        found: dict[tuple[str, str], set[int]] = defaultdict(set)
        for doing in self.doings:
            for step in doing.wrong_guesses:
                found[doing.task.exercise.name, step].add(doing.member)
        exercises = {task.exercise.name: task.exercise for task in self.tasks}
        counted = sorted(found.items(), key=lambda item: -len(item[1]))[:most]
        return [(exercises[name], exercises[name].step(step), len(people)) for (name, step), people in counted]


def _sum(doing: Doing) -> float:
    return sum(took.seconds for took in doing.took.values() if took is not None)


def _slow(exercise: Exercise, step: str, took: Sequence[tuple[int, float]]) -> Slow:
    seconds = [each for _, each in took]
    number = [each.id for each in exercise.steps].index(step) + 1
    people = len({member for member, _ in took})
    return Slow(exercise, exercise.step(step), number, people, median(seconds), max(seconds))


def _missed(end: str, doings: Sequence[Doing]) -> Missed:
    steps = Counter(step.id for doing in doings if (step := doing.stopped_at))
    exercise = doings[0].task.exercise
    step = exercise.step(steps.most_common(1)[0][0]) if steps else None
    return Missed(exercise, end, len(doings), len({doing.member for doing in doings}), step)


# ── From the rows ────────────────────────────────────────────────────────────

#: Which pieces an exercise asks to be entered wrongly, and how often; by its name.
_Plans = Mapping[str, Mapping[str, int]]


class _Try(NamedTuple):
    """What is asked of a try: a row without a model, since there may be thousands."""

    pk: int
    member_id: int
    exercise: str
    way: str
    from_step: str
    started_at: datetime
    ended_at: datetime | None
    end: str
    reached: str


class _Note(NamedTuple):
    """The same of a note: of a step that is done, or of a guess that was wrong."""

    of_try_id: int
    kind: str
    step: str
    at: datetime


def overview_of(course: Course, number: int = 0) -> Overview:
    """The class in numbers, or one of its tasks by number; seven queries."""
    tasks = [task for task in tasks_of(course) if number in (0, task.number)]
    names = dict(course.members.values_list("pk", "nickname"))
    tries = Try.objects.filter(member__course=course, exercise__in=[task.exercise.name for task in tasks])
    if number and tasks:
        tries = tries.filter(way=tasks[0].way.value)
    notes: dict[int, list[_Note]] = defaultdict(list)
    wrong = Q(kind=NoteKind.PREDICTION) & ~Q(choice=F("right"))
    asked = Note.objects.filter(Q(kind=NoteKind.DONE) | wrong, of_try__in=tries.order_by().values("pk"))
    for row in asked.order_by("id").values_list(*_Note._fields):
        notes[row[0]].append(_Note(*row))
    by_pair = {(task.exercise.name, task.way.value): task for task in reversed(tasks)}  # of two the same the first
    now = clock.real_now()
    doings = [
        _doing(this, by_pair[this.exercise, this.way], notes.get(this.pk, ()), now)
        for this in (_Try(*row) for row in tries.order_by("id").values_list(*_Try._fields))
        if (this.exercise, this.way) in by_pair
    ]
    sandboxes = tries.order_by().filter(sandbox__isnull=False).values("sandbox_id")
    rounds = funnel.rounds_of(Event.objects.filter(filing__sandbox__in=sandboxes))
    plans = {task.exercise.name: wrong_by_plan(task.exercise) for task in tasks}
    kept_entries, kept_rounds = _kept(tries.order_by().filter(sandbox=None), plans)
    return Overview(
        tasks, names, doings, [*_entries(tries, plans), *kept_entries], funnel.counted([*rounds, *kept_rounds]), now
    )


def _entries(tries: QuerySet[Try], plans: _Plans) -> Sequence[Entries]:
    """What came of the entries in these tries since they began, those of the opening left out."""
    attempts = Attempt.objects.filter(
        kind=AttemptKind.ENTRY,
        sandbox__exercise_try__in=tries.order_by().values("pk"),
        real_at__gte=F("sandbox__exercise_try__started_at"),
    )
    of_try = ("sandbox__exercise_try", "sandbox__exercise_try__exercise", "sandbox__exercise_try__member")
    found = attempts.order_by("outcome").values_list(*of_try, "outcome", "piece").annotate(times=Count("id"))
    return _planned(found, plans)


def _planned(found: Iterable[tuple[int, str, int, str, str, int]], plans: _Plans) -> Sequence[Entries]:
    """Tell what an exercise asks for apart: of each try, its exercise, member, outcome, piece, and how often."""
    of_tries: dict[int, Counter[str]] = {}
    entries = []
    for this, exercise, member, outcome, piece, times in found:
        planned = of_tries.setdefault(this, Counter(plans[exercise]))
        asked = min(times, planned[piece])
        planned[piece] -= asked
        entries.append(Entries(exercise, member, outcome, piece, times, asked))
    return entries


def _kept(tries: QuerySet[Try], plans: _Plans) -> tuple[Sequence[Entries], Sequence[funnel.Round]]:
    """The same of tries whose sandboxes are gone, as far as their debriefs tell: what was charged, and the rounds."""
    charged: Counter[tuple[int, str, int, str]] = Counter()
    rounds: list[dict[str, str]] = []
    for this, exercise, member, filings in tries.values_list("pk", "exercise", "member", "debrief__filings"):
        for filing in filings or ():
            for _, kind, _, reason in filing["lines"]:
                if kind == EventKind.SUBMITTED:
                    rounds.append({})
                elif kind == EventKind.CHARGED:
                    charged[this, exercise, member, reason] += 1
                if rounds:
                    rounds[-1][kind] = reason
    found = ((this, name, member, "", piece, times) for (this, name, member, piece), times in charged.items())
    return _planned(found, plans), rounds


def _doing(this: _Try, task: Task, notes: Sequence[_Note], now: datetime) -> Doing:
    exercise, end = task.exercise, this.end or this.reached
    noted = {note.step: note.at for note in notes if note.kind == NoteKind.DONE}
    took: dict[str, Took | None] = {}
    places = {step.id: place for place, step in enumerate(exercise.steps)}
    known = sorted((at, places[step], step) for step, at in noted.items() if step in places)
    begun_by_machine = places.get(this.from_step, 0)
    before = this.started_at
    for at, place, step in known:
        took[step] = None if place < begun_by_machine else Took(max(0.0, (at - before).total_seconds()))
        before = max(before, at)
    if end == GOAL:  # what is done without having been seen to be
        took |= {step: None for step in places if step not in took}
    elif (following := next((step for step in places if step not in took), None)) is not None:
        until = this.ended_at or now
        took[following] = Took((until - before).total_seconds(), is_open=not end, is_given_up=bool(end))
    good_at = max(before, this.started_at) if end == GOAL and known else this.ended_at if end == GOAL else None
    guesses = [note.step for note in notes if note.kind == NoteKind.PREDICTION and note.step in places]
    return Doing(this.member_id, task, this.started_at, good_at, end, took, guesses)
