"""What may be kept in the shared cache for a while, and is made anew where that is away."""

import hashlib
from collections.abc import Collection
from contextlib import suppress
from typing import Any

from django.core.cache import cache
from redis.exceptions import RedisError


def digest(*parts: object) -> str:
    """What differs where any of the parts does; the same in every process."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def look(key: str) -> Any:
    """What is kept under the key; ``None`` for nothing."""
    with suppress(RedisError, OSError):
        return cache.get(key)
    return None


def look_at_many(keys: Collection[str]) -> dict[str, Any]:
    """What is kept, by key, in one look."""
    with suppress(RedisError, OSError):
        return cache.get_many(keys) if keys else {}
    return {}


def keep(key: str, value: object, *, seconds: float) -> None:
    """Keep a value for so long, if it can be kept."""
    with suppress(RedisError, OSError):
        cache.set(key, value, timeout=seconds)
