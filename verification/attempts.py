"""尝试: a line for whatever somebody does or tries in a sandbox, whether it is refused or not.

Half of what a trainer wants to know leaves no other trace: an entry that fits nothing, a second one of what has passed,
a re-sending that comes too soon, a submission with mistakes. The domain's calls write the line, whoever makes them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from verification import news
from verification.by import By
from verification.models import Attempt, AttemptKind, Phone
from verification.refusals import Refused

_COLUMNS = (
    *("sandbox_id", "kind", "outcome", "means", "participant_id", "api_key_id", "at", "real_at"),
    *("filing_id", "challenge_id", "piece", "phone_id"),
)
_WRITE = (
    f"INSERT INTO {Attempt._meta.db_table} ({', '.join(_COLUMNS)}) "  # noqa: S608  # our own words
    f"VALUES ({', '.join(['%s'] * (len(_COLUMNS) - 1))}, "
    f"COALESCE(%s, (SELECT id FROM {Phone._meta.db_table} WHERE sandbox_id = %s AND number = %s)))"
)


@dataclass
class Trying:
    """What somebody is about to do or try; whoever does it adds what is known by then.

    ``at`` is the sandbox's time, ``real_at`` the wall clock's. ``number`` is a phone's number as it was typed: what is
    kept is the phone of the sandbox that has it.
    """

    sandbox_id: int
    kind: AttemptKind
    by: By
    at: datetime
    real_at: datetime
    outcome: str = Attempt.DONE
    filing_id: int | None = None
    challenge_id: int | None = None
    phone_id: int | None = None
    number: str = ""
    piece: str = ""


def write(tried: Trying, *, is_news: bool = True) -> None:
    """Write the line, in the transaction of what was tried; ``is_news`` unless that has told of a change already."""
    moments = (connection.ops.adapt_datetimefield_value(moment) for moment in (tried.at, tried.real_at))
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE,
            (
                *(tried.sandbox_id, tried.kind.value, tried.outcome, tried.by.means.value),
                *(tried.by.participant_id, tried.by.api_key_id, *moments),
                *(tried.filing_id, tried.challenge_id, tried.piece, tried.phone_id),
                *(tried.sandbox_id, tried.number),
            ),
        )
    if is_news:
        news.note_change([tried.sandbox_id])


@contextmanager
def trying(tried: Trying) -> Iterator[Trying]:
    """A transaction in which somebody tries something. What is refused is undone, and its line written all the same."""
    refusal: Refused | None = None
    with transaction.atomic():
        try:
            with transaction.atomic():
                yield tried
        except Refused as refused:
            refusal, tried.outcome = refused, refused.code
        write(tried)
    if refusal is not None:
        raise refusal
