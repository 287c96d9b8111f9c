"""短链接 in a message: it opens the verify page with this very code and phone filled in (C-08).

The address holds a token and nothing else; what it stands for is looked up in the visitor's own sandbox.
"""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.portals import entry
from portal.portals.governing import governing
from portal.shared.visit.visits import VisitRequest, needs_sandbox


@require_safe
@never_cache
@needs_sandbox
def follow(request: VisitRequest, token: str) -> HttpResponse:
    """Lead to the verify page of the filing's province, or to the national one where that verifies (N-03)."""
    law = governing(request)
    challenge = entry.challenge_behind(request, token)
    if challenge is None:
        return entry.dead_link(request, law)
    query = urlencode({entry.LINK: token})
    if law.edition is not None:
        return redirect(f"{reverse('national:verify')}?{query}")
    return redirect(f"{reverse('go', args=[challenge.province])}?{urlencode({'to': f'/verify/?{query}'})}")
