"""The phone's page in Chromium: messages come by themselves, codes are copied, and all works without scripts."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, NewPage
from tests.stack_process import Stack

PHONE = "13900000001"


def start(page: Page, stack: Stack) -> None:
    """Begin the scenario of 2017 with one click, and open the phone of the first filing's 主体负责人."""
    page.goto(stack.url("/lobby/"))
    page.get_by_role("button", name="开始演练：2017 年 · 甘肃").click()
    expect(page.get_by_role("heading", name="您在“2017 年 · 甘肃 演练”中")).to_be_visible()
    page.goto(stack.url("/phone/"))
    page.get_by_role("link", name=PHONE).click()
    expect(page.get_by_role("heading", name=f"手机 {PHONE}")).to_be_visible()


def jump_in_another_tab(page: Page, stack: Stack) -> None:
    """Let the same visitor move the clock to the next moment, without touching the phone's page."""
    other = page.context.new_page()
    other.goto(stack.url("/clock/"))
    other.get_by_role("button", name="跳到下一个时刻").click()
    expect(other.get_by_text(re.compile("时钟已拨到"))).to_be_visible()
    other.close()


def turn_in_another_tab(page: Page, switch: str) -> None:
    """Let the same visitor turn a switch of the phone, without touching the phone's page."""
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_role("button", name=switch, exact=True).click()
    expect(other.get_by_text(re.compile(f"“{switch}”已"))).to_be_visible()
    other.close()


def test_message_comes_without_a_reload(page: Page, stack: Stack) -> None:
    start(page, stack)
    page.evaluate("window.notReloaded = true")
    expect(page.locator(".sms")).to_have_count(0)
    jump_in_another_tab(page, stack)
    expect(page.locator(".sms")).to_have_count(1)
    expect(page.locator(".sms time")).to_have_text(re.compile(r"2017-12-20 09:35:\d\d"))
    expect(page.locator("[data-live-announcement]")).to_have_text(re.compile("收到新短信：.+验证码"))
    expect(page.locator(".handset__bar [data-clock]")).to_have_text(re.compile(r"2017-12-20 09:35:\d\d"))
    expect(page.get_by_role("region", name="下一个时刻")).to_contain_text("2017-12-21 12:00:00 中午重发")
    assert page.evaluate("window.notReloaded") is True


@pytest.mark.rule("C-10")
def test_held_message_is_on_the_page_within_two_seconds_of_its_delivery(page: Page, stack: Stack) -> None:
    start(page, stack)
    page.get_by_role("button", name="无信号", exact=True).click()
    page.get_by_role("button", name="跳到下一个时刻").click()
    expect(page.get_by_text("无信号，等待送达")).to_be_visible()
    turn_in_another_tab(page, "无信号")
    delivered = time.monotonic()
    expect(page.locator(".sms")).to_have_count(1)
    assert time.monotonic() - delivered < 2.5  # and what a busy machine needs to ask and to draw


def test_code_is_copied_with_one_click(page: Page, stack: Stack) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    start(page, stack)
    page.get_by_role("button", name="跳到下一个时刻").click()
    page.get_by_role("button", name="复制验证码").click()
    expect(page.get_by_text("已复制")).to_be_visible()
    code = page.locator(".sms__code").inner_text()
    assert re.fullmatch(r"\d{6}", code)
    assert page.evaluate("navigator.clipboard.readText()") == code


def test_idle_page_gets_nothing_but_304(page: Page, stack: Stack) -> None:
    answers: list[int] = []

    start(page, stack)
    page.wait_for_load_state("networkidle")  # what the page consists of is there
    page.on("response", lambda response: answers.append(response.status))
    for _ in range(2):
        with page.expect_response(lambda response: "/news/" in response.url):
            pass
    assert answers == [304, 304]


def test_hidden_page_asks_nothing_and_catches_up_when_seen(page: Page, stack: Stack) -> None:
    start(page, stack)
    page.evaluate(
        """() => {
            Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "hidden" });
            document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    page.wait_for_timeout(300)  # for an answer that was under way
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(2500)  # the test is that nothing happens in this time
    assert asked == []
    with page.expect_response(lambda response: "/news/" in response.url):
        page.evaluate(
            '() => { delete document.visibilityState; document.dispatchEvent(new Event("visibilitychange")); }'
        )


def test_focus_stays_when_a_message_comes(page: Page, stack: Stack) -> None:
    start(page, stack)
    page.get_by_role("button", name="跳到下一个时刻").click()
    copy = page.get_by_role("button", name="复制验证码").last
    expect(copy).to_be_visible()
    copy.focus()
    key = copy.get_attribute("data-key")
    jump_in_another_tab(page, stack)
    expect(page.get_by_role("region", name="下一个时刻")).not_to_contain_text("下发验证码")
    assert page.evaluate("document.activeElement.dataset.key") == key


def test_sandbox_follows_to_the_provinces_host_and_the_address_is_clean(page: Page, stack: Stack) -> None:
    start(page, stack)
    page.get_by_role("button", name="跳到下一个时刻").click()
    page.get_by_role("link", name="去核验").click()
    expect(page).to_have_url(stack.url("/verify/", host="gscainfo.localhost"))
    expect(page.locator(".banner")).to_contain_text("2017 年 · 甘肃 演练")
    page.get_by_role("link", name="手机", exact=True).click()
    expect(page).to_have_url(stack.url("/phone/"))


def test_everything_works_without_scripts(new_page: NewPage, stack: Stack) -> None:
    page = new_page(width_and_height=NARROW, javascript=False)
    start(page, stack)
    page.get_by_role("button", name="垃圾短信拦截", exact=True).click()
    expect(page.get_by_role("button", name="垃圾短信拦截", exact=True)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="垃圾短信拦截", exact=True).click()
    page.get_by_role("button", name="跳到下一个时刻").click()
    for _ in range(50):
        if page.locator(".sms").count():
            break
        page.reload()
    expect(page.get_by_role("button", name="复制验证码")).to_have_count(0)
    page.get_by_role("button", name=re.compile("^删除")).click()
    expect(page.get_by_text("没有短信", exact=True)).to_be_visible()


def test_clock_ticks_and_the_job_of_a_move_is_followed(page: Page, stack: Stack) -> None:
    start(page, stack)
    page.goto(stack.url("/clock/"))
    page.get_by_role("button", name="+3 天").click()
    expect(page.get_by_role("heading", name=re.compile("向前拨到 2017-12-23"))).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(9)
    page.get_by_role("button", name="拨到这个时刻").click()
    expect(page.get_by_text("没有等待发生的事项")).to_be_visible()
    clock = page.locator(".clock-face [data-clock]")
    before = clock.inner_text()
    expect(clock).not_to_have_text(before)
