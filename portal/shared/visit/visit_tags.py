"""What the banner asks: ``{% part_links as links %}``, ``{% lobby_url as lobby %}``, ``{% handover_url as ask %}`` …"""

from collections.abc import Sequence

from django import template
from django.http import HttpRequest
from django.template import Context

from portal.shared.page import kept, news
from portal.shared.visit import handover, parts
from portal.shared.visit.visits import visit_of
from portal.shared.visit.ways import address_to_return_to, lobby_address

register = template.Library()


@register.simple_tag(takes_context=True)
def part_links(context: Context) -> Sequence[parts.PartLink]:
    """A link for each part that the visitor plays; none without a sandbox."""
    request: HttpRequest = context["request"]
    visit = visit_of(request)
    return parts.part_links(request, visit) if visit else ()


@register.simple_tag(takes_context=True)
def lobby_url(context: Context) -> str:
    """The lobby, which leads back to the present page."""
    if kept.IS_KEPT in context:
        return str(context["lobby"])
    request: HttpRequest = context["request"]
    here = address_to_return_to(request)
    return lobby_address(request, return_to="" if here.startswith("/lobby/") else here)


@register.simple_tag(takes_context=True)
def handover_url(context: Context) -> str:
    """Where a stranger on a province's host has it ask the national one; empty on that, and where it just has."""
    if kept.IS_KEPT in context:
        return str(context["handover"])
    request: HttpRequest = context["request"]
    if handover.is_arrival(request):
        return ""
    return handover.handover_address(request, wanted=address_to_return_to(request) or "/")


@register.simple_tag(takes_context=True)
def handover_url_to(context: Context, wanted: str) -> str:
    """The same, for another page than the present one."""
    return handover.handover_address(context["request"], wanted=wanted)


@register.simple_tag(takes_context=True)
def news_mark(context: Context) -> str:
    """Where the page's script asks whether something has happened in the sandbox."""
    return kept.hole("news") if kept.IS_KEPT in context else news.mark(context["request"])
