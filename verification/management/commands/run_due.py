"""``manage.py run_due``: do everything that is due, in every sandbox, without a broker."""

from typing import Any

from django.core.management.base import BaseCommand

from verification.models import Sandbox
from verification.outside import webhooks
from verification.state import alarms


class Command(BaseCommand):
    """Does once what the worker does at every tick."""

    help = "Do everything that is due: send codes, send again at noon, return at the deadline; then send webhooks."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run and say how many alarms were done and how many webhooks were tried."""
        done = sum(alarms.run_due(sandbox) for sandbox in Sandbox.objects.filter(closed_at__isnull=True).iterator())
        self.stdout.write(f"{done} due")
        if tried := webhooks.deliver_due():
            self.stdout.write(f"{tried} webhooks")
