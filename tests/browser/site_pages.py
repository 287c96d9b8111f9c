"""Every page of the site, each in the states that look different, and how to get to it.

The tests of all pages and the screenshots go through this one list. ``NO_PAGES`` names the routes that show none.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver
from playwright.sync_api import Browser, BrowserContext, Page, expect

from portal.addresses import PROVINCE_URLS
from tests.browser.walk import MOBILE, TELECOM, UNICOM, Filing, Portal, Walk
from tests.stack_process import Stack

GANSU = "gscainfo.localhost"
ZHEJIANG = "zcainfo.localhost"

# ── A sandbox with something on every page ───────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class World:
    """Who can visit the pages, by the cookies, and the addresses that depend on what the sandbox holds."""

    stack: Stack
    owner: list[dict[str, object]]
    learner: list[dict[str, object]]
    addresses: dict[str, str]
    code: str  # MOBILE's, which has passed already


def build(browser: Browser, stack: Stack) -> World:
    """Make a class of two, with filings in all states: as the people of a class would, on the pages."""
    context, other = browser.new_context(locale="zh-CN"), browser.new_context(locale="zh-CN")
    try:
        walk = Walk(context.new_page(), stack)
        join_code = _start_class(walk)
        participant = _join(other.new_page(), stack, join_code)
        addresses, code = _fill(walk)
        walk.page.goto(stack.url("/lobby/participants/"))
        remove = walk.page.get_by_role("link", name=f"移出“{participant}”").get_attribute("href")
        addresses["remove"] = stack.url(remove or "")
        for address in (stack.url("/go/gs"), stack.url("/go/z")):
            walk.page.goto(address)  # the portals' hosts have cookies of their own
        return World(stack, _cookies(context), _cookies(other), addresses, code)
    finally:
        context.close()
        other.close()


def _cookies(context: BrowserContext) -> list[dict[str, object]]:
    return [dict(cookie) for cookie in context.cookies() if cookie["name"] == "visit"]


def _start_class(walk: Walk) -> str:
    page = walk.page
    page.goto(walk.stack.url("/lobby/"))
    page.get_by_text("自选开始时刻，或开一个多人演练").click()
    page.get_by_label("演练情景").select_option("2017 年 · 甘肃")
    page.get_by_label("演练环境名称").fill("备案专员培训 第一期")
    page.get_by_label("多人演练").check()
    page.get_by_role("button", name="按这些设置开始").click()
    return page.locator(".code").inner_text()


def _join(page: Page, stack: Stack, join_code: str) -> str:
    name = "学员甲"
    page.goto(stack.url("/lobby/"))
    form = page.get_by_role("region", name="加入别人的演练")
    form.get_by_label("加入码").first.fill(join_code)
    form.get_by_label("您的称呼").fill(name)
    form.get_by_role("button", name="加入", exact=True).click()
    expect(page.get_by_text("您已加入")).to_be_visible()
    return name


def _fill(walk: Walk) -> tuple[dict[str, str], str]:
    """Filings in every state; one person of the one under way has verified, one phone has no signal."""
    under_way = walk.provider.submit(MOBILE, UNICOM)
    returned, reviewing, accepted = (walk.provider.submit(TELECOM, province="浙江") for _ in range(3))
    walk.bureau.accept(accepted)
    walk.bureau.reject(returned, "主体名称与营业执照不一致，请核对后修改")
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
    found["form on record"] = stack.url("/provider/new/?province=gs&kind=change_filing")
    return found


# ── How to get to a page ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Visit:
    """A visitor with an open browser."""

    page: Page
    world: World

    @property
    def portal(self) -> Portal:
        """The portal of 甘肃."""
        return Portal(self.page, self.world.stack, "甘肃")

    def go(self, path: str, host: str | None = None) -> None:
        """Open an address."""
        self.page.goto(self.world.stack.url(path, host))


Opener = Callable[[Visit], object]


@dataclass(frozen=True)
class SitePage:
    """A page in one of its states. ``status`` is the answer's; ``visitor`` is owner, learner or stranger."""

    name: str
    route: str
    open: Opener
    visitor: str = "owner"
    status: int = 200

    def visit(self, page: Page, world: World) -> None:
        """Open the page as the visitor that it is for."""
        cookies = {"owner": world.owner, "learner": world.learner, "stranger": []}[self.visitor]
        page.context.add_cookies(cookies)  # type: ignore[arg-type]  # they come from a browser's own list
        self.open(Visit(page, world))


def at(path: str, host: str | None = None) -> Opener:
    """A page that an address opens."""
    return lambda visit: visit.go(path, host)


def known(name: str, path: str = "") -> Opener:
    """A page of a thing in the world, and what lies below it."""
    return lambda visit: visit.page.goto(visit.world.addresses[name] + path)


def _press(visit: Visit, button: str) -> None:
    visit.page.locator("main").get_by_role("button", name=button, exact=True).click()


