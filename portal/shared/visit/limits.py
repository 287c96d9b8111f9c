"""How often the site may be used, in real time. How often that is stands in the settings, under “Limits of use”."""

from dataclasses import dataclass
from math import ceil

from django.conf import settings
from django.http import HttpRequest

from verification.time import limits

_MINUTE, _HOUR = 60, 3600


@dataclass(frozen=True)
class Limit:
    """What may be done only so often: ``setting`` times in ``seconds``."""

    setting: str
    seconds: int

    def wait(self, whom: str) -> int:
        """Count one use by somebody or something; 0 where it is allowed, else the seconds until one may again."""
        return limits.wait(f"{self.setting}:{whom}", limit=getattr(settings, self.setting), seconds=self.seconds)

    def wait_of_address(self, request: HttpRequest) -> int:
        """Count one use by the visitor's network address, which a whole class may share."""
        return self.wait(address_of_client(request))


STARTS = Limit("STARTS_AN_HOUR", _HOUR)
JOINS = Limit("JOINS_AN_HOUR", _HOUR)
RECOVERIES = Limit("RECOVERIES_AN_HOUR", _HOUR)
TRAINEE_CODES = Limit("TRAINEE_CODES_AN_HOUR", _HOUR)
CAPTCHAS = Limit("CAPTCHAS_A_MINUTE", _MINUTE)
CAPTCHA_SOUNDS = Limit("SOUNDS_A_CAPTCHA", settings.CAPTCHA_TIMEOUT * _MINUTE)
QUERIES = Limit("QUERIES_A_MINUTE", _MINUTE)
QUERIES_OF_SANDBOX = Limit("QUERIES_A_MINUTE_OF_SANDBOX", _MINUTE)
OWN_EXERCISES = Limit("OWN_EXERCISES_AN_HOUR", _HOUR)
DRAFTS = Limit("DRAFTS_A_MINUTE", _MINUTE)
API_REQUESTS = Limit("API_REQUESTS_A_MINUTE", _MINUTE)


def when_again(seconds: int) -> str:
    """A wait in words, to be put between 请 and 再试."""
    return f" {seconds} 秒后" if seconds <= _MINUTE else f" {ceil(seconds / _MINUTE)} 分钟后"


def address_of_client(request: HttpRequest) -> str:
    """The visitor's network address, for limits only; never logged or kept."""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    # The last entry is the one that our own proxy wrote; those before it are whatever the visitor claims.
    return forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")
