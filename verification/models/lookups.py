"""``among``: rows whose key is one of many, all of them sent as one parameter.

Django's ``in`` sends a parameter a key and looks at each of them in Python several times, which takes longer than the
sweep that it serves.
"""

import json
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigAutoField, ForeignKey, Lookup
from django.db.models.sql.compiler import SQLCompiler


class Among(Lookup):
    """``filter(id__among={1, 2, 3})``: keys, not rows. Many should be a set: Django resolves each member of a list."""

    lookup_name = "among"
    prepare_rhs = False

    def get_db_prep_lookup(self, value: Any, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        """The keys as one parameter: an array for PostgreSQL, JSON for SQLite."""
        keys = list(value)
        return "%s", (keys if connection.vendor == "postgresql" else json.dumps(keys),)

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        """SQLite reads the keys from JSON."""
        return self._compare(compiler, connection, "{} IN (SELECT value FROM json_each({}))")

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        """PostgreSQL knows arrays."""
        return self._compare(compiler, connection, "{} = ANY({})")

    def _compare(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, form: str
    ) -> tuple[str, tuple[Any, ...]]:
        key, key_params = self.process_lhs(compiler, connection)
        keys, keys_params = self.process_rhs(compiler, connection)
        return form.format(key, keys), (*key_params, *keys_params)


BigAutoField.register_lookup(Among)
ForeignKey.register_lookup(Among)
