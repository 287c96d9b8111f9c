"""What every request passes: no address that nothing can stand for, and which portal it is for, by host or path."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import get_script_prefix

from portal.shared.visit.addresses import (
    PROVINCE_URLS,
    UnknownProvince,
    province_of_host,
    province_of_path,
    script_prefix,
)

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
