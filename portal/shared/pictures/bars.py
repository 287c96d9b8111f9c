"""Bars below each other: how many came so far, how often something happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from verification.asking.funnel import Funnel
from verification.models import ReturnReason

WIDTH = 340
#: A row is so high, and so much higher with a note below its bar.
_FIRST_AT, _ROW, _NOTE = 20, 46, 14


@dataclass(frozen=True)
class Bar:
    """A count with its name. One that ``is_aside`` stands for what has left the row of the others: it is hatched."""

    label: str
    count: int
    note: str = ""
    is_aside: bool = False
    y: int = 0
    length: float = 0

    @property
    def bar_y(self) -> int:
        """Where the bar itself begins, below its words."""
        return self.y + 7

    @property
    def note_y(self) -> int:
        """Where the note stands, below the bar."""
        return self.y + 32


@dataclass(frozen=True)
class Bars:
    """The drawing; ``title`` says what it shows, ``of`` and ``counted`` head the table's columns."""

    title: str
    of: str
    counted: str
    unit: str
    rows: Sequence[Bar]
    width: int = WIDTH

    @property
    def height(self) -> int:
        """How high it is."""
        return self.rows[-1].y + _ROW - 20 + _NOTE if self.rows else _ROW

    @property
    def says(self) -> str:
        """All of it, as a sentence."""
        return "，".join(f"{row.label} {row.count} {self.unit}" for row in self.rows)


def bars_of(title: str, rows: Sequence[Bar], *, of: str, counted: str, unit: str) -> Bars:
    """The drawing of some counts, each as long as it is large."""
    most = max((row.count for row in rows), default=0) or 1
    placed, y = [], _FIRST_AT
    for row in rows:
        placed.append(replace(row, y=y, length=round(row.count / most * WIDTH, 1)))
        y += _ROW + (_NOTE if row.note else 0)
    return Bars(title, of, counted, unit, placed)


def of_funnel(title: str, funnel: Funnel) -> Bars:
    """A funnel: from what was submitted to what was accepted, and beside it what went back, and why."""
    unasked = f"{funnel.unasked} 份不用核验，直接转管局" if funnel.unasked else ""
    rows = [
        Bar("提交", funnel.submitted, unasked),
        Bar("下发验证码", funnel.sent),
        Bar("核验通过", funnel.verified),
        Bar("审核通过", funnel.accepted),
        Bar("退回", funnel.returned_in_all, _reasons(funnel.returned or {}), is_aside=True),
    ]
    return bars_of(title, rows, of="走到哪里", counted="份数", unit="份")


def _reasons(returned: Mapping[ReturnReason, int]) -> str:
    return "、".join(f"{reason.label} {count}" for reason, count in returned.items())
