"""看演示 on the site's own pages: to be looked at only; its captchas are good for nothing else, and nobody gets in."""

import math

import pytest
from django.test import Client
from pytest_django import Settings

from portal.lobby import places
from portal.portals import captcha
from portal.portals.captcha import tokens
from portal.shared.page.drawings import digits_in, drawing_shown
from tests.pages import Node, assert_is_well_made, page_of
from tests.portal.exercises.test_exercises import begun
from tests.visitors import anybody
from training.files import exercises
from training.models import Showing, Try
from verification.models import Attempt, AttemptKind

pytestmark = pytest.mark.django_db

NAME = "four-wrong"


@pytest.fixture
def watcher() -> Client:
    """Somebody who watches, and is in a sandbox of their own."""
    browser = anybody()
    begun(browser)
    return browser


def shown(watcher: Client) -> tuple[str, Node]:
    """The address of the page on which the machine begins, and the page."""
    address = watcher.post(f"/exercises/{NAME}/show/")["Location"].partition("#")[0]
    assert address.startswith("/watch/")
    return address, page_of(watcher.get(address))


def bar_of(page: Node) -> Node:
    """The bar of what is shown."""
    return page.one("aside", class_="lesson--shown")


def test_machine_is_watched_on_the_portal_and_led_on_without_scripts(watcher: Client) -> None:
    address, page = shown(watcher)
    assert_is_well_made(page)
    key = Showing.objects.get().key
    form = bar_of(page).one("form")
    assert form.attrs["action"] == f"/exercises/shows/{key}/"
    assert [each.text for each in form.all("button")] == ["下一步", "暂停", "快一些", "结束演示"]
    for number in (2, 3):
        following = watcher.post(form.attrs["action"], {"wish": "next"})["Location"].partition("#")[0]
        bar = bar_of(page_of(watcher.get(following)))
        assert f"第 {number} 步，共 3 步" in bar.text
        assert "网站的回答：您的短信核验失败" in bar.text, number  # the second step is of several entries
    watcher.post(form.attrs["action"], {"wish": "next"})
    bar = bar_of(page_of(watcher.get(address)))
    assert "机器做完了" in bar.text
    assert bar.one("a").attrs["href"] == f"/exercises/#{NAME}"


def test_watching_leaves_ones_own_sandbox_alone(watcher: Client) -> None:
    this = Try.objects.get()
    before = page_of(watcher.get("/phone/")).one("main").text
    shown(watcher)
    watcher.post(f"/exercises/shows/{Showing.objects.get().key}/", {"wish": "next"})
    assert page_of(watcher.get("/phone/")).one("main").text == before
    assert (
        page_of(watcher.get("/phone/")).one("aside", class_="lesson").attrs["data-step"]
        == exercises()[this.exercise].steps[0].id
    )
    assert list(Try.objects.all()) == [this]


def test_script_is_told_where_to_look_and_when_it_is_over(watcher: Client) -> None:
    shown(watcher)
    action = f"/exercises/shows/{Showing.objects.get().key}/"
    told = watcher.post(action, {"by": "script"}).json()
    assert (told["done"], told["isGone"]) == (0, False)
    assert told["address"].startswith("/watch/")
    assert watcher.post(action, {"by": "script", "wish": "end"}).json() == {"address": "", "done": 0, "isGone": True}
    answer = watcher.post(action, follow=True)
    assert "演示已经结束" in answer.content.decode()
    assert watcher.get(action).status_code == 405


def test_answer_learnt_there_is_good_for_nothing_else(watcher: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    address, page = shown(watcher)
    sandbox = Showing.objects.get().sandbox
    token = page.one("input", name="captcha_0").attrs["value"]
    told = next(dd.text for dd in bar_of(page).all("dd") if dd.attrs.get("data-into") == "captcha_1")
    assert told == digits_in(drawing_shown(sandbox.pk))
    picture = page.one("img", class_="captcha__picture").attrs["src"]
    assert watcher.get(picture)["Content-Type"] == "image/png"
    # elsewhere the token is none
    assert captcha.read(token) is None
    assert captcha.check(token, told) is captcha.Verdict.STALE
    assert anybody().get(f"/captcha/{token}.png").status_code == 410
    assert captcha.read_shown(token, sandbox.pk + 1) is None
    form = {"captcha_0": token, "captcha_1": told, "code": "123456", "phone": "13900000091", "id_suffix": "00000X"}
    assert watcher.post(address, form).status_code == 405
    assert watcher.post("/verify/", form).status_code == 200
    assert not Attempt.objects.filter(kind=AttemptKind.ENTRY).exists()
    # and the answer is that of no drawing of the deck
    deck = tokens._Deck()
    deck._rest = [f"a-sheet-of-it{number:02d}" for number in range(captcha.DRAWINGS)] * captcha.SHOWN
    deck._dealt_until = math.inf
    monkeypatch.setattr(tokens, "_deck", deck)
    dealt = [captcha.issue() for _ in range(captcha.DRAWINGS * captcha.SHOWN)]
    assert len({each.drawing for each in dealt}) == captcha.DRAWINGS
    assert {captcha.check(each.text, told) for each in dealt} == {captcha.Verdict.WRONG}


def test_showing_shows_no_way_in(watcher: Client) -> None:
    address, _ = shown(watcher)
    base = "/".join(address.split("/")[:3])
    for path in ("/lobby/", "/trainer/", "/provider/keys/", "/exercises/me/"):
        answer = watcher.get(f"{base}{path}")
        assert "/lobby/me/" not in answer.content.decode().replace(f"{base}/lobby/me/", "/lobby/me/"), path
        assert "personal-link" not in answer.content.decode(), path
        assert watcher.post(f"{base}{path}").status_code == 405


def test_no_captcha_to_be_solved_has_an_answer_that_is_told() -> None:
    told = {digits_in(drawing_shown(number)) for number in range(500)}
    asked = {captcha.issue().answer for _ in range(500)}
    assert len(told) > 400
    assert {answer[0] for answer in told} == {"0"}
    assert {answer[0] for answer in asked} == set("123456789")
    assert {len(answer) for answer in told | asked} == {captcha.LENGTH}


def test_personal_link_leads_nowhere(watcher: Client) -> None:
    shown(watcher)
    link = f"/lobby/me/{places._signer().sign(str(Showing.objects.get().participant_id))}/"  # nobody is given one
    assert [answer.status_code for answer in (watcher.get(link), watcher.post(link))] == [410, 410]


def test_too_many_at_once_are_refused_with_what_to_do(watcher: Client, settings: Settings) -> None:
    settings.SHOWINGS_AT_ONCE = 1
    shown(watcher)
    answer = watcher.post(f"/exercises/{NAME}/show/", follow=True)
    assert "现在看演示的人太多" in page_of(answer).one("main").text
    assert Showing.objects.count() == 1


def test_there_is_nothing_to_show_of_what_there_is_not(watcher: Client) -> None:
    assert watcher.post("/exercises/nothing/show/")["Location"] == "/exercises/"
    assert watcher.get(f"/exercises/{NAME}/show/").status_code == 405
