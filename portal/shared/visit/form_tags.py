"""``{% csrf_token %}``, which also says in which sandbox the form was opened (:mod:`portal.shared.visit.opened`)."""

from django import template
from django.template import Context
from django.template.base import Parser, Token
from django.template.defaulttags import CsrfTokenNode
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from portal.shared.page import kept
from portal.shared.visit import opened

register = template.Library()


class _FormToken(CsrfTokenNode):
    def render(self, context: Context) -> SafeString:
        said = kept.hole(opened.FIELD) if kept.IS_KEPT in context else opened.opened_as(context["request"])
        field = format_html('<input type="hidden" name="{}" value="{}">', opened.FIELD, said) if said else ""
        return mark_safe(super().render(context) + field)  # noqa: S308  # both are HTML already


@register.tag
def csrf_token(parser: Parser, token: Token) -> _FormToken:
    """Stands in every form whose method is POST."""
    return _FormToken()
