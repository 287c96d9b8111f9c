"""Pages that follow their sandbox, in Chromium: what somebody does on one is on the others within two seconds."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW, NewPage
from tests.browser.filer import begin
from tests.browser.test_phone import PHONE, jump_in_another_tab
from tests.browser.walk import TELECOM, Walk
from tests.stack_process import Stack

SEEN = 3_000  # milliseconds: two seconds, and what a busy machine needs to ask and to draw


def start(page: Page, stack: Stack) -> None:
    """Begin the scenario of 2017; its clock stands still, so that times can be told."""
    begin(page, stack)
    page.goto(stack.url("/clock/"))
    page.get_by_role("button", name="暂停").click()
    expect(page.get_by_text(re.compile("时钟已暂停"))).to_be_visible()


def tab(page: Page, stack: Stack, path: str) -> Page:
    """Another tab of the same visitor, which will know if it was loaded anew."""
    other = page.context.new_page()
    other.goto(stack.url(path))
    other.evaluate("window.notReloaded = true")
    return other


def test_all_pages_show_what_a_move_of_the_clock_brought(page: Page, stack: Stack) -> None:
    start(page, stack)
    page.goto(stack.url("/provider/"))
    filing = page.locator("tbody th a").first.get_attribute("href") or ""
    paths = ("/provider/", filing, filing.replace("/provider/", "/bureau/"), "/bureau/?state=all", "/phone/")
    tabs = {path: tab(page, stack, path) for path in (*paths, "/trainer/", "/clock/", "/verify/", "/lobby/")}
    portal = tab(page, stack, "/go/gs")
    for other in (*tabs.values(), portal):
        expect(other.locator(".banner [data-clock]")).to_have_text(re.compile("2017-12-20 09:3[0-4]:"))
    jump_in_another_tab(page, stack)
    # Chromium shows all tabs of a headless context, so that all of them ask.
    for path, text in {
        "/provider/": "距核验截止",
        filing: "下发验证码：演",
        filing.replace("/provider/", "/bureau/"): "下发验证码：演",
        "/phone/": "1 条短信，最近一条 2017-12-20 09:35",
        "/trainer/": "下一个时刻：2017-12-21 12:00:00 中午重发",
        "/clock/": "下发验证码 3 份申请",
    }.items():
        expect(tabs[path].locator("main")).to_contain_text(text)
    for other in (*tabs.values(), portal):
        expect(other.locator(".banner [data-clock]")).to_have_text(re.compile("2017-12-20 09:35:"), timeout=SEEN)
        assert other.evaluate("window.notReloaded") is True
    page.goto(stack.url("/clock/"))
    page.get_by_role("button", name="继续走").click()
    for other in (tabs["/verify/"], tabs["/clock/"]):
        expect(other.locator(".banner [data-clock-paused]")).to_be_hidden(timeout=SEEN)


def test_visitor_who_types_ticks_or_scrolls_notices_nothing(page: Page, stack: Stack) -> None:
    start(page, stack)
    listed = tab(page, stack, "/bureau/?state=verifying")
    listed.get_by_label("搜索").fill("演练")
    form = tab(page, stack, "/provider/new/?province=gs&kind=first_filing")
    form.locator("input[type=text]").first.fill("只填了一半")
    trainer = tab(page, stack, "/trainer/")
    trainer.get_by_label("适用的版本").select_option(index=2)
    chosen = trainer.get_by_label("适用的版本").input_value()
    jump_in_another_tab(page, stack)
    expect(trainer.locator("main")).to_contain_text("下一个时刻：2017-12-21 12:00:00 中午重发")
    expect(form.locator(".banner [data-clock]")).to_have_text(re.compile("2017-12-20 09:35:"), timeout=SEEN)
    expect(trainer.locator("[data-live-announcement]")).to_have_text("本页内容已更新。")
    expect(listed.locator("[data-live-announcement]")).to_be_empty()  # its words have stayed the same
    assert trainer.get_by_label("适用的版本").input_value() == chosen != "by-date"
    expect(form.locator("input[type=text]").first).to_have_value("只填了一半")
    expect(listed.get_by_label("搜索")).to_have_value("演练")
    expect(listed.get_by_label("搜索")).to_be_focused()


def test_ticks_of_the_bureau_stay_when_another_filing_comes(new_page: NewPage, stack: Stack) -> None:
    page = new_page(width_and_height=NARROW)
    start(page, stack)
    queue = tab(page, stack, "/bureau/")
    expect(queue.get_by_text("没有待处理的备案申请")).to_be_visible()
    for number, domain in enumerate(("one.example.com", "two.example.com"), start=1):
        submit_elsewhere(page, stack, domain)
        expect(queue.locator("tbody tr")).to_have_count(number, timeout=SEEN)
        queue.get_by_role("checkbox").nth(0).check()
        expect(queue.locator("[data-chosen]")).to_have_text("已勾选 1 份")
    expect(queue.get_by_role("checkbox").nth(1)).not_to_be_checked()
    queue.get_by_role("button", name="全选本页").click()
    expect(queue.locator("[data-chosen]")).to_have_text("已勾选 2 份")
    assert queue.evaluate("window.notReloaded") is True


def submit_elsewhere(page: Page, stack: Stack, domain: str) -> None:
    """Hand in a first filing in a province where nobody is verified yet: it goes to the bureau at once."""
    Walk(page, stack).provider.submit(TELECOM, province="浙江", domain=domain)


def test_page_of_a_sandbox_that_was_closed_says_so(page: Page, stack: Stack) -> None:
    start(page, stack)
    phones = tab(page, stack, "/phone/")
    expect(phones.get_by_role("link", name=re.compile(PHONE))).to_be_visible()
    page.goto(stack.url("/lobby/close/"))
    page.get_by_role("button", name=re.compile("关闭")).click()
    expect(phones).to_have_url(re.compile("/lobby/"), timeout=SEEN)


def join(page: Page, stack: Stack, code: str, name: str) -> None:
    """Take part in somebody else's sandbox."""
    page.goto(stack.url("/lobby/"))
    ways = page.get_by_role("region", name="加入别人的演练")
    ways.get_by_label("加入码").fill(code)
    ways.get_by_label("您的称呼").fill(name)
    ways.get_by_role("button", name="加入", exact=True).click()


def test_lobby_follows_who_joins_the_parts_that_one_is_given_and_the_removal(
    page: Page, new_page: NewPage, stack: Stack
) -> None:
    page.goto(stack.url("/lobby/"))
    page.get_by_text("自选开始时刻和规则版本，或开一个多人演练").click()
    page.get_by_label("多人演练").check()
    page.get_by_role("button", name="按这些设置开始").click()
    code = page.locator(".code").first.inner_text()
    learner = new_page(width_and_height=NARROW)
    join(learner, stack, code, "小王")
    parts = learner.get_by_role("region", name="选一个身份")
    expect(parts).not_to_contain_text("接入商")
    expect(page.get_by_role("heading", name="小王")).to_be_visible(timeout=SEEN)
    page.get_by_label("接入商").check()
    other = new_page()
    join(other, stack, code, "小李")
    expect(page.get_by_role("heading", name="小李")).to_be_visible(timeout=SEEN)
    expect(page.get_by_label("接入商").first).to_be_checked()  # what is ticked and not yet saved
    page.get_by_role("button", name="保存大家的身份").click()
    expect(parts).to_contain_text("提交备案申请", timeout=SEEN)
    page.get_by_role("link", name="移出“小王”").click()
    page.get_by_role("button", name="移出", exact=True).click()
    expect(learner.get_by_text("移出了")).to_be_visible(timeout=SEEN)
