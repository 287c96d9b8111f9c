"""Addresses that take forms only, opened as pages."""

import pytest

from tests import world
from tests.pages import assert_is_well_made, page_of
from tests.visitors import GANSU, anybody, browser_of, owner_of

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("address", "above"),
    [
        ("/lobby/join/", "/lobby/"),
        ("/lobby/participants/roles/", "/lobby/participants/"),
        ("/trainer/review/", "/trainer/"),
        ("/provider/api/1/keys/", "/provider/api/"),
        ("/phone/1/switch/", "/phone/1/"),
        ("/p/gs/draft/", "/p/gs/"),
        ("/draft/", "/"),
    ],
)
def test_address_that_takes_forms_only_says_so_and_leads_to_the_page_above(address: str, above: str) -> None:
    answer = browser_of(owner_of(world.new_sandbox())).get(address)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    page = page_of(answer)
    assert_is_well_made(page)
    assert page.one("h1").text == "这个地址不能直接打开"
    assert page.one("a", class_="button").attrs["href"] == above


def test_stranger_is_told_the_same_on_a_provinces_host() -> None:
    assert page_of(anybody(host=GANSU).get("/draft/")).one("a", class_="button").attrs["href"] == "/"
