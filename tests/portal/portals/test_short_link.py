"""短链接: from the message to the form filled in, for this code only (C-08)."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.entering import right, verify
from tests.pages import Node, assert_is_well_made, page_of
from tests.visitors import GANSU, NATIONAL, Everywhere, anybody, browser_of, owner_of
from tests.world import (
    challenge_of,
    first_filing,
    move_without_jobs,
    new_provider,
    new_sandbox,
    phone_of,
    submit_and_send,
)
from verification.models import Challenge, Message, Participant, Sandbox

pytestmark = [pytest.mark.django_db, pytest.mark.rule("C-08")]

ZHEJIANG = "zcainfo.localhost:8000"


@pytest.fixture
def sandbox() -> Sandbox:
    """浙江 in 2018, when messages first carried a link."""
    return new_sandbox("2018-09-10 09:30")


@pytest.fixture
def owner(sandbox: Sandbox) -> Participant:
    """The visitor."""
    return owner_of(sandbox)


@pytest.fixture
def challenge(sandbox: Sandbox) -> Challenge:
    """One of two open ones of a filing."""
    filing = submit_and_send(new_provider(sandbox), first_filing(1, 2, province="z"))
    return challenge_of(filing, 1)


def typed(page: Node) -> dict[str, str]:
    return {name: page.one("input", name=name).attrs.get("value", "") for name in ("code", "phone", "id_suffix")}


def assert_is_dead(browser: Client, path: str) -> None:
    answer = browser.get(path)
    assert answer.status_code == 410
    page = page_of(answer)
    assert_is_well_made(page)
    assert page.one("h1").text == "短链接已失效"
    assert not page.all("input", name="code")


def test_link_leads_to_the_province_and_fills_in_code_and_phone(owner: Participant, challenge: Challenge) -> None:
    browser = Everywhere(owner)
    answer = browser.open(f"http://{NATIONAL}/s/{challenge.link_token}")
    assert browser.trail[0] == f"http://{NATIONAL}/go/z?to=%2Fverify%2F%3Flink%3D{challenge.link_token}"
    assert browser.trail[-1] == f"http://{ZHEJIANG}/verify/?link={challenge.link_token}"
    for address in browser.trail:
        assert challenge.code not in address
        assert challenge.phone.number not in address
    assert typed(page_of(answer)) == {"code": challenge.code, "phone": challenge.phone.number, "id_suffix": ""}
    assert "no-store" in answer["Cache-Control"]


def test_link_leads_to_the_national_form_where_that_verifies() -> None:
    sandbox = new_sandbox("2020-08-18 09:30")
    filing = submit_and_send(new_provider(sandbox), first_filing(1, 2))
    challenge = challenge_of(filing, 2)
    followed = browser_of(owner_of(sandbox)).get(f"/s/{challenge.link_token}", follow=True)
    assert [address for address, _ in followed.redirect_chain] == [f"/verify/?link={challenge.link_token}"]
    assert typed(page_of(followed)) == {"code": challenge.code, "phone": challenge.phone.number, "id_suffix": ""}


def test_following_the_link_writes_nothing(owner: Participant, challenge: Challenge) -> None:
    browser = Everywhere(owner)
    with CaptureQueriesContext(connection) as queries:
        browser.open(f"http://{NATIONAL}/s/{challenge.link_token}")
    assert queries.captured_queries
    assert [q["sql"] for q in queries.captured_queries if not q["sql"].startswith("SELECT")] == []


def test_link_is_dead_once_its_code_is_closed(owner: Participant, challenge: Challenge) -> None:
    browser = browser_of(owner, host=ZHEJIANG)
    verify(browser, right(challenge))
    assert_is_dead(browser_of(owner), f"/s/{challenge.link_token}")
    assert_is_dead(browser, f"/verify/?link={challenge.link_token}")


def test_link_is_dead_from_the_deadline_on_also_while_the_jobs_are_late(
    sandbox: Sandbox, owner: Participant, challenge: Challenge
) -> None:
    move_without_jobs(sandbox, "2018-09-11 09:34:59")
    assert browser_of(owner).get(f"/s/{challenge.link_token}").status_code == 302
    move_without_jobs(sandbox, "2018-09-11 09:35")
    assert_is_dead(browser_of(owner), f"/s/{challenge.link_token}")


def test_link_of_another_sandbox_and_one_that_never_was_are_dead(challenge: Challenge) -> None:
    stranger = owner_of(new_sandbox("2018-09-10 09:40"))
    for token in (challenge.link_token, "AAAAAAAAAAAA"):
        assert_is_dead(browser_of(stranger), f"/s/{token}")
        assert_is_dead(browser_of(stranger, host=ZHEJIANG), f"/verify/?link={token}")


def test_link_is_dead_on_another_provinces_portal(owner: Participant, challenge: Challenge) -> None:
    assert_is_dead(browser_of(owner, host=GANSU), f"/verify/?link={challenge.link_token}")


def test_link_without_a_sandbox_leads_to_the_lobby_and_back(challenge: Challenge) -> None:
    answer = anybody().get(f"/s/{challenge.link_token}")
    assert (answer.status_code, answer["Location"]) == (302, f"/lobby/?next=%2Fs%2F{challenge.link_token}")
    elsewhere = anybody().get(f"/verify/?link={challenge.link_token}")
    assert typed(page_of(elsewhere)) == {"code": "", "phone": "", "id_suffix": ""}


def test_message_on_the_phone_can_be_pressed_at_its_link(
    sandbox: Sandbox, owner: Participant, challenge: Challenge
) -> None:
    page = page_of(browser_of(owner).get(f"/phone/{phone_of(sandbox, 1).pk}/"))
    text = page.one("p", class_="sms__text")
    link = text.one("a")
    assert link.attrs["href"] == f"/s/{challenge.link_token}"
    assert link.text == f"http://{NATIONAL}/s/{challenge.link_token}"
    assert re.sub(r"\s", "", text.text) == re.sub(r"\s", "", Message.objects.get(challenge=challenge).text)
