"""What the bar asks: ``{% lesson_bar as bar %}``, ``{% lesson_guide bar as guide %}``."""

from collections.abc import Mapping
from functools import lru_cache

from django import template
from django.template import Context
from django.urls import get_script_prefix, get_urlconf, reverse

from portal.shared.lesson.bar import Bar, bar_of
from portal.shared.lesson.free import Practised, practised_of
from portal.shared.lesson.guide import Guide, guide_of
from portal.shared.lesson.shown import Shown, shown_of

register = template.Library()

_BUTTONS = ("bar", "seen", "hint", "predict", "show", "hide", "leave", "finish")


@register.simple_tag(takes_context=True)
def lesson_bar(context: Context) -> Bar | None:
    """The bar of the exercise that goes on; none elsewhere."""
    request = context.get("request")
    return bar_of(request) if request is not None else None


@register.simple_tag
def lesson_addresses() -> Mapping[str, str]:
    """Where the bar is to be had, and its buttons lead: found once for each portal, since it stands on every page."""
    return _addresses(get_script_prefix(), get_urlconf())


@lru_cache(maxsize=100)
def _addresses(prefix: str, urlconf: str | None) -> Mapping[str, str]:
    return {name: reverse(f"lesson:{name}") for name in _BUTTONS}


@register.simple_tag(takes_context=True)
def lesson_guide(context: Context, bar: Bar) -> Guide | None:
    """What “show me” points to on this page; none where there is no step, or no help is given."""
    return guide_of(context["request"], bar.way)


@register.simple_tag(takes_context=True)
def lesson_shown(context: Context) -> Shown | None:
    """The bar of what the machine shows on the page; none elsewhere."""
    request = context.get("request")
    return shown_of(request) if request is not None else None


@register.simple_tag(takes_context=True)
def lesson_class(context: Context) -> Practised | None:
    """The class that practises freely in the sandbox; none elsewhere."""
    request = context.get("request")
    return practised_of(request) if request is not None else None
