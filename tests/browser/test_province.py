"""The portals in Chromium: the way to the answer, the captcha with and without scripts, narrow screens."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser import filer
from tests.browser.conftest import NewPage
from tests.stack_process import Stack

GANSU = "gscainfo.localhost"


@pytest.mark.rule("N-01", "N-02", "V-16")
def test_way_from_the_national_portal_to_the_answer(page: Page, stack: Stack) -> None:
    filer.start(page, stack)
    page.goto(stack.url("/"))
    page.get_by_role("link", name="甘肃 已施行").click()
    expect(page).to_have_url(stack.url("/", GANSU))
    page.get_by_role("link", name="备案短信核验", exact=True).click()
    expect(page).to_have_url(stack.url("/verify/", GANSU))
    entry = filer.open_challenge(stack)
    assert filer.send(page, stack, entry) == "您的短信核验完成,请等待其他核验人进行短信核验。"
    expect(page).to_have_url(stack.url("/verify/", GANSU))
    page.reload()
    expect(page.get_by_text("您的短信核验完成,请等待其他核验人进行短信核验。")).to_be_visible()
    page.goto(stack.url("/verify/", GANSU))
    assert filer.send(page, stack, entry) == "您的短信核验已经完成，无需重复提交。"


def test_portal_under_a_path_goes_the_same_way(page: Page, stack: Stack) -> None:
    address = "127.0.0.1"
    filer.start(page, stack, address)
    page.goto(stack.url("/", address))
    page.get_by_role("link", name="甘肃 已施行").click()
    expect(page).to_have_url(stack.url("/p/gs/", address))
    page.get_by_role("link", name="备案短信核验", exact=True).click()
    assert filer.send(page, stack, filer.open_challenge(stack)) == "您的短信核验完成,请等待其他核验人进行短信核验。"
    page.get_by_role("link", name="返回").click()
    expect(page).to_have_url(stack.url("/p/gs/verify/", address))


@pytest.mark.parametrize("javascript", [True, False])
def test_new_picture_keeps_what_was_typed(new_page: NewPage, stack: Stack, javascript: bool) -> None:
    page = new_page(javascript=javascript)
    filer.start(page, stack)
    page.goto(stack.url("/go/gs?to=/verify/"))
    page.fill("[name=phone]", "139")
    before = page.input_value("[name=captcha_0]")
    page.get_by_role("button", name="换一张").click()
    expect(page.locator("[name=captcha_0]")).not_to_have_value(before)
    expect(page.locator("[name=phone]")).to_have_value("139")
    expect(page.locator("[name=captcha_1]")).to_have_value("")
    expect(page.locator(".errors")).to_have_count(0)
    token = page.input_value("[name=captcha_0]")
    assert token in (page.get_attribute(".captcha__picture", "src") or "")
    if javascript:
        expect(page.locator("[name=captcha_1]")).to_be_focused()


def test_errors_stand_beside_their_fields_and_are_linked(page: Page, stack: Stack) -> None:
    filer.start(page, stack)
    page.goto(stack.url("/go/gs?to=/verify/"))
    page.fill("[name=code]", "12345")
    page.keyboard.press("Enter")
    expect(page).to_have_title("错误：备案短信核验 - 甘肃省通信管理局 - 备案短信核验演练平台")
    expect(page.locator(".errors")).to_be_focused()
    page.get_by_role("link", name="请填写手机号码。").click()
    expect(page.locator("[name=phone]")).to_be_focused()
    expect(page.locator("[name=phone]")).to_have_accessible_description("请填写手机号码。")
