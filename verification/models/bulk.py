"""Sets of rows written by the database itself."""

from typing import Any

from django.db import connections, models
from django.db.models import QuerySet, Value
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
    selected: dict[str, BaseExpression | Combinable] = {}
    for name, field in fields.items():
        value = columns.get(name, field.get_default())
        is_expression = isinstance(value, BaseExpression | Combinable)
        selected[f"insert_{name}"] = value if is_expression else Value(value, output_field=_plain(field))
    query = source.order_by("pk").annotate(**selected).values_list(*selected).query
    connection = connections[source.db]
    sql, params = query.get_compiler(connection=connection).as_sql()
    quote = connection.ops.quote_name
    targets = ", ".join(quote(str(field.column)) for field in fields.values())
    with connection.cursor() as cursor:
        # Table and column names come from the models, values travel as parameters.
        cursor.execute(f"INSERT INTO {quote(model._meta.db_table)} ({targets}) {sql}", params)
        return int(cursor.rowcount)


def _plain(field: "models.Field[Any, Any]") -> "models.Field[Any, Any]":
    """The field to render a value with: for a foreign key that of the key it holds."""
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    return field
