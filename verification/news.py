"""动静: whether anything has changed in a sandbox, told by a tag, for pages that follow it.

Whoever changes something that a page may show calls :func:`note_change` in the same transaction.
"""

import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import cast

from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import Count, Max, Min
from redis.exceptions import RedisError

from verification.models import Change

log = logging.getLogger(__name__)

#: A drop that is lost, or comes between a reader's question and its keeping of the answer, heals after so long.
KEPT_SECONDS = 5

# A row with a lower id may be committed later: the last id alone would not show it, their number does. The first id
# shows what was forgotten, so that no tag comes twice.
_ROWS = (
    "SELECT COUNT(*), COALESCE(MIN(id), 0), COALESCE(MAX(id), 0) "  # noqa: S608  # our own table
    f"FROM {Change._meta.db_table} WHERE sandbox_id = %s"
)
_NOTE = f"INSERT INTO {Change._meta.db_table} (sandbox_id) VALUES (%s)"  # noqa: S608  # as above


def tag(sandbox_id: int) -> str:
    """What differs from any earlier one when something has changed in the sandbox since; it means nothing else.

    One look into the cache and, where that does not know, one statement.
    """
    key = _key(sandbox_id)
    try:
        if (kept := cache.get(key)) is None:
            kept = _read(sandbox_id)
            cache.set(key, kept, timeout=KEPT_SECONDS)
    except (RedisError, OSError) as error:
        log.warning("The shared cache is away (%s); the database is asked for news.", type(error).__name__)
        return _read(sandbox_id)
    return cast("str", kept)


def tags(sandbox_ids: Collection[int]) -> dict[int, str]:
    """The tags of several: one look into the cache and, for those that it does not know, one statement."""
    keys = {_key(pk): pk for pk in sandbox_ids}
    try:
        kept = cache.get_many(list(keys)) if keys else {}
    except (RedisError, OSError) as error:
        log.warning("The shared cache is away (%s); the database is asked for news.", type(error).__name__)
        kept = {}
    found = {keys[key]: cast("str", value) for key, value in kept.items()}
    missing = [pk for pk in keys.values() if pk not in found]
    if missing:
        read = _read_many(missing)
        try:
            cache.set_many({_key(pk): read[pk] for pk in missing}, timeout=KEPT_SECONDS)
        except (RedisError, OSError) as error:
            log.warning("The shared cache is away (%s); news is not kept.", type(error).__name__)
        found |= read
    return found


@dataclass(frozen=True)
class _Drop:
    """Lets the cache forget the tags of sandboxes in which something has changed, once that is committed."""

    sandbox_ids: frozenset[int]

    def __call__(self) -> None:
        _drop(self.sandbox_ids)


def note_change(sandbox_ids: Iterable[int]) -> None:
    """Give these sandboxes another tag once the transaction is committed; none if it is rolled back.

    What one transaction changes is one piece of news, however many speak of it.
    """
    ids = frozenset(sandbox_ids) - _noted_already()
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.executemany(_NOTE, [(pk,) for pk in sorted(ids)])
    transaction.on_commit(_Drop(ids))


def _noted_already() -> frozenset[int]:
    """The sandboxes whose other tag depends on nothing but what the caller's own depends on."""
    around = set(connection.savepoint_ids)
    waiting = (what for savepoints, what, *_ in connection.run_on_commit if savepoints <= around)
    return frozenset().union(*(what.sandbox_ids for what in waiting if isinstance(what, _Drop)))


def forget_old() -> int:
    """Delete all but the last row of each sandbox, which keep the tag as cheap as it was; returns how many."""
    forgotten = 0
    many = Change.objects.values_list("sandbox").annotate(last=Max("pk"), rows=Count("pk")).filter(rows__gt=1)
    for sandbox_id, last, _ in many.order_by():
        forgotten += Change.objects.filter(sandbox=sandbox_id, pk__lt=last).delete()[0]
        _drop({sandbox_id})
    return forgotten


def _key(sandbox_id: int) -> str:
    return f"news:{sandbox_id}"


def _read(sandbox_id: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [sandbox_id])
        return "-".join(map(str, cursor.fetchone()))


def _read_many(sandbox_ids: Collection[int]) -> dict[int, str]:
    rows = Change.objects.filter(sandbox_id__in=sandbox_ids).order_by().values_list("sandbox_id")
    found = {
        pk: f"{count}-{first}-{last}" for pk, count, first, last in rows.annotate(Count("pk"), Min("pk"), Max("pk"))
    }
    return {pk: found.get(pk, "0-0-0") for pk in sandbox_ids}


def _drop(sandbox_ids: Collection[int]) -> None:
    try:
        cache.delete_many([_key(pk) for pk in sandbox_ids])
    except (RedisError, OSError) as error:
        log.warning("The shared cache is away (%s); what it knows of news ends by itself.", type(error).__name__)
