from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import request_started
from django.db.backends.signals import connection_created

from verification.law.editions import LawError, editions


class VerificationConfig(AppConfig):
    name = "verification"
    verbose_name = "短信核验"

    def ready(self) -> None:
        """Load the law in every process, so that a faulty file stops the start and not the first visitor."""
        try:
            editions()
        except LawError as error:
            raise ImproperlyConfigured(str(error)) from None
        self._keep_time()

    def _keep_time(self) -> None:
        """Compare this host's clock with the database's at connecting, and with every request or task that begins."""
        from celery.signals import task_prerun

        from verification.time import clock  # its models are there by now

        connection_created.connect(lambda connection, **_: clock.compare(connection), weak=False)
        request_started.connect(clock.compare_now_and_then)
        task_prerun.connect(clock.compare_now_and_then)
