"""Sets of rows written by the database itself."""

from typing import Any

from django.db import connections, models
from django.db.models import F, QuerySet
from django.db.models.expressions import BaseExpression, Combinable


def insert_from(model: type[models.Model], source: QuerySet[Any], /, **columns: Any) -> int:
    """``INSERT INTO model (columns) SELECT … FROM source`` in one statement; returns how many rows it wrote.

    The rows stand in the order of ``source``'s keys, so that a history reads the same whoever wrote it.

    Each column is named by the field's attribute (``filing_id``, ``at``) and given as an expression over ``source``'s
    rows or as a plain value. Columns that are not named get the field's default.
    """
    fields = {field.attname: field for field in model._meta.concrete_fields if not field.primary_key}
    if unknown := set(columns) - set(fields):
        raise TypeError(f"{model.__name__} has no columns {', '.join(sorted(unknown))}")
    connection = connections[source.db]
    quote = connection.ops.quote_name
    # What is read from the source stands in a query of its own, so that Django compiles no more than that.
    read = {name: value for name, value in columns.items() if isinstance(value, BaseExpression | Combinable)}
    plain = {name: str(value.name) for name, value in read.items() if isinstance(value, F)}  # type: ignore[attr-defined]
    computed = {f"insert_{name}": value for name, value in read.items() if name not in plain}
    names = {name: plain.get(name, f"insert_{name}") for name in read}
    distinct = list(dict.fromkeys(["pk", *names.values()]))
    query = source.order_by().annotate(**computed).values_list(*distinct).query
    sql, params = query.get_compiler(connection=connection).as_sql()
    places = {name: f"c{distinct.index(chosen)}" for name, chosen in names.items()}
    given = [
        field.get_db_prep_save(columns.get(name, field.get_default()), connection)
        for name, field in fields.items()
        if name not in places
    ]
    into = ", ".join(quote(str(field.column)) for field in fields.values())
    aliases = ", ".join(f"c{place}" for place in range(len(distinct)))
    values = ", ".join(places.get(name, "%s") for name in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            # Table and column names come from the models, values travel as parameters.
            f"INSERT INTO {quote(model._meta.db_table)} ({into}) "  # noqa: S608
            f"WITH source ({aliases}) AS ({sql}) SELECT {values} FROM source ORDER BY c0",
            (*params, *given),
        )
        return int(cursor.rowcount)
