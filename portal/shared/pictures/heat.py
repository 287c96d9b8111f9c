"""Steps against people: a row a step, a column a person, the furthest first; how high and dark tells how long it took.

Heights, hollow bars and crosses say without a colour what the shades say with one. Of all bars of a sort in a row there
is one path, so that three hundred people stay a small drawing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from training.files import Exercise
from training.overviews import Doing, Took

WIDTH = 340
_FIRST_AT, _ROW, _BAR = 16, 46, 20
_WIDEST, _GAP_FROM = 22.0, 3.0
#: Letters of a step that have room beside its counts.
_MOST_LETTERS = 15
#: In seconds: up to the first a step took little, up to the second some time, beyond it long.
QUICK, LONG = 60, 180


class Sort(StrEnum):
    """What a bar stands for."""

    UNKNOWN = "unknown"
    QUICK = "quick"
    SOME = "some"
    LONG = "long"
    OPEN = "open"
    GIVEN_UP = "given-up"


_HEIGHTS = {Sort.UNKNOWN: 4, Sort.QUICK: 7, Sort.SOME: 13, Sort.LONG: _BAR, Sort.OPEN: _BAR, Sort.GIVEN_UP: _BAR}


def sort_of(took: Took | None) -> Sort:
    """What sort of bar a step of somebody's gets."""
    if took is None:
        return Sort.UNKNOWN
    if took.is_open:
        return Sort.OPEN
    if took.is_given_up:
        return Sort.GIVEN_UP
    return Sort.QUICK if took.seconds <= QUICK else Sort.SOME if took.seconds <= LONG else Sort.LONG


@dataclass(frozen=True)
class Shade:
    """All bars of a sort in a row, as the ``d`` of a path."""

    sort: Sort
    path: str


@dataclass(frozen=True)
class Row:
    """A step: its words, how many have done it, are at it, have ended at it, and their bars."""

    number: int
    text: str
    done: int
    at_it: int
    given_up: int
    shades: Sequence[Shade]
    y: int

    @property
    def short(self) -> str:
        """The words, as far as there is room."""
        return self.text if len(self.text) <= _MOST_LETTERS else f"{self.text[: _MOST_LETTERS - 1]}…"

    @property
    def ground_y(self) -> int:
        """Where the bars stand, below the words."""
        return self.y + 6 + _BAR


@dataclass(frozen=True)
class Person:
    """A person's column as a row of the table: each step's time in words, in the order of the steps."""

    name: str
    cells: Sequence[str]


@dataclass(frozen=True)
class Heat:
    """The drawing of an exercise, and its table."""

    title: str
    rows: Sequence[Row]
    people: Sequence[Person]
    strip: float
    width: int = WIDTH

    @property
    def height(self) -> int:
        """How high it is."""
        return _FIRST_AT + _ROW * len(self.rows) - 12

    @property
    def says(self) -> str:
        """All of it, as a sentence."""
        return "；".join(f"第 {row.number} 步 {row.done} 人做到，{row.at_it} 人在做" for row in self.rows)


def heat_of(exercise: Exercise, doings: Sequence[Doing], name_of: Callable[[int], str]) -> Heat:
    """The drawing of those who do an exercise, in their order."""
    wide = min(_WIDEST, WIDTH / max(1, len(doings)))
    rows = [_row(exercise, place, doings, wide) for place in range(len(exercise.steps))]
    people = [Person(name_of(doing.member), [_told(doing, step.id) for step in exercise.steps]) for doing in doings]
    return Heat(exercise.sentences.title, rows, people, round(wide * len(doings), 1))


def _row(exercise: Exercise, place: int, doings: Sequence[Doing], wide: float) -> Row:
    step, y = exercise.steps[place].id, _FIRST_AT + _ROW * place
    drawn: dict[Sort, list[str]] = {}
    counts = dict.fromkeys(Sort, 0)
    for column, doing in enumerate(doings):
        if step in doing.took:
            sort = sort_of(doing.took[step])
            counts[sort] += 1
            drawn.setdefault(sort, []).append(_bar(sort, column * wide, y + 6, wide))
    given_up, at_it = counts.pop(Sort.GIVEN_UP), counts.pop(Sort.OPEN)
    shades = [Shade(sort, "".join(drawn[sort])) for sort in Sort if sort in drawn]
    return Row(place + 1, exercise.sentences.steps[step].do, sum(counts.values()), at_it, given_up, shades, y)


def _bar(sort: Sort, x: float, top: int, wide: float) -> str:
    """A bar, standing on the ground of its row; what ended there is a cross where there is room for one."""
    width = wide - 1 if wide >= _GAP_FROM else wide
    if sort is Sort.GIVEN_UP and wide >= 2 * _GAP_FROM:
        size = min(width, _BAR - 4)
        left, up = x + (width - size) / 2, top + (_BAR - size) / 2
        return f"M{left:.1f} {up:.1f}l{size:.1f} {size:.1f}m0 {-size:.1f}l{-size:.1f} {size:.1f}"
    inset = 0.8 if sort is Sort.OPEN and wide >= _GAP_FROM else 0
    height = _HEIGHTS[sort] - 2 * inset
    y = top + _BAR - height - inset
    across = width - 2 * inset
    return f"M{x + inset:.1f} {y:.1f}h{across:.1f}v{height:.1f}h{-across:.1f}z"


def _told(doing: Doing, step: str) -> str:
    if step not in doing.took:
        return ""
    took = doing.took[step]
    if took is None:
        return "做到"
    minutes, seconds = divmod(round(took.seconds), 60)
    time = f"{minutes}:{seconds:02}"
    return f"在做 {time}" if took.is_open else f"止于此 {time}" if took.is_given_up else time
