"""What may happen only so often, or only once: counters and burnt keys in the shared cache's server, in real time.

While that server is away, counters go on in each process's own memory; keys that are issued then burn in the database.
The log says so.
"""

import contextlib
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from math import ceil
from typing import Any, TypeVar, cast

from django.conf import settings
from django.core.cache import caches
from django.db import IntegrityError, transaction
from redis import Redis
from redis.exceptions import RedisError

from verification.models import BurntKey
from verification.time.clock import real_now

log = logging.getLogger(__name__)
T = TypeVar("T")

#: No key can be presented for longer.
_LONGEST_LIFE = timedelta(days=1)
#: For so long a process takes it that the server is still there and has lost nothing.
_MOMENT = timedelta(seconds=1)
#: Holds the moment since which the server has lost nothing.
_EPOCH_KEY = "limits:since"
#: What a nonce begins with, by the memory that remembers its use.
_OF_SERVER, _OF_DATABASE = "s", "d"


class _Server:
    """What this process knows of the server: at ``seen_at`` it was there, and its memory had begun."""

    seen_at: datetime | None = None

    @classmethod
    def was_there_just_now(cls) -> bool:
        """Whether that was a moment ago, on a clock that may have been set back since."""
        return cls.seen_at is not None and timedelta() <= real_now() - cls.seen_at < _MOMENT


@cache
def _server_at(address: str, **options: Any) -> Redis:
    return Redis.from_url(address, **options)


def _with_server(work: Callable[[Redis], T], otherwise: Callable[[], T]) -> T:
    """Talk to the cache's server directly: a counter takes one round trip there and three through Django's cache."""
    chosen = cast("dict[str, Any]", settings.CACHES["default"])
    try:
        return work(_server_at(chosen["LOCATION"], **chosen.get("OPTIONS", {})))
    except (RedisError, OSError) as error:
        _Server.seen_at = None
        log.warning("The shared cache is away (%s); limits fall back.", type(error).__name__)
        return otherwise()


# ── Counters ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Hits:
    """How many occurrences there were since the first of the last so many seconds, and how many of those are left."""

    count: int
    seconds_left: int


#: Raises a counter, which ends so many seconds after its first occurrence; says how high it is, and how long it lives.
_COUNT = """
local counted, left = redis.call('INCR', KEYS[1]), redis.call('TTL', KEYS[1])
if left < 0 then
    redis.call('EXPIRE', KEYS[1], ARGV[1])
    left = tonumber(ARGV[1])
end
return {counted, left}
"""


def hit(key: str, *, seconds: int) -> Hits:
    """Count one occurrence."""

    def count(server: Redis) -> Hits:
        counted, left = cast("Any", server.eval(_COUNT, 1, f"limits:count:{key}", seconds))
        return Hits(int(counted), int(left))

    def count_here() -> Hits:
        here = caches["fallback"]
        here.add(f"{key}:until", real_now() + timedelta(seconds=seconds), timeout=seconds)
        until = here.get(f"{key}:until", real_now())
        here.add(key, 0, timeout=seconds)
        return Hits(here.incr(key), ceil((until - real_now()).total_seconds()))

    return _with_server(count, count_here)


def counted(key: str) -> int:
    """How many occurrences are counted now; asking counts none."""
    return _with_server(
        lambda server: int(cast("Any", server.get(f"limits:count:{key}")) or 0),
        lambda: int(caches["fallback"].get(key, 0)),
    )


#: Lowers a counter that is there and above zero; one that has expired stays away.
_TAKE_BACK = "if tonumber(redis.call('GET', KEYS[1]) or '0') > 0 then redis.call('DECR', KEYS[1]) end"


def take_back(key: str) -> None:
    """Let one counted occurrence not have been."""

    def discount(server: Redis) -> None:
        server.eval(_TAKE_BACK, 1, f"limits:count:{key}")

    def discount_here() -> None:
        with contextlib.suppress(ValueError):  # it has expired
            caches["fallback"].decr(key)

    _with_server(discount, discount_here)


def allow(key: str, *, limit: int, seconds: int) -> bool:
    """Count one occurrence and say whether it is among the first ``limit`` of its ``seconds``."""
    return wait(key, limit=limit, seconds=seconds) == 0


def wait(key: str, *, limit: int, seconds: int) -> int:
    """Count one occurrence; 0 if it is among the first ``limit`` of its ``seconds``, else in how many one may again."""
    hits = hit(key, seconds=seconds)
    return 0 if hits.count <= limit else max(1, hits.seconds_left)


# ── Keys that are good once ──────────────────────────────────────────────────


def server_remembers() -> bool:
    """Whether the server is there to remember the use of the keys that are issued now, and will be good from now on.

    It is asked once a second. A key issued between its end and the next asking is refused when it is presented, like
    all that were issued before.
    """

    def begin(server: Redis) -> bool:
        now = real_now()
        # A key issued before the server's memory begins would never be good.
        server.set(_EPOCH_KEY, now.isoformat(), nx=True)
        _Server.seen_at = now
        return True

    return _Server.was_there_just_now() or _with_server(begin, lambda: False)


def new_nonce() -> str:
    """What makes a one-time key unlike all others, for whoever issues one.

    It tells which memory will remember its use: the server's or, for keys issued while that is away, the database. One
    memory for each key, or a key used before the server went away would be good once more.
    """
    return (_OF_SERVER if server_remembers() else _OF_DATABASE) + secrets.token_urlsafe(9)


#: Remembers that a key was used, if it was not; says whether that is so, and since when the server has lost nothing.
_BURN = "return {redis.call('SET', KEYS[1], 1, 'NX', 'EX', ARGV[1]), redis.call('GET', KEYS[2])}"


def burn(purpose: str, nonce: str, *, seconds: int, issued_at: datetime) -> bool:
    """Use up the key with this nonce; true for exactly one caller, also for callers at the same instant.

    ``seconds`` is how long the key could be presented again. A key that the server is to remember is not good while
    that is away, nor once it has lost its memory.
    """
    key = f"{purpose}:{nonce}"
    if nonce.startswith(_OF_DATABASE):
        return _burn_in_database(key)

    def burn_there(server: Redis) -> bool:
        is_first, since = cast("Any", server.eval(_BURN, 2, f"limits:burnt:{key}", _EPOCH_KEY, seconds))
        return bool(is_first) and since is not None and datetime.fromisoformat(since.decode()) <= issued_at

    return _with_server(burn_there, lambda: False)


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
