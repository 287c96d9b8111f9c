"""Statements written by hand: of a small question that every request asks, putting it into SQL is the greater part.

::

    _BY_KEY = Prepared(
        "FROM verification_participant p JOIN verification_sandbox s ON s.id = p.sandbox_id WHERE p.id = %(key)s",
        Columns("p", Participant),
        sandbox=Columns("s", Sandbox),
    )
    participants = _BY_KEY(key=7)
"""

from collections.abc import Callable, Sequence
from functools import cached_property, reduce
from itertools import accumulate, pairwise
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Field, Model

M = TypeVar("M", bound=Model)


class Columns(Generic[M]):
    """What a statement reads of a table: all columns of its model, or those that are named; the others are deferred."""

    def __init__(self, alias: str, model: type[M], *names: str) -> None:
        self.alias, self.model = alias, model
        wanted = set(names)
        fields = model._meta.concrete_fields
        self.fields: list[Field[Any, Any]] = [
            field for field in fields if not names or field.primary_key or field.attname in wanted
        ]
        if missing := wanted - {field.attname for field in self.fields}:
            raise ValueError(f"{model.__name__} has no column {min(missing)}")

    def __str__(self) -> str:
        return ", ".join(f"{self.alias}.{field.column}" for field in self.fields)

    def row(self, values: Sequence[Any]) -> M:
        """The model's row of these values."""
        return self.model.from_db(connection.alias, [field.attname for field in self.fields], values)


class Prepared(Generic[M]):
    """A question for rows of a model and, by the name of the relation, the rows that each refers to.

    A relation of one of those, named after it, is written as Django writes it, ``participant__sandbox``.
    ``rest`` is the statement from its FROM on, with ``%(name)s`` for each value that comes with the call.
    """

    def __init__(self, rest: str, columns: Columns[M], **related: Columns[Any]) -> None:
        self._columns, self._related = columns, related
        self._sql = f"SELECT {', '.join(map(str, self._all))} {rest}"

    @property
    def _all(self) -> list[Columns[Any]]:
        return [self._columns, *self._related.values()]

    @cached_property
    def _bounds(self) -> list[tuple[int, int]]:
        """Where the columns of each table stand in a row of the answer."""
        return list(pairwise(accumulate((len(columns.fields) for columns in self._all), initial=0)))

    @cached_property
    def _conversions(self) -> list[tuple[int, Callable[..., Any], Any]]:
        """What the database says in other types than the models: the place in the row, and how to read it."""
        fields = [field for columns in self._all for field in columns.fields]
        found = []
        for place, field in enumerate(fields):
            expression = field.get_col(field.model._meta.db_table)
            converters = [*connection.ops.get_db_converters(expression), *field.get_db_converters(connection)]
            found += [(place, convert, expression) for convert in converters]
        return found

    def __call__(self, **values: int | str) -> list[M]:
        """The rows, read anew."""
        with connection.cursor() as cursor:
            cursor.execute(self._sql, values)
            return [self._row(list(answer)) for answer in cursor.fetchall()]

    def _row(self, answer: list[Any]) -> M:
        for place, convert, expression in self._conversions:
            answer[place] = convert(answer[place], expression, connection)
        (begin, end), *others = self._bounds
        row = self._columns.row(answer[begin:end])
        for (name, columns), (begin, end) in zip(self._related.items(), others, strict=True):
            *way, last = name.split("__")
            setattr(reduce(getattr, way, row), last, columns.row(answer[begin:end]))
        return row
