"""Which hosts this site may be served under: a training system never answers as a government site."""

from collections.abc import Callable, Sequence

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.http.request import split_domain_port
from django.template.loader import render_to_string

FORBIDDEN_DOMAIN = "gov.cn"


def is_forbidden(host: str) -> bool:
    """Say whether `host` (a name, an ALLOWED_HOSTS pattern, or name:port) stands at or under gov.cn."""
    name = split_domain_port(host.strip().lower())[0] or host.strip().lower()
    name = name.strip(".")
    return name == FORBIDDEN_DOMAIN or name.endswith("." + FORBIDDEN_DOMAIN)


@checks.register(checks.Tags.security)
def check_hosts(app_configs: Sequence[AppConfig] | None, **_: object) -> list[checks.CheckMessage]:
    """Refuse to start with a host of the government in ALLOWED_HOSTS."""
    return [
        checks.Error(
            f"ALLOWED_HOSTS holds {host!r}: this is a training system and must not be served under {FORBIDDEN_DOMAIN}.",
            hint="Take the entry out of SITE_HOSTS.",
            id="portal.E001",
        )
        for host in settings.ALLOWED_HOSTS
        if is_forbidden(host)
    ]


class RefuseForbiddenHosts:
    """Answer 400 to a request for a host at or under gov.cn, also where ALLOWED_HOSTS is wide enough to let it in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_forbidden(request.META.get("HTTP_HOST", "")):  # probes may ask under names that get_host() refuses
            raise DisallowedHost(f"This training system is not served under {FORBIDDEN_DOMAIN}.")
        return self.get_response(request)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page of a request that is refused before anything is known of it: under a host that is none of the site's.

    It knows no request, and so has no links that would ask for that host again.
    """
    return HttpResponseBadRequest(render_to_string("400.html"))
