"""Links between the portals, for templates: ``{% national_url 'lobby:index' %}``, ``{% province_url province %}``."""

from django import template
from django.http import HttpRequest
from django.template import Context

from portal import addresses
from verification.law.editions import Province

register = template.Library()


@register.simple_tag(takes_context=True)
def national_url(context: Context, name: str, *args: object) -> str:
    """The address of a page on the national host, also from a province's."""
    request: HttpRequest = context["request"]
    return addresses.national_address(request, name, *args)


@register.simple_tag(takes_context=True)
def province_url(context: Context, province: Province, name: str = "province:home", *args: object) -> str:
    """The absolute address of a page on a province's portal."""
    request: HttpRequest = context["request"]
    return addresses.province_address(request, province, name, *args)
