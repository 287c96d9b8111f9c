"""Celery's thin wrapper for what nobody waits for."""

from celery import shared_task

from training import closing, own, presence, showing, tries


@shared_task(name="training.clean_up")
def clean_up() -> None:
    """Close the sandboxes of tries that ended a day ago, and forgotten classes; forget what is of no use any more."""
    tries.close_ended()
    closing.close_forgotten()
    closing.forget_closed()
    own.forget_old()


@shared_task(name="training.finish_closings")
def finish_closings() -> None:
    """Clean the files of what closed classes had."""
    closing.finish()


@shared_task(name="training.close_forsaken")
def close_forsaken() -> None:
    """Close the sandboxes of what the machine shows to nobody any more."""
    showing.close_forsaken()


@shared_task(name="training.stop_forsaken_clocks")
def stop_forsaken_clocks() -> None:
    """Pause the clocks of exercises at which nobody has looked for a minute."""
    presence.stop_forsaken_clocks()
