"""What may happen only so often, or only once: counters and burnt keys in the shared cache, in real time.

While the shared cache is away, counters go on in each process's own memory, and the keys that are issued then are burnt
in the database; the log says so.
"""

import contextlib
import logging
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from django.core.cache import BaseCache, caches
from django.db import IntegrityError, transaction
from redis.exceptions import RedisError

from verification.clock import real_now
from verification.models import BurntKey

log = logging.getLogger(__name__)
T = TypeVar("T")

#: No key can be presented for longer.
_LONGEST_LIFE = timedelta(days=1)
#: Holds the moment since which the shared cache has lost nothing.
_EPOCH_KEY = "verification:burning-since"
#: What a nonce begins with, by the memory that remembers its use.
_OF_CACHE, _OF_DATABASE = "c", "d"


def _with_shared_cache(work: Callable[[BaseCache], T], otherwise: Callable[[], T]) -> T:
    try:
        return work(caches["default"])
    except (RedisError, OSError) as error:
        log.warning("The shared cache is away (%s); limits fall back.", type(error).__name__)
        return otherwise()


def hit(key: str, *, seconds: int) -> int:
    """Count one occurrence and return how many there were since the first of the last ``seconds``."""

    def count(cache: BaseCache) -> int:
        cache.add(key, 0, timeout=seconds)
        try:
            found = cache.incr(key)
        except ValueError:  # it expired between the two
            cache.add(key, 0, timeout=seconds)
            found = cache.incr(key)
        if found == 1:
            cache.touch(key, timeout=seconds)  # one that expires while it is counted would otherwise stay for ever
        return found

    return _with_shared_cache(count, lambda: count(caches["fallback"]))


def take_back(key: str) -> None:
    """Let one counted occurrence not have been."""

    def discount(cache: BaseCache) -> None:
        with contextlib.suppress(ValueError):  # it has expired
            cache.decr(key)

    _with_shared_cache(discount, lambda: discount(caches["fallback"]))


def allow(key: str, *, limit: int, seconds: int) -> bool:
    """Count one occurrence and say whether it is among the first ``limit`` of its ``seconds``."""
    return hit(key, seconds=seconds) <= limit


def burning_since() -> datetime | None:
    """Since when the shared cache remembers every burnt key; ``None`` while it is away."""

    def read(cache: BaseCache) -> datetime | None:
        since: datetime | None = cache.get(_EPOCH_KEY)
        if since is None:
            cache.add(_EPOCH_KEY, real_now(), timeout=None)
            since = cache.get(_EPOCH_KEY)
        return since

    return _with_shared_cache(read, lambda: None)


def new_nonce() -> str:
    """What makes a one-time key unlike all others, for whoever issues one.

    It tells which memory will remember its use: the shared cache or, for keys issued while that is away, the database.
    One memory for each key, or a key used before the cache went away would be good once more.
    """
    return (_OF_CACHE if burning_since() else _OF_DATABASE) + secrets.token_urlsafe(12)


def burn(purpose: str, nonce: str, *, seconds: int, issued_at: datetime) -> bool:
    """Use up the key with this nonce; true for exactly one caller, also for callers at the same instant.

    ``seconds`` is how long the key could be presented again. A key that the shared cache is to remember is not good
    while that is away, nor once it has lost its memory.
    """
    key = f"{purpose}:{nonce}"
    if nonce.startswith(_OF_DATABASE):
        return _burn_in_database(key)

    def in_cache(cache: BaseCache) -> bool:
        fresh = cache.add(f"burnt:{key}", 1, timeout=seconds)
        since = burning_since()
        return fresh and since is not None and since <= issued_at

    return _with_shared_cache(in_cache, lambda: False)


def _burn_in_database(key: str) -> bool:
    try:
        with transaction.atomic():
            BurntKey.objects.create(key=key, burnt_at=real_now())
    except IntegrityError:
        return False
    return True


def forget_burnt_keys() -> int:
    """Delete the database's burnt keys that nobody can present any more; returns how many."""
    deleted, _ = BurntKey.objects.filter(burnt_at__lt=real_now() - _LONGEST_LIFE).delete()
    return deleted
