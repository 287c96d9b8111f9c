"""What pages ask every two seconds, and what they ask for when there is news."""

import re

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries
from time_machine import TimeMachineFixture

from portal.shared.page.news import SECONDS
from tests import world
from tests.visitors import GANSU, NATIONAL, anybody, browser_of, owner_of
from verification import news
from verification.models import Filing, Participant, Provider, Sandbox
from verification.time import clock
from verification.worlds import sandboxes

pytestmark = pytest.mark.django_db(transaction=True)  # a tag changes with a commit

REAL = world.moment("2026-01-05 10:00")


@pytest.fixture
def sandbox(time_machine: TimeMachineFixture) -> Sandbox:
    """A sandbox of 2017 whose clock stands still, while the real time does so too."""
    time_machine.move_to(REAL, tick=False)
    return world.new_sandbox()


@pytest.fixture
def owner(sandbox: Sandbox) -> Participant:
    """Who plays every part."""
    return owner_of(sandbox)


@pytest.fixture
def browser(owner: Participant) -> Client:
    """The owner's browser."""
    return browser_of(owner)


@pytest.fixture
def filing(sandbox: Sandbox) -> Filing:
    """A filing that waits for its messages."""
    return world.submit(world.new_provider(sandbox))


def address_in(page: HttpResponse) -> str:
    (found,) = re.findall(r'data-news="(.*?)"', page.content.decode())
    return str(found)


def tag_in(page: HttpResponse) -> str:
    (found,) = re.findall(r'data-tag="(.*?)"', page.content.decode())
    return str(found).replace("&quot;", '"')


def asked(browser: Client, address: str, tag: str = "", **headers: str) -> HttpResponse:
    """The answer to a script that knows this tag."""
    answer: HttpResponse = browser.get(address, headers={**({"if-none-match": tag} if tag else {}), **headers})  # type: ignore[assignment]
    return answer


# ── Is there news? ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_page_knows_its_tag_and_where_to_ask_which_costs_no_query(
    browser: Client, sandbox: Sandbox, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    page = browser.get("/provider/")
    with django_assert_num_queries(0):
        answer = asked(browser, address_in(page), tag_in(page))
    assert (answer.status_code, answer.content, answer["Cache-Control"]) == (304, b"", "no-store")
    clock.set_speed(sandbox, 60, by=world.TRAINER)
    clock.resume(sandbox, by=world.TRAINER)
    answer = asked(browser, address_in(page), tag_in(page))
    assert (answer.status_code, answer["ETag"]) == (200, f'"{news.tag(sandbox.pk)}"')
    at = world.moment(world.SUBMITTED).timestamp()
    assert answer.json() == {"sandbox": sandbox.pk, "at": at, "speed": 60, "address": ""}  # type: ignore[attr-defined]
    with django_assert_num_queries(0):
        assert asked(browser, address_in(page), answer["ETag"]).status_code == 304


@pytest.mark.parametrize(("host", "path"), [(NATIONAL, "/verify/"), (GANSU, "/verify/"), (NATIONAL, "/p/gs/verify/")])
def test_every_host_tells_the_news(owner: Participant, host: str, path: str) -> None:
    browser = browser_of(owner, host=host)
    for _ in range(2):  # rendered, and kept
        page = browser.get(path)
        assert tag_in(page) == ""  # a page with a form in hand is never asked for again
        first = asked(browser, address_in(page))
        assert first.status_code == 200
        assert asked(browser, address_in(page), first["ETag"]).status_code == 304


def test_token_is_good_for_ten_minutes_and_another_is_for_those_who_are_still_there(
    browser: Client, owner: Participant, time_machine: TimeMachineFixture
) -> None:
    page = browser.get("/provider/")
    time_machine.shift(SECONDS)
    assert asked(browser, address_in(page), tag_in(page)).status_code == 304
    time_machine.shift(1)
    assert asked(browser, address_in(page), tag_in(page)).status_code == 204
    answer = asked(browser, "/news/", tag_in(page))
    assert (answer.status_code, answer["ETag"]) == (200, tag_in(page))
    again = answer.json()["address"]  # type: ignore[attr-defined]
    assert asked(browser, again, tag_in(page)).status_code == 304
    owner.delete()
    assert asked(browser, "/news/").status_code == 204
    assert asked(anybody(), "/news/").status_code == 204


