"""Somebody with a browser: opens pages on all hosts, follows where they lead, and sends their forms."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from urllib.parse import urldefrag, urljoin, urlsplit

from django.http import HttpResponse
from django.test import Client

from portal.shared.lesson import trainees
from portal.shared.visit.ways import API
from tests.fuzz import odd
from tests.fuzz.site_forms import Button, Form, forms_on
from tests.fuzz.watch import Watch
from tests.pages import Node, assert_is_well_made, page_of
from tests.visitors import NATIONAL, anybody, browser_of
from training.models import Try
from verification.models import Participant

FORM = "application/x-www-form-urlencoded"
#: How the site answers, whatever was sent.
MEANT = frozenset({200, 204, 301, 302, 303, 304, 400, 403, 404, 405, 409, 410, 413, 414, 429})
#: And besides; test_api.py knows more exactly when.
MEANT_FOR_PROGRAMS = frozenset({201, 202, 401, 422})
REDIRECTS_AT_MOST = 8
NO_HEADERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Shown:
    """What an answer shows, and where it was found."""

    address: str
    forms: tuple[Form, ...] = ()
    links: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sent:
    """A request as it was sent, so that it can be sent again."""

    method: str
    address: str
    body: bytes = b""


class Visitor:
    """The participant in their browser, which all hosts know; or a stranger."""

    def __init__(self, participant: Participant | None, watch: Watch) -> None:
        self.watch = watch
        self.cookies = (browser_of(participant) if participant else anybody()).cookies
        for this in Try.objects.filter(participant=participant).select_related("trainee") if participant else ():
            response = HttpResponse()
            trainees.remember(response, this.trainee)
            self.cookies.update(response.cookies)
        self.clients: dict[str, Client] = {}
        self.shown = Shown(f"http://{NATIONAL}/")

    def on(self, host: str) -> Client:
        """The browser as a host knows it."""
        if host not in self.clients:
            self.clients[host] = anybody(host=host)
            self.clients[host].cookies.update(self.cookies)
            self.clients[host].raise_request_exception = False
        return self.clients[host]

    def forget(self) -> None:
        """Have the cookies of the beginning again."""
        self.clients.clear()

    def open(self, address: str) -> Shown:
        """Open an address."""
        return self.send(Sent("GET", address))

    def press(self, form: Form, button: Button, pairs: Iterable[tuple[str, str]]) -> Sent:
        """What a browser sends when the button is pressed."""
        content = odd.encoded([*pairs, *([(button.name, button.value)] if button.name else [])])
        if form.method == "post":
            return Sent("POST", button.address, content.encode())
        return Sent("GET", urljoin(button.address, f"?{content}"))

    def send(self, sent: Sent, headers: Mapping[str, str] = NO_HEADERS) -> Shown:
        """Send it, and follow where it leads."""
        answer, address = self.request(sent, headers=headers), sent.address
        for _ in range(REDIRECTS_AT_MOST):
            if answer.status_code not in {HTTPStatus.FOUND, HTTPStatus.MOVED_PERMANENTLY}:
                self.shown = read(answer, address)
                return self.shown
            address = urljoin(address, answer["Location"])
            assert is_of_the_site(address), f"{sent} leads to {address}"
            answer = self.request(Sent("GET", address))
        raise AssertionError(f"{sent} leads in a circle")

    def request(
        self,
        sent: Sent,
        *,
        content_type: str = FORM,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> HttpResponse:
        """One request, watched."""
        parts = urlsplit(sent.address)
        client = self.on(parts.netloc)
        with self.watch.request(is_reading=sent.method in {"GET", "HEAD", "OPTIONS"}):
            answer: HttpResponse = client.generic(
                sent.method,
                parts.path or "/",
                sent.body,
                content_type,
                QUERY_STRING=parts.query,
                headers={"host": parts.netloc, **headers},
            )
            if answer.streaming:
                b"".join(answer)
        meant = MEANT | MEANT_FOR_PROGRAMS if parts.path.startswith(API) else MEANT
        assert answer.status_code in meant, f"{answer.status_code} to {sent} with {headers}"
        return answer


def read(answer: HttpResponse, address: str) -> Shown:
    """The forms and links of a page, which is well made whatever was typed into it."""
    if answer.streaming or not answer.content or "html" not in answer.headers.get("Content-Type", ""):
        return Shown(address)
    page = page_of(answer)
    if page.all("html"):  # not for a page's script, which gets it without the frame
        assert_is_well_made(page)
    return Shown(address, tuple(forms_on(page, address)), tuple(_links(page, address)))


_WRITTEN = re.compile(r"\b(?:http://)?((?:\w+\.)?localhost:8000/[!-~]*)")


def _links(page: Node, address: str) -> list[str]:
    """Where the page leads by a link, or by an address that it writes, such as in a message; in the page's order."""
    found = [urldefrag(urljoin(address, link.attrs["href"])).url for link in page.all("a") if "href" in link.attrs]
    found += [f"http://{written}" for written in _WRITTEN.findall(page.text)]
    return list(dict.fromkeys(link for link in found if is_of_the_site(link)))


def is_of_the_site(address: str) -> bool:
    """Whether it is on one of the site's hosts."""
    host = urlsplit(address).netloc
    return host == NATIONAL or host.endswith(f".{NATIONAL}")
