"""What was deleted is nowhere any more: not under a key of the shared cache, not in the files that lie under it all.

Rows go by themselves, keys and files keep what they held: a key until its time is over, the cache server's log of what
it was told until it is written anew, and a database's file in pages that nothing refers to.
"""

import logging
from collections.abc import Collection, Iterator
from itertools import accumulate
from typing import Any, cast

from django.conf import settings
from django.db import OperationalError, connection
from redis import Redis
from redis.exceptions import RedisError, ResponseError

log = logging.getLogger(__name__)

#: So many keys are looked at in one question, and deleted in one.
_PIECE = 1000
#: What stands before the name that a key was given: by Django's cache, and by limits.
_COUNTER = "limits:count:"
_FIRST_PARTS = 3


def forget_keys(abouts: Collection[str]) -> bool:
    """Delete all keys of the shared cache that are about one of these: ``bar:7`` is what ``bar:7:…`` is about.

    Whether that could be done: not while the server is away. What a key is about are its first parts.
    """
    wanted = set(abouts)
    try:
        with _cache_server() as server:
            keys = (key.decode("utf-8", "surrogateescape") for key in server.scan_iter(count=_PIECE))
            found = [key for key in keys if not wanted.isdisjoint(_abouts_of(key))]
            for begin in range(0, len(found), _PIECE):
                server.unlink(*(key.encode(errors="surrogateescape") for key in found[begin : begin + _PIECE]))
    except (RedisError, OSError):
        return False
    return True


def _abouts_of(key: str) -> Iterator[str]:
    name = key.removeprefix(_COUNTER) if key.startswith(_COUNTER) else key.split(":", 2)[-1]
    return accumulate(name.split(":")[:_FIRST_PARTS], "{}:{}".format)


def _cache_server() -> Redis:
    chosen = cast("dict[str, Any]", settings.CACHES["default"])
    return Redis.from_url(chosen["LOCATION"], **chosen.get("OPTIONS", {}))


def clean_files() -> bool:
    """Let the files forget what the rows and keys have: whether that could be done; else it is to be tried again.

    Outside of any transaction, and not in a request: all of a SQLite database is written anew. Its pages keep pieces of
    rows that were moved within it while they were there, which ``secure_delete`` does not know of.
    """
    return _clean_cache_log() and _clean_database()


def _clean_cache_log() -> bool:
    """Have the server's log of commands, if it keeps one, written anew from what is there now."""
    try:
        with _cache_server() as server:
            if cast("dict[str, Any]", server.info("persistence")).get("aof_enabled"):
                server.bgrewriteaof()
    except ResponseError as error:
        if "in progress" in str(error):  # as it was before
            return False
        log.warning("The shared cache's server may not be told to write its log anew: its operator has to.")
    except (RedisError, OSError):
        return False
    return True


def _clean_database() -> bool:
    if connection.vendor != "sqlite":
        return True  # where dead rows are in no dump
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA temp_store=FILE")  # not the whole database in this process's memory
        try:
            cursor.execute("VACUUM")
        except OperationalError as error:  # somebody has been writing for long, or the disk is full
            log.warning("The database could not be written anew (%s); it will be tried again.", error)
            return False
        finally:
            cursor.execute("PRAGMA temp_store=MEMORY")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (is_busy, *_) = cursor.fetchone()
    return not is_busy
