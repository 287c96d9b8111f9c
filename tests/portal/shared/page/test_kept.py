"""What is kept ready says what rendering anew would say: to everybody, whatever was kept before."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client

from portal.shared.page import kept
from tests import world
from tests.pages import Node, page_of
from tests.portal.exercises.test_exercises import begun, pass_all
from tests.visitors import GANSU, NATIONAL, anybody, browser_of, owner_of
from verification.models import Role, Sandbox
from verification.worlds import sandboxes

pytestmark = pytest.mark.django_db

MOMENTS = ("2017-01-05 10:00", "2017-12-20 09:30", "2018-06-05 10:00", "2018-12-20 10:00", "2020-09-05 10:00")
PATHS = ("/", "/verify/", "/resend/", "/verify/?from=here")


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    """Begin and end with nothing kept."""
    kept.forget()
    yield
    kept.forget()


def visitors() -> Iterator[Client]:
    """Strangers and people in sandboxes, on the national host and a province's, at moments of every look."""
    for host in (NATIONAL, GANSU):
        yield anybody(host=host)
    for number, moment in enumerate(MOMENTS):
        sandbox = world.new_sandbox(moment, name=f"<演练{number}>")
        owner = owner_of(sandbox)
        guest = sandbox.participants.create(name="某人", joined_at=owner.joined_at, plays_provider=True)
        for host in (NATIONAL, GANSU):
            yield browser_of(owner, host=host)
            yield browser_of(guest, host=host)


def text_of(page: bytes) -> str:
    """The page without what is drawn anew each time."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page.decode())
    text = re.sub(r"/news/[\w:-]+", "NEWS", text)
    return re.sub(r"[\w-]+\.[\w-]+\.\d+:[\w-]+", "TOKEN", text)


def seen(browser: Client) -> list[str]:
    return [text_of(browser.get(path).content) for path in PATHS]


def test_kept_pages_say_what_rendering_anew_says(settings) -> None:  # type: ignore[no-untyped-def]
    browsers = list(visitors())
    first = [seen(browser) for browser in browsers]
    again = [seen(browser) for browser in browsers]
    assert again == first
    settings.DEBUG = True  # keeps nothing
    kept.forget()
    anew = [seen(browser) for browser in browsers]
    assert anew == first
    assert kept._SEAM not in "".join("".join(pages) for pages in anew)


def test_each_page_has_a_token_and_a_captcha_of_its_own_and_they_agree() -> None:
    browser = browser_of(owner_of(world.new_sandbox("2020-09-05 10:00")))
    forms = [page_of(browser.get("/verify/")) for _ in range(2)]
    tokens = [form.one("input", name="captcha_0").attrs["value"] for form in forms]
    assert tokens[0] != tokens[1]
    for form, token in zip(forms, tokens, strict=True):
        assert form.one("img", class_="captcha__picture").attrs["src"] == f"/captcha/{token}.png"
    masked = [form.one("input", name="csrfmiddlewaretoken").attrs["value"] for form in forms]
    assert masked[0] != masked[1]


def test_banner_follows_the_visitors_parts_and_clock() -> None:
    owner = owner_of(world.new_sandbox(world.SUBMITTED))
    browser = browser_of(owner)

    def banner() -> Node:
        return page_of(browser.get("/verify/")).one("div", class_="banner")

    assert banner().one("time").text == "2017-12-20 09:30:00"
    world.move_without_jobs(owner.sandbox, world.SENT)
    Sandbox.objects.update(name="改名")
    assert (banner().one("time").text, banner().one("a", title="演练大厅").text) == ("2017-12-20 09:35:00", "改名")
    guest = sandboxes.Participant.objects.create(sandbox=owner.sandbox, name="某人", joined_at=owner.joined_at)
    sandboxes.set_roles(guest, roles={Role.BUREAU}, may_move_clock=False)
    links = page_of(browser_of(guest).get("/verify/")).one("nav", class_="banner__roles").all("a")
    assert [link.text for link in links] == ["管局", "手机"]


def test_message_is_shown_once_on_a_kept_page() -> None:
    browser = browser_of(owner_of(world.new_sandbox("2020-09-05 10:00")))
    browser.get("/")
    browser.post("/trainer/fault/", {"on": "0"})
    first, second = (page_of(browser.get("/")) for _ in range(2))
    assert len(first.all("ul", class_="notices")) == 1
    assert second.all("ul", class_="notices") == []


def test_class_of_twenty_at_an_exercise_keeps_no_more_than_one_of_them() -> None:
    def look_around(learner: Client) -> None:
        this = begun(learner)
        for path in (*PATHS, "/phone/"):
            assert 'class="lesson' in learner.get(path).content.decode()
        pass_all(this)
        assert 'class="lesson' in learner.get("/").content.decode()

    look_around(anybody())
    kept_for_one = kept._place.cache_info().currsize
    for _ in range(19):
        look_around(anybody())
    assert kept._place.cache_info().currsize == kept_for_one > 0