def test_token_tells_of_its_own_sandbox_only_and_cannot_be_made(browser: Client, sandbox: Sandbox) -> None:
    other = world.new_sandbox()
    theirs = address_in(browser_of(owner_of(other)).get("/provider/"))
    for pk in (sandbox.pk, other.pk):
        news.note_change([pk])
    assert asked(browser, theirs)["ETag"] == f'"{news.tag(other.pk)}"' != f'"{news.tag(sandbox.pk)}"'
    ours = theirs.replace(f"/news/{other.pk}:", f"/news/{sandbox.pk}:")
    assert ours != theirs
    for forged in (ours, theirs[:-1], "/news/0", "/news/:"):
        assert asked(browser, forged).status_code == 403


def test_there_is_no_news_of_a_closed_sandbox(browser: Client, sandbox: Sandbox) -> None:
    page = browser.get("/provider/")
    sandboxes.close(sandbox)
    assert asked(browser, address_in(page), tag_in(page)).status_code == 204
    assert asked(browser, "/news/").status_code == 204
    assert asked(browser, "/provider/", tag_in(page), live="1").status_code == 410


def test_stranger_has_nothing_to_follow() -> None:
    assert "data-news" not in anybody().get("/").content.decode()


# ── What has become of the page? ─────────────────────────────────────────────────────────────────────────────────────


def pages_that_follow(filing: Filing) -> dict[str, str]:
    phone = world.phone_of(filing.sandbox, 1)
    return {
        "/phone/": "phones",
        f"/phone/{phone.pk}/": "phone",
        "/clock/": "clock",
        "/provider/": "list",
        f"/provider/{filing.pk}/": "filing",
        "/bureau/": "queue",
        f"/bureau/{filing.pk}/": "filing",
        "/trainer/": "class",
        "/trainer/day/": "day",
        "/lobby/participants/": "participants",
    }


def test_pages_that_follow_answer_304_before_anything_is_read_or_rendered(browser: Client, filing: Filing) -> None:
    for path, part in pages_that_follow(filing).items():
        page = browser.get(path)
        assert re.findall('data-live-part="(.*?)"', page.content.decode()) == [part]
        with CaptureQueriesContext(connection) as queries:
            answer = asked(browser, path, tag_in(page), live="1")
        assert (answer.status_code, answer.content, len(queries)) == (304, b"", 1), path  # the visit


def test_pages_that_follow_send_their_part_and_the_clock_when_there_is_news(browser: Client, filing: Filing) -> None:
    shown = {path: tag_in(browser.get(path)) for path in pages_that_follow(filing)}
    world.move(filing.sandbox, world.SENT)
    tag = f'"{news.tag(filing.sandbox_id)}"'
    for path, part in pages_that_follow(filing).items():
        answer = asked(browser, path, shown[path], live="1")
        assert (answer.status_code, answer["ETag"]) == (200, tag), path
        assert f'"at": {world.moment(world.SENT).timestamp()}' in answer["Sandbox-Clock"]
        text = answer.content.decode()
        assert [f'data-live-part="{part}"' in text, "<html" in text, "banner" in text] == [True, False, False]
        assert {"Live", "Cookie"} <= set(answer["Vary"].split(", "))


def test_what_is_said_once_waits_for_the_next_whole_page(browser: Client, filing: Filing) -> None:
    browser.post("/trainer/fault/", {"on": "1"})
    assert "已开始模拟系统故障" not in asked(browser, "/trainer/", live="1").content.decode()
    assert "已开始模拟系统故障" in browser.get("/trainer/").content.decode()


def test_page_that_answers_a_form_has_no_tag_and_is_not_asked_for_again(browser: Client, sandbox: Sandbox) -> None:
    assert tag_in(browser.post("/trainer/pin/", {"edition": "nobody-1999"})) == ""
    assert tag_in(browser.post("/clock/move/", {})) == ""


def test_form_in_hand_has_no_part_that_follows(browser: Client, provider: Provider, filing: Filing) -> None:
    for path in ("/provider/new/?province=gs&kind=first_filing", f"/provider/{filing.pk}/withdraw/", "/verify/"):
        assert "data-live-part" not in browser.get(path).content.decode()


@pytest.fixture
def provider(filing: Filing) -> Provider:
    """The filing's provider."""
    return filing.provider