def _answer_unknown(visit: Visit) -> None:
    visit.portal.verify("000000", TELECOM.with_phone("19900000000"))
    expect(visit.page.locator(".answer__hints")).to_be_visible()


def _answer_good(visit: Visit) -> None:
    visit.portal.verify(visit.world.code, MOBILE)
    expect(visit.page.locator(".answer__mark")).to_be_visible()


def _answer_to_resend(visit: Visit) -> None:
    visit.portal.resend(TELECOM.with_phone("19900000000"))
    expect(visit.page.locator(".answer__hints")).to_be_visible()


def _verify_with_errors(visit: Visit) -> None:
    visit.portal.open_verify()
    visit.portal.fill(code="12345", phone="139", id_suffix="(1201X", digits="0")
    visit.portal.send("验证")
    expect(visit.page.locator(".errors li")).to_have_count(4)


def _resend_with_errors(visit: Visit) -> None:
    visit.portal.open_resend()
    visit.portal.send("发通知信")
    expect(visit.page.locator(".errors li")).to_have_count(3)


def _lobby_with_errors(visit: Visit) -> None:
    visit.go("/lobby/")
    visit.page.get_by_role("region", name="加入别人的演练").get_by_label("加入码").first.fill("XXXXXXXX")
    _press(visit, "加入")
    expect(visit.page.locator(".errors")).to_be_visible()


def _clock_with_errors(visit: Visit) -> None:
    visit.go("/clock/preview/?to=2017-12-01T00:00:00")
    expect(visit.page.locator(".errors")).to_be_visible()


def _new_form(visit: Visit) -> None:
    visit.go("/provider/new/?province=gs&kind=first_filing")


def _form_with_errors(visit: Visit) -> None:
    _new_form(visit)
    _press(visit, "下一步：接入商初审")
    expect(visit.page.locator(".errors")).to_be_visible()


def _form_on_record(visit: Visit) -> None:
    known("form on record")(visit)
    visit.page.locator("tbody a").first.click()
    visit.page.get_by_label("变更这个网站").first.check()


def _review(visit: Visit) -> None:
    _new_form(visit)
    _press(visit, "用演练数据填写空白项")
    expect(visit.page.get_by_label("主体名称")).not_to_have_value("")
    _press(visit, "下一步：接入商初审")
    expect(visit.page.get_by_role("heading", name="接入商初审")).to_be_visible()


def _rejection_with_errors(visit: Visit) -> None:
    known("bureau reviewing", "reject/")(visit)
    _press(visit, "驳回")
    expect(visit.page.locator(".errors")).to_be_visible()


