"""The shared cache's backend: Django's for Redis, with a client for each pool of connections instead of each call.

Making one takes longer than what it is made for: it lays out a table of the answers of all commands.
"""

from functools import cache
from typing import Any

from django.core.cache.backends import redis
from redis import Redis


class _Client(redis.RedisCacheClient):
    def __init__(self, servers: Any, **options: Any) -> None:
        super().__init__(servers, **options)
        self._client = cache(Redis)  # what Django makes a client by, for a pool


class RedisCache(redis.RedisCache):
    """As Django's."""

    def __init__(self, server: Any, params: Any) -> None:
        super().__init__(server, params)
        self._class = _Client
