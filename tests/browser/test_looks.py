"""The looks of 2018 and 2020 in Chromium: the card with its tabs, the dialog with the answer, and no scripts."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser import filer
from tests.browser.conftest import NARROW, NewPage
from tests.stack_process import Stack

ZHEJIANG = "zcainfo.localhost"
CARD, NATIONAL = "2018 年 · 浙江", "2020 年 · 全国"
NOBODY = {"code": "000000", "phone": "19900000000", "id_suffix": "00000X"}


def start(page: Page, stack: Stack, scenario: str) -> None:
    """Begin a scenario with one click, and let its codes go out."""
    filer.begin(page, stack, scenario)
    page.goto(stack.url("/clock/"))
    page.get_by_role("button", name="跳到下一个时刻").click()
    expect(page.get_by_text(re.compile("^时钟已拨到"))).to_be_visible()
    newest = "(SELECT MAX(id) FROM verification_sandbox)"
    give_up = time.monotonic() + 10
    while not stack.query(f"SELECT 1 FROM verification_challenge WHERE state = 'open' AND sandbox_id = {newest}"):
        assert time.monotonic() < give_up, "no code has gone out"
        time.sleep(0.05)
    page.goto("about:blank")  # the clock's page follows the job, and would get in the way of what comes next


def style(page: Page, selector: str, *names: str) -> list[str]:
    """Computed properties of the first such element."""
    return page.locator(selector).first.evaluate(
        "(element, names) => names.map((name) => getComputedStyle(element).getPropertyValue(name))", list(names)
    )


# ── card ─────────────────────────────────────────────────────────────────────


@pytest.mark.rule("C-08", "V-02", "V-03", "R-01")
def test_short_link_of_the_message_opens_the_card_filled_in(page: Page, stack: Stack) -> None:
    start(page, stack, CARD)
    entry = filer.open_challenge(stack)
    page.goto(stack.url("/phone/"))
    page.get_by_role("link", name=entry["phone"]).click()
    page.locator(".sms__text a").click()
    expect(page).to_have_url(re.compile(re.escape(stack.url("/verify/?link=", ZHEJIANG)) + r"[\w-]{12}$"))
    assert [page.input_value(f"[name={name}]") for name in ("code", "phone")] == [entry["code"], entry["phone"]]
    answer = filer.send(page, stack, {"id_suffix": entry["id_suffix"]})
    assert re.fullmatch("演.的短信核验完成。请等待其他待核验人进行短信核验。", answer)
    page.get_by_role("link", name="返回", exact=True).click()
    expect(page).to_have_url(stack.url("/verify/", ZHEJIANG))
    assert page.input_value("[name=code]") == ""


def test_card_looks_like_its_time(page: Page, stack: Stack) -> None:
    start(page, stack, CARD)
    page.goto(stack.url("/go/z?to=/verify/"))
    expect(page.get_by_role("link", name="短信核验", exact=True)).to_have_attribute("aria-current", "page")
    active = ".card-tabs [aria-current]"
    assert style(page, active, "border-top-width", "border-top-color") == ["4px", "rgb(68, 153, 226)"]
    assert style(page, ".card-tabs a:not([aria-current])", "color") == ["rgb(66, 65, 65)"]
    assert style(page, ".entries__captcha", "background-color") == ["rgb(238, 238, 238)"]
    assert style(page, ".entries__submit", "background-color") == ["rgb(51, 122, 183)"]
    page.get_by_role("link", name="短信重发", exact=True).click()
    expect(page).to_have_url(stack.url("/resend/", ZHEJIANG))
    expect(page.locator("[name=code]")).to_have_count(0)


# ── national ─────────────────────────────────────────────────────────────────


@pytest.mark.rule("N-03", "V-10", "V-17")
def test_answer_comes_in_a_dialog_that_the_keyboard_closes(page: Page, stack: Stack) -> None:
    start(page, stack, NATIONAL)
    page.goto(stack.url("/"))
    entry = filer.open_challenge(stack)
    assert filer.send(page, stack, entry) == "您的短信核验完成，请等待其他核验人进行短信核验"
    expect(page).to_have_url(stack.url("/verify/"))
    dialog = page.get_by_role("dialog", name="提示")
    expect(dialog).to_be_visible()
    assert dialog.evaluate("(dialog) => dialog.matches(':modal')")
    assert dialog.bounding_box()["width"] == 450  # type: ignore[index]  # it is visible
    assert style(page, ".dialog__title", "background-color") == ["rgb(0, 140, 255)"]
    expect(dialog.locator("data")).to_have_text("31")
    expect(dialog.get_by_role("button", name="确定")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator("#id_code")).to_be_focused()
    filer.send(page, stack, NOBODY)
    dialog.get_by_role("button", name="确定").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#id_code")).to_be_focused()


@pytest.mark.rule("V-17", "V-19")
def test_answer_without_scripts_stands_above_the_form(new_page: NewPage, stack: Stack) -> None:
    page = new_page(width_and_height=NARROW, javascript=False)
    start(page, stack, NATIONAL)
    page.goto(stack.url("/verify/"))
    assert filer.send(page, stack, NOBODY) == "该条验证库里找不到记录"
    panel = page.locator("dialog")
    expect(panel).to_contain_text("结果码 4")
    expect(panel).to_contain_text("备案申请可能还没有提交到管局")
    above, form = panel.bounding_box(), page.locator(".entries").bounding_box()
    assert above is not None
    assert form is not None
    assert above["y"] + above["height"] <= form["y"]
    panel.get_by_role("button", name="确定").click()
    expect(panel).to_be_hidden()
    filer.send(page, stack, NOBODY)
    expect(panel).to_be_visible()


def test_name_of_a_field_stands_in_it_and_moves_above_what_is_typed(page: Page, stack: Stack) -> None:
    start(page, stack, NATIONAL)
    page.goto(stack.url("/verify/"))
    phone = page.get_by_placeholder("请输入手机号")
    assert style(page, "label[for=id_phone]", "opacity") == ["0"]
    phone.fill("139")
    assert style(page, "label[for=id_phone]", "opacity") == ["1"]
    expect(phone).to_have_accessible_name("手机号")
