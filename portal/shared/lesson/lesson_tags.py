"""What the bar asks: ``{% lesson_bar as bar %}``."""

from django import template
from django.template import Context

from portal.shared.lesson.bar import Bar, bar_of

register = template.Library()


@register.simple_tag(takes_context=True)
def lesson_bar(context: Context) -> Bar | None:
    """The bar of the exercise that goes on; none elsewhere."""
    request = context.get("request")
    return bar_of(request) if request is not None else None
