"""A form says in which sandbox its page was opened; sent from another one it is refused, and nothing is done.

A browser is in one sandbox at a time, but its tabs stay open: a page of an earlier one looks as it did then. So the
tag ``{% csrf_token %}``, which stands in every form, adds a field (:mod:`portal.shared.visit.form_tags`), and the
middleware compares it with where the browser is now. What leads into a sandbox is sent from anywhere.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portal.shared.visit import cookies
from portal.shared.visit.visits import browser_of, visit_of
from portal.shared.visit.ways import API, SAFE_METHODS
from verification.worlds import browsers

#: The field's name; its value is the participant's id.
FIELD = "opened_as"

V = TypeVar("V", bound=Callable[..., HttpResponse])


def opened_as(request: HttpRequest) -> str:
    """What a form says that is shown now; empty for a stranger's."""
    visit = visit_of(request)
    return str(visit.participant.pk) if visit else ""


def sent_from_anywhere(view: V) -> V:
    """Let a view be asked from a page of whatever sandbox: it leads into one, and acts in none."""
    view.is_sent_from_anywhere = True  # type: ignore[attr-defined]
    return view


class RefusePagesOfAnotherSandbox:
    """Answer a form of another sandbox's page by a page that says so (409)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, *_: object) -> HttpResponse | None:
        """Compare, where a browser sends something."""
        is_from_anywhere = getattr(view, "is_sent_from_anywhere", False) or request.path_info.startswith(API)
        if request.method in SAFE_METHODS or is_from_anywhere or not cookies.is_known(request):
            return None
        said, here = request.POST.get(FIELD, ""), opened_as(request)
        return _refuse(request, said) if said and here and said != here else None


def _refuse(request: HttpRequest, said: str) -> HttpResponse:
    browser = browser_of(request)
    places = browsers.places_of(browser) if browser else ()
    earlier = next((place.participant for place in places if str(place.participant_id) == said), None)
    shown = {"visit": visit_of(request), "earlier": earlier}
    return render(request, "shared/visit/of_another.html", shown, status=HTTPStatus.CONFLICT)
