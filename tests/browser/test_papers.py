"""Exercises with papers in Chromium: a provider sets a customer's sheet right, an officer goes through a queue."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, WIDE, NewPage
from tests.stack_process import Stack

#: What the papers say in the place of the five mistakes.
RIGHT = {
    "subject.name": "新店演练商贸有限公司",
    "subject.person.id_number": "11010119000101201X",
    "services.0.domain": "xindian.example.com",
    "services.0.server_ip": "192.0.2.45",
    "services.0.person.phone": "18600000202",
}


class Learner:
    """Somebody at an exercise, by its bar."""

    def __init__(self, page: Page, stack: Stack, title: str) -> None:
        self.page = page
        page.goto(stack.url("/exercises/"))
        page.get_by_role("button", name=f"开始：{title}").click()
        self.bar = page.locator("[data-lesson]")
        self.expect_step(1)

    def expect_step(self, number: int) -> None:
        expect(self.bar).to_contain_text(f"第 {number} 步")

    def lead(self) -> None:
        """Follow “带我去看”."""
        self.bar.get_by_role("link", name="带我去看").click()

    def press(self, name: str) -> None:
        """Press a button of the page or of the bar."""
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def reject(self, name: str, field: str) -> None:
        """Reject the filing of a 主体 for a field, from the queue."""
        self.bar.get_by_role("link", name="材料", exact=True)
        page = self.page
        page.get_by_role("row").filter(has_text=name).get_by_role("link").first.click()
        page.get_by_role("link", name="驳回…").click()
        page.get_by_label("有问题的项目").select_option(field)
        page.get_by_label("有什么问题").fill("与材料不一致")
        page.get_by_label("修改建议").fill("照材料填写")
        page.locator("main form").get_by_role("button", name="驳回").click()
        expect(page.get_by_text("已驳回，退回")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False], ids=["with-scripts", "without-scripts"])
def test_sheet_is_set_right_and_passes_at_the_first_submission(
    new_page: NewPage, stack: Stack, javascript: bool
) -> None:
    page = new_page(width_and_height=NARROW, javascript=javascript)
    learner = Learner(page, stack, "材料里的五处错")
    expect(page.get_by_role("heading", name="备案信息表（客户填写）")).to_be_visible()
    learner.press("看过了")
    learner.lead()
    learner.press("照客户的信息表填写空白项")
    learner.press("下一步：接入商初审")
    expect(page.get_by_text("有 2 处需要更正")).to_be_visible()
    for name, text in RIGHT.items():
        page.locator(f'[name="{name}"]').fill(text)
    learner.press("下一步：接入商初审")
    learner.press("初审通过，提交管局")
    learner.expect_step(3)
    learner.press("看过了")
    learner.lead()
    with page.expect_navigation():  # or going elsewhere would call it off
        learner.press("跳到下一个时刻")
    page.goto(stack.url("/provider/"))
    while not javascript and learner.bar.locator("[data-under-way]").count():
        page.reload()
    expect(learner.bar).to_contain_text("一次就过")
    learner.press("看复盘")
    expect(page.get_by_role("heading", name="复盘：材料里的五处错")).to_be_visible()


def test_mistake_that_no_form_sees_ends_badly(new_page: NewPage, stack: Stack) -> None:
    page = new_page(width_and_height=WIDE)
    learner = Learner(page, stack, "材料里的五处错")
    learner.press("看过了")
    learner.lead()
    learner.press("照客户的信息表填写空白项")
    expect(page.get_by_label("主体名称")).to_have_value("新店演练商贸公司")
    for name in ("subject.person.id_number", "services.0.domain", "services.0.person.phone"):
        page.locator(f'[name="{name}"]').fill(RIGHT[name])
    learner.press("下一步：接入商初审")
    learner.press("初审通过，提交管局")
    expect(learner.bar).to_contain_text("带着错交上去了")


def test_queue_is_decided_by_the_papers(new_page: NewPage, stack: Stack) -> None:
    page = new_page(width_and_height=WIDE)
    learner = Learner(page, stack, "八份里有三份不对")
    queue = stack.url("/bureau/")
    page.get_by_role("row").filter(has_text="青山").get_by_role("link").first.click()
    page.get_by_role("link", name="看这份申请的材料").click()
    expect(page.get_by_text("青山演练茶具有限公司").first).to_be_in_viewport()
    for name, field in (("流水", "services.0.person.name"), ("青山", "subject.name"), ("白云", "services.0.domain")):
        page.goto(queue)
        learner.reject(name, field)
    page.goto(queue)
    learner.expect_step(5)
    page.get_by_role("link", name="全选本页").or_(page.get_by_role("button", name="全选本页")).click()
    page.get_by_role("button", name="通过…").click()
    page.locator("main form").get_by_role("button").first.click()
    expect(learner.bar).to_contain_text("八份都审对了")
