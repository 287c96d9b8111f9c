"""短链接 in a message: it opens the verify page with this very code and phone filled in (C-08).

The address holds a token and nothing else; what it stands for is looked up in the visitor's own sandbox.
"""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.portals.door import Asked, at_the_door
from portal.portals.entry import LINK, dead_link
from portal.shared.visit.doors import to_the_lobby
from verification.acting import challenges


@require_safe
@never_cache
@at_the_door
def follow(asked: Asked, token: str) -> HttpResponse:
    """Lead to the verify page of the filing's province, or to the national one where that verifies (N-03)."""
    if asked.visit is None:
        return to_the_lobby(asked.request)
    challenge = challenges.by_short_link(asked.visit.sandbox, token)
    if challenge is None:
        return dead_link(asked)
    query = urlencode({LINK: token})
    if asked.law.edition is not None:
        return redirect(f"{reverse('national:verify')}?{query}")
    return redirect(f"{reverse('go', args=[challenge.province])}?{urlencode({'to': f'/verify/?{query}'})}")
