"""The way from the national host to a province's portal: the sandbox follows the visitor.

Cookies do not reliably cross hosts, so ``/go/{code}`` signs at the click who the visitor is, for one use within a
minute and on that province's host only. The host sets its own cookie and takes the signature out of the address. Where
the portals are paths of one host, there is nothing to hand over.
"""

from datetime import datetime, timedelta

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.shared.visit.addresses import address_of
from portal.shared.visit.visits import forget, remember, visit_of
from verification.law.editions import Province, provinces
from verification.models import Participant
from verification.time import limits
from verification.time.clock import real_now

SALT = "portal.handover"
SECONDS = 60


def issue(province: Province, participant: Participant | None) -> str:
    """Sign who arrives at the province's host; with ``None`` the browser becomes nobody there too."""
    content = {
        "participant": participant.pk if participant else None,
        "nonce": limits.new_nonce(),
        "at": real_now().isoformat(),
    }
    return signing.dumps(content, salt=f"{SALT}.{province.code}")


def redeem(province: Province, token: str) -> tuple[bool, Participant | None]:
    """Use a signature up; whether it was good, and who arrives."""
    try:
        content = signing.loads(token, salt=f"{SALT}.{province.code}", max_age=timedelta(seconds=SECONDS))
    except signing.BadSignature:
        return False, None
    issued_at = datetime.fromisoformat(content["at"])
    if not limits.burn("handover", content["nonce"], seconds=2 * SECONDS, issued_at=issued_at):
        return False, None
    return True, Participant.objects.filter(pk=content["participant"], sandbox__closed_at=None).first()


def _path_asked_for(request: HttpRequest) -> str:
    """Where on the portal the visitor wants to go: a path of it, else its home page."""
    wanted = request.GET.get("to", "")
    is_path = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_path else "/"


@require_safe
@never_cache
def go(request: HttpRequest, code: str) -> HttpResponse:
    """Lead to a province's portal, ``?to=`` a page of it, and take the sandbox along."""
    if code not in provinces():
        raise Http404(f"no province {code}")
    province = provinces()[code]
    wanted = _path_asked_for(request)
    address = address_of(request)
    home = address.of_province(province)
    if not address.has_province_hosts:
        return redirect(home + wanted.lstrip("/"))
    visit = visit_of(request)
    token = issue(province, visit.participant if visit else None)
    return redirect(f"{home}arrive/?{urlencode({'pass': token, 'to': wanted})}")


@require_safe
@never_cache
def arrive(request: HttpRequest) -> HttpResponse:
    """On a province's host: become who was handed over, and drop the signature from the address.

    A signature that is used up or too old changes nothing: whoever the browser was, it stays.
    """
    province = address_of(request).province
    response = redirect(_path_asked_for(request))
    if province is None:
        return response
    is_good, participant = redeem(province, request.GET.get("pass", ""))
    if participant:
        remember(response, participant)
    elif is_good:
        forget(response)
    return response
