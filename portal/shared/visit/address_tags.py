"""Links of the portals and between them, for templates.

``{% portal_url 'verify' %}`` stays on the portal that was asked, ``{% national_url 'lobby:index' %}`` and
``{% province_url province %}`` lead to another; ``{% menu_entry '首页' 'home' %}`` is a link that knows its own page.
"""

from django import template
from django.http import HttpRequest
from django.template import Context
from django.urls import reverse

from portal.shared.visit.addresses import address_of
from verification.law.editions import Province

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
