"""The national portal: the choice of a province and, where it verifies itself, a home page of its own (N-01, N-03)."""

from django.http import HttpResponse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from portal.portals.door import Asked, at_the_door
from portal.portals.entry import VERIFY, Card
from portal.portals.notices import notices_of
from portal.shared.visit import drafts
from verification.law.editions import Edition


@require_safe
@at_the_door
def home(asked: Asked) -> HttpResponse:
    """The home page: the choice of the province until the national portal verifies itself."""
    edition = asked.law.edition
    return _choice(asked) if edition is None else _home(asked, edition)


@require_safe
@at_the_door
def choose(asked: Asked) -> HttpResponse:
    """Choose the province (N-01)."""
    return _choice(asked)


def _choice(asked: Asked) -> HttpResponse:
    return asked.kept_page("portals/national/provinces.html", dict, f"{asked.law.moment.at:%F %H:%M}")


def _home(asked: Asked, edition: Edition) -> HttpResponse:
    """Notices and the card with the form. Only those who can send it get the form: the page of others can be cached."""
    has_form, card = asked.visit is not None, Card(VERIFY, asked.law, edition)

    def context() -> dict[str, object]:
        return {"notices": notices_of(asked.law), **(card.empty() if has_form else {"entry": VERIFY})}

    typed = card.filled(drafts.read(asked.request, VERIFY.name))
    response = asked.kept_page("portals/national/home.html", context, asked.law.moment.day, word=None, **typed)
    if has_form:
        add_never_cache_headers(response)
    return response
