"""One browser, one world: the situations of docs/architecture.md, under “One browser, one world”, on real hosts."""

import re
import time
from collections.abc import Mapping

import httpx
from django.core import signing
from django.test import override_settings
from playwright.sync_api import BrowserContext, Page, expect
from time_machine import travel

from portal.shared.visit import cookies
from portal.shared.visit.watching import watch_address
from tests.browser.conftest import NewPage
from tests.stack_process import Stack
from verification.models import Participant

GANSU, ZHEJIANG = "gscainfo.localhost", "zcainfo.localhost"
IN_2017, IN_2018 = "2017 年 · 甘肃", "2018 年 · 浙江"
DAY = 24 * 3600


# ── What people do ───────────────────────────────────────────────────────────


def open_lobby(page: Page, stack: Stack) -> None:
    """Go where every way into a sandbox is, also from within one."""
    page.goto(stack.url("/lobby/"))
    if (more := page.get_by_text("另开一个演练，或加入其他演练环境")).count():
        more.click()


def start(page: Page, stack: Stack, scenario: str) -> None:
    """Begin a sandbox."""
    open_lobby(page, stack)
    page.get_by_role("button", name=f"开始演练：{scenario}").click()
    expect_in(page, f"{scenario} 演练")


def start_class(page: Page, stack: Stack, teacher: str) -> str:
    """Begin a class; its join code."""
    page.goto(stack.url("/lobby/"))
    page.get_by_text("自选开始时刻和规则版本，或开一个多人演练").click()
    page.get_by_label("演练情景").select_option(IN_2017)
    page.get_by_label("演练环境名称").fill("三班")
    page.get_by_label("多人演练").check()
    form = page.locator("form").filter(has=page.get_by_label("演练环境名称"))
    form.get_by_label("您的称呼").fill(teacher)
    page.get_by_role("button", name="按这些设置开始").click()
    return page.locator(".code").inner_text()


def join(page: Page, stack: Stack, code: str, name: str) -> None:
    """Join a class."""
    open_lobby(page, stack)
    form = page.get_by_role("region", name="加入别人的演练")
    form.get_by_label("加入码").first.fill(code)
    form.get_by_label("您的称呼").fill(name)
    form.get_by_role("button", name="加入", exact=True).click()
    expect_in(page, "三班")


def expect_in(page: Page, sandbox: str) -> None:
    """The page stands in this sandbox, as its banner says."""
    expect(page.locator(".banner__sandbox a")).to_have_text(sandbox)


def type_address(page: Page, stack: Stack, host: str, path: str = "/") -> None:
    """Type an address as it stands in a message, and come to that page."""
    page.goto(stack.url(path, host))
    expect(page).to_have_url(stack.url(path, host))


def browser_cookies(context: BrowserContext) -> dict[str, Mapping[str, object]]:
    """The browser's cookie on each host."""
    return {str(cookie["domain"]): dict(cookie) for cookie in context.cookies() if cookie["name"] == cookies.NAME}


def answers_with(problems: list[str], status: int) -> None:
    """One page was answered with this status, which the console says too."""
    (problem,) = problems
    assert f"status of {status}" in problem
    problems.clear()


def faults(stack: Stack) -> int:
    """In how many sandboxes the fault is switched on."""
    ((count,),) = stack.query("SELECT COUNT(*) FROM verification_sandbox WHERE has_fault")
    return int(count)


def with_the_key_of(stack: Stack) -> override_settings:
    """Sign as the running site signs."""
    return override_settings(SECRET_KEY=(stack.data_dir / "secret-key").read_text(encoding="ascii").strip())


# ── Situations ───────────────────────────────────────────────────────────────


def test_several_tabs_and_sandboxes(page: Page, stack: Stack, problems: list[str]) -> None:
    """A link typed from an SMS knows the sandbox; a second one holds on all hosts; an old tab says so; and back."""
    faults_before = faults(stack)
    start(page, stack, IN_2017)
    trainer = page.context.new_page()
    trainer.goto(stack.url("/trainer/"))
    portal, elsewhere = page.context.new_page(), page.context.new_page()
    type_address(portal, stack, GANSU, "/verify/?from=sms")
    expect_in(portal, f"{IN_2017} 演练")
    start(page, stack, IN_2018)
    portal.reload()
    expect_in(portal, f"{IN_2018} 演练")
    type_address(elsewhere, stack, ZHEJIANG)
    expect_in(elsewhere, f"{IN_2018} 演练")
    expect_in(trainer, f"{IN_2017} 演练")
    trainer.get_by_role("button", name="系统故障").click()
    expect(trainer.get_by_role("heading", name="这一页属于另一个演练环境")).to_be_visible()
    expect(trainer.locator("main")).to_contain_text(f"在演练环境“{IN_2017} 演练”中打开的")
    answers_with(problems, 409)
    assert faults(stack) == faults_before
    trainer.get_by_role("link", name="去演练大厅").click()
    trainer.get_by_role("button", name=f"回到“{IN_2017} 演练”").click()
    expect_in(trainer, f"{IN_2017} 演练")
    for tab in (portal, elsewhere):
        tab.reload()
        expect_in(tab, f"{IN_2017} 演练")
    assert sorted(browser_cookies(page.context)) == sorted([GANSU, "localhost", ZHEJIANG])


