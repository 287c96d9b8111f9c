"""Pages by cursor: the id after which the next page begins, so that new rows shift nothing."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Annotated, Concatenate, ParamSpec, TypeVar

from django.db.models import Model, QuerySet
from pydantic import Field

from portal.api.access import KeyRequest
from portal.api.schemas import LARGEST_ID
from verification.refusals import FieldError, SubmissionRefused

M = TypeVar("M", bound=Model)
P = ParamSpec("P")
R = TypeVar("R")
Cursor = Annotated[str, Field(description="上一页回答中的 next_cursor；空为第一页")]
PageSize = Annotated[int, Field(ge=1, le=200, description="每页条数")]


def listing(operation: Callable[Concatenate[KeyRequest, P], R]) -> Callable[Concatenate[KeyRequest, P], R]:
    """Mark an operation that lists: a parameter that it does not have is a mistake, not a filter that finds all."""
    known = set(signature(operation).parameters)

    @wraps(operation)
    def inner(request: KeyRequest, /, *args: P.args, **kwargs: P.kwargs) -> R:
        if unknown := sorted(set(request.GET) - known):
            raise SubmissionRefused(
                FieldError(name, "没有这个参数，请核对名称。", "extra_forbidden") for name in unknown
            )
        return operation(request, *args, **kwargs)

    return inner


def page_of(rows: QuerySet[M], *, cursor: str, limit: int) -> tuple[list[M], str | None]:
    """The rows after the cursor, newest first, and the cursor of the next page (``None`` on the last).

    Raises :class:`SubmissionRefused` for a cursor that is none.
    """
    if cursor:
        rows = rows.filter(pk__lt=_id_of(cursor))
    found = list(rows.order_by("-pk")[: limit + 1])
    has_more = len(found) > limit
    page = found[:limit]
    return page, urlsafe_b64encode(str(page[-1].pk).encode()).decode() if has_more else None


def _id_of(cursor: str) -> int:
    try:
        number = int(urlsafe_b64decode(cursor.encode("ascii")).decode("ascii"))
    except ValueError:
        number = -1
    if not 0 <= number <= LARGEST_ID:
        raise SubmissionRefused(
            [FieldError("cursor", "这个游标无效，请使用上一页回答中的 next_cursor。", "invalid_cursor")]
        )
    return number
