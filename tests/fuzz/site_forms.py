"""The forms of the site: found in the templates, recognised on pages, and what a browser would send of them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import pytest
from django.template import engines
from django.template.base import Origin
from django.template.loaders.filesystem import Loader

from portal.shared.page import kept
from tests.pages import Node
from tools.places import ROOT

TEMPLATES = ROOT / "templates"

_FORM = re.compile(r"<form\b(?P<rest>[^>]*)")
_COMMENT = re.compile(r"{#.*?#}")
#: Such a form closes its dialog, and is sent to nobody.
_DIALOG = 'method="dialog"'
_MARK = "data-form"


# ── In the templates ─────────────────────────────────────────────────────────


def all_forms() -> set[str]:
    """The mark of each form that stands in a template: the file, and which it is there."""
    return {mark for path in TEMPLATES.rglob("*.html") for mark in _marks(path)}


def _marks(path: Path) -> Iterator[str]:
    text = _COMMENT.sub("", path.read_text(encoding="utf-8"))
    for number, found in enumerate(_FORM.finditer(text), start=1):
        if _DIALOG not in found["rest"]:
            yield f"{path.relative_to(TEMPLATES)}:{number}"


def mark_forms(patch: pytest.MonkeyPatch) -> None:
    """Let each form on a page say by an attribute where in the templates it stands."""
    read = Loader.get_contents

    def marked(loader: Loader, origin: Origin) -> str:
        numbers = iter(range(1, 100))
        text = _COMMENT.sub("", read(loader, origin))
        return _FORM.sub(lambda form: f'<form {_MARK}="{origin.template_name}:{next(numbers)}"{form["rest"]}', text)

    patch.setattr(Loader, "get_contents", marked)
    forget_templates()


def forget_templates() -> None:
    """Let templates be read, and pages be rendered, anew."""
    for loader in engines["django"].engine.template_loaders:  # type: ignore[attr-defined]
        loader.reset()
    kept.forget()


# ── On a page ────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Field:
    """A field with what it holds as the page is shown; ``value`` is ``None`` for what a browser would not send."""

    name: str
    value: str | None
    choices: tuple[str, ...] = ()
    is_hidden: bool = False

    @property
    def is_typed(self) -> bool:
        """Whether somebody types into it."""
        return not self.choices and not self.is_hidden


@dataclass(frozen=True)
class Button:
    """What is pressed: the pair that it adds, if it has a name, and where the form then goes."""

    name: str
    value: str
    address: str


@dataclass(frozen=True)
class Form:
    """A form as a page shows it."""

    mark: str
    method: str
    fields: tuple[Field, ...]
    buttons: tuple[Button, ...]


def forms_on(page: Node, address: str) -> list[Form]:
    """The forms of a page that was found at the address."""
    return [_form(form, page, address) for form in page.all("form") if form.attrs.get("method") != "dialog"]


def _form(form: Node, page: Node, address: str) -> Form:
    def belonging(tag: str) -> list[Node]:
        inside = [node for node in form.all(tag) if "form" not in node.attrs]
        return inside + (page.all(tag, form=form.attrs["id"]) if "id" in form.attrs else [])

    goes_to = urljoin(address, form.attrs.get("action", ""))
    buttons = [
        Button(
            node.attrs.get("name", ""),
            node.attrs.get("value", ""),
            urljoin(address, node.attrs["formaction"]) if "formaction" in node.attrs else goes_to,
        )
        for node in belonging("button")
        if node.attrs.get("type") != "button" and "disabled" not in node.attrs
    ]
    fields = [field for tag in ("input", "select", "textarea") for node in belonging(tag) for field in _fields(node)]
    return Form(form.attrs[_MARK], form.attrs.get("method", "get"), tuple(fields), tuple(buttons))


def _fields(node: Node) -> Iterator[Field]:
    attrs = node.attrs
    name, value, kind = attrs.get("name", ""), attrs.get("value", ""), attrs.get("type", "text")
    if not name or "disabled" in attrs:
        return
    if node.tag == "select":
        options = node.all("option")
        chosen = [option for option in options if "selected" in option.attrs] or options[:1]
        choices = tuple(option.attrs.get("value", option.text) for option in options)
        yield from (Field(name, option.attrs.get("value", option.text), choices) for option in chosen)
    elif node.tag == "textarea":
        yield Field(name, node.text)
    elif kind in {"checkbox", "radio"}:
        yield Field(name, (value or "on") if "checked" in attrs else None, (value or "on",))
    else:
        yield Field(name, value, is_hidden=kind == "hidden")
