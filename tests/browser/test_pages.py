"""What holds for every page of the site, wide and narrow. The list of pages cannot forget one: the URLconf says."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import site_pages, site_world
from tests.browser.conftest import NARROW, WIDE, has_failed, take_pictures, watched_context
from tests.browser.site_pages import NO_PAGES, PAGES, SitePage, Visit
from tests.browser.site_world import World
from tests.stack_process import Stack

# Goes over all that the Tab key reaches, in a dialog only what is in it; the Tab key was pressed before, so that the
# browser shows the focus.
FOCUS_PROBLEMS = """() => {
    const problems = [];
    const places = "a[href], button, input, select, textarea, summary, [tabindex]";
    const reached = document.querySelector("dialog:modal") ?? document;
    for (const place of reached.querySelectorAll(places)) {
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
BROKEN_PICTURES = """() => Promise.all([...document.images]
    .map((image) => image.decode().then(() => "", () => image.src)))
    .then((sources) => sources.filter(Boolean))"""
SIDEWAYS = """() => [...document.querySelectorAll("body *")]
    .filter((place) => document.documentElement.scrollWidth > document.documentElement.clientWidth
        && place.getBoundingClientRect().right > innerWidth + 1)
    .map((place) => place.outerHTML.slice(0, 120))"""


FITS = "document.documentElement.scrollWidth <= innerWidth"
LONGEST = 25_000  # pixels; who scrolls further has lost the way


@pytest.fixture(scope="module")
def world(browser: Browser, stack: Stack) -> World:
    """A sandbox with something on every page, which these tests only look at."""
    return site_world.build(browser, stack)


class Tabs:
    """A tab for each visitor of the world, in which their pages are opened one after the other."""

    def __init__(self, browser: Browser, world: World) -> None:
        self.problems: list[str] = []
        self.by_visitor = {visitor: self._open(browser, world, visitor) for visitor in world.visitors}

    def _open(self, browser: Browser, world: World, visitor: str) -> Page:
        context = watched_context(browser, world.stack.port, self.problems)
        context.add_cookies(world.visitors[visitor])  # type: ignore[arg-type]  # they come from a browser's own list
        return context.new_page()

    def close(self) -> None:
        """Close all of them."""
        for tab in self.by_visitor.values():
            tab.context.close()


@pytest.fixture(scope="module")
def tabs(browser: Browser, world: World) -> Iterator[Tabs]:
    """The tabs, which stay open for all pages: what the pages share is loaded once."""
    opened = Tabs(browser, world)
    yield opened
    opened.close()


@pytest.fixture
def tab(request: pytest.FixtureRequest, tabs: Tabs, shown: SitePage) -> Iterator[Page]:
    """The tab of the visitor whom the page is for; what goes wrong in it must be nothing, or taken out by the test."""
    tab = tabs.by_visitor[shown.visitor]
    resize(tab, WIDE)
    yield tab
    if has_failed(request):
        take_pictures(request, [tab])
    tab.goto("about:blank")  # what the page had under way ends with it
    found = tabs.problems.copy()
    tabs.problems.clear()
    assert found == []


def resize(page: Page, width_and_height: tuple[int, int]) -> None:
    width, height = width_and_height
    page.set_viewport_size({"width": width, "height": height})


def test_list_of_pages_is_complete() -> None:
    assert {page.route for page in PAGES} | set(NO_PAGES) == set(site_pages.routes())
    assert not {page.route for page in PAGES} & set(NO_PAGES)


@pytest.mark.parametrize("shown", PAGES, ids=[page.name for page in PAGES])
def test_page_is_in_order(tab: Page, tabs: Tabs, world: World, shown: SitePage) -> None:
    shown.open(Visit(tab, world))
    assert_is_titled(tab)
    assert tab.evaluate(BROKEN_PICTURES) == []
    tab.keyboard.press("Tab")
    for width_and_height in (WIDE, NARROW):
        resize(tab, width_and_height)
        assert tab.evaluate(SIDEWAYS) == []
        assert tab.evaluate(FITS)
        assert tab.evaluate("document.documentElement.scrollHeight") < LONGEST
        assert tab.evaluate(FOCUS_PROBLEMS) == []
    if shown.status != 200:
        (problem,) = tabs.problems
        assert f"status of {shown.status}" in problem
        tabs.problems.clear()


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