def test_tabs_that_are_opened_at_once(page: Page, stack: Stack) -> None:
    start(page, stack, IN_2017)
    tabs = [page.context.new_page() for _ in range(3)]
    for tab, path in zip(tabs, ("/", "/verify/", "/help/"), strict=True):
        tab.evaluate("address => { setTimeout(() => { location.href = address; }) }", stack.url(path, GANSU))
    for tab in tabs:
        expect_in(tab, f"{IN_2017} 演练")


def test_stranger_who_starts_after_typing_a_link(page: Page, new_page: NewPage, stack: Stack) -> None:
    """Asked for once, in vain; from then on one button does, and the lobby leads back."""
    by_the_lobby = new_page()
    type_address(by_the_lobby, stack, GANSU, "/verify/?from=sms")
    by_the_lobby.locator(".banner").get_by_role("link", name="开始演练").click()
    by_the_lobby.get_by_role("button", name=f"开始演练：{IN_2018}").click()
    expect(by_the_lobby).to_have_url(stack.url("/verify/?from=sms", GANSU))
    expect_in(by_the_lobby, f"{IN_2018} 演练")
    type_address(page, stack, GANSU, "/verify/")
    ask = page.get_by_role("link", name=f"带入我的演练环境（询问 localhost:{stack.port}）")
    expect(ask).to_be_visible()
    start(page.context.new_page(), stack, IN_2017)
    page.reload()
    ask.click()
    expect(page).to_have_url(stack.url("/verify/", GANSU))
    expect_in(page, f"{IN_2017} 演练")


def test_shared_computer(page: Page, new_page: NewPage, stack: Stack) -> None:
    """Who leaves and clears leaves nothing behind on any host; the next person is themself there."""
    code = start_class(new_page(), stack, "李老师")
    join(page, stack, code, "小王")
    type_address(page, stack, GANSU)
    expect_in(page, "三班")
    page.goto(stack.url("/lobby/"))
    page.get_by_role("button", name="离开").click()
    expect(page.get_by_text("您已离开演练环境“三班”，可以在“我的演练环境”中回到那里。")).to_be_visible()
    type_address(page, stack, GANSU)
    expect(page.locator(".banner__sandbox")).to_have_count(0)
    page.goto(stack.url("/lobby/"))
    page.get_by_role("link", name="从这台电脑上清除").click()
    page.get_by_role("button", name="清除").click()
    expect(page.get_by_text("不再记得任何演练环境")).to_be_visible()
    expect(page.get_by_role("heading", name="我的演练环境")).to_have_count(0)
    join(page, stack, code, "小李")
    type_address(page, stack, GANSU, "/verify/")
    expect_in(page, "三班")
    assert names_in(stack, page.context) == {"小李"}


def names_in(stack: Stack, context: BrowserContext) -> set[str]:
    """Who the browser is on its hosts, by the site's own rows."""
    sql = (
        "SELECT p.name FROM verification_browser b JOIN verification_participant p ON p.id = b.participant_id"
        " WHERE b.key = ?"
    )
    keys = [str(cookie["value"]).split(":")[0] for cookie in browser_cookies(context).values()]
    return {name for key in keys for (name,) in stack.query(sql, key)}


def test_strangers_link_to_arrive_by(page: Page, new_page: NewPage, stack: Stack) -> None:
    """A fresh signature that somebody else was given makes nobody somebody else."""
    other = new_page()
    start(other, stack, IN_2018)
    link = signed_for(other.context, stack)
    page.goto(link)
    expect(page.get_by_role("heading", name="还不知道您在哪个演练环境中")).to_be_visible()
    start(page, stack, IN_2017)
    page.goto(link)
    expect(page.get_by_role("heading", name="还不知道您在哪个演练环境中")).to_be_visible()
    page.get_by_role("link", name="带入我的演练环境").click()
    expect_in(page, f"{IN_2017} 演练")
    page.goto(link)
    expect_in(page, f"{IN_2017} 演练")


def signed_for(context: BrowserContext, stack: Stack) -> str:
    """The address that the site gives to somebody who asks without going there."""
    known = f"{cookies.NAME}={browser_cookies(context)['localhost']['value']}"
    with httpx.Client(base_url=f"http://127.0.0.1:{stack.port}") as program:
        to = program.get("/arrive/?to=/", headers={"Host": f"{GANSU}:{stack.port}"}).headers["Location"]
        path = to.removeprefix(stack.url(""))
        answer = program.get(path, headers={"Host": f"localhost:{stack.port}", "Cookie": known})
    link = str(answer.headers["Location"])
    assert link.startswith(stack.url("/arrive/?pass=", GANSU))
    return link


