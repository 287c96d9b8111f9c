"""The filings of a day in pictures: how far they have come, why some went back, and the course of each."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import world
from tests.pages import Node, assert_is_well_made, page_of
from tests.visitors import browser_of
from verification.models import Participant, Provider, Sandbox
from verification.time import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def sandbox() -> Sandbox:
    """An empty sandbox of 2017."""
    return world.new_sandbox(is_shared=True)


@pytest.fixture
def provider(sandbox: Sandbox) -> Provider:
    """The only provider."""
    return world.new_provider(sandbox)


@pytest.fixture
def browser(sandbox: Sandbox) -> Client:
    """The trainer's browser."""
    trainer: Participant = sandbox.participants.create(name="李老师", plays_trainer=True, joined_at=clock.real_now())
    return browser_of(trainer)


def shown(browser: Client, query: str = "") -> Node:
    """The page, which is in order."""
    page = page_of(browser.get(f"/trainer/day/{query}"))
    assert_is_well_made(page)
    return page


def counts(figure: Node) -> dict[str, str]:
    """The table of the funnel."""
    return {row.one("th").text: row.all("td")[0].text for row in figure.one("tbody").all("tr")}


def test_day_shows_how_far_its_filings_have_come(browser: Client, sandbox: Sandbox, provider: Provider) -> None:
    assert "还没有人提交申请" in shown(browser).text
    done = world.submit_and_send(provider)
    world.pass_all(done)
    world.accept(done)
    world.withdraw(world.submit_and_send(provider, world.first_filing(3, 4, domain=2)))
    world.submit(provider, world.first_filing(5, 6, domain=3))
    page = shown(browser)
    funnel, *timelines = page.all("figure")
    assert counts(funnel) == {"提交": "3", "下发验证码": "2", "核验通过": "1", "审核通过": "1", "退回": "1"}
    assert "接入商撤回 1" in funnel.text
    assert [figure.one("strong").text for figure in timelines] == [
        f"申请 {number}" for number in sandbox.filings.order_by("-id").values_list("number", flat=True)
    ]
    world.move(sandbox, "2017-12-22 10:00")
    world.resubmit(sandbox.filings.order_by("id")[1])
    funnel, _ = shown(browser).all("figure")
    assert counts(funnel)["提交"] == "1"
    assert "2017-12-22" in funnel.text
    days = [link.text for link in shown(browser, "?day=2017-12-20").one("nav", class_="segments").all("a")]
    assert days == ["2017-12-22", "2017-12-20"]
    assert counts(shown(browser, "?day=2017-12-20").all("figure")[0])["提交"] == "3"
    assert shown(browser, "?day=nonsense&page=x").all("figure")[0].text == funnel.text


def test_day_asks_as_often_for_many_filings_as_for_few(browser: Client, provider: Provider) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            browser.get("/trainer/day/")
        return len(captured)

    world.submit(provider)
    asked()  # the visit's first look writes down that the sandbox is used
    few = asked()
    for serial in range(3, 11, 2):
        world.submit(provider, world.first_filing(serial, serial + 1, domain=serial))
    assert asked() == few


def test_day_is_the_trainers(sandbox: Sandbox) -> None:
    filer = sandbox.participants.create(name="小王", plays_provider=True, joined_at=clock.real_now())
    assert browser_of(filer).get("/trainer/day/").status_code == 403
