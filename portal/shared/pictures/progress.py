"""How far a class is over time: of each exercise how many have begun it, and how many have reached its goal by when."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from training.overviews import Curve, Overview
from verification.law.times import SHANGHAI

WIDTH = 340
_FIRST_AT, _ROW, _PLOT = 16, 84, 52
#: A shorter time is drawn as if it had been so long.
_SHORTEST = timedelta(minutes=5)
#: Between the moments that are named on the axis lies one of these.
_STEPS = [timedelta(minutes=each) for each in (1, 2, 5, 10, 15, 30, 60, 120, 240, 480)]
_MOST_TICKS = 5
#: So near the edge words would stand outside.
_EDGE = 18


@dataclass(frozen=True)
class Tick:
    """A moment that is named on the axis."""

    at: datetime
    x: float
    says: str

    @property
    def anchor(self) -> str:
        """Which end of its words stands there, so that none stands outside."""
        return "start" if self.x < _EDGE else "end" if self.x > WIDTH - _EDGE else "middle"


@dataclass(frozen=True)
class Row:
    """An exercise: two curves as the ``d`` of paths, and at each tick how many had begun and reached the goal."""

    number: int
    title: str
    begun: int
    good: int
    begun_path: str
    good_path: str
    at_ticks: Sequence[tuple[int, int]]
    y: int

    @property
    def plot_y(self) -> int:
        """Where all would be."""
        return self.y + 8

    @property
    def ground_y(self) -> int:
        """Where nobody would be."""
        return self.plot_y + _PLOT


@dataclass(frozen=True)
class Progress:
    """The drawing of all exercises that somebody has begun; the others are named."""

    rows: Sequence[Row]
    waiting: Sequence[str]
    members: int
    ticks: Sequence[Tick]
    width: int = WIDTH

    @property
    def height(self) -> int:
        """How high it is."""
        return _FIRST_AT + _ROW * len(self.rows) + 10

    @property
    def tick_y(self) -> int:
        """Where the moments are named."""
        return self.height - 6

    @property
    def says(self) -> str:
        """All of it, as a sentence."""
        return "；".join(
            f"{row.title}：全班 {self.members} 人中 {row.begun} 人开始，{row.good} 人达到目标" for row in self.rows
        )


def progress_of(overview: Overview) -> Progress | None:
    """The drawing of a class; ``None`` before anybody has begun anything."""
    span = overview.span
    if span is None:
        return None
    start, end = (moment.astimezone(SHANGHAI) for moment in span)
    end = max(end, start + _SHORTEST)
    scale = WIDTH / (end - start).total_seconds()
    members = max(1, len(overview.names))
    ticks = _ticks(start, end, scale)
    begun = [curve for curve in overview.curves if curve.begun]

    def row(place: int, curve: Curve) -> Row:
        y = _FIRST_AT + _ROW * place
        ground, height = y + 8 + _PLOT, _PLOT / members

        def path(moments: Sequence[datetime]) -> str:
            return _path([(at - start).total_seconds() * scale for at in moments], ground, height)

        at_ticks = [(bisect_right(curve.begun, tick.at), bisect_right(curve.good, tick.at)) for tick in ticks]
        title = curve.task.exercise.sentences.title
        return Row(
            number=curve.task.number,
            title=title,
            begun=len(curve.begun),
            good=len(curve.good),
            begun_path=path(curve.begun),
            good_path=path(curve.good),
            at_ticks=at_ticks,
            y=y,
        )

    waiting = [curve.task.exercise.sentences.title for curve in overview.curves if not curve.begun]
    return Progress([row(*each) for each in enumerate(begun)], waiting, len(overview.names), ticks)


def _path(xs: Sequence[float], ground: int, height: float) -> str:
    """Stairs, one up for each, filled down to the ground; what falls onto the same spot is one stair."""
    steps: dict[float, int] = {}
    for count, x in enumerate(xs, start=1):
        steps[round(x)] = count
    stairs = "".join(f"H{x:g}V{ground - count * height:.1f}" for x, count in steps.items())
    return f"M0 {ground}{stairs}H{WIDTH}V{ground}Z" if steps else ""


def _ticks(start: datetime, end: datetime, scale: float) -> list[Tick]:
    """Round moments between the two, few enough to be read, and the days where there are several."""
    span = end - start
    days = -(-span // timedelta(days=_MOST_TICKS))
    step = next((each for each in _STEPS if span / each <= _MOST_TICKS), timedelta(days=max(1, days)))
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    at = midnight + -(-(start - midnight) // step) * step
    ticks = []
    while at <= end:
        says = f"{at:%m-%d}" if step >= timedelta(days=1) else f"{at:%H:%M}"
        ticks.append(Tick(at, round((at - start).total_seconds() * scale, 1), says))
        at += step
    return ticks
