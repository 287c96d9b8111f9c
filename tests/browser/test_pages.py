"""What holds for every page of the site, wide and narrow. The list of pages cannot forget one: the URLconf says."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import site_pages
from tests.browser.conftest import NARROW, WIDE
from tests.browser.site_pages import NO_PAGES, PAGES, SitePage, World
from tests.stack_process import Stack

# Goes over all that the Tab key reaches; the Tab key was pressed before, so that the browser shows the focus.
FOCUS_PROBLEMS = """() => {
    const problems = [];
    const places = "a[href], button, input, select, textarea, summary, [tabindex]";
    for (const place of document.querySelectorAll(places)) {
        if (place.tabIndex < 0 || place.disabled || !place.checkVisibility()) {
            continue;
        }
        place.focus();
        const box = place.getBoundingClientRect();
        const hasRing = [place, place.parentElement].map(getComputedStyle)  // an input's box may wear it
            .some((style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2);
        const isSeen = box.width > 1 && box.height > 1 && box.left < innerWidth && box.right > 0;
        if (document.activeElement !== place || !hasRing || !isSeen) {
            problems.push(place.outerHTML.slice(0, 120));
        }
    }
    return problems;
}"""
SIDEWAYS = """() => [...document.querySelectorAll("body *")]
    .filter((place) => document.documentElement.scrollWidth > document.documentElement.clientWidth
        && place.getBoundingClientRect().right > innerWidth + 1)
    .map((place) => place.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def world(browser: Browser, stack: Stack) -> World:
    """A sandbox with something on every page, which these tests only look at."""
    return site_pages.build(browser, stack)


def test_list_of_pages_is_complete() -> None:
    assert {page.route for page in PAGES} | set(NO_PAGES) == set(site_pages.routes())
    assert not {page.route for page in PAGES} & set(NO_PAGES)


@pytest.mark.parametrize("shown", PAGES, ids=[page.name for page in PAGES])
def test_page_is_in_order(page: Page, world: World, problems: list[str], shown: SitePage) -> None:
    shown.visit(page, world)
    assert_is_titled(page)
    assert page.evaluate("[...document.images].filter((image) => !image.naturalWidth).length") == 0
    page.keyboard.press("Tab")
    for width_and_height in (WIDE, NARROW):
        page.set_viewport_size(dict(zip(("width", "height"), width_and_height, strict=True)))  # type: ignore[arg-type]
        assert page.evaluate(SIDEWAYS) == []
        assert page.evaluate(FOCUS_PROBLEMS) == []
    if shown.status != 200:
        (problem,) = problems
        assert f"status of {shown.status}" in problem
        problems.clear()


def assert_is_titled(page: Page) -> None:
    """One h1, which the title begins with; 错误： before it where something is to be corrected."""
    expect(page.locator("h1")).to_have_count(1)
    heading = re.sub(r"\s+", " ", page.locator("h1").text_content() or "").strip()
    before = "错误：" if page.locator("main .errors").count() else ""
    assert heading
    assert page.title().startswith(f"{before}{heading}")
    expect(page.locator("main")).to_have_count(1)
    expect(page.locator(".banner")).to_contain_text("非政府网站")
    expect(page.locator("meta[name=robots]")).to_have_attribute("content", re.compile("noindex"))
