"""The tests' own net: a page that complains must not pass unseen."""

import pytest
from playwright.sync_api import Page

from tests.stack_process import Stack


def test_page_shows_the_site_under_its_hosts(page: Page, stack: Stack) -> None:
    for host in ("localhost", "gscainfo.localhost"):
        page.goto(stack.url("/healthz", host))
        assert page.inner_text("body").strip() == "ok"
    assert page.evaluate("navigator.language") == "zh-CN"
    assert page.evaluate("[innerWidth, innerHeight]") == [1280, 900]


def test_page_notes_a_console_error(page: Page, stack: Stack, problems: list[str]) -> None:
    page.goto(stack.url("/healthz"))
    page.evaluate("console.error('out of order')")
    page.wait_for_function("true")
    assert [problem.startswith("console: out of order") for problem in problems] == [True]
    problems.clear()


def test_script_that_fails_in_another_tab_is_noted_too(page: Page, stack: Stack, problems: list[str]) -> None:
    tab = page.context.new_page()
    tab.goto(stack.url("/healthz"))
    with page.context.expect_event("weberror"):
        tab.evaluate("setTimeout(() => { throw new Error('out of order'); })")
    assert problems == ["script: out of order"]
    problems.clear()


@pytest.mark.parametrize("path", ["/no-such-page/", "/static/no-such-file.css"])
def test_page_notes_an_answer_that_is_an_error(page: Page, stack: Stack, problems: list[str], path: str) -> None:
    page.goto(stack.url("/healthz"))
    page.evaluate(f"fetch('{path}')")
    page.wait_for_function("true")
    assert len(problems) == 1
    assert "404" in problems[0]
    problems.clear()
