"""A page of a portal: rendered anew, or kept ready."""

from collections.abc import Callable, Hashable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal.portals import captcha
from portal.portals.governing import Governing
from portal.shared.page import kept


def page(request: HttpRequest, law: Governing, template: str, **context: object) -> HttpResponse:
    """A page of a portal: its law and its look, and what else the template asks for."""
    return render(request, template, {"law": law, "look": law.look, **context})


def kept_page(
    request: HttpRequest,
    law: Governing,
    template: str,
    context: Callable[[], dict[str, object]],
    *further: Hashable,
    **own: kept.Fill,
) -> HttpResponse:
    """A page of a portal that is kept ready. It depends on its law's grounds and what else is named."""
    return kept.page(
        request,
        template,
        lambda: {"law": law, "look": law.look, **context()},
        depends_on=(law.grounds, *further),
        own={"captcha": lambda: captcha.issue().text, **own},
    )
