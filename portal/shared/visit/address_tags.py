"""Links of the portals and between them, for templates.

``{% portal_url 'verify' %}`` stays on the portal that was asked, ``{% national_url 'lobby:index' %}`` and
``{% province_url province %}`` lead to another; ``{% menu_entry '首页' 'home' %}`` is a link that knows its own page.
"""

from dataclasses import dataclass

from django import template
from django.http import HttpRequest
from django.template import Context
from django.urls import reverse

from portal.shared.visit.addresses import address_of
from portal.shared.visit.visits import visit_of
from verification.law.editions import Province, edition_in_force, provinces
from verification.law.words import Place

register = template.Library()


@register.simple_tag(takes_context=True)
def national_url(context: Context, name: str, *args: object) -> str:
    """The address of a page on the national host, also from a province's."""
    request: HttpRequest = context["request"]
    return address_of(request).of_nation(name, *args)


@register.simple_tag(takes_context=True)
def province_url(context: Context, province: Province, name: str = "province:home", *args: object) -> str:
    """The absolute address of a page on a province's portal."""
    request: HttpRequest = context["request"]
    return address_of(request).of_province(province, name, *args)


@dataclass(frozen=True)
class VerifyingPlace:
    """Where the persons of a province's filing verify now: what it is called, its first page, and that of the form."""

    name: str
    home: str
    form: str


@register.simple_tag(takes_context=True)
def verifying_place(context: Context, code: str) -> VerifyingPlace:
    """The national portal where one verifies on that alone (T-09), else the portal of the province."""
    visit, address = visit_of(context["request"]), address_of(context["request"])
    pinned = (visit.sandbox.pinned_edition or None) if visit else None
    edition = edition_in_force(code, at=visit.now, pinned=pinned) if visit else None
    if edition is not None and edition.place is Place.NATION:
        return VerifyingPlace("全国网站", address.of_nation("national:home"), address.of_nation("national:verify"))
    home = address.of_nation("go", code)
    return VerifyingPlace(f"{provinces()[code].name}管局网站", home, f"{home}?to=/verify/")


@register.simple_tag(takes_context=True)
def portal_url(context: Context, name: str, *args: object) -> str:
    """The address of a page that every portal has, on the portal that was asked."""
    portal = "province" if address_of(context["request"]).province else "national"
    return reverse(f"{portal}:{name}", args=args)


@register.inclusion_tag("portals/_menu_entry.html", takes_context=True)
def menu_entry(context: Context, label: str, name: str, *args: object) -> dict[str, object]:
    """An entry of a portal's menu, marked where it leads to the present page."""
    address = portal_url(context, name, *args)
    return {"label": label, "address": address, "is_current": address == context["request"].path}


@register.simple_tag(takes_context=True)
def national_host(context: Context) -> str:
    """The national portal's host, with its port, as people type it."""
    return address_of(context["request"]).national_host
