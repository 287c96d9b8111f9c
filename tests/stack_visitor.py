"""Somebody who practises on the running site, without a browser: pages, forms and cookies over HTTP."""

import httpx

from portal.portals import captcha
from tests.pages import Node, page_of
from tests.stack_process import Stack

Captcha = dict[str, str]
Entry = dict[str, str]


class Visitor:
    """A visitor with a sandbox of their own. Reads captchas by the site's key, which must be this process's, too."""

    def __init__(self, stack: Stack, *, scenario: str) -> None:
        self._http = httpx.Client(base_url=stack.url(""), follow_redirects=True, timeout=30)
        self.send("/lobby/", "/lobby/start/", scenario=scenario)

    def close(self) -> None:
        """End the visitor's connections."""
        self._http.close()

    def status(self, path: str) -> int:
        """The status with which a page answers."""
        return self._http.get(path).status_code

    def send(self, page: str, to: str, /, **fields: str) -> Node:
        """Send a form that stands on a page; the page that answers."""
        token = self._page(page).all("input", name="csrfmiddlewaretoken")[0].attrs["value"]
        return _read(self._http.post(to, data={**fields, "csrfmiddlewaretoken": token}))

    def move_clock(self, to: str) -> None:
        """Move the clock of the sandbox, e.g. to ``2017-12-21T13:00``."""
        self.send("/clock/", "/clock/move/", to=to)

    def new_captcha(self) -> Captcha:
        """A captcha of the verify page, solved."""
        text = self._page("/p/gs/verify/").one("input", name="captcha_0").attrs["value"]
        token = captcha.read(text)
        assert token is not None, "the site's key is not this process's"
        return {"captcha_0": text, "captcha_1": token.answer}

    def enter(self, page: str, entry: Entry, solved: Captcha | None = None) -> str:
        """What ``verify`` or ``resend`` of 甘肃's portal answers to an entry: the result, or what is wrong with it."""
        path = f"/p/gs/{page}/"
        answer = self.send(path, path, **entry, **(solved or self.new_captcha()))
        if errors := answer.all("div", id="id_captcha_1_error"):
            return errors[0].text
        _, text, *_ = answer.one("div", class_="answer__text").all("p")  # after the salutation
        return text.text

    def _page(self, path: str) -> Node:
        return _read(self._http.get(path))


def _read(answer: httpx.Response) -> Node:
    assert answer.status_code == 200, f"{answer.request.method} {answer.request.url}: {answer.status_code}"
    return page_of(answer)
