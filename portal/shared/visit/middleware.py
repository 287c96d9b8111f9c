"""What every request passes: no address that nothing can stand for, which portal it is for, and who asks."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import get_script_prefix
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.functional import SimpleLazyObject

from portal.shared.visit import cookies, drafts
from portal.shared.visit.addresses import (
    PROVINCE_URLS,
    UnknownProvince,
    address_of,
    province_of_host,
    province_of_path,
    script_prefix,
)
from portal.shared.visit.entering import settled_browser
from portal.shared.visit.visits import ended_of, visit_of
from portal.shared.visit.watching import watched_by
from portal.shared.visit.ways import SAFE_METHODS
from verification.worlds import browsers, sandboxes

GetResponse = Callable[[HttpRequest], HttpResponse]


class RefuseNul:
    """Refuse an address with a NUL in it, which no database holds; forms and the API have words of their own for it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith("/api/"):
            return self.get_response(request)
        if "\0" in request.path_info:
            raise Http404
        if "%00" in request.META["QUERY_STRING"]:
            return render(request, "400.html", status=HTTPStatus.BAD_REQUEST)
        return self.get_response(request)


class ProvinceMiddleware:
    """Set ``request.province`` by host or path, and serve a province's portal from its own URLs.

    With the path form, ``/p/{code}`` becomes the script prefix, so that views and templates are the same for both.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            by_host = province_of_host(request.get_host())
            by_path = None if by_host else province_of_path(request.path_info)
        except UnknownProvince as error:
            raise Http404(f"no province {error}") from error
        request.province = by_host or (by_path[0] if by_path else None)  # type: ignore[attr-defined]
        if by_host:
            request.urlconf = PROVINCE_URLS
        if by_path:
            return self._answer_by_path(request, code=by_path[0].code, rest=by_path[1])
        return self.get_response(request)

    def _answer_by_path(self, request: HttpRequest, *, code: str, rest: str) -> HttpResponse:
        if not rest:
            return HttpResponsePermanentRedirect(f"{request.path}/")
        request.path_info = rest
        request.urlconf = PROVINCE_URLS
        with script_prefix(f"{get_script_prefix()}p/{code}/"):
            return self.get_response(request)


class VisitMiddleware:
    """Offer ``request.visit`` and ``request.ended``; note what is in use; keep answers made for somebody to them."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.visit = SimpleLazyObject(lambda: visit_of(request))  # type: ignore[attr-defined]
        request.ended = SimpleLazyObject(lambda: ended_of(request))  # type: ignore[attr-defined]
        response = self.get_response(request)
        if request.method not in SAFE_METHODS:
            _note_use(request, response)
        if hasattr(request, "_visit"):
            patch_vary_headers(response, ("Cookie",))
            is_own = watched_by(request) is not None or cookies.is_known(request)
            if is_own and not response.has_header("Cache-Control"):
                patch_cache_control(response, private=True, no_cache=True)
            cookies.renew(request, response)
            drafts.remember(request, response)
        return response


def _note_use(request: HttpRequest, response: HttpResponse) -> None:
    """Write down that sandbox and browser are in use, and change over from a cookie of before.

    A province's host changes over by the hand-over: made there, a row would be another than the national host's.
    """
    visit = visit_of(request)
    if visit is None:
        return
    sandboxes.note_use(visit.sandbox)
    if visit.browser is not None:
        browsers.note_use(visit.browser)
    elif address_of(request).is_on_national_host and (browser := settled_browser(request)):
        cookies.remember(response, browser)
