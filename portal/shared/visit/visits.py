"""Who asks: the visitor's place in a sandbox, from a signed cookie. No account, no session, nothing written on a GET.

``request.visit`` is there for templates (``{% if request.visit %}``); it is loaded when it is first looked at, with one
query. Python code asks :func:`visit_of`, which answers a plain ``None`` where there is no visit. Behind the decorators
``request.visit`` is always a :class:`Visit`::

    @needs_role(Role.BUREAU)
    def queue(request: VisitRequest) -> HttpResponse: ...
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import localtime

from portal.shared.visit.addresses import national_address, national_host, province_of
from verification.by import By
from verification.models import Participant, Role, Sandbox
from verification.models.prepared import Given, Prepared
from verification.time import clock
from verification.worlds import sandboxes

COOKIE_NAME = "visit"
COOKIE_SALT = "portal.visits"
COOKIE_MAX_AGE = 30 * 24 * 3600  # seconds
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

P = ParamSpec("P")


@dataclass(frozen=True)
class Reading:
    """What a clock shows, as pages write it. In templates, the filter for dates would take most of a banner's time."""

    at: datetime

    @property
    def machine(self) -> str:
        """For ``<time datetime>``."""
        return localtime(self.at).isoformat()

    @property
    def seconds(self) -> int:
        """For the script that lets it tick: since 1970."""
        return int(self.at.timestamp())

    def __str__(self) -> str:
        return f"{localtime(self.at):%F %T}"


@dataclass(frozen=True)
class Visit:
    """A visitor in a sandbox that is open, as one of its participants."""

    sandbox: Sandbox
    participant: Participant

    @cached_property
    def now(self) -> datetime:
        """The sandbox's time, read once a request."""
        return clock.now(self.sandbox)

    @property
    def reading(self) -> Reading:
        """The sandbox's time as pages write it."""
        return Reading(self.now)

    def plays(self, role: Role) -> bool:
        """Whether the visitor may act in this part."""
        return self.participant.plays(role)

    @property
    def by(self) -> By:
        """The visitor as who acts in the domain."""
        return By.participant(self.participant)

    @property
    def moves_clock(self) -> bool:
        """Whether the visitor may move, speed up or pause the clock."""
        return self.participant.moves_clock


class VisitRequest(HttpRequest):
    """The request as a view behind one of the decorators sees it."""

    visit: Visit


View = Callable[Concatenate[VisitRequest, P], HttpResponse]
OpenView = Callable[Concatenate[HttpRequest, P], HttpResponse]


# ── The cookie ───────────────────────────────────────────────────────────────────────────────────────────────────────


