"""Every route of the site, from its addresses."""

from collections.abc import Iterator, Sequence

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

from portal.shared.visit.addresses import PROVINCE_URLS


def _routes(patterns: Sequence[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = f"{before}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, route)
        else:
            yield route


def _of(urlconf: str) -> list[str]:
    return list(_routes(get_resolver(urlconf).url_patterns))


#: On the national host, without the API, and on a province's portal; with parameters, such as ``provider/<int:pk>/``.
NATIONAL_PAGES = [route for route in _of(settings.ROOT_URLCONF) if not route.startswith("api/v1/")]
PROVINCE_PAGES = _of(PROVINCE_URLS)
