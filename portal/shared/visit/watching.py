"""``/watch/{token}/…``: the site as a participant sees it, for whoever has the address, to look at and nothing else.

The token names the participant. It becomes the script prefix, so that every link stays below it; the provinces have
the form of paths there. Whoever watches is nobody: no cookie is read or set, no row is written, and every method but
those that only read is refused.
"""

import re
from collections.abc import Callable
from http import HTTPStatus

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import redirect, render
from django.urls import get_script_prefix

from portal.shared.visit.addresses import UnknownProvince, province_of_host, script_prefix
from portal.shared.visit.ways import API, SAFE_METHODS, address_to_return_to
from verification.models import Participant

_PATH = re.compile(r"^/watch/([^/]+)(/.*)?$")


def watch_address(participant: Participant, path: str) -> str:
    """The address, on the national host, at which one watches the participant's ``path``."""
    return f"/watch/{_signer().sign(str(participant.pk))}{path}"


def watched_by(request: HttpRequest) -> int | None:
    """The id of the participant whom the visitor watches; ``None`` for who is there in person."""
    watched: int | None = getattr(request, "watched", None)
    return watched


def _signer() -> signing.Signer:
    return signing.Signer(salt="portal.watching", sep=".")


class WatchMiddleware:
    """Take the token off the path, and the visitor's own cookies off the request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        match = _PATH.match(request.path_info)
        return self._watch(request, match[1], match[2] or "") if match else self.get_response(request)

    def _watch(self, request: HttpRequest, token: str, rest: str) -> HttpResponse:
        try:
            is_elsewhere = province_of_host(request.get_host()) is not None  # first: no page is shown under other hosts
            participant_id = int(_signer().unsign(token))
        except (signing.BadSignature, UnknownProvince) as error:
            raise Http404("nothing to watch") from error
        if is_elsewhere:
            raise Http404("nothing to watch here")
        request.COOKIES = {}
        request.META.pop("HTTP_COOKIE", None)
        if request.method not in SAFE_METHODS:
            return _refuse(request)
        if not rest:
            return HttpResponsePermanentRedirect(f"{request.path}/")
        if rest.startswith(API):  # nobody watches a program; the API's pages are everybody's
            return redirect(rest)
        base = f"{get_script_prefix()}watch/{token}/"
        request.watched, request.base, request.path_info = participant_id, base, rest  # type: ignore[attr-defined]
        with script_prefix(base):
            response = self.get_response(request)
        response.cookies.clear()
        return response


def _refuse(request: HttpRequest) -> HttpResponse:
    shown = {"back": address_to_return_to(request)}
    answer = render(request, "shared/visit/watching.html", shown, status=HTTPStatus.METHOD_NOT_ALLOWED)
    answer["Allow"] = ", ".join(SAFE_METHODS)
    answer.cookies.clear()
    return answer
