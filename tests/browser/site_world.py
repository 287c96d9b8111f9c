"""Sandboxes with something on every page of the site, made on the pages themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.walk import MOBILE, TELECOM, UNICOM, Filing, Walk
from tests.stack_process import Stack
from training.files import exercises

#: The longest that the forms take, in words that offer no place to break.
LONGEST_NAME = "演练走查".ljust(100, "W")
LONGEST_DOMAIN = ".".join(("zoucha".ljust(63, "w"), "w" * 63, "w" * 63, "w" * 49, "example.com"))
LONGEST_REASON = "W" * 500
LEARNER = "学员甲".ljust(30, "W")
LONG_WINDED = replace(TELECOM, name="演信".ljust(60, "W"))


@dataclass(frozen=True)
class World:
    """Who can visit the pages, by their cookies, and the addresses that depend on what the sandboxes hold."""

    stack: Stack
    visitors: Mapping[str, list[dict[str, object]]]
    addresses: dict[str, str]
    code: str  # MOBILE's, which has passed already


def build(browser: Browser, stack: Stack) -> World:
    """Make a class of two with filings in all states, as its people would do it, and a sandbox of each later time."""
    names = ("owner", "learner", "removed", "in 2018", "in 2020", "today", "at an exercise", "with papers")
    contexts = {name: browser.new_context(locale="zh-CN") for name in names}
    try:
        walk = Walk(contexts["owner"].new_page(), stack)
        join_code = _start_class(walk)
        addresses, code = _fill(walk)
        for name, called in (("learner", LEARNER), ("removed", "学员乙")):
            _join(contexts[name].new_page(), stack, join_code, called)
        addresses["remove"] = _removal_of(LEARNER, walk)
        walk.page.goto(_removal_of("学员乙", walk))
        walk.page.get_by_role("button", name="移出", exact=True).click()
        expect(walk.page.get_by_text("已移出“学员乙”。")).to_be_visible()
        addresses["personal link"] = _personal_link(walk)
        in_2018, in_2020, today = (Walk(contexts[name].new_page(), stack) for name in ("in 2018", "in 2020", "today"))
        in_2018.start("2018 年 · 浙江")
        addresses["bureau prereview"] = prereview = _prereview(in_2018)
        pk = prereview.rstrip("/").rpartition("/")[2]
        addresses["batch approve"] = stack.url(f"/bureau/batch/approve/?filing={pk}")
        in_2020.start("2020 年 · 全国")
        today.start("今天")
        at_exercise = Walk(contexts["at an exercise"].new_page(), stack)
        addresses["debrief"] = debrief = _debrief_of_one_left(at_exercise)
        addresses["sheet"] = f"{debrief}sheet/"
        at_exercise.page.goto(stack.url("/exercises/me/"))
        addresses["trainee's link"] = at_exercise.page.locator(".personal-link").inner_text()
        addresses |= {"shown": _shown(at_exercise), "own exercise": _own_exercise(at_exercise)}
        addresses["class"] = base = _class(at_exercise)
        ((member,),) = stack.query("SELECT MAX(id) FROM training_member")
        addresses["class shoulder"] = f"{base}desk/{member}/"
        addresses["class skip"] = f"{base}desk/{member}/skip/"
        addresses |= {f"class {page}": f"{base}{path}" for page, path in CLASS_PAGES.items()}
        with_papers = Walk(contexts["with papers"].new_page(), stack)
        with_papers.page.goto(stack.url("/exercises/"))
        with_papers.page.get_by_role("button", name="开始：材料里的五处错").click()
        expect(with_papers.page.get_by_role("heading", name="材料", exact=True)).to_be_visible()
        for visitor in (walk, in_2018, in_2020, today, at_exercise):
            for address in (stack.url("/go/gs"), stack.url("/go/z")):
                visitor.page.goto(address)  # the portals' hosts have cookies of their own
        visitors = {name: _cookies(context) for name, context in contexts.items()}
        return World(stack, {"stranger": [], **visitors}, addresses, code)
    finally:
        for context in contexts.values():
            context.close()


def _prereview(walk: Walk) -> str:
    """The address of the filing that a new sandbox of 2018 has for the bureau to look at first."""
    page = walk.page
    page.goto(walk.stack.url("/bureau/"))
    page.get_by_role("row").filter(has_text="变更手机号码").get_by_role("link").click()
    expect(page.get_by_role("link", name="预审通过…")).to_be_visible()
    return page.url


#: Pages of a class's trainer.
CLASS_PAGES = {
    "desk": "desk/",
    "times": "desk/times/",
    "screen": "screen/",
    "results": "desk/results/",
    "sheet": "desk/sheet/?code=AAAA+3333",
    "close": "desk/close/",
    "clocks": f"desk/clocks/?place=one-person:{exercises()['one-person'].steps[0].id}&by=1h",
}


def _own_exercise(walk: Walk) -> str:
    """The address of an exercise that the trainer has written and gives to classes."""
    page = walk.page
    page.goto(walk.stack.url("/class/own/new/?from=two-codes"))
    page.get_by_role("button", name="检查并保存").click()
    page.get_by_role("button", name="给班级用").click()
    expect(page.get_by_text("班级用的就是这一版")).to_be_visible()
    return page.url


def _class(walk: Walk) -> str:
    """The address of a class whose trainer is in it too, with an exercise under way."""
    page = walk.page
    page.goto(walk.stack.url("/class/new/"))
    page.get_by_label("班级名称").fill("周三下午班")
    page.get_by_label("第一次核验").check()
    page.get_by_label("一人兼两职").check()
    page.get_by_role("button", name="建好班级").click()
    expect(page.get_by_role("heading", name="教员台")).to_be_visible()
    base = page.url.removesuffix("desk/")
    page.goto(base)
    page.get_by_label("昵称").fill("小王")
    page.get_by_role("button", name="加入", exact=True).click()
    page.get_by_role("button", name="开始：一人兼两职").click()
    expect(page.get_by_role("link", name="回到班级")).to_be_visible()
    return base


def _shown(walk: Walk) -> str:
    """The address at which one watches an exercise that the machine shows; it waits."""
    walk.page.goto(walk.stack.url("/exercises/"))
    walk.page.get_by_role("button", name="看演示：第一次核验").click()
    walk.page.get_by_role("button", name="暂停").click()
    expect(walk.page.get_by_role("button", name="继续", exact=True)).to_be_visible()
    return walk.page.url


def _debrief_of_one_left(walk: Walk) -> str:
    """The address of the debrief of an exercise that was left; another one goes on."""
    page = walk.page
    page.goto(walk.stack.url("/exercises/"))
    page.get_by_role("button", name="开始：第一次核验").click()
    page.get_by_role("button", name="离开练习").click()
    address = page.get_by_role("row").filter(has_text="中途离开").get_by_role("link").first.get_attribute("href") or ""
    page.get_by_role("button", name="开始：短信被拦截了").click()
    expect(page.get_by_role("complementary", name="练习")).to_be_visible()
    return walk.stack.url(address)


def _cookies(context: BrowserContext) -> list[dict[str, object]]:
    return [dict(cookie) for cookie in context.cookies() if cookie["name"] in ("browser", "trainee")]


def _removal_of(participant: str, walk: Walk) -> str:
    """The address of the page that asks before a participant is removed."""
    walk.page.goto(walk.stack.url("/lobby/participants/"))
    link = walk.page.get_by_role("link", name=f"移出“{participant}”")
    return walk.stack.url(link.get_attribute("href") or "")


def _personal_link(walk: Walk) -> str:
    walk.page.goto(walk.stack.url("/lobby/"))
    walk.page.get_by_text("个人链接").click()
    return walk.page.locator(".personal-link").inner_text()


def _start_class(walk: Walk) -> str:
    page = walk.page
    page.goto(walk.stack.url("/lobby/"))
    page.get_by_text("自选开始时刻和规则版本，或开一个多人演练").click()
    page.get_by_label("演练情景").select_option("2017 年 · 甘肃")
    page.get_by_label("演练环境名称").fill("备案专员培训".ljust(60, "W"))
    page.get_by_label("多人演练").check()
    page.get_by_role("button", name="按这些设置开始").click()
    return page.locator(".code").inner_text()


def _join(page: Page, stack: Stack, join_code: str, name: str) -> None:
    page.goto(stack.url("/lobby/"))
    form = page.get_by_role("region", name="加入别人的演练")
    form.get_by_label("加入码").first.fill(join_code)
    form.get_by_label("您的称呼").fill(name)
    form.get_by_role("button", name="加入", exact=True).click()
    expect(page.get_by_text("您已加入")).to_be_visible()


def _fill(walk: Walk) -> tuple[dict[str, str], str]:
    """Filings in every state, most as long as the forms allow; of the one under way one person has verified, and one
    phone has no signal.
    """
    under_way = walk.provider.submit(MOBILE, UNICOM)
    returned, reviewing, accepted = (
        walk.provider.submit(
            LONG_WINDED,
            province="浙江",
            subject_name=LONGEST_NAME,
            website_name=LONGEST_NAME,
            domain=LONGEST_DOMAIN,
        )
        for _ in range(3)
    )
    walk.bureau.accept(accepted)
    walk.bureau.reject(returned, LONGEST_REASON)
    walk.phone(UNICOM).turn("无信号")
    walk.clock.forward("+5 分钟")
    code = walk.phone(MOBILE).code()
    portal = walk.portal()
    portal.verify(code, MOBILE)
    expect(portal.page.get_by_role("heading", name="核验结果")).to_be_attached()
    addresses = {
        "phone": walk.phone(MOBILE).page.url,
        "phone without signal": walk.phone(UNICOM).page.url,
        "number": accepted.open().fact("备案号").inner_text(),
    }
    filings = {"under way": under_way, "returned": returned, "reviewing": reviewing, "accepted": accepted}
    return addresses | _addresses_of(walk.stack, filings), code


def _addresses_of(stack: Stack, filings: dict[str, Filing]) -> dict[str, str]:
    found = {}
    for state, filing in filings.items():
        found[f"provider {state}"] = filing.address
        found[f"bureau {state}"] = filing.address.replace("/provider/", "/bureau/")
    chosen = "&".join(f"filing={filing.address.rstrip('/').rpartition('/')[2]}" for filing in filings.values())
    for act in ("accept", "reject"):
        found[f"batch {act}"] = stack.url(f"/bureau/batch/{act}/?{chosen}")
    found["form on record"] = stack.url("/provider/new/?province=gs&kind=change_filing")
    return found