PAGES = [
    # The national portal
    SitePage("national-home", "", at("/")),
    SitePage("national-home-of-a-stranger", "", at("/"), visitor="stranger"),
    SitePage("national-verify", "verify/", at("/verify/")),
    SitePage("national-resend", "resend/", at("/resend/")),
    SitePage("national-help", "help/", at("/help/")),
    SitePage("national-query", "query/", at("/query/")),
    SitePage("national-query-found", "query/", at("/query/?q=走查")),
    SitePage("national-query-not-found", "query/", at("/query/?q=没有这个")),
    # The lobby
    SitePage("lobby-of-a-stranger", "lobby/", at("/lobby/?next=/provider/"), visitor="stranger"),
    SitePage("lobby", "lobby/", at("/lobby/")),
    SitePage("lobby-of-a-learner", "lobby/", at("/lobby/"), visitor="learner"),
    SitePage("lobby-with-errors", "lobby/join/", _lobby_with_errors, visitor="stranger"),
    SitePage("participants", "lobby/participants/", at("/lobby/participants/")),
    SitePage("participant-remove", "lobby/participants/<int:pk>/remove/", known("remove")),
    SitePage("lobby-close", "lobby/close/", at("/lobby/close/")),
    SitePage("not-allowed", "bureau/", at("/bureau/"), visitor="learner", status=403),
    # Phones and the clock
    SitePage("phones", "phone/", at("/phone/")),
    SitePage("phones-none-found", "phone/", at("/phone/?q=999")),
    SitePage("phone", "phone/<int:pk>/", known("phone")),
    SitePage("phone-without-signal", "phone/<int:pk>/", known("phone without signal")),
    SitePage("clock", "clock/", at("/clock/")),
    SitePage("clock-of-a-learner", "clock/", at("/clock/"), visitor="learner"),
    SitePage("clock-preview", "clock/preview/", at("/clock/preview/?by=3d")),
    SitePage("clock-with-errors", "clock/preview/", _clock_with_errors),
    # The provider
    SitePage("provider-list", "provider/", at("/provider/")),
    SitePage("provider-list-none-found", "provider/", at("/provider/?q=nothing-of-the-sort")),
    SitePage("provider-kinds", "provider/new/", at("/provider/new/?province=gs")),
    SitePage("provider-kinds-not-in-force", "provider/new/", at("/provider/new/?province=z")),
    SitePage("provider-records", "provider/new/", known("form on record")),
    SitePage("provider-form", "provider/new/", _new_form),
    SitePage("provider-form-with-errors", "provider/new/", _form_with_errors),
    SitePage("provider-form-on-record", "provider/new/", _form_on_record),
    SitePage("provider-review", "provider/new/", _review),
    SitePage("provider-under-way", "provider/<int:pk>/", known("provider under way")),
    SitePage("provider-returned", "provider/<int:pk>/", known("provider returned")),
    SitePage("provider-reviewing", "provider/<int:pk>/", known("provider reviewing")),
    SitePage("provider-accepted", "provider/<int:pk>/", known("provider accepted")),
    SitePage("provider-resubmit", "provider/<int:pk>/resubmit/", known("provider returned", "resubmit/")),
    SitePage("provider-withdraw", "provider/<int:pk>/withdraw/", known("provider under way", "withdraw/")),
    # The bureau
    SitePage("bureau-queue", "bureau/", at("/bureau/")),
    SitePage("bureau-queue-all", "bureau/", at("/bureau/?state=all")),
    SitePage("bureau-under-way", "bureau/<int:pk>/", known("bureau under way")),
    SitePage("bureau-reviewing", "bureau/<int:pk>/", known("bureau reviewing")),
    SitePage("bureau-accepted", "bureau/<int:pk>/", known("bureau accepted")),
    SitePage("bureau-accept", "bureau/<int:pk>/accept/", known("bureau reviewing", "accept/")),
    SitePage("bureau-reject", "bureau/<int:pk>/reject/", known("bureau reviewing", "reject/")),
    SitePage("bureau-reject-with-errors", "bureau/<int:pk>/reject/", _rejection_with_errors),
    # A province's portal
    SitePage("province-home", "{province}/", at("/", GANSU)),
    SitePage("province-home-under-a-path", "{province}/", at("/p/gs/"), visitor="stranger"),
    SitePage("province-home-not-in-force", "{province}/", at("/", ZHEJIANG)),
    SitePage("province-verify", "{province}/verify/", at("/verify/", GANSU)),
    SitePage("province-verify-of-a-stranger", "{province}/verify/", at("/verify/", GANSU), visitor="stranger"),
    SitePage("province-verify-with-errors", "{province}/verify/", _verify_with_errors),
    SitePage("province-verify-not-in-force", "{province}/verify/", at("/verify/", ZHEJIANG)),
    SitePage("answer-unknown", "{province}/verify/", _answer_unknown),
    SitePage("answer-good", "{province}/verify/", _answer_good),
    SitePage("province-resend", "{province}/resend/", at("/resend/", GANSU)),
    SitePage("province-resend-with-errors", "{province}/resend/", _resend_with_errors),
    SitePage("answer-to-resend", "{province}/resend/", _answer_to_resend),
    SitePage("province-help", "{province}/help/", at("/help/", GANSU)),
    SitePage("province-help-not-in-force", "{province}/help/", at("/help/", ZHEJIANG)),
    SitePage("province-query", "{province}/query/", at("/query/?q=演练", ZHEJIANG)),
    SitePage("province-outside", "{province}/outside/<slug:entry>/", at("/outside/complaint/", GANSU)),
    SitePage("no-such-page", "", at("/no-such-page/"), status=404),
]

NO_PAGES = {
    "captcha/new": "for the form's script",
    "captcha/<str:token>.png": "a picture",
    "captcha/<str:token>.wav": "a sound",
    "robots.txt": "for machines",
    "healthz": "for machines",
    "readyz": "for machines",
    "go/<slug:code>": "leads on",
    "lobby/start/": "leads on, or shows the lobby with errors",
    "lobby/recover/": "leads on, or shows the lobby with errors",
    "lobby/leave/": "leads on",
    "lobby/participants/<int:pk>/": "leads back",
    "phone/<int:pk>/messages/": "a part of a page",
    "phone/<int:pk>/switch/": "leads back",
    "phone/<int:pk>/messages/<int:message_pk>/delete/": "leads back",
    "clock/move/": "leads back",
    "clock/jump/": "leads back",
    "clock/progress/": "for the page's script",
    "clock/set/": "leads back",
    "{province}/console/": "leads on",
    "{province}/arrive/": "leads on",
} | {f"{{province}}/{route}": "as on the national host" for route in ("robots.txt", "healthz", "readyz")}


def routes() -> Iterator[str]:
    """Every route of the site; those of a province's portal begin with ``{province}/``."""
    yield from _routes(get_resolver("portal.urls").url_patterns, "")
    for route in _routes(get_resolver(PROVINCE_URLS).url_patterns, "{province}/"):
        yield re.sub(r"^\{province\}/(?=captcha/)", "", route)  # the same views on every host


def _routes(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[str]:
    for pattern in patterns:
        route = f"{before}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, route)
        else:
            yield route
