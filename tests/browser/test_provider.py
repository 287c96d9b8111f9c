"""The consoles in Chromium: from the first click of a submission to the 备案号, with and without scripts."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import filer
from tests.browser.conftest import NewPage
from tests.stack_process import Stack


def open_form(page: Page, stack: Stack, kind: str = "新增备案") -> None:
    """Begin a sandbox and open the form of a kind."""
    filer.begin(page, stack)
    page.goto(stack.url("/provider/"))
    page.get_by_role("link", name="新建备案申请").click()
    page.get_by_role("link", name=re.compile(f"^{kind} ")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(kind)


def wait_for_codes(page: Page, stack: Stack) -> None:
    """Look at the provider's list until the job has sent the codes; it may take a tick."""
    page.goto(stack.url("/provider/"))
    deadline = page.get_by_text("距核验截止")
    for _ in range(20):
        if deadline.count():
            return
        page.wait_for_timeout(250)
        page.reload()
    pytest.fail("The codes have not been sent.")


@pytest.mark.rule("D-04", "D-07", "D-08")
def test_submission_withdrawal_and_resubmission_with_a_new_phone(page: Page, stack: Stack) -> None:
    open_form(page, stack)
    page.get_by_role("button", name="用演练数据填写空白项").click()
    phone = page.get_by_role("group", name="主体负责人").get_by_label("联系方式1")
    expect(phone).not_to_have_value("")
    old = phone.input_value()
    page.get_by_role("button", name="下一步：接入商初审").click()
    expect(page.get_by_role("listitem").filter(has_text=old)).to_be_visible()
    page.get_by_role("button", name="初审通过，提交管局").click()
    expect(page.get_by_role("status")).to_contain_text("并已通知备案人")
    page.get_by_role("link", name="撤回申请").click()
    page.get_by_role("button", name="撤回").click()
    page.get_by_role("link", name="修改后重新提交").click()
    expect(phone).to_have_value(old)
    phone.fill("13900000099")
    page.get_by_role("button", name="下一步：接入商初审").click()
    page.get_by_role("button", name="初审通过，提交管局").click()
    expect(page.get_by_role("heading", name="第 2 轮")).to_be_visible()
    present = page.locator("section", has=page.get_by_role("heading", name="第 2 轮"))
    expect(present.get_by_role("link", name="13900000099")).to_be_visible()
    expect(present.get_by_role("link", name=old)).to_have_count(0)


@pytest.mark.parametrize("javascript", [True, False])
def test_websites_come_and_go_with_and_without_scripts(new_page: NewPage, stack: Stack, javascript: bool) -> None:
    page = new_page(javascript=javascript)
    open_form(page, stack)
    page.get_by_label("主体名称").fill("我的公司")
    page.get_by_role("button", name="再加一个网站").click()
    second = page.get_by_role("group", name="网站 2", exact=True)
    expect(second).to_be_visible()
    if javascript:
        expect(second.get_by_label("网站名称")).to_be_focused()
    second.get_by_label("网站名称").fill("第二个")
    page.get_by_role("button", name="删去网站 1").click()
    expect(page.get_by_label("网站名称")).to_have_count(1)
    expect(page.get_by_label("网站名称")).to_have_value("第二个")
    expect(page.get_by_label("主体名称")).to_have_value("我的公司")


def test_enter_goes_on_and_mistakes_lead_to_their_fields(page: Page, stack: Stack) -> None:
    open_form(page, stack)
    page.get_by_label("主体名称").press("Enter")
    expect(page).to_have_title("错误：新增备案：填写申请 - 备案短信核验演练平台")
    expect(page.locator(".errors")).to_be_focused()
    page.get_by_role("link", name="网站负责人：请填写证件号码。").click()
    number = page.get_by_role("group", name="网站负责人").get_by_label("证件号码")
    expect(number).to_be_focused()
    expect(number).to_have_accessible_description("平台只保存后六位和隐去中间的号码。 请填写证件号码。")


@pytest.mark.rule("W-17")
def test_ticks_show_and_hide_what_belongs_to_them(page: Page, stack: Stack) -> None:
    open_form(page, stack)
    persons = page.get_by_label("联系方式1")
    expect(persons).to_have_count(2)
    page.get_by_label("网站负责人与主体负责人为同一人").check()
    expect(persons.filter(visible=True)).to_have_count(1)
    page.get_by_role("button", name="用演练数据填写空白项").click()
    expect(page.get_by_label("主体名称")).not_to_have_value("")
    page.get_by_role("button", name="下一步：接入商初审").click()
    targets = page.get_by_role("region", name="将收到验证码的手机").get_by_role("listitem")
    expect(targets).to_have_count(1)
    expect(targets).to_contain_text("主体负责人、网站负责人")


@pytest.mark.rule("D-06")
def test_verified_filing_gets_its_number_from_the_bureau(page: Page, stack: Stack) -> None:
    filer.start(page, stack)
    wait_for_codes(page, stack)
    for _ in range(2):
        page.goto(stack.url("/go/gs?to=/verify/"))
        filer.send(page, stack, filer.open_challenge(stack))
    page.goto(stack.url("/bureau/"))
    page.get_by_role("row", name=re.compile("演练两人有限公司")).get_by_role("link").click()
    expect(page.get_by_text("已核验联系人").filter(visible=True)).to_have_count(2)
    page.get_by_role("link", name="通过…").click()
    page.get_by_role("button", name="通过").click()
    expect(page.get_by_role("status")).to_contain_text("发放备案号 陇ICP备17000001号")


def test_countdown_runs_on_the_sandboxs_clock(page: Page, stack: Stack) -> None:
    filer.begin(page, stack)
    page.goto(stack.url("/provider/"))
    countdown = page.locator("[data-until]").first
    before = countdown.inner_text()
    expect(countdown).not_to_have_text(before)
    page.evaluate(
        """() => {
            const until = Number(document.querySelector("[data-until]").dataset.until);
            const detail = { at: until - 3670, speed: 0 };
            document.dispatchEvent(new CustomEvent("sandbox-clock", { detail }));
        }"""
    )
    expect(countdown).to_have_text("1 小时 1 分")
