"""The provider's page for its developers, and the interactive docs, in Chromium."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, WIDE
from tests.browser.filer import begin
from tests.stack_process import Stack


def open_page(page: Page, stack: Stack) -> None:
    """Begin a sandbox and open the page."""
    begin(page, stack)
    page.goto(stack.url("/provider/"))
    page.get_by_role("link", name="接口与 Webhook").click()


def width_of_content(page: Page) -> int:
    """How wide the page is, whatever the window."""
    width: int = page.evaluate("document.documentElement.scrollWidth")
    return width


def test_key_made_on_the_page_is_tried_in_the_docs(page: Page, stack: Stack) -> None:
    open_page(page, stack)
    page.get_by_label("用途").fill("联调环境")
    page.get_by_role("button", name="建立密钥").click()
    secret = page.locator(".secret").inner_text()
    page.get_by_role("link", name="接口文档").click()
    page.get_by_role("button", name="Authorize").click()
    page.get_by_label("auth-bearer-value").fill(secret)
    page.get_by_role("button", name="Apply credentials").click()
    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="GET /api/v1/me 我是谁").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    expect(page.locator(".live-responses-table td.response-col_status").last).to_have_text("200")
    expect(page.locator(".live-responses-table")).to_contain_text('"may_move_clock": true')


def test_private_address_is_refused_on_the_page(page: Page, stack: Stack) -> None:
    open_page(page, stack)
    page.get_by_role("textbox", name="接收地址").fill("http://127.0.0.1:9000/")
    page.get_by_role("button", name="登记地址").click()
    expect(page.get_by_role("alert")).to_contain_text("接收地址指向内部网络")


def assert_fits(page: Page) -> None:
    """The page is no wider than a wide window, nor than a narrow one."""
    for width, height in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": height})
        assert width_of_content(page) <= width


def test_pages_fit_the_window(page: Page, stack: Stack) -> None:
    open_page(page, stack)
    page.get_by_role("textbox", name="接收地址").fill("https://receiver.example.com/a-rather-long-path/" + "x" * 80)
    page.get_by_role("button", name="登记地址").click()
    expect(page.locator(".secret")).to_be_visible()
    assert_fits(page)
    page.get_by_role("link", name="接口文档").click()
    expect(page.get_by_text("提交备案申请")).to_be_visible()
    assert_fits(page)
