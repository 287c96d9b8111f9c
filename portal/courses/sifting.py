"""Narrowing and ordering the rows at the desk, by what the address says: what it does not know changes nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.timezone import get_default_timezone

from training.desks import Row, State

_LONG_AGO = datetime(1970, 1, 1, tzinfo=get_default_timezone())
_HAND = "hand"


@dataclass(frozen=True)
class Column:
    """A column by which rows can be put in order; ``is_most_first`` where the most comes first."""

    key: str
    label: str
    of: Callable[[Row], Any]
    is_most_first: bool = False


COLUMNS = (
    Column("name", "昵称", lambda row: row.member.called),
    Column("place", "做到", lambda row: (row.task, row.number)),
    Column("since", "最近一次操作", lambda row: row.since or _LONG_AGO),
    Column("charged", "计错", lambda row: row.charged, is_most_first=True),
    Column("hints", "提示", lambda row: row.hints, is_most_first=True),
    Column("done", "完成", lambda row: row.done, is_most_first=True),
)
_BY_KEY = {column.key: column for column in COLUMNS}


@dataclass(frozen=True)
class Heading:
    """A column's head: the order to which it leads, and how it stands (``aria-sort``)."""

    label: str
    order: str
    sorted: str


class RowFilter(forms.Form):
    """What the desk can be narrowed to. Who is not shown is counted all the same."""

    q = forms.CharField(label="昵称", required=False, max_length=20, widget=forms.TextInput(attrs={"type": "search"}))
    state = forms.ChoiceField(label="情况", required=False)
    task = forms.ChoiceField(label="练习", required=False)
    sort = forms.ChoiceField(label="顺序", required=False)

    def __init__(self, query: QueryDict, tasks: Mapping[int, str], rows: Sequence[Row]) -> None:
        super().__init__(query, auto_id="filter_%s")
        order = query.get("sort", "")
        self.order = order if order.removeprefix("-") in _BY_KEY else ""
        counted = [(state, sum(row.state is state for row in rows)) for state in State]
        hands = sum(row.member.hand_at is not None for row in rows)
        choices = {
            "state": [
                ("", f"全部 {len(rows)} 人"),
                (_HAND, f"举手 {hands}"),
                *((state.value, f"{state.label} {count}") for state, count in counted),
            ],
            "task": [("", "全部"), *((str(number), f"{number}. {title}") for number, title in tasks.items())],
            "sort": [("", "需要帮忙的在前"), *((column.key, f"按{column.label}") for column in COLUMNS)],
        }
        if self.order.startswith("-"):
            choices["sort"].append((self.order, f"按{_BY_KEY[self.order[1:]].label}，反过来"))
        for name, options in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = options
        self.is_valid()

    @property
    def is_narrowed(self) -> bool:
        """Whether fewer than all may be shown."""
        return any(self.cleaned_data.get(name) for name in ("q", "state", "task"))

    @property
    def headings(self) -> Sequence[Heading]:
        """The columns' heads; a second press turns the order round."""
        return [self._heading(column) for column in COLUMNS]

    def _heading(self, column: Column) -> Heading:
        order, is_descending = column.key, column.is_most_first
        if self.order == column.key:
            order = f"-{column.key}"
        elif self.order == f"-{column.key}":
            is_descending = not is_descending
        else:
            return Heading(column.label, order, "")
        return Heading(column.label, order, "descending" if is_descending else "ascending")

    def applied(self, rows: Sequence[Row]) -> list[Row]:
        """The rows that are asked for, in the order that is asked for; else who needs somebody comes first."""
        found = [row for row in rows if self._fits(row)]
        column = _BY_KEY.get(self.order.removeprefix("-"))
        if column is not None:
            found.sort(key=column.of, reverse=column.is_most_first is not self.order.startswith("-"))
        return found

    def _fits(self, row: Row) -> bool:
        asked = self.cleaned_data
        state = asked.get("state")
        is_state = not state or (row.member.hand_at is not None if state == _HAND else row.state == state)
        is_task = not asked.get("task") or str(row.task) == asked["task"]
        return is_state and is_task and asked.get("q", "").strip().lower() in row.member.called.lower()
