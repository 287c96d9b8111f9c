"""The time of a sandbox as pages write it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.timezone import localtime


@dataclass(frozen=True)
class Reading:
    """What a clock shows, as pages write it. In templates, the filter for dates would take most of a banner's time."""

    at: datetime

    @property
    def machine(self) -> str:
        """For ``<time datetime>``."""
        return localtime(self.at).isoformat()

    @property
    def seconds(self) -> int:
        """For the script that lets it tick: since 1970."""
        return int(self.at.timestamp())

    def __str__(self) -> str:
        return f"{localtime(self.at):%F %T}"
