"""Nothing typed is lost in Chromium: Back, Forward, reload, and a help page in between; with and without scripts."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from portal.shared.visit import drafts
from tests.browser import filer
from tests.browser.conftest import NewPage
from tests.browser.test_provider import open_form
from tests.stack_process import Stack

TYPED = {"code": "123456", "phone": "13900000077", "id_suffix": "12021X"}


def type_and_wait(page: Page, field: Locator, text: str) -> None:
    """Type, and pause until that is kept."""
    with page.expect_response(re.compile("/draft/$")) as kept:
        field.fill(text)
    assert kept.value.status == 204


def wait_until_kept(page: Page) -> None:
    """Look at the next page for as long as it takes until the draft of the one that was left is kept."""
    for _ in range(100):
        if any(cookie["name"] == drafts.NAME for cookie in page.context.cookies()):
            return
        page.wait_for_timeout(50)
    raise AssertionError("the draft was not kept")


def test_filing_form_is_there_again_whichever_way_one_comes(page: Page, stack: Stack) -> None:
    open_form(page, stack)
    name, last_look = page.get_by_label("主体名称"), page.get_by_role("heading", name="接入商初审")
    page.get_by_role("button", name="用演练数据填写空白项").click()
    expect(name).not_to_have_value("")
    name.fill("我的公司")
    page.get_by_role("link", name="手机", exact=True).click()  # at once: the page keeps it as it goes
    expect(page).to_have_url(stack.url("/phone/"))
    page.go_back()
    expect(name).to_have_value("我的公司")
    page.get_by_role("button", name="下一步：接入商初审").click()
    expect(last_look).to_be_visible()
    page.reload()
    expect(last_look).to_be_visible()
    page.go_back()
    expect(name).to_have_value("我的公司")
    type_and_wait(page, name, "改了的公司")
    page.reload()
    expect(name).to_have_value("改了的公司")
    page.go_forward()
    expect(last_look).to_be_visible()
    expect(page.get_by_text("改了的公司")).to_be_visible()
    page.get_by_role("button", name="初审通过，提交管局").click()
    expect(page.get_by_role("status")).to_contain_text("并已通知备案人")
    page.go_back()
    expect(page.get_by_text("填写中的内容已经找不到了")).to_be_visible()
    expect(name).to_have_value("")


def test_filing_form_without_scripts_is_there_again_after_the_last_look(new_page: NewPage, stack: Stack) -> None:
    page = new_page(javascript=False)
    open_form(page, stack)
    page.get_by_role("button", name="用演练数据填写空白项").click()
    page.get_by_label("主体名称").fill("我的公司")
    page.get_by_role("button", name="下一步：接入商初审").click()
    expect(page.get_by_role("heading", name="接入商初审")).to_be_visible()
    page.go_back()
    expect(page.get_by_label("主体名称")).to_have_value("我的公司")


def expect_typed(page: Page) -> None:
    """The form holds all that was typed, and no captcha."""
    for name, text in TYPED.items():
        expect(page.locator(f"[name={name}]")).to_have_value(text)
    expect(page.locator("[name=captcha_1]")).to_have_value("")


@pytest.mark.parametrize("javascript", [True, False])
def test_entry_is_there_again_after_an_answer_that_is_none(new_page: NewPage, stack: Stack, javascript: bool) -> None:
    page = new_page(javascript=javascript)
    filer.start(page, stack)
    page.goto(stack.url("/go/gs?to=/verify/"))
    filer.send(page, stack, TYPED)
    page.go_back()
    expect_typed(page)
    page.get_by_role("link", name="填写说明").click()
    page.go_back()
    expect_typed(page)


def test_back_to_mistakes_or_an_answer_is_the_form_and_no_question_of_the_browser(page: Page, stack: Stack) -> None:
    filer.start(page, stack)
    page.goto(stack.url("/go/gs?to=/verify/"))
    for name, text in TYPED.items():
        page.fill(f"[name={name}]", text)
    page.keyboard.press("Enter")
    expect(page.locator(".errors li")).to_have_text("请填写图形验证码。")
    filer.send(page, stack, TYPED)
    page.go_back()  # to the page with the mistake
    expect_typed(page)
    filer.send(page, stack, TYPED)
    page.get_by_role("link", name="看模拟手机上的短信").click()
    expect(page.get_by_role("heading", name="模拟手机")).to_be_visible()
    page.go_back()  # to the answer
    expect_typed(page)


def test_entry_is_there_again_after_a_look_at_help_and_a_reload(page: Page, stack: Stack) -> None:
    filer.start(page, stack)
    page.goto(stack.url("/go/gs?to=/verify/"))
    for name, text in TYPED.items():
        page.fill(f"[name={name}]", text)
    page.fill("[name=captcha_1]", "54321")
    page.get_by_role("link", name="填写说明").click()  # at once
    expect(page.get_by_role("heading", name="办事指南")).to_be_visible()
    wait_until_kept(page)
    page.go_back()
    expect_typed(page)
    page.reload()
    expect_typed(page)
    page.get_by_role("link", name="发送短信").click()
    page.go_back()
    expect_typed(page)
    filer.send(page, stack, filer.open_challenge(stack))
    page.get_by_role("link", name="返回", exact=True).click()
    expect(page.locator("[name=phone]")).to_have_value("")
