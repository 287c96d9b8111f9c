"""``{% keeps_draft "verify" %}`` in a ``<form>`` tag: what is typed there is kept as this draft."""

from django.http import HttpRequest
from django.template import Library
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.shared.visit.visits import visit_of

register = Library()


@register.simple_tag(takes_context=True)
def keeps_draft(context: dict[str, HttpRequest], form: str) -> SafeString | str:
    """For the script: the draft's name, and where to send it. Nothing for those who have no drafts."""
    visit = visit_of(context["request"])
    if visit is None or visit.only_watches:
        return ""
    return format_html(' data-draft="{}" data-keep="{}"', form, reverse("keep_draft"))
