"""Where a visitor wants to go on to, and what the lobby leads back to."""

from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from portal.shared.visit.addresses import address_of

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
#: Programs ask below this path; they are somebody by their keys, whatever cookies come along.
API = "/api/"


def next_address(request: HttpRequest) -> str:
    """Where the visitor wants to go on to, if that is a page of this host; else empty."""
    address = request.POST.get("next") or request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    # A word alone passes as a relative address, and would be looked up as the name of a page.
    return address if is_ours and ("/" in address[:1] or "://" in address) else ""


def lobby_address(request: HttpRequest, *, return_to: str) -> str:
    """The lobby, which leads back to ``return_to``, a path on the host that was asked."""
    address = address_of(request)
    if address.province and not address.is_on_national_host:
        return_to = f"/go/{address.province.code}?{urlencode({'to': return_to})}" if return_to else ""
    # Who begins on the first page comes to stay in the lobby, where the parts are.
    query = f"?{urlencode({'next': return_to})}" if return_to not in ("", "/") else ""
    return address.of_nation("lobby:index") + query


def address_to_return_to(request: HttpRequest) -> str:
    """The page itself; for a form that was sent, the page that it stood on."""
    if request.method in SAFE_METHODS:
        return request.get_full_path()
    try:
        referrer = urlsplit(request.headers.get("Referer", ""))
    except ValueError:  # no address at all
        return ""
    if referrer.netloc != request.get_host():
        return ""
    return referrer.path + (f"?{referrer.query}" if referrer.query else "")