def remember(response: HttpResponse, participant: Participant) -> None:
    """Let this browser be the participant from now on, on the host that answers and on no other."""
    response.set_signed_cookie(
        COOKIE_NAME,
        str(participant.pk),
        salt=COOKIE_SALT,
        max_age=COOKIE_MAX_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def forget(response: HttpResponse) -> None:
    """Let this browser be nobody, on the host that answers."""
    response.delete_cookie(COOKIE_NAME, samesite="Lax")


def visit_of(request: HttpRequest) -> Visit | None:
    """The visitor's place; ``None`` without one, after the participant was removed, or when the sandbox is closed."""
    if not hasattr(request, "_visit"):
        request._visit = _load(request)  # type: ignore[attr-defined]  # noqa: SLF001  # kept where Django keeps its own
    found: Visit | None = request._visit  # type: ignore[attr-defined]  # noqa: SLF001  # as above
    return found


_participants_of_open_sandboxes = Prepared(
    lambda: Participant.objects.select_related("sandbox").filter(pk=Given("key"), sandbox__closed_at=None)
)


def _load(request: HttpRequest) -> Visit | None:
    participant_id = request.get_signed_cookie(COOKIE_NAME, default="", salt=COOKIE_SALT, max_age=COOKIE_MAX_AGE)
    if not participant_id:
        return None
    found = _participants_of_open_sandboxes(key=int(participant_id))
    return Visit(found[0].sandbox, found[0]) if found else None


class VisitMiddleware:
    """Offer ``request.visit``; note that a sandbox is in use; keep answers made for a visitor out of shared caches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.visit = SimpleLazyObject(lambda: visit_of(request))  # type: ignore[attr-defined]
        response = self.get_response(request)
        if request.method not in SAFE_METHODS and (visit := visit_of(request)):
            sandboxes.note_use(visit.sandbox)
        if hasattr(request, "_visit"):
            patch_vary_headers(response, ("Cookie",))
            if visit_of(request) is not None and not response.has_header("Cache-Control"):
                patch_cache_control(response, private=True, no_cache=True)
        return response


# ── What a view may ask for ──────────────────────────────────────────────────────────────────────────────────────────


def needs_sandbox(view: View[P]) -> OpenView[P]:
    """Lead visitors without a sandbox to the lobby, which brings them back here."""

    @wraps(view)
    def inner(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        visit = visit_of(request)
        if visit is None:
            return redirect(lobby_address(request, return_to=address_to_return_to(request)))
        request.visit = visit  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)  # type: ignore[arg-type]  # it has its visit now

    return inner


def needs_role(*roles: Role) -> Callable[[View[P]], OpenView[P]]:
    """Let in who plays one of these parts; tell the others how to get it (403)."""

    def decorate(view: View[P]) -> OpenView[P]:
        @wraps(view)
        def inner(request: VisitRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if any(request.visit.plays(role) for role in roles):
                return view(request, *args, **kwargs)
            return _refuse(request, f"这一页由“{'”或“'.join(role.label for role in roles)}”使用，您目前没有这个身份。")

        return needs_sandbox(inner)

    return decorate


def needs_clock(view: View[P]) -> OpenView[P]:
    """Let in who may move the clock; tell the others whom to ask (403)."""

    @wraps(view)
    def inner(request: VisitRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.visit.moves_clock:
            return view(request, *args, **kwargs)
        return _refuse(request, "您目前不能调整这个演练环境的时钟。")

    return needs_sandbox(inner)


def needs_owner(view: View[P]) -> OpenView[P]:
    """Let in who made the sandbox; tell the others whom to ask (403)."""

    @wraps(view)
    def inner(request: VisitRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if request.visit.participant.is_owner:
            return view(request, *args, **kwargs)
        return _refuse(request, "这一页由演练环境的建立者使用。")

    return needs_sandbox(inner)


# ── Small questions about a request ──────────────────────────────────────────────────────────────────────────────────


def next_address(request: HttpRequest) -> str:
    """Where the visitor wants to go on to, if that is a page of this host; else empty."""
    address = request.POST.get("next") or request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if is_ours else ""


def address_of_client(request: HttpRequest) -> str:
    """The visitor's network address, for limits only; never logged or kept."""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.SECURE_PROXY_SSL_HEADER else ""
    # The last entry is the one that our own proxy wrote; those before it are whatever the visitor claims.
    return forwarded.rpartition(",")[2].strip() or request.META.get("REMOTE_ADDR", "")


def lobby_address(request: HttpRequest, *, return_to: str) -> str:
    """The lobby, which leads back to ``return_to``, a path on the host that was asked."""
    province = province_of(request)
    if province and national_host(request) != request.get_host():
        return_to = f"/go/{province.code}?{urlencode({'to': return_to})}" if return_to else ""
    query = f"?{urlencode({'next': return_to})}" if return_to else ""
    return national_address(request, "lobby:index") + query


def _refuse(request: VisitRequest, sentence: str) -> HttpResponse:
    owner = Participant.objects.filter(sandbox=request.visit.sandbox, is_owner=True).first()
    return render(request, "shared/visit/not_allowed.html", {"sentence": sentence, "owner": owner}, status=403)


def address_to_return_to(request: HttpRequest) -> str:
    """The page itself; for a form that was sent, the page that it stood on."""
    if request.method in SAFE_METHODS:
        return request.get_full_path()
    referrer = urlsplit(request.headers.get("Referer", ""))
    if referrer.netloc != request.get_host():
        return ""
    return referrer.path + (f"?{referrer.query}" if referrer.query else "")
