"""The way of a browser from host to host: a province's host asks the national one which browser this is.

Cookies do not cross hosts. So the host that wants to know (:func:`begin`) marks the browser with a cookie for this one
question and sends it to the national host. That signs which browser it is (:func:`go`), for one use within a minute,
for that host and that question, and sends it back. The host looks whether it was asked by this very browser, sets its
own cookie, and takes the signature out of the address (:func:`arrive`). Whoever follows a signature that was made out
for somebody else has not asked, and stays who they were.

A page that is opened from outside begins it by itself, once a visit; else it is a button. It never loops: a browser
that takes no cookies comes to a page with a button. Where the portals are paths of one host, nothing is handed over.
"""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import get_script_prefix, reverse
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.shared.visit import cookies
from portal.shared.visit.addresses import PROVINCE_URLS, address_of
from portal.shared.visit.entering import settled_browser
from portal.shared.visit.visits import browser_of, visit_of
from verification.law.editions import Province, provinces
from verification.models import Browser
from verification.time import limits
from verification.time.clock import real_now

SALT = "portal.handover"
SECONDS = 60
#: The cookie of a question begins so, and ends with the question's nonce. Each has one of its own: tabs that are opened
#: at the same time ask at the same time.
ASKED = "asked-"
#: For so many seconds an answer is awaited.
ASKED_SECONDS = 300
_QUESTION = re.compile(r"[\w-]{16}")
#: Says, until the browser is closed, that this host has asked and was not told of a browser.
TRIED = "asked"


# ── The signature ────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Arrival:
    """The answer to a question: which browser was handed over; ``None`` is one that the national host does not know."""

    question: str
    browser: Browser | None


def issue(province: Province, browser: Browser | None, *, question: str) -> str:
    """Sign which browser comes to the province's host, in answer to its question."""
    content = {
        "browser": browser.pk if browser else None,
        "question": question,
        "nonce": limits.new_nonce(),
        "at": real_now().isoformat(),
    }
    return signing.dumps(content, salt=f"{SALT}.{province.code}")


def redeem(request: HttpRequest, province: Province, token: str) -> Arrival | None:
    """Use a signature up; ``None`` if it is not good, or not the answer to a question that this browser was sent with.

    One that somebody else was to use is left to them.
    """
    try:
        content = signing.loads(token, salt=f"{SALT}.{province.code}", max_age=timedelta(seconds=SECONDS))
    except signing.BadSignature:
        return None
    if ASKED + content["question"] not in request.COOKIES:
        return None
    issued_at = datetime.fromisoformat(content["at"])
    if not limits.burn("handover", content["nonce"], seconds=2 * SECONDS, issued_at=issued_at):
        return None
    return Arrival(content["question"], Browser.objects.filter(pk=content["browser"]).first())


# ── The way ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def begin(request: HttpRequest, province: Province, wanted: str) -> HttpResponse:
    """Send the browser to the national host with a question."""
    question = secrets.token_urlsafe(12)
    national = address_of(request).of_nation("go", province.code)
    response = redirect(f"{national}?{urlencode({'question': question, 'to': wanted})}")
    _set(response, ASKED + question, max_age=ASKED_SECONDS)
    add_never_cache_headers(response)
    return response


@require_safe
@never_cache
def go(request: HttpRequest, code: str) -> HttpResponse:
    """On the national host: lead to a province's portal, ``?to=`` a page of it, and say which browser comes.

    Without the host's question it leads there to ask one.
    """
    if code not in provinces():
        raise Http404(f"no province {code}")
    province, wanted = provinces()[code], _path_asked_for(request)
    address = address_of(request)
    home = address.of_province(province)
    if not address.has_province_hosts:
        return redirect(home + wanted.lstrip("/"))
    question = request.GET.get("question", "")
    if not _QUESTION.fullmatch(question):
        return redirect(f"{home}arrive/?{urlencode({'to': wanted})}")
    browser = settled_browser(request)
    token = issue(province, browser, question=question)
    response = redirect(f"{home}arrive/?{urlencode({'pass': token, 'to': wanted})}")
    if browser and not cookies.key_of(request):
        cookies.remember(response, browser)
    return response


@require_safe
@never_cache
def arrive(request: HttpRequest) -> HttpResponse:
    """On a province's host: ask, if nothing was answered yet; else let the host know the browser.

    A signature that is used up, too old or somebody else's changes nothing.
    """
    address, wanted = address_of(request), _path_asked_for(request)
    here = redirect(get_script_prefix() + wanted.lstrip("/"))
    if address.province is None or address.is_on_national_host:
        return here
    token = request.GET.get("pass", "")
    if not token:
        return begin(request, address.province, wanted)
    arrival = redeem(request, address.province, token)
    if arrival is None:
        is_known = browser_of(request) or visit_of(request)
        return here if is_known else render(request, "shared/visit/not_arrived.html", {"wanted": wanted})
    here.delete_cookie(ASKED + arrival.question, samesite="Lax")
    if arrival.browser is None:
        cookies.forget(here)
        _set(here, TRIED, max_age=None)  # only now: of tabs that are opened at once each asks for itself
    else:
        cookies.remember(here, arrival.browser)
        here.delete_cookie(TRIED, samesite="Lax")
    return here


def handover_address(request: HttpRequest, *, wanted: str) -> str:
    """Where a visitor on a province's own host has it ask which browser this is; empty where nothing is to be asked."""
    address = address_of(request)
    if address.province is None or address.is_on_national_host:
        return ""
    return f"{_arrive_path()}?{urlencode({'to': wanted})}"


def is_arrival(request: HttpRequest) -> bool:
    """Whether this is the address of :func:`arrive`, which is no page to come back to."""
    return request.path_info == _arrive_path()


def _arrive_path() -> str:
    return reverse("arrive", urlconf=PROVINCE_URLS)


def _path_asked_for(request: HttpRequest) -> str:
    """Where on the portal the visitor wants to go: a path of it, else its home page."""
    wanted = request.GET.get("to", "")
    is_path = wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None)
    return wanted if is_path else "/"


def _set(response: HttpResponse, name: str, *, max_age: int | None) -> None:
    response.set_cookie(
        name, "1", max_age=max_age, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
    )


# ── By itself ────────────────────────────────────────────────────────────────────────────────────────────────────────

#: A page in a tab's own right, as browsers say it; opened from outside, not by a link of this host.
_OPENED = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
_FROM_OUTSIDE = ("none", "cross-site", "same-site")


class HandoverMiddleware:
    """Let a province's host ask by itself, once a visit, when a page is opened by a browser that it does not know."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        address = address_of(request)
        if address.province is None or address.is_on_national_host or request.method != "GET":
            return self.get_response(request)
        if not is_arrival(request) and _is_opened(request) and not _is_known_or_was_asked(request):
            return begin(request, address.province, request.get_full_path())
        response = self.get_response(request)
        patch_vary_headers(response, (*_OPENED, "Sec-Fetch-Site"))
        return response


def _is_opened(request: HttpRequest) -> bool:
    is_document = all(request.headers.get(name) == value for name, value in _OPENED.items())
    return is_document and request.headers.get("Sec-Fetch-Site") in _FROM_OUTSIDE


def _is_known_or_was_asked(request: HttpRequest) -> bool:
    return TRIED in request.COOKIES or bool(cookies.key_of(request) and browser_of(request))
