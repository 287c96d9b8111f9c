"""Queries that are put into words once: of a small question that every request asks, saying it is the greater part.

::

    _BY_KEY = Prepared(lambda: Participant.objects.select_related("sandbox").filter(pk=Given("key")))
    participants = _BY_KEY(key=7)
"""

from collections.abc import Callable, Sequence
from copy import copy
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import connections
from django.db.models import Expression, Model, QuerySet
from django.db.models.sql.compiler import SQLCompiler

M = TypeVar("M", bound=Model)


class Given(Expression):
    """The place in a query of a value that comes with the call: a whole number or a text, as the column stores it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, *_: Any, **__: Any) -> tuple[str, tuple[Any, ...]]:
        """A parameter, which stands for itself until its value is known."""
        return "%s", (self,)


class Prepared(Generic[M]):
    """A query for rows of a model. Called with the values of its :class:`Given`, it asks the database anew."""

    def __init__(self, say: Callable[[], QuerySet[M]]) -> None:
        self._say = say

    @cached_property
    def _said(self) -> tuple[QuerySet[M], SQLCompiler, str, Sequence[Any]]:
        rows = self._say()
        compiler = rows.query.get_compiler(using=rows.db)
        return rows, compiler, *compiler.as_sql()

    def __call__(self, **values: int | str) -> list[M]:
        """The rows. Raises :class:`KeyError` if a value is missing."""
        said, compiler, sql, params = self._said
        bound = tuple(values[param.name] if isinstance(param, Given) else param for param in params)
        again = copy(compiler)
        again.connection = connections[said.db]  # each thread has its own
        again.as_sql = lambda *_, **__: (sql, bound)  # type: ignore[method-assign]
        rows = said.all()
        rows.query.get_compiler = lambda *_, **__: again  # type: ignore[method-assign]
        return list(rows)
