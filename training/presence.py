"""Who is there: the clock of an exercise that runs stops by itself once nobody has asked for anything for a minute.

It is the cache that knows, since looking writes nothing into the database; while it is away, nobody seems to be there.
"""

import logging
from datetime import timedelta

from django.core.cache import cache
from redis.exceptions import RedisError

from training.openings import EXERCISE
from verification.by import By
from verification.models import Sandbox
from verification.time import clock

log = logging.getLogger(__name__)

#: So long a clock runs on after the last question.
ALONE_AFTER = timedelta(seconds=60)
MACHINE = By.machine("练习")


def note(sandbox_id: int) -> None:
    """Somebody is there."""
    try:
        cache.set(_key(sandbox_id), 1, timeout=ALONE_AFTER.total_seconds())
    except (RedisError, OSError) as error:
        log.warning("The shared cache is away (%s); who is there is not known.", type(error).__name__)


def stop_forsaken_clocks() -> int:
    """Pause the clocks of exercises that run for nobody; returns how many."""
    real = clock.real_now()
    running = Sandbox.objects.filter(
        purpose=EXERCISE, closed_at=None, clock_paused=False, clock_set_at__lt=real - ALONE_AFTER
    )
    found = {sandbox.pk: sandbox for sandbox in running}
    try:
        there = cache.get_many([_key(pk) for pk in found]) if found else {}
    except (RedisError, OSError):
        there = {}
    forsaken = [sandbox for pk, sandbox in found.items() if _key(pk) not in there]
    for sandbox in forsaken:
        clock.pause(sandbox, by=MACHINE)
    return len(forsaken)


def _key(sandbox_id: int) -> str:
    return f"there:{sandbox_id}"
