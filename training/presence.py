"""Who is there: the clock of an exercise that runs stops by itself once nobody has asked for anything for a minute.

It is the cache that knows, since looking writes nothing into the database; while it is away, nobody seems to be there.
"""

from datetime import timedelta

from training import kept
from training.openings import EXERCISE
from verification.by import By
from verification.models import Sandbox
from verification.time import clock

#: So long a clock runs on after the last question.
ALONE_AFTER = timedelta(seconds=60)
#: So long the name of a page that somebody has open is good; its script tells it again before.
PAGE_FOR = timedelta(seconds=30)
PAGE_LENGTH = 60
MACHINE = By.machine("练习")


def note(sandbox_id: int) -> None:
    """Somebody is there."""
    kept.keep(_key(sandbox_id), 1, seconds=ALONE_AFTER.total_seconds())


def tell_page(sandbox_id: int, name: str) -> None:
    """What the page is called that somebody has open; their browser says so, whatever that is."""
    said = "".join(filter(str.isprintable, name))[:PAGE_LENGTH]
    kept.keep(_page_key(sandbox_id), said, seconds=PAGE_FOR.total_seconds())


def page_of(sandbox_id: int) -> str:
    """What the page is called that is open in a sandbox; blank where nobody has said so lately."""
    return kept.look(_page_key(sandbox_id)) or ""


def stop_forsaken_clocks() -> int:
    """Pause the clocks of exercises that run for nobody; returns how many."""
    real = clock.real_now()
    running = Sandbox.objects.filter(
        purpose=EXERCISE, closed_at=None, clock_paused=False, clock_set_at__lt=real - ALONE_AFTER
    )
    found = {sandbox.pk: sandbox for sandbox in running}
    there = kept.look_at_many([_key(pk) for pk in found])
    forsaken = [sandbox for pk, sandbox in found.items() if _key(pk) not in there]
    for sandbox in forsaken:
        clock.pause(sandbox, by=MACHINE)
    return len(forsaken)


def _key(sandbox_id: int) -> str:
    return f"there:{sandbox_id}"


def _page_key(sandbox_id: int) -> str:
    return f"page:{sandbox_id}"
