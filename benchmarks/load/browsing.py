"""A browser as the generator plays it: connections that stay open, cookies, tabs, and what the site's scripts ask.

The scripts are ``live.js`` and ``lesson.js`` of a page in a sandbox: every two seconds whether there is news and, if
there is, the page's live parts and the bar of the exercise; and ``courses.js`` of a page of a class, which asks for
that itself.
"""

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from geventhttpclient.client import HTTPClient

#: What a tab waits between two questions, and while something that is due is being done.
PAUSE, PAUSE_UNDER_WAY = 2.0, 0.5
_SECONDS = 30.0
_MOST_REDIRECTS = 5
_STATIC = re.compile(r'(?:href|src)="(/static/[^"]+)"')
_REDIRECTS = (HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FOUND, HTTPStatus.SEE_OTHER)
_FORM = "application/x-www-form-urlencoded"

#: Told of every answer: what was asked, the seconds that it took, the bytes, and what was wrong with it (blank).
Heard = Callable[[str, float, int, str], None]


@dataclass(frozen=True)
class Page:
    """What an address has answered; ``path`` is that of the last redirect."""

    path: str
    status: int
    text: str
    headers: Mapping[str, str] = field(repr=False)

    def first(self, pattern: str, default: str = "") -> str:
        """The first group of the first place in the page that looks like this."""
        found = re.search(pattern, self.text)
        return unescape(found[1]) if found else default

    def value(self, name: str) -> str:
        """The value of a hidden field."""
        return self.first(f'name="{name}" value="([^"]*)"')

    @property
    def tokens(self) -> dict[str, str]:
        """The fields that stand in every form."""
        return {"csrfmiddlewaretoken": self.value("csrfmiddlewaretoken"), "opened_as": self.value("opened_as")}


class Browser:
    """Somebody's browser. What is refused, or fails, is told as such; what the site answers to it is shown."""

    def __init__(self, host: str, port: int, heard: Heard) -> None:
        # By its number, so that no name is looked up; the header says which host is meant.
        self._client = HTTPClient("127.0.0.1", port, concurrency=4, network_timeout=_SECONDS, block_size=65536)
        self._host, self._heard = f"{host}:{port}", heard
        self.cookies: dict[str, str] = {}
        self._has: set[str] = set()

    def get(self, name: str, path: str) -> Page:
        """A page, with the style sheets, scripts and pictures that the browser does not have yet."""
        page = self._follow(name, self.ask(name, "GET", path))
        for address in _STATIC.findall(page.text):
            if address not in self._has:
                self._has.add(address)
                self.ask("static", "GET", address)
        return page

    def post(self, name: str, page: Page, path: str, fields: Mapping[str, str | Sequence[str]]) -> Page:
        """Send a form of a page, and go where its answer leads."""
        return self._follow(name, self.ask(name, "POST", path, {**page.tokens, **fields}))

    def _follow(self, name: str, page: Page) -> Page:
        """Where redirects lead. Each of them is an answer of its own, the page behind them bears the name of pages."""
        for _ in range(_MOST_REDIRECTS):
            if page.status not in _REDIRECTS:
                break
            to = urlsplit(page.headers["location"])
            path = (to.path or urlsplit(page.path).path) + (f"?{to.query}" if to.query else "")
            page = self.ask("page after a form" if name != "page" else name, "GET", path)
        return page

    def ask(
        self,
        name: str,
        method: str,
        path: str,
        fields: Mapping[str, str | Sequence[str]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Page:
        """Ask once, and tell how long the answer took."""
        sent = {"Host": self._host, **(headers or {})}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{each}={value}" for each, value in self.cookies.items())
        if method == "POST":
            sent |= {"Content-Type": _FORM, "Origin": f"http://{self._host}"}
        body = urlencode(fields or {}, doseq=True).encode() if method == "POST" else b""
        begun, wrong, page = time.perf_counter(), "", Page(path, 0, "", {})
        try:
            response = self._client.request(method, path.partition("#")[0], body, sent)
            text = bytes(response.read())
            page = Page(path, response.status_code, text.decode(errors="replace"), self._heads(response))
            if page.status >= HTTPStatus.BAD_REQUEST:
                wrong = f"{method} {path}: {page.status}"
        except OSError as error:
            wrong = f"{method} {path}: {error!r}"
        self._heard(name, time.perf_counter() - begun, len(page.text), wrong)
        return page

    def _heads(self, response: Any) -> dict[str, str]:
        """The answer's headers; its cookies are kept."""
        found: dict[str, str] = {}
        for each, value in response.headers:
            if each.lower() == "set-cookie":
                morsel, _, rest = value.partition(";")
                name, _, content = morsel.partition("=")
                self.cookies[name] = content
                if "max-age=0" in rest.lower():
                    del self.cookies[name]
            else:
                found[each.lower()] = value
        return found


@dataclass
class Tab:
    """A visible page. ``page`` is what it shows, as it was last asked for."""

    browser: Browser
    page: Page
    bar: Page | None = None
    is_live: bool = False
    news: str = ""
    tag: str = ""
    is_under_way: bool = False

    def show(self, page: Page) -> Page:
        """Let the tab show a page from now on."""
        self.page, self.bar = page, None
        self.news, self.tag = page.first('data-news="([^"]*)"'), page.first('data-tag="([^"]*)"')
        self.is_live = self.tag != "" and "data-live-part" in page.text
        self.is_under_way = "data-under-way" in page.text
        return page

    @property
    def pause(self) -> float:
        """How long the script waits before it asks again."""
        return PAUSE_UNDER_WAY if self.is_under_way else PAUSE

    def follow(self) -> None:
        """What the scripts of a visible page do once: ask whether there is news and, if there is, what it is."""
        if self.news:
            self._follow_sandbox()
        elif "data-course-rows" in self.page.text:
            self.follow_class("class")

    def follow_class(self, name: str) -> None:
        """Ask for a page of a class: nothing is sent while nothing has changed there."""
        shown, known = self.page, {"If-None-Match": self.tag} if self.tag else {}
        answer = self.browser.ask(name, "GET", shown.path, headers={"Live": "1", **known})
        if self.page is shown:
            self.tag = answer.headers.get("etag", self.tag)

    def _follow_sandbox(self) -> None:
        shown = self.page
        answer = self.browser.ask("news", "GET", self.news, headers={"If-None-Match": self.tag} if self.tag else {})
        if answer.status == HTTPStatus.NO_CONTENT:
            answer = self.browser.ask("news", "GET", "/news/")
            if answer.status == HTTPStatus.OK:
                self.news = json.loads(answer.text)["address"]
        tag = answer.headers.get("etag", "")
        if answer.status != HTTPStatus.OK or tag == self.tag or self.page is not shown:
            return
        self._renew_bar()
        if self.is_live and self.page is shown:
            self._renew()
        elif self.page is shown:
            self.tag = tag

    def _renew_bar(self) -> None:
        address = self.page.first('data-lesson="([^"]*)"')
        if address:
            bar = self.browser.ask("bar", "GET", f"{address}?at={quote(self.page.path)}")
            self.bar = bar if "data-lesson" in bar.text else None
            self.is_under_way = "data-under-way" in bar.text

    def _renew(self) -> None:
        shown = self.page
        answer = self.browser.ask("live part", "GET", shown.path, headers={"Live": "1", "If-None-Match": self.tag})
        if answer.status == HTTPStatus.OK and self.page is shown:
            self.tag = answer.headers.get("etag", "")
            self.is_under_way = "data-under-way" in answer.text
