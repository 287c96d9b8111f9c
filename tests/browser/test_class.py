"""A class with a trainer, a projector and two members, each in a browser of their own."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, NewPage
from tests.stack_process import Stack


def joined(page: Page, code: str, nickname: str, stack: Stack) -> Page:
    """Somebody who has typed the code and joined."""
    page.goto(stack.url("/class/"))
    page.get_by_label("班级码").fill(code.lower())
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("昵称").fill(nickname)
    page.get_by_role("button", name="加入", exact=True).click()
    expect(page.get_by_role("heading", name="周三班", exact=True)).to_be_visible()
    return page


def test_class_is_made_joined_done_seen_and_closed(new_page: NewPage, stack: Stack, problems: list[str]) -> None:
    desk = new_page()
    desk.goto(stack.url("/class/new/"))
    desk.get_by_label("班级名称").fill("周三班")
    desk.get_by_label("一人兼两职").check()
    desk.get_by_role("button", name="建好班级").click()
    expect(desk.get_by_text("还没有人加入")).to_be_visible()
    code = desk.locator("dd.digits").first.inner_text()

    first, second = (joined(new_page(width_and_height=NARROW), code, "小王", stack) for _ in range(2))
    expect(second.get_by_text("您在班里叫“小王（2）”")).to_be_visible()
    rows = desk.locator("[data-course-rows] tbody tr")
    expect(rows).to_have_count(2)  # without a press

    tag = desk.request.get(desk.url).headers["etag"]
    asked = [desk.request.get(desk.url, headers={"If-None-Match": tag}).status for _ in range(8)]
    assert asked.count(304) >= 6  # whichever process answers, but for two that may come as a minute begins

    first.get_by_role("button", name="开始：一人兼两职").click()
    row = rows.filter(has_text="小王").filter(has_not_text="小王（2）")
    expect(row).to_contain_text("第 1 / 3 步")
    first.get_by_role("button", name="看过了").click()
    expect(row).to_contain_text("第 2 / 3 步")

    focused = desk.get_by_role("link", name="小王", exact=True)
    focused.focus()
    second.get_by_role("button", name="举手请教员帮忙").click()
    expect(rows.first).to_contain_text("举手")
    expect(focused).to_be_focused()  # though its row stands elsewhere now
    desk.get_by_label("告诉大家一句话").fill("先看短信")
    desk.get_by_role("button", name="发送").click()
    expect(first.locator("[data-lesson]")).to_contain_text("教员：先看短信")

    screen = desk.context.new_page()
    screen.goto(desk.url.replace("/desk/", "/screen/"))
    expect(screen.get_by_role("img", name="加入地址的二维码")).to_be_visible()
    expect(screen.get_by_text("1 / 2 人")).to_be_visible()
    expect(screen.get_by_text("小王")).to_have_count(0)
    screen.close()

    desk.get_by_role("link", name="结束班级…").click()
    desk.get_by_role("button", name="结束并删除").click()
    expect(desk.get_by_text("2 名学员的昵称、练习和成绩都已删除")).to_be_visible()
    assert stack.query("SELECT COUNT(*) FROM training_member") == [(0,)]
    second.reload()
    for page in (second, first):  # the other one without a press
        expect(page.get_by_role("heading", name="班级已结束")).to_be_visible()
    problems[:] = [problem for problem in problems if "status of 410" not in problem]  # the browser says so, too
