"""Reading a page of the site: its title, its headings, its forms, its words."""

import re
from dataclasses import dataclass, field
from functools import cached_property
from html.parser import HTMLParser

from django.http import HttpResponse

_VOID = {"br", "hr", "img", "input", "link", "meta", "source", "use"}


@dataclass
class Node:
    """An element with what stands in it."""

    tag: str
    attrs: dict[str, str]
    children: list["Node | str"] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The words in it, white space folded."""
        words = "".join(child if isinstance(child, str) else child.text for child in self.children)
        return re.sub(r"\s+", " ", words).strip()

    def all(self, tag: str, **attrs: str) -> list["Node"]:
        """Every element below it with this tag and these attributes; ``class_`` asks for one of the classes."""
        return [node for node in self._below if node.tag == tag and node._has(attrs)]

    def one(self, tag: str, **attrs: str) -> "Node":
        """The only such element."""
        (found,) = self.all(tag, **attrs)
        return found

    @cached_property
    def _below(self) -> list["Node"]:
        """Every element below it, in the page's order; the page is whole by then."""
        inner = (child for child in self.children if isinstance(child, Node))
        return [node for child in inner for node in (child, *child._below)]

    def _has(self, attrs: dict[str, str]) -> bool:
        wanted = dict(attrs)
        class_ = wanted.pop("class_", None)
        has_class = class_ is None or class_ in self.attrs.get("class", "").split()
        return has_class and all(self.attrs.get(name) == value for name, value in wanted.items())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Node("document", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in _VOID:
            self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        assert self.open[-1].tag == tag, f"<{self.open[-1].tag}> is closed by </{tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def page_of(response: HttpResponse) -> Node:
    """The page in an answer. Fails on elements that are not closed in their order."""
    reader = _Reader()
    reader.feed(response.content.decode())
    reader.close()
    (document,) = reader.open
    return document


def assert_is_well_made(page: Node) -> None:
    """One h1, a title that begins with it, at most one primary button, each field labelled, nothing inline."""
    heading = page.one("h1").text
    title = page.one("title").text.removeprefix("错误：")
    assert title.startswith(heading), f"{title!r} does not begin with {heading!r}"
    assert page.one("html").attrs["lang"] == "zh-CN"
    assert len(page.all("button", class_="button--primary") + page.all("a", class_="button--primary")) <= 1
    labelled = {label.attrs.get("for") for label in page.all("label")}
    ids = [
        node.attrs["id"] for tag in ("div", "input", "main", "h2", "p") for node in page.all(tag) if "id" in node.attrs
    ]
    for tag in ("input", "select", "textarea"):
        for control in page.all(tag):
            is_labelled = control.attrs.get("id") in labelled or control.attrs.get("aria-labelledby") in ids
            assert control.attrs.get("type") == "hidden" or is_labelled, control.attrs
    assert len(ids) == len(set(ids))
    assert not page.all("style")
    assert all("src" in script.attrs for script in page.all("script"))
