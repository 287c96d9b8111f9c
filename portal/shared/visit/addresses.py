"""Where the portals are, and how to get from one to another.

A province's portal has a host of its own, ``{code}cainfo.<site>`` (P-06), or, where such hosts do not resolve, a path,
``/p/{code}/``. Both lead to the same views. Everything else lives on the national host.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property

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


@dataclass(frozen=True)
class Address:
    """Under what address the visitor reaches the site, and from there every other page; ``None`` is no province's.

    ``base`` is the path below which all of it lies for who watches.
    """

    scheme: str
    host: str
    province: Province | None
    base: str = "/"

    @cached_property
    def national_host(self) -> str:
        """The host, with its port, of the national portal."""
        match = _PROVINCE_HOST.match(self.host)
        return match[2] if match else self.host

    @property
    def is_on_national_host(self) -> bool:
        """Whether that host was asked, be it for a province's portal by its path."""
        return self.national_host == self.host

    @property
    def has_province_hosts(self) -> bool:
        """Whether the provinces have hosts of their own for this visitor: not who watches or came by an IP address."""
        return self.base == "/" and split_domain_port(self.national_host)[0] == settings.SITE_DOMAIN

    def of_nation(self, name: str, *args: object) -> str:
        """The address of a page on the national host: a path there, absolute for a visitor on a province's host."""
        path = self.base + _reverse(name, settings.ROOT_URLCONF, args)[1:]
        return path if self.is_on_national_host else f"{self.scheme}://{self.national_host}{path}"

    def of_province(self, province: Province, name: str = "province:home", *args: object) -> str:
        """The absolute address of a page on a province's portal, in the form that works for this visitor."""
        path = _reverse(name, PROVINCE_URLS, args)
        if self.has_province_hosts:
            return f"{self.scheme}://{province.host_label}.{self.national_host}{path}"
        return f"{self.scheme}://{self.national_host}{self.base}p/{province.code}{path}"


def address_of(request: HttpRequest) -> Address:
    """What was asked, found out once a request; the middlewares say which province's portal it is, and below what."""
    if not hasattr(request, "_address"):
        scheme, province = request.scheme or "http", getattr(request, "province", None)
        base = getattr(request, "base", "/")
        request._address = Address(scheme, request.get_host(), province, base)  # type: ignore[attr-defined]  # noqa: SLF001  # kept where Django keeps its own
    found: Address = request._address  # type: ignore[attr-defined]  # noqa: SLF001  # as above
    return found


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
