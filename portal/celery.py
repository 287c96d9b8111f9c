"""The Celery app. What is due stands in the database; Celery only wakes somebody up to look."""

import os
import warnings
from typing import Any

from celery import Celery
from celery.exceptions import SecurityWarning
from celery.signals import setup_logging
from kombu.transport.redis import Channel

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

# Celery warns at length when it runs as root, as it does in a container, because of pickled tasks; ours are JSON only.
warnings.filterwarnings("ignore", category=SecurityWarning)

# A worker that loses its broker would put back what it has taken and not begun, and kombu 5.7 ends the whole worker
# when that fails. A task is worth nothing here: the next tick looks at the same rows.
Channel.do_restore = False

app = Celery("verification")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_django_logging(**_: Any) -> None:
    """Leave logging as Django's LOGGING set it up: a receiver of this signal keeps Celery from doing its own."""
