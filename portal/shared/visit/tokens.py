"""Forms without a good token against forged requests: their cookie was renewed or cleared since they were opened.

Nothing is done with such a form. The forms in which one types a lot come back filled in (:func:`is_good`, in a view
that is exempt from Django's own check); the others are shown as texts to be copied (:func:`refuse`).
"""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import render

#: What a form says that comes back.
GROWN_OLD = "这一页打开得太久，刚才填写的内容没有提交，仍在下面。请核对后再提交一次。"


class _Check(CsrfViewMiddleware):
    """Django's check, whose refusal is only looked at."""

    def _reject(self, request: HttpRequest, reason: str) -> HttpResponseForbidden:  # noqa: ARG002  # as Django calls it
        return HttpResponseForbidden()


class _CheckOfHiddenOrigin(_Check):
    """The same for a page that sends no referrer: its own form comes with the origin “null”."""

    def _origin_verified(self, request: HttpRequest) -> bool:
        if request.headers.get("Origin") == "null":
            return request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
        return bool(super()._origin_verified(request))  # type: ignore[misc]  # Django's own, which the stubs leave out


def is_good(request: HttpRequest, *, may_hide_its_origin: bool = False) -> bool:
    """Whether the form that was sent has the token of this browser."""

    def no_view(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    check = (_CheckOfHiddenOrigin if may_hide_its_origin else _Check)(no_view)
    check.process_request(request)
    return check.process_view(request, no_view, (), {}) is None


def refuse(request: HttpRequest, reason: str = "", **_: Any) -> HttpResponse:
    """The page of a form that Django refuses, with what was typed; ``reason`` is for the log."""
    return render(request, "403_csrf.html", status=HTTPStatus.FORBIDDEN)
