"""``{% own "shared/visit/banner.html" %}``: an include that is each visitor's own, in a kept page too."""

from django import template
from django.template import Context, Node
from django.template.base import Parser, Token
from django.template.loader_tags import IncludeNode, do_include

from portal.shared.page import kept

register = template.Library()


class _Own(Node):
    def __init__(self, include: IncludeNode) -> None:
        self.include = include

    def render(self, context: Context) -> str:
        if kept.IS_KEPT in context:
            return kept.hole(str(self.include.template.resolve(context)))
        return str(self.include.render_annotated(context))


@register.tag
def own(parser: Parser, token: Token) -> Node:
    """Written as ``include`` is; in a page that is kept (:mod:`portal.shared.page.kept`) the hole for it."""
    include = do_include(parser, token)
    # As the parser itself does with the nodes that it gets.
    include.token, include.origin = token, parser.origin  # type: ignore[assignment]  # the stubs think it may be none
    return _Own(include)
