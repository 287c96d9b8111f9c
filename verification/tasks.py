"""Celery's thin wrappers. A task carries ids only; what it does stands in the database and is done without it too."""

from celery import shared_task
from django.core.cache import cache

from verification import news
from verification.models import Sandbox
from verification.outside import keys, turns, webhooks
from verification.state import alarms
from verification.time import clock, limits
from verification.worlds import browsers, sandboxes

LAST_TICK_KEY = "verification:last-tick"


@shared_task(name="verification.tick")
def tick() -> None:
    """Look for sandboxes in which something is due and hand each to a worker."""
    for sandbox in alarms.sandboxes_with_due():
        run_due.apply_async((sandbox.pk,), expires=10)
    if turns.has_due():
        deliver_webhooks.apply_async(expires=10)
    limits.server_remembers()
    cache.set(LAST_TICK_KEY, clock.real_now().isoformat(), timeout=None)


@shared_task(name="verification.run_due")
def run_due(sandbox_id: int) -> None:
    """Do what is due in one sandbox."""
    sandbox = Sandbox.objects.filter(pk=sandbox_id, closed_at__isnull=True).first()
    if sandbox is not None:
        alarms.run_due(sandbox)


@shared_task(name="verification.deliver_webhooks", acks_late=False)
def deliver_webhooks() -> None:
    """Send the webhooks that are due. Lost with its worker, it is replaced by the next tick.

    It runs in threads, which cannot be cancelled; so the message must not stay open until its end.
    """
    webhooks.deliver_due()


@shared_task(name="verification.clean_up")
def clean_up() -> None:
    """Delete what nobody needs any more: unused sandboxes and browsers, burnt keys, answers to repeat, old news."""
    sandboxes.delete_unused()
    webhooks.give_up_removed()
    browsers.delete_stale()
    browsers.forget_closed_classes()
    keys.forget_answers()
    limits.forget_burnt_keys()
    news.forget_old()
