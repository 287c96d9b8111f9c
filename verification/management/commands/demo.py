"""``manage.py demo``: a class that everybody can join, so that a fresh installation is not empty."""

from typing import Any

from django.core.management.base import BaseCommand

from verification.models import Sandbox
from verification.worlds import sandboxes

NAME = "演示班级"


class Command(BaseCommand):
    """Makes the demo class once; a second run only says how to join it."""

    help = "Make a shared sandbox with filings to play with, unless there is one, and print its join code."

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it, or find it, and print the codes."""
        existing = Sandbox.objects.filter(name=NAME, is_shared=True, closed_at__isnull=True).first()
        if existing is not None:
            self.stdout.write(f"{NAME}: join code {existing.join_code}")
            return
        started = sandboxes.start(scenario="2017-gs", name=NAME, shared=True, participant_name="教员")
        self.stdout.write(
            f"{NAME}: join code {started.sandbox.join_code}, owner's recovery code {started.recovery_code}"
        )
