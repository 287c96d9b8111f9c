"""Who asks: the visitor's place in a sandbox. No account, no session, nothing written on a GET.

It is that of the browser, whose row a signed cookie names on every host (:mod:`portal.shared.visit.cookies`), or that
of a participant whom one watches (:mod:`portal.shared.visit.watching`).

``request.visit`` is there for templates (``{% if request.visit %}``); it is loaded when it is first looked at, with one
query. Python code asks :func:`visit_of`, which answers a plain ``None`` where there is no visit. Only then, and only of
a browser that is known, :func:`ended_of` finds out why, with a second one. What a view may ask of its visitor stands in
:mod:`portal.shared.visit.doors`; what changes where a browser is, in :mod:`portal.shared.visit.entering`.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.http import HttpRequest

from portal.shared.clock.reading import Reading
from portal.shared.visit import cookies
from portal.shared.visit.watching import watched_by
from verification.by import By
from verification.law.editions import Edition, latest_edition
from verification.models import Browser, Ending, Participant, Role, Sandbox
from verification.models.prepared import Columns, Prepared
from verification.time import clock


@dataclass(frozen=True)
class Visit:
    """A visitor in a sandbox that is open, as one of its participants.

    ``browser`` is ``None`` for who only watches, and for a browser with a cookie from before there were rows.
    """

    sandbox: Sandbox
    participant: Participant
    browser: Browser | None = None
    only_watches: bool = False

    @cached_property
    def now(self) -> datetime:
        """The sandbox's time, read once a request."""
        return clock.now(self.sandbox)

    @property
    def reading(self) -> Reading:
        """The sandbox's time as pages write it."""
        return Reading(self.now)

    @property
    def untold_edition(self) -> Edition | None:
        """An edition that an upgrade brought into the sandbox, of which nobody there has been told yet."""
        since = self.sandbox.untold_since
        return latest_edition(at=since) if since else None

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


@dataclass(frozen=True)
class Ended:
    """How others ended the visitor's last visit; ``by`` is blank where nobody did, or it is not known who."""

    ending: Ending
    name: str
    by: str
    at: datetime


# ── Found out once a request ─────────────────────────────────────────────────────────────────────────────────────────


def visit_of(request: HttpRequest) -> Visit | None:
    """The visitor's place; ``None`` without one, after the participant was removed, or when the sandbox is closed."""
    if not hasattr(request, "_visit"):
        request._visit = _load(request)  # type: ignore[attr-defined]  # noqa: SLF001  # kept where Django keeps its own
    found: Visit | None = request._visit  # type: ignore[attr-defined]  # noqa: SLF001  # as above
    return found


def known_visit_of(request: HttpRequest) -> Visit | None:
    """The visitor's place where somebody has asked for it already; asks nobody."""
    found: Visit | None = getattr(request, "_visit", None)
    return found


def ended_of(request: HttpRequest) -> Ended | None:
    """How others ended the visitor's last visit; ``None`` in a sandbox, after leaving one, and for strangers."""
    if not hasattr(request, "_ended"):
        request._ended = None if visit_of(request) else _load_ended(request)  # type: ignore[attr-defined]  # noqa: SLF001  # as above
    found: Ended | None = request._ended  # type: ignore[attr-defined]  # noqa: SLF001  # as above
    return found


def browser_of(request: HttpRequest) -> Browser | None:
    """The browser's row; ``None`` for strangers, and for a browser that was forgotten or has none yet."""
    visit = visit_of(request)
    if visit is not None:
        return visit.browser
    if not hasattr(request, "_browser"):
        key = cookies.key_of(request)
        request._browser = Browser.objects.filter(key=key).first() if key else None  # type: ignore[attr-defined]  # noqa: SLF001  # as above
    found: Browser | None = request._browser  # type: ignore[attr-defined]  # noqa: SLF001  # as above
    return found


_browsers_in_open_sandboxes = Prepared(
    "FROM verification_browser b JOIN verification_participant p ON p.id = b.participant_id "
    "JOIN verification_sandbox s ON s.id = p.sandbox_id WHERE b.key = %(key)s AND s.closed_at IS NULL",
    Columns("b", Browser),
    participant=Columns("p", Participant),
    participant__sandbox=Columns("s", Sandbox),
)
_participants_of_open_sandboxes = Prepared(
    "FROM verification_participant p JOIN verification_sandbox s ON s.id = p.sandbox_id "
    "WHERE p.id = %(key)s AND s.closed_at IS NULL",
    Columns("p", Participant),
    sandbox=Columns("s", Sandbox),
)


def _load(request: HttpRequest) -> Visit | None:
    watched = watched_by(request)
    if watched is None and (key := cookies.key_of(request)):
        for browser in _browsers_in_open_sandboxes(key=key):
            assert browser.participant is not None
            return Visit(browser.participant.sandbox, browser.participant, browser)
        return None
    participant_id = watched or cookies.old_participant_of(request)
    if participant_id is None:
        return None
    for participant in _participants_of_open_sandboxes(key=participant_id):
        if participant.sandbox.is_machine_played and watched is None:  # one looks on there, and is nobody
            return None
        return Visit(participant.sandbox, participant, only_watches=watched is not None)
    return None


def _load_ended(request: HttpRequest) -> Ended | None:
    browser = browser_of(request)
    if browser is not None:
        return _ended(browser.ended, browser.ended_name, browser.ended_by, browser.ended_at)
    participant_id = watched_by(request) or cookies.old_participant_of(request)
    sandbox = Sandbox.objects.filter(participants=participant_id).first() if participant_id else None
    return ended_with(sandbox) if sandbox else None


def ended_with(sandbox: Sandbox) -> Ended | None:
    """How the sandbox itself was closed, as long as its row is there; ``None`` for one that is open."""
    return _ended(Ending.CLOSED, sandbox.name, sandbox.closed_by, sandbox.closed_at)


def _ended(ending: str, name: str, by: str, at: datetime | None) -> Ended | None:
    return Ended(Ending(ending), name, by, at) if at else None
