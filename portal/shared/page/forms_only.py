"""An address that takes forms only, opened as a page: in the place of nothing, a page that says so and leads on."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.urls import Resolver404, get_script_prefix, resolve

from portal.shared.visit.ways import API

#: By these a browser opens a page; with others nobody looks at the answer.
_OPENING = ("GET", "HEAD")


class ExplainFormsOnly:
    """Give the answer 405 a page, where a browser opens what it can only send to: by its history, or typed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        refusal = self.get_response(request)
        is_page = request.method in _OPENING and not request.path_info.startswith(API)
        if not (isinstance(refusal, HttpResponseNotAllowed) and is_page):
            return refusal
        page = render(request, "405.html", {"above": _page_above(request)}, status=HTTPStatus.METHOD_NOT_ALLOWED)
        page["Allow"] = refusal["Allow"]
        return page


def _page_above(request: HttpRequest) -> str:
    """The nearest address above this one that the site knows."""
    parts = request.path_info.strip("/").split("/")
    for length in range(len(parts) - 1, 0, -1):
        path = f"{'/'.join(parts[:length])}/"
        try:
            resolve(f"/{path}", urlconf=getattr(request, "urlconf", None))
        except Resolver404:
            continue
        return get_script_prefix() + path
    return get_script_prefix()
