"""The portal of one province: what it has beside the pages of every portal."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from portal.portals.door import Asked, at_the_door
from portal.portals.notices import notices_of

#: Who has a console of its own, by the value in the box 管理用户.
CONSOLES = {"provider": "provider:list", "bureau": "bureau:queue"}


@require_safe
@at_the_door
def home(asked: Asked) -> HttpResponse:
    """The home page, with 备案短信核验 at the lower right where verification is in force (N-02, N-04)."""
    law = asked.law
    return asked.kept_page("portals/province/home.html", lambda: {"notices": notices_of(law)}, law.moment.day)


@require_safe
@at_the_door
def console(asked: Asked) -> HttpResponse:
    """Lead from the box 管理用户 to the console that was chosen."""
    name = CONSOLES.get(asked.request.GET.get("user", ""))
    return redirect(asked.address.of_nation(name) if name else reverse("province:home"))
