from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured

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
