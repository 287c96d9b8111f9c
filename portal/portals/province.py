"""The portal of one province: what it has beside the pages of every portal."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from portal.portals.governing import governing
from portal.portals.notices import notices_of
from portal.portals.page import kept_page
from portal.shared.visit.addresses import national_address

#: Who has a console of its own, by the value in the box 管理用户.
CONSOLES = {"provider": "provider:list", "bureau": "bureau:queue"}


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The home page, with 备案短信核验 at the lower right where verification is in force (N-02, N-04)."""
    law = governing(request)
    return kept_page(request, law, "portals/province/home.html", lambda: {"notices": notices_of(law)}, law.moment.day)


@require_safe
def console(request: HttpRequest) -> HttpResponse:
    """Lead from the box 管理用户 to the console that was chosen."""
    name = CONSOLES.get(request.GET.get("user", ""))
    return redirect(national_address(request, name) if name else reverse("province:home"))