def test_month_of_daily_use(page: Page, stack: Stack) -> None:
    """A cookie of two days is set anew on the host that sees it; one that nobody used for a month is not known."""
    start(page, stack, IN_2017)
    type_address(page, stack, GANSU)
    expect_in(page, f"{IN_2017} 演练")
    hosts = {"localhost": stack.url("/phone/"), GANSU: stack.url("/", GANSU)}
    age(page.context, stack, days=29)
    for host, address in hosts.items():
        page.goto(address)
        expect_in(page, f"{IN_2017} 演练")
        assert float(str(browser_cookies(page.context)[host]["expires"])) > time.time() + 29 * DAY
    age(page.context, stack, days=31)
    page.goto(stack.url("/lobby/"))
    expect(page.locator(".banner__sandbox")).to_have_count(0)


def age(context: BrowserContext, stack: Stack, *, days: int) -> None:
    """Let the browser's cookies be so old."""
    for cookie in browser_cookies(context).values():
        key = str(cookie["value"]).split(":")[0]
        with with_the_key_of(stack), travel(time.time() - days * DAY, tick=False):
            value = signing.get_cookie_signer(salt=cookies.NAME + cookies.SALT).sign(key)
        context.add_cookies([{**cookie, "value": value, "expires": time.time() + DAY}])  # type: ignore[list-item, typeddict-item]  # they come from a browser's own list


def test_class_closed(page: Page, new_page: NewPage, stack: Stack, problems: list[str]) -> None:
    """Whoever sends or opens something afterwards is told who closed what, and when, on every host."""
    teacher = new_page()
    code = start_class(teacher, stack, "李老师")
    join(page, stack, code, "小王")
    type_address(page, stack, GANSU, "/verify/")
    teacher.goto(stack.url("/lobby/close/"))
    teacher.get_by_role("button", name="关闭并删除").click()
    expect(teacher.get_by_text("演练环境“三班”已关闭。")).to_be_visible()
    told = re.compile(r"“李老师”于 \d{4}-\d\d-\d\d \d\d:\d\d（实际时间）关闭了演练环境“三班”。")
    page.fill("[name=phone]", "13900000001")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="演练环境已关闭")).to_be_visible()
    expect(page.locator("main")).to_contain_text(told)
    expect(page.locator("main")).to_contain_text("刚才填写的内容没有提交。")
    answers_with(problems, 410)
    page.get_by_role("link", name="去演练大厅").last.click()
    expect(page.locator("main")).to_contain_text(told)
    type_address(page, stack, GANSU)
    expect(page.locator(".banner")).to_contain_text(told)
    start(page, stack, IN_2018)
    type_address(page, stack, GANSU)
    expect_in(page, f"{IN_2018} 演练")


def test_personal_link_in_another_browser(page: Page, new_page: NewPage, stack: Stack) -> None:
    start(page, stack, IN_2017)
    page.get_by_text("个人链接").click()
    link = page.locator(".personal-link").inner_text()
    other = new_page()
    other.goto(link)
    other.get_by_role("button", name="继续").click()
    expect_in(other, f"{IN_2017} 演练")
    type_address(other, stack, GANSU)
    expect_in(other, f"{IN_2017} 演练")


def test_watching(page: Page, new_page: NewPage, stack: Stack, problems: list[str]) -> None:
    """Somebody in a sandbox watches another one, and has moved neither."""
    faults_before = faults(stack)
    start(new_page(), stack, IN_2018)
    ((watched,),) = stack.query("SELECT MAX(id) FROM verification_participant")
    start(page, stack, IN_2017)
    before = {name: cookie["value"] for name, cookie in browser_cookies(page.context).items()}
    with with_the_key_of(stack):
        base = watch_address(Participant(pk=watched), "")
    page.goto(stack.url(f"{base}/trainer/"))
    expect_in(page, f"{IN_2018} 演练")
    page.get_by_role("link", name="手机", exact=True).click()
    expect(page).to_have_url(stack.url(f"{base}/phone/"))
    page.goto(stack.url(f"{base}/go/z"))
    expect(page).to_have_url(stack.url(f"{base}/p/z/"))
    page.goto(stack.url(f"{base}/trainer/"))
    page.get_by_role("button", name="系统故障").click()
    expect(page.get_by_role("heading", name="这里只能观看")).to_be_visible()
    answers_with(problems, 405)
    page.get_by_role("link", name="回到演示").click()
    expect(page).to_have_url(stack.url(f"{base}/trainer/"))
    assert faults(stack) == faults_before
    page.goto(stack.url("/lobby/"))
    expect_in(page, f"{IN_2017} 演练")
    assert {name: cookie["value"] for name, cookie in browser_cookies(page.context).items()} == before
