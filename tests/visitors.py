"""Browsers of Django's test client that are somebody in a sandbox."""

from http import HTTPStatus
from urllib.parse import urljoin, urlsplit, urlunsplit

from django.http import HttpResponse
from django.test import Client

from portal.shared.visit import cookies
from verification.models import Participant, Sandbox
from verification.time.clock import real_now
from verification.worlds import browsers

NATIONAL = "localhost:8000"
GANSU = "gscainfo.localhost:8000"


def anybody(*, host: str = NATIONAL) -> Client:
    """A browser without a sandbox."""
    return Client(headers={"host": host})


def browser_of(participant: Participant, *, host: str = NATIONAL) -> Client:
    """A browser, unlike all others, that is the participant and that a host knows."""
    client = anybody(host=host)
    response = HttpResponse()
    cookies.remember(response, browsers.enter(None, participant))
    client.cookies.update(response.cookies)
    return client


def owner_of(sandbox: Sandbox) -> Participant:
    """Who plays every part in a sandbox that a test has made."""
    return Participant.objects.create(sandbox=sandbox, name="建立者", is_owner=True, joined_at=real_now())


#: What browsers say of a page that is opened by typing its address.
TYPED = {"sec-fetch-mode": "navigate", "sec-fetch-dest": "document", "sec-fetch-site": "none"}


class Everywhere:
    """A browser that goes from host to host: it has cookies for each, or takes none, and follows where it is led.

    The national host knows it as the participant.
    """

    def __init__(self, participant: Participant | None = None, *, takes_cookies: bool = True) -> None:
        self.takes_cookies = takes_cookies
        self.trail: list[str] = []
        self._hosts = {NATIONAL: browser_of(participant)} if participant else {}

    def on(self, host: str) -> Client:
        """The browser as one host sees it."""
        return self._hosts.setdefault(host, anybody(host=host))

    def open(self, address: str, **headers: str) -> HttpResponse:
        """Open an address, as if it was typed; where it leads is in ``trail``."""
        self.trail = []
        while True:
            parts = urlsplit(address)
            client = self.on(parts.netloc)
            answer = client.get(urlunsplit(("", "", parts.path, parts.query, "")), headers={**TYPED, **headers})
            for name in [name for name, morsel in client.cookies.items() if not self.takes_cookies or not morsel.value]:
                del client.cookies[name]
            if answer.status_code != HTTPStatus.FOUND:
                return answer
            address = urljoin(address, answer["Location"])
            self.trail.append(address)
            assert len(self.trail) < 10, self.trail
