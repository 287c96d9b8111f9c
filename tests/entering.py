"""Entering something on a portal with Django's client, and reading what it answers."""

from django.test import Client

from portal.portals import captcha
from tests.pages import Node, page_of
from verification.models import Challenge

#: Django's client lets every token pass.
ANY_TOKEN = "any"


def right(challenge: Challenge) -> dict[str, str]:
    """The three pieces that pass the challenge."""
    return {"code": challenge.code, "phone": challenge.phone.number, "id_suffix": challenge.id_suffix}


def from_form(entry: dict[str, str]) -> dict[str, str]:
    """The fields as the form of somebody in a sandbox sends them."""
    return {"csrfmiddlewaretoken": ANY_TOKEN, **entry}


def with_captcha(entry: dict[str, str]) -> dict[str, str]:
    """The entry with a new captcha, solved."""
    token = captcha.issue()
    return from_form({**entry, "captcha_0": token.text, "captcha_1": token.answer})


def verify(browser: Client, entry: dict[str, str]) -> Node:
    """What the verify page answers."""
    return _enter(browser, "/verify/", entry)


def send(browser: Client, entry: dict[str, str]) -> Node:
    """What the resend page answers."""
    return _enter(browser, "/resend/", entry)


def _enter(browser: Client, path: str, entry: dict[str, str]) -> Node:
    answer = browser.post(path, with_captcha(entry))
    assert answer.status_code == 200
    return page_of(answer)


def words(page: Node) -> tuple[str, ...]:
    """The answer's mark, salutation and text."""
    answer = page.one("div", class_="answer")
    said = [paragraph.text for paragraph in answer.one("div", class_="answer__text").all("p")]
    return (answer.one("img").attrs["alt"], *said[:2])


def code(page: Node) -> str | None:
    """The result code for programs; it must be the one that people read (V-17)."""
    answer = page.one("div", class_="answer")
    found = answer.attrs.get("data-result-code")
    shown = [(data.attrs["value"], data.text) for data in answer.all("data")]
    assert shown == ([] if found is None else [(found, found)])
    return found


def hint(page: Node) -> str:
    """What the page says under the answer about its cause (V-19)."""
    return "".join(node.text for node in page.one("div", class_="answer").all("div", class_="answer__hints"))


def errors(page: Node) -> dict[str, str]:
    """The sentence beside each field."""
    names = ("code", "phone", "id_suffix", "captcha_1")
    found = {name: page.all("div", id=f"id_{name}_error") for name in names}
    return {name: nodes[0].text for name, nodes in found.items() if nodes}
