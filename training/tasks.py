"""Celery's thin wrapper for what nobody waits for."""

from celery import shared_task

from training import own, presence, showing, tries


@shared_task(name="training.clean_up")
def clean_up() -> None:
    """Close the sandboxes of tries that ended a day ago, and forget what nobody has use for, or comes to, any more."""
    tries.close_ended()
    own.forget_old()


@shared_task(name="training.close_forsaken")
def close_forsaken() -> None:
    """Close the sandboxes of what the machine shows to nobody any more."""
    showing.close_forsaken()


@shared_task(name="training.stop_forsaken_clocks")
def stop_forsaken_clocks() -> None:
    """Pause the clocks of exercises at which nobody has looked for a minute."""
    presence.stop_forsaken_clocks()
