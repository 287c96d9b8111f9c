"""Who asks: the visitor's place in a sandbox, from a signed cookie. No account, no session, nothing written on a GET.

``request.visit`` is there for templates (``{% if request.visit %}``); it is loaded when it is first looked at, with one
query. Python code asks :func:`visit_of`, which answers a plain ``None`` where there is no visit. What a view may ask of
its visitor stands in :mod:`portal.shared.visit.doors`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.functional import SimpleLazyObject

from portal.shared.clock.reading import Reading
from portal.shared.visit.ways import SAFE_METHODS
from verification.by import By
from verification.models import Participant, Role, Sandbox
from verification.models.prepared import Columns, Prepared
from verification.time import clock
from verification.worlds import sandboxes

COOKIE_NAME = "visit"
COOKIE_SALT = "portal.visits"
COOKIE_MAX_AGE = 30 * 24 * 3600  # seconds


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
    def moves_clock_only(self) -> bool:
        """Whether they may without being trainer, from whose page the clock is reached."""
        return self.moves_clock and not self.plays(Role.TRAINER)

    @property
    def by(self) -> By:
        """The visitor as who acts in the domain."""
        return By.participant(self.participant)

    @property
    def moves_clock(self) -> bool:
        """Whether the visitor may move, speed up or pause the clock."""
        return self.participant.moves_clock


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
    "FROM verification_participant p JOIN verification_sandbox s ON s.id = p.sandbox_id "
    "WHERE p.id = %(key)s AND s.closed_at IS NULL",
    Columns("p", Participant),
    sandbox=Columns("s", Sandbox),
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
