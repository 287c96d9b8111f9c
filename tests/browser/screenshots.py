"""Pictures of the site, taken by `make screenshots`: three for the README, and every page for whoever wants to look.

Not collected with the tests: pytest runs this file only when it is named.
"""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import site_world
from tests.browser.conftest import NARROW, WIDE, NewPage
from tests.browser.site_pages import PAGES, SitePage, Visit
from tests.browser.site_world import World
from tests.browser.walk import MOBILE
from tests.stack_process import Stack
from tools.places import ROOT, VAR

README = ROOT / "docs" / "screenshots"
EVERY_PAGE = VAR / "screenshots"
README_SIZE = (1280, 690)


@pytest.fixture(scope="module")
def world(browser: Browser, stack: Stack) -> World:
    """The sandbox that the pictures show."""
    return site_world.build(browser, stack)


def _by_name(name: str) -> SitePage:
    return next(page for page in PAGES if page.name == name)


def _take(page: Page, name: str) -> None:
    page.evaluate("document.fonts.ready")
    page.screenshot(path=README / f"{name}.png")


def test_verify(new_page: NewPage, world: World) -> None:
    page = new_page(width_and_height=README_SIZE)
    _by_name("province-verify").visit(page, world)
    portal = Visit(page, world).portal
    portal.fill(code=world.code, phone=MOBILE.phone, id_suffix=MOBILE.id_suffix)
    _take(page, "verify")


def test_phone(new_page: NewPage, world: World) -> None:
    page = new_page(width_and_height=README_SIZE)
    _by_name("phone").visit(page, world)
    expect(page.locator(".sms")).to_have_count(1)
    _take(page, "phone")


def test_provider(new_page: NewPage, world: World) -> None:
    page = new_page(width_and_height=README_SIZE)
    _by_name("provider-under-way").visit(page, world)
    _take(page, "provider")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("shown", PAGES, ids=[page.name for page in PAGES])
def test_every_page(
    new_page: NewPage, world: World, problems: list[str], shown: SitePage, size: tuple[int, int]
) -> None:
    page = new_page(width_and_height=size)
    shown.visit(page, world)
    page.screenshot(path=EVERY_PAGE / f"{shown.name}-{size[0]}.png", full_page=True)
    problems.clear()  # whether a page is in order is for the tests to say
