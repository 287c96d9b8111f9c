from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "portal"
    verbose_name = "备案短信核验演练平台"

    def ready(self) -> None:
        from portal.shared.visit import hosts  # noqa: F401  registers the system check
