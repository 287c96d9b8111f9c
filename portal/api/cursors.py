"""Pages by cursor: the id after which the next page begins, so that new rows shift nothing."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, TypeVar

from django.db.models import Model, QuerySet
from pydantic import Field

from verification.refusals import FieldError, SubmissionRefused

M = TypeVar("M", bound=Model)
PageSize = Annotated[int, Field(ge=1, le=200)]
_LARGEST_ID = 2**63 - 1


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
    if not 0 <= number <= _LARGEST_ID:
        raise SubmissionRefused(
            [FieldError("cursor", "这个游标无效，请使用上一页回答中的 next_cursor。", "invalid_cursor")]
        )
    return number
