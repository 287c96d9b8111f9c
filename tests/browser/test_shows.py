"""看演示 in Chromium: the machine goes from page to page by itself, with what it types in the form, to the end."""

from playwright.sync_api import expect

from tests.browser.conftest import NARROW, NewPage
from tests.stack_process import Stack
from training.files import exercises

NAME = "one-person"


def test_machine_is_watched_to_the_end(new_page: NewPage, stack: Stack) -> None:
    page = new_page(width_and_height=NARROW)
    page.goto(stack.url("/exercises/"))
    page.locator(f"#{NAME}").get_by_role("button", name="看演示").click()
    bar = page.get_by_role("complementary", name="演示")
    expect(bar).to_contain_text("第 1 步")
    for _ in range(2):
        page.get_by_role("button", name="快一些").click()
    expect(page.get_by_role("button", name="慢一些")).to_be_visible()
    steps = exercises()[NAME].steps
    for number, step in enumerate(steps, start=1):
        if step.act.do == "enter":
            expect(bar).to_contain_text(f"第 {number} 步")
            expect(page.locator("form.entries [name=code]")).to_have_value(bar.locator("[data-into=code]").inner_text())
            typed = bar.locator("[data-into=captcha_1]").inner_text()
            expect(page.locator("form.entries [name=captcha_1]")).to_have_value(typed)
        if number < len(steps):
            expect(bar).to_contain_text(f"第 {number + 1} 步", timeout=15_000)  # without a press
    page.get_by_role("button", name="下一步").click()
    expect(bar).to_contain_text("机器做完了")
    bar.get_by_role("link", name="换您来做一遍").click()
    expect(page.get_by_role("heading", name="练习", exact=True)).to_be_visible()
    expect(page.locator(".banner__start")).to_be_visible()  # of no sandbox, as before
