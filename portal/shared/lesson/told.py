"""What exercises say, as HTML: ``{{ text|told }}``, and ``{{ text|told_in_line }}`` where there is room for a line.

Markdown of a small kind: emphasis, code, lists, and links to rules of this site, as in ``[为什么](T-08)``. All else
stands as it was written; markdown-it escapes it.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

register = template.Library()

#: What a link may lead to.
_RULE = re.compile(r"[A-Z]-\d\d")
_ANY_RULE = "A-00"


def _link(renderer: RendererHTML, tokens: Sequence[Token], place: int, options: OptionsDict, env: EnvType) -> str:
    """A link to the page of a rule, and nothing else of what somebody wrote."""
    address = env["address"].replace(_ANY_RULE, str(tokens[place].attrs["href"]))
    tokens[place].attrs = {"href": address}
    return renderer.renderToken(tokens, place, options, env)


def _markdown() -> MarkdownIt:
    made = MarkdownIt("zero", {"html": False, "maxNesting": 20})
    made.enable(["backticks", "emphasis", "escape", "link", "list"])
    made.validateLink = lambda url: bool(_RULE.fullmatch(url))  # type: ignore[method-assign]  # documented so
    made.normalizeLink = lambda url: url  # type: ignore[method-assign]  # as above
    made.add_render_rule("link_open", _link)
    return made


_MARKDOWN = _markdown()


@register.filter
def told(text: str) -> SafeString:
    """The text, to stand in a block; a single paragraph is a line."""
    return _rendered(text, _address_in(text))


@register.filter
def told_in_line(text: str) -> SafeString:
    """The text without lists and paragraphs, to stand in a line."""
    return _rendered_in_line(text, _address_in(text))


def _address_in(text: str) -> str:
    """The address of any rule, where the text has a link; it depends on the host, and on who watches."""
    return reverse("lesson:rule", args=[_ANY_RULE]) if "](" in text else ""


@lru_cache(maxsize=2048)
def _rendered(text: str, address: str) -> SafeString:
    tokens = _MARKDOWN.parse(text, env := {"address": address})
    is_one_line = [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    return _safe(_MARKDOWN.renderer.render(tokens[1:2] if is_one_line else tokens, _MARKDOWN.options, env))


@lru_cache(maxsize=2048)
def _rendered_in_line(text: str, address: str) -> SafeString:
    return _safe(_MARKDOWN.renderInline(text, {"address": address}))


def _safe(html: str) -> SafeString:
    return mark_safe(html)  # noqa: S308  # markdown-it escapes whatever it does not know
