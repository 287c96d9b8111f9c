"""Where the portals are, and how to get from one to another.

A province's portal has a host of its own, ``{code}cainfo.<site>`` (P-06), or, where such hosts do not resolve, a path,
``/p/{code}/``. Both lead to the same views. Everything else lives on the national host.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port
from django.urls import get_script_prefix, reverse, set_script_prefix

from verification.law.editions import Province, provinces

PROVINCE_URLS = "portal.province_urls"

_PROVINCE_HOST = re.compile(r"^([a-z]{1,3})cainfo\.(.+)$", re.IGNORECASE)
_PROVINCE_PATH = re.compile(r"^/p/([a-z]{1,3})(/.*)?$")


class UnknownProvince(LookupError):
    """An address has the form of a province's, but there is no such province."""


def province_of_host(host: str) -> Province | None:
    """The province whose portal has this host; ``None`` for the national host.

    Raises :class:`UnknownProvince` for a host of that form with a code that no province has.
    """
    match = _PROVINCE_HOST.match(host)
    return _known(match[1].lower()) if match else None


def province_of_path(path: str) -> tuple[Province, str] | None:
    """The province of a path of the form ``/p/{code}/…`` and the rest of the path, which is empty for ``/p/{code}``.

    Raises :class:`UnknownProvince` for a code that no province has.
    """
    match = _PROVINCE_PATH.match(path)
    return (_known(match[1]), match[2] or "") if match else None


def _known(code: str) -> Province:
    try:
        return provinces()[code]
    except KeyError:
        raise UnknownProvince(code) from None


def province_of(request: HttpRequest) -> Province | None:
    """The province whose portal was asked, by host or by path; ``None`` for the national one."""
    found: Province | None = getattr(request, "province", None)
    return found


def national_host(request: HttpRequest) -> str:
    """The host, with its port, under which the visitor reaches the national portal."""
    host = request.get_host()
    match = _PROVINCE_HOST.match(host)
    return match[2] if match else host


def has_province_hosts(request: HttpRequest) -> bool:
    """Whether the provinces have hosts of their own for this visitor: not for one who came by an IP address."""
    return split_domain_port(national_host(request))[0] == settings.SITE_DOMAIN


def national_address(request: HttpRequest, name: str, *args: object) -> str:
    """The address of a page on the national host: a path there, absolute when the visitor is on a province's host."""
    path = _reverse(name, settings.ROOT_URLCONF, args)
    is_elsewhere = national_host(request) != request.get_host()
    return f"{request.scheme}://{national_host(request)}{path}" if is_elsewhere else path


def province_address(request: HttpRequest, province: Province, name: str = "province:home", *args: object) -> str:
    """The absolute address of a page on a province's portal, in the form that works for this visitor."""
    path = _reverse(name, PROVINCE_URLS, args)
    if has_province_hosts(request):
        return f"{request.scheme}://{province.host_label}.{national_host(request)}{path}"
    return f"{request.scheme}://{national_host(request)}/p/{province.code}{path}"


@cache
def _reverse(name: str, urlconf: str, args: tuple[object, ...]) -> str:
    with script_prefix("/"):
        return reverse(name, urlconf=urlconf, args=args)


@contextmanager
def script_prefix(prefix: str) -> Iterator[None]:
    """Let ``reverse`` put ``prefix`` before every path for a while."""
    before = get_script_prefix()
    set_script_prefix(prefix)
    try:
        yield
    finally:
        set_script_prefix(before)
