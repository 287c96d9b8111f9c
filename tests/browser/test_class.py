"""A class of two exercises with a trainer, a projector and five members, each in a browser of their own."""

from collections.abc import Sequence

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import NARROW, NewPage
from tests.browser.pressing import Presser, replay
from tests.stack_process import Stack
from training.files import exercises

NAMES = ("小王", "小王", "小李", "阿强", "老张")


class Member(Presser):
    """Somebody who does an exercise of the class, from its page."""

    def begin(self) -> None:
        """Start it there, with “show me”."""
        self.press_and_go(self.page.get_by_role("button", name=f"开始：{self.exercise.sentences.title}"))
        self.press(self.page.locator("[data-guide-button]"))
        expect(self.page.locator("html[data-guided]")).to_be_attached()


def made(desk: Page, stack: Stack) -> str:
    """A class, by its code; its desk is open."""
    desk.goto(stack.url("/class/new/"))
    desk.get_by_label("班级名称").fill("周三班")
    for title in ("第一次核验", "一人兼两职"):
        desk.get_by_label(title).check()
    desk.get_by_role("button", name="建好班级").click()
    expect(desk.get_by_text("还没有人加入")).to_be_visible()
    return desk.locator("dd.digits").first.inner_text()


def joined(page: Page, code: str, nickname: str, stack: Stack) -> Page:
    """Somebody who has typed the code and joined."""
    page.goto(stack.url("/class/"))
    page.get_by_label("班级码").fill(code.lower())
    page.get_by_role("button", name="下一步").click()
    page.get_by_label("昵称").fill(nickname)
    page.get_by_role("button", name="加入", exact=True).click()
    expect(page.get_by_role("heading", name="周三班", exact=True)).to_be_visible()
    return page


def sends_nothing_while_nothing_changes(desk: Page) -> bool:
    """Whichever process answers, but for two that may come as a minute begins."""
    tag = desk.request.get(desk.url).headers["etag"]
    asked = [desk.request.get(desk.url, headers={"If-None-Match": tag}).status for _ in range(8)]
    return asked.count(304) >= 6


def press_and_go(page: Page, name: str) -> None:
    """Press a button and wait for the page that answers: another press before would call it off."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def lead_and_pause(desk: Page, members: Sequence[Page]) -> None:
    """All are led to the second exercise and asked to wait, which their pages say without a press; then to go on."""
    desk.get_by_label("大家现在做哪个练习").select_option("2. 一人兼两职")
    press_and_go(desk, "告诉大家")
    press_and_go(desk, "请大家停一下")
    for page in members:
        expect(page.get_by_text("大家现在做这个")).to_be_visible()
        expect(page.get_by_text("教员请大家先停一下")).to_be_visible()
    press_and_go(desk, "请大家继续")


def look_at_the_wall(desk: Page) -> None:
    """The projector and the pictures, on which nobody is named."""
    screen = desk.context.new_page()
    screen.goto(desk.url.replace("/desk/", "/screen/"))
    expect(screen.get_by_role("img", name="加入地址的二维码")).to_be_visible()
    for begun in ("1 / 5 人", "2 / 5 人"):
        expect(screen.get_by_text(begun)).to_be_visible()
    expect(screen.get_by_text("小王")).to_have_count(0)
    screen.goto(f"{desk.url}pictures/")
    expect(screen.get_by_role("img", name="申请走到哪里")).to_be_visible()
    screen.close()


def row_of(rows: Locator, name: str) -> Locator:
    """The row of the one who is called so, and not of a second one."""
    return rows.filter(has_text=name).filter(has_not_text=f"{name}（2）")


def test_class_is_made_joined_done_seen_and_closed(new_page: NewPage, stack: Stack, problems: list[str]) -> None:
    desk = new_page()
    code = made(desk, stack)
    first, second, *others = (joined(new_page(width_and_height=NARROW), code, name, stack) for name in NAMES)
    expect(second.get_by_text("您在班里叫“小王（2）”")).to_be_visible()
    rows = desk.locator("[data-course-rows] tbody tr")
    expect(rows).to_have_count(len(NAMES))  # without a press
    assert sends_nothing_while_nothing_changes(desk)

    press_and_go(first, "开始：一人兼两职")
    expect(row_of(rows, "小王")).to_contain_text("第 1 / 3 步")
    press_and_go(first, "看过了")
    expect(row_of(rows, "小王")).to_contain_text("第 2 / 3 步")

    focused = desk.get_by_role("link", name="小王", exact=True)
    focused.focus()
    press_and_go(second, "举手请教员帮忙")
    expect(rows.first).to_contain_text("举手")
    expect(focused).to_be_focused()  # though its row stands elsewhere now
    desk.get_by_label("告诉大家一句话").fill("先看短信")
    press_and_go(desk, "发送")
    expect(first.locator("[data-lesson]")).to_contain_text("教员：先看短信")

    lead_and_pause(desk, others)
    replay(Member(others[0], stack, exercises()["one-person"]))
    expect(row_of(rows, "小李")).to_contain_text("达到目标")
    press_and_go(others[1], "开始：第一次核验")
    expect(row_of(rows, "阿强")).to_contain_text("第 1 / 4 步")
    look_at_the_wall(desk)

    desk.get_by_role("link", name="结束班级…").click()
    press_and_go(desk, "结束并删除")
    expect(desk.get_by_text("5 名学员的昵称、练习和成绩都已删除")).to_be_visible()
    assert stack.query("SELECT COUNT(*) FROM training_member") == [(0,)]
    second.reload()
    others[0].goto(stack.url("/phone/"))  # what a form was answered stays as it is
    for page in (second, first, *others):  # the others without a press
        expect(page.get_by_role("heading", name="班级已结束")).to_be_visible()
    problems[:] = [problem for problem in problems if "status of 410" not in problem]  # the browser says so, too
