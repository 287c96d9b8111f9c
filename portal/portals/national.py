"""The national portal: the choice of a province and, where it verifies itself, a home page of its own (N-01, N-03)."""

from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from portal.portals.entry import VERIFY, empty_card
from portal.portals.governing import Governing, governing
from portal.portals.notices import notices_of
from portal.portals.page import kept_page
from portal.shared.visit.visits import visit_of
from verification.law.editions import Edition


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The home page: the choice of the province until the national portal verifies itself."""
    law = governing(request)
    return _choice(request, law) if law.edition is None else _home(request, law, law.edition)


@require_safe
def choose(request: HttpRequest) -> HttpResponse:
    """Choose the province (N-01)."""
    return _choice(request, governing(request))


def _choice(request: HttpRequest, law: Governing) -> HttpResponse:
    return kept_page(request, law, "portals/national/provinces.html", dict, f"{law.moment.at:%F %H:%M}")


def _home(request: HttpRequest, law: Governing, edition: Edition) -> HttpResponse:
    """Notices and the card with the form. Only those who can send it get the form: the page of others can be cached."""
    has_form = visit_of(request) is not None

    def context() -> dict[str, object]:
        card = empty_card(law, edition, VERIFY) if has_form else {"entry": VERIFY}
        return {"notices": notices_of(law), **card}

    response = kept_page(request, law, "portals/national/home.html", context, law.moment.day)
    if has_form:
        add_never_cache_headers(response)
    return response
