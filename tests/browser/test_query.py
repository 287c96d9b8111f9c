"""The public query in Chromium, in the first look and the last: as a visitor types, mistypes, reloads, and goes on."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.walk import Portal, Walk
from tests.stack_process import Stack

#: A scenario, and what the query is called in it.
OF_2017, OF_2020 = ("2017 年 · 甘肃", "公共查询"), ("2020 年 · 全国", "ICP备案查询")


def open_query(page: Page, stack: Stack, scenario: str, name: str) -> Portal:
    """Begin a scenario and go to the query by the menu of the national portal."""
    Walk(page, stack).start(scenario)
    page.goto(stack.url("/"))
    page.get_by_role("navigation", name="网站栏目").get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    return Portal(page, stack, "甘肃")


def search(portal: Portal, by: str, text: str) -> None:
    """Choose, type, and send with the button."""
    portal.page.get_by_label(by, exact=True).check()
    portal.fill(q=text)
    portal.send("查询")


def found(page: Page) -> list[str]:
    """The numbers in the table."""
    return page.locator("td[data-label=备案号]").all_inner_texts()


@pytest.mark.rule("D-06")
@pytest.mark.parametrize("look", [OF_2017, OF_2020], ids=["pilot", "national"])
def test_record_is_found_in_all_three_ways_on_the_national_portal_and_its_provinces(
    page: Page, stack: Stack, look: tuple[str, str]
) -> None:
    portal = open_query(page, stack, *look)
    search(portal, "主体名称", "老客户")
    expect(page.locator("caption")).to_have_text("查询结果：2 条")
    number, other = found(page)
    assert re.fullmatch("陇ICP备[0-9]{8}号-1", number)
    for address in ("/query/", "/go/gs?to=/query/"):
        page.goto(stack.url(address))
        search(portal, "备案号", number.removesuffix("-1"))
        expect(page.locator("caption")).to_have_text("查询结果：2 条")
        assert found(page) == [number, other]
        search(portal, "网站域名", "https://www.laozhan.example.com/index.html")
        expect(page.locator("caption")).to_have_text("查询结果：1 条")
        assert found(page) == [number]
    page.goto(stack.url("/go/tj?to=/query/"))
    search(portal, "备案号", number)
    expect(page.get_by_text("没有查到符合条件的备案")).to_be_visible()
    page.locator(".empty").get_by_role("link", name="全国网站").click()
    expect(page).to_have_url(stack.url("/query/"))


@pytest.mark.rule("V-12")
@pytest.mark.parametrize(("look", "javascript"), [(OF_2017, False), (OF_2020, True)], ids=["pilot", "national"])
def test_wrong_captcha_and_a_new_picture_keep_what_was_typed(
    new_page: NewPage, stack: Stack, look: tuple[str, str], javascript: bool
) -> None:
    page = new_page(javascript=javascript)
    portal = open_query(page, stack, *look)
    page.get_by_label("主体名称", exact=True).check()
    portal.fill(q="老客户", digits="0")
    first = page.input_value("[name=captcha_0]")
    page.keyboard.press("Enter")
    expect(page.locator(".errors li")).to_have_count(1)
    second = page.input_value("[name=captcha_0]")
    page.get_by_role("button", name="换一张").click()
    expect(page.locator("[name=captcha_0]")).not_to_have_value(second)
    assert page.input_value("[name=captcha_0]") != first
    expect(page.get_by_label("主体名称", exact=True)).to_be_checked()
    expect(page.locator("[name=q]")).to_have_value("老客户")
    portal.fill()
    page.keyboard.press("Enter")
    expect(page.locator("caption")).to_have_text("查询结果：2 条")


def test_reloading_an_answer_shows_it_again(page: Page, stack: Stack) -> None:
    portal = open_query(page, stack, *OF_2017)
    search(portal, "主体名称", "老客户")
    expect(page.locator("caption")).to_be_visible()
    page.reload()
    expect(page.locator("caption")).to_be_visible()
    expect(page.locator("#id_captcha_1_error")).to_have_count(0)
    expect(page.locator("[name=q]")).to_have_value("老客户")
