"""Every page of the site, each in the states that look different, and how to get to it.

The tests of all pages and the screenshots go through this one list. ``NO_PAGES`` names the routes that show none.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.browser.site_world import World
from tests.browser.walk import MOBILE, TELECOM, CardPortal, NationalPortal, Portal
from tests.routes import NATIONAL_PAGES, PROVINCE_PAGES

GANSU = "gscainfo.localhost"
ZHEJIANG = "zcainfo.localhost"
FORM_OF_PAPERS = "/provider/new/?province=gs&kind=first_filing"

# ── How to get to a page ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Visit:
    """A visitor with an open browser."""

    page: Page
    world: World

    @property
    def portal(self) -> Portal:
        """The portal of 甘肃 in 2017."""
        return Portal(self.page, self.world.stack, "甘肃")

    @property
    def card_portal(self) -> Portal:
        """The portal of 浙江 in 2018."""
        return CardPortal(self.page, self.world.stack, "浙江")

    @property
    def national_portal(self) -> NationalPortal:
        """The national portal since 2020."""
        return NationalPortal(self.page, self.world.stack)

    def go(self, path: str, host: str | None = None) -> None:
        """Open an address."""
        self.page.goto(self.world.stack.url(path, host))


Opener = Callable[[Visit], object]


@dataclass(frozen=True)
class SitePage:
    """A page in one of its states. ``status`` is the answer's; ``visitor`` is one of the world's."""

    name: str
    route: str
    open: Opener
    visitor: str = "owner"
    status: int = 200

    def visit(self, page: Page, world: World) -> None:
        """Open the page as the visitor that it is for."""
        page.context.add_cookies(world.visitors[self.visitor])  # type: ignore[arg-type]  # they come from a browser's own list
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


def _own_with_mistakes(visit: Visit) -> None:
    visit.go("/class/own/new/?from=two-codes")
    text = visit.page.get_by_label("练习的正文")
    text.fill(text.input_value().replace("level = 2", "level = 7").replace("why = ", "wy = "))
    visit.page.get_by_role("button", name="检查并保存").click()
    expect(visit.page.locator("#line-3 .own-lines__says")).to_be_visible()


def _verify_with_errors(visit: Visit) -> None:
    visit.portal.open_verify()
    visit.portal.fill(code="12345", phone="139", id_suffix="(1201X", digits="0")
    visit.portal.send("验证")
    expect(visit.page.locator(".errors li")).to_have_count(4)


def _resend_with_errors(visit: Visit) -> None:
    visit.portal.open_resend()
    visit.portal.send("发通知信")
    expect(visit.page.locator(".errors li")).to_have_count(3)


def _card_answer_unknown(visit: Visit) -> None:
    visit.card_portal.verify("000000", TELECOM.with_phone("19900000000"))
    expect(visit.page.locator(".answer__hints")).to_be_visible()


def _answer_in_zhejiang(visit: Visit) -> None:
    visit.go("/verify/", ZHEJIANG)
    visit.portal.fill(code="000000", phone="19900000000", id_suffix="00000X")
    visit.portal.field("captcha_1").press("Enter")
    expect(visit.page.locator(".answer")).to_be_visible()


def _dialog_unknown(visit: Visit) -> None:
    visit.national_portal.verify("000000", TELECOM.with_phone("19900000000"))
    expect(visit.page.get_by_role("dialog", name="提示")).to_be_visible()


def _dialog_to_resend(visit: Visit) -> None:
    visit.national_portal.resend(TELECOM.with_phone("19900000000"))
    expect(visit.page.get_by_role("dialog", name="提示")).to_be_visible()


def _national_verify_with_errors(visit: Visit) -> None:
    visit.national_portal.open()
    visit.national_portal.send("提交")
    expect(visit.page.locator(".errors li")).to_have_count(4)


def _query(by: str, text: str, host: str | None = None) -> Opener:
    """The public query's answer."""

    def search(visit: Visit) -> None:
        visit.go("/query/", host)
        visit.page.get_by_label(by, exact=True).check()
        visit.portal.fill(q=text)
        visit.portal.send("查询")
        expect(visit.page.locator(".table caption, .empty")).to_be_visible()

    return search


def _query_with_errors(visit: Visit) -> None:
    visit.go("/query/")
    visit.portal.field("q").fill("备案号不详")
    visit.portal.send("查询")
    expect(visit.page.locator(".errors li")).to_have_count(2)


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


def _app_with_errors(visit: Visit) -> None:
    visit.go("/provider/new/?province=gs&kind=first_filing&type=app")
    visit.page.get_by_label("有安卓版").check()
    _press(visit, "下一步：接入商初审")
    expect(visit.page.locator(".errors")).to_be_visible()


def _change_of_services(visit: Visit) -> None:
    visit.go("/provider/new/?province=gs&kind=change_filing")
    visit.page.get_by_role("row").filter(has_text="演练老客户").get_by_role("link").click()
    visit.page.get_by_label("变更这个APP").check()


def _filing_with_an_app(visit: Visit) -> None:
    visit.go("/provider/")
    visit.page.get_by_role("row").filter(has_text="APP 演练三人").get_by_role("link").first.click()


def _new_key(visit: Visit) -> None:
    visit.go("/provider/api/")
    _press(visit, "建立密钥")


def _revoke_key(visit: Visit) -> None:
    _new_key(visit)
    visit.page.get_by_role("link", name=re.compile("^吊销密钥")).first.click()


def _revoke_key_in_lobby(visit: Visit) -> None:
    _new_key(visit)
    visit.go("/lobby/participants/")
    visit.page.get_by_role("link", name=re.compile("^吊销密钥")).first.click()


def _participants_with_keys(visit: Visit) -> None:
    _new_key(visit)
    visit.go("/lobby/participants/")


def _wrong_address(visit: Visit) -> None:
    visit.go("/provider/api/")
    visit.page.get_by_role("textbox", name="接收地址").fill("没有这样的地址")
    _press(visit, "登记地址")
    expect(visit.page.locator(".errors")).to_be_visible()


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


def _batch_rejection_with_errors(visit: Visit) -> None:
    known("batch reject")(visit)
    _press(visit, "驳回勾选的申请")
    expect(visit.page.locator(".errors")).to_be_visible()


#: Name, route and address of the pages that a portal has beside its home and its form.
BESIDE_THE_FORM = [
    ("provinces", "provinces/", "/provinces/"),
    ("resend", "resend/", "/resend/"),
    ("help", "help/", "/help/"),
    ("help-on-documents", "help/id/", "/help/id/"),
    ("policies", "outside/<slug:entry>/", "/outside/policies/"),
]

PAGES = [
    # The national portal
    SitePage("national-home", "", at("/")),
    SitePage("national-home-of-a-stranger", "", at("/"), visitor="stranger"),
    SitePage("national-verify", "verify/", at("/verify/")),
    SitePage("national-resend", "resend/", at("/resend/")),
    SitePage("national-help", "help/", at("/help/")),
    SitePage("national-query", "query/", at("/query/")),
    SitePage("national-query-found", "query/", _query("主体名称", "走查")),
    SitePage("national-query-not-found", "query/", _query("网站域名", "no-such.example.com")),
    SitePage("national-query-with-errors", "query/", _query_with_errors),
    SitePage("national-query-of-a-stranger", "query/", at("/query/"), visitor="stranger"),
    SitePage("national-resend-of-a-stranger", "resend/", at("/resend/"), visitor="stranger"),
    SitePage("national-help-of-a-stranger", "help/", at("/help/"), visitor="stranger"),
    SitePage("national-provinces", "provinces/", at("/provinces/")),
    SitePage("national-help-on-documents", "help/id/", at("/help/id/")),
    SitePage("national-outside", "outside/<slug:entry>/", at("/outside/policies/")),
    SitePage("dead-link", "s/<slug:token>", at("/s/no-such-link"), status=410),
    # The national portal since it verifies itself
    SitePage("2020-home", "", at("/"), visitor="in 2020"),
    SitePage("2020-verify", "verify/", at("/verify/"), visitor="in 2020"),
    SitePage("2020-verify-with-errors", "verify/", _national_verify_with_errors, visitor="in 2020"),
    SitePage("today-verify-of-a-stranger", "verify/", at("/verify/"), visitor="stranger"),
    SitePage("2020-resend", "resend/", at("/resend/"), visitor="in 2020"),
    SitePage("2020-answer", "verify/", _dialog_unknown, visitor="in 2020"),
    SitePage("2020-answer-to-resend", "resend/", _dialog_to_resend, visitor="in 2020"),
    SitePage("2020-help", "help/", at("/help/"), visitor="in 2020"),
    SitePage("2020-help-on-documents", "help/id/", at("/help/id/"), visitor="in 2020"),
    SitePage("2020-query", "query/", at("/query/"), visitor="in 2020"),
    SitePage("2020-query-found", "query/", _query("主体名称", "演练"), visitor="in 2020"),
    SitePage("2020-provinces", "provinces/", at("/provinces/"), visitor="in 2020"),
    SitePage("2020-outside", "outside/<slug:entry>/", at("/outside/e-verification/"), visitor="in 2020"),
    SitePage("2020-policies", "outside/<slug:entry>/", at("/outside/policies/"), visitor="in 2020"),
    SitePage("2020-dead-link", "s/<slug:token>", at("/s/no-such-link"), visitor="in 2020", status=410),
    SitePage("2020-province-home", "{province}/", at("/", ZHEJIANG), visitor="in 2020"),
    SitePage("2020-province-verify", "{province}/verify/", at("/verify/", ZHEJIANG), visitor="in 2020"),
    *(
        SitePage(f"2020-province-{name}", f"{{province}}/{route}", at(path, ZHEJIANG), visitor="in 2020")
        for name, route, path in BESIDE_THE_FORM
        if route != "provinces/"
    ),
    SitePage("2020-province-answer", "{province}/verify/", _answer_in_zhejiang, visitor="in 2020"),
    SitePage("2020-provider-kinds", "provider/new/", at("/provider/new/?province=gs"), visitor="in 2020"),
    SitePage(
        "2020-provider-form", "provider/new/", at("/provider/new/?province=z&kind=first_filing"), visitor="in 2020"
    ),
    # Since it alone verifies
    SitePage("today-home", "", at("/"), visitor="today"),
    SitePage("today-verify", "verify/", at("/verify/"), visitor="today"),
    SitePage("today-provinces", "provinces/", at("/provinces/"), visitor="today"),
    SitePage("today-help", "help/", at("/help/"), visitor="today"),
    SitePage("today-province-home", "{province}/", at("/", ZHEJIANG), visitor="today"),
    SitePage("today-province-verify", "{province}/verify/", at("/verify/", ZHEJIANG), visitor="today"),
    SitePage("today-province-resend", "{province}/resend/", at("/resend/", ZHEJIANG), visitor="today"),
    SitePage("today-province-help", "{province}/help/", at("/help/", ZHEJIANG), visitor="today"),
    SitePage("today-provider-kinds", "provider/new/", at("/provider/new/?province=gs"), visitor="today"),
    SitePage("today-provider-form-with-errors", "provider/new/", _app_with_errors, visitor="today"),
    SitePage("today-provider-form-on-record", "provider/new/", _change_of_services, visitor="today"),
    SitePage("today-provider-detail", "provider/<int:pk>/", _filing_with_an_app, visitor="today"),
    SitePage("today-query-found", "query/", _query("主体、APP 或小程序名称", "演练掌上"), visitor="today"),
    SitePage("today-edition", "editions/<slug:edition_id>/", at("/editions/public-2023/"), visitor="today"),
    # The editions
    SitePage("editions", "editions/", at("/editions/")),
    SitePage("editions-of-a-stranger", "editions/", at("/editions/"), visitor="stranger"),
    SitePage("editions-2020", "editions/", at("/editions/"), visitor="in 2020"),
    SitePage("editions-compared-2020", "editions/compare/", at("/editions/compare/"), visitor="in 2020"),
    SitePage("edition", "editions/<slug:edition_id>/", at("/editions/miit-2018/")),
    SitePage("editions-compared", "editions/compare/", at("/editions/compare/")),
    SitePage("editions-differences", "editions/compare/", at("/editions/compare/?a=jd-2017&b=miit-2018&only=on")),
    SitePage("editions-compare-with-errors", "editions/compare/", at("/editions/compare/?a=none&b=miit-2018")),
    # The lobby
    SitePage("exercises-of-a-stranger", "exercises/", at("/exercises/"), visitor="stranger"),
    SitePage("exercises", "exercises/", at("/exercises/"), visitor="at an exercise"),
    SitePage("exercise-on-a-phone", "phone/", at("/phone/"), visitor="at an exercise"),
    SitePage("exercise-on-the-national-portal", "", at("/"), visitor="at an exercise"),
    SitePage("exercise-on-a-provinces-portal", "{province}/", at("/", GANSU), visitor="at an exercise"),
    SitePage("exercise-debrief", "exercises/tries/<int:pk>/", known("debrief"), visitor="at an exercise"),
    SitePage("exercise-that-is-shown", "", known("shown"), visitor="stranger"),
    SitePage("exercise-sheet", "exercises/tries/<int:pk>/sheet/", known("sheet"), visitor="at an exercise"),
    SitePage("exercise-results", "exercises/results/", at("/exercises/results/"), visitor="at an exercise"),
    SitePage("exercise-me", "exercises/me/", at("/exercises/me/"), visitor="at an exercise"),
    SitePage("exercise-me-of-a-stranger", "exercises/me/", at("/exercises/me/"), visitor="stranger"),
    SitePage("exercise-revoke", "exercises/me/revoke/", at("/exercises/me/revoke/"), visitor="at an exercise"),
    SitePage("exercise-link-that-is-none", "exercises/me/<str:link>/", at("/exercises/me/none/"), status=410),
    SitePage("exercise-link", "exercises/me/<str:link>/", known("trainee's link"), visitor="stranger"),
    SitePage("exercise-papers", "exercises/papers/", at("/exercises/papers/"), visitor="with papers"),
    SitePage("exercise-papers-beside-a-form", "provider/new/", at(FORM_OF_PAPERS), visitor="with papers"),
    # Classes
    SitePage("classes", "class/", at("/class/"), visitor="at an exercise"),
    SitePage("class-new", "class/new/", at("/class/new/"), visitor="stranger"),
    SitePage("class-own", "class/own/", at("/class/own/"), visitor="at an exercise"),
    SitePage("class-own-new", "class/own/new/", at("/class/own/new/?from=two-codes"), visitor="at an exercise"),
    SitePage("class-own-with-mistakes", "class/own/new/", _own_with_mistakes, visitor="at an exercise"),
    SitePage("class-own-help", "class/own/help/", at("/class/own/help/"), visitor="stranger"),
    SitePage("class-own-detail", "class/own/<slug:name>/", known("own exercise"), visitor="at an exercise"),
    SitePage("class-own-edit", "class/own/<slug:name>/edit/", known("own exercise", "edit/"), visitor="at an exercise"),
    SitePage(
        "class-own-delete", "class/own/<slug:name>/delete/", known("own exercise", "delete/"), visitor="at an exercise"
    ),
    SitePage("rule", "lesson/rules/<str:rule>/", at("/lesson/rules/V-06/"), visitor="stranger"),
    SitePage("class-door", "class/<slug:code>/", known("class"), visitor="stranger"),
    SitePage("class", "class/<slug:code>/", known("class"), visitor="at an exercise"),
    SitePage("class-desk", "class/<slug:code>/desk/", known("class desk"), visitor="at an exercise"),
    SitePage(
        "class-pictures", "class/<slug:code>/desk/pictures/", known("class desk", "pictures/"), visitor="at an exercise"
    ),
    SitePage("class-shoulder", "class/<slug:code>/desk/<int:pk>/", known("class shoulder"), visitor="at an exercise"),
    SitePage("class-skip", "class/<slug:code>/desk/<int:pk>/skip/", known("class skip"), visitor="at an exercise"),
    SitePage("class-clocks", "class/<slug:code>/desk/clocks/", known("class clocks"), visitor="at an exercise"),
    SitePage("class-screen", "class/<slug:code>/screen/", known("class screen"), visitor="at an exercise"),
    SitePage("class-times", "class/<slug:code>/desk/times/", known("class times"), visitor="at an exercise"),
    SitePage("class-results", "class/<slug:code>/desk/results/", known("class results"), visitor="at an exercise"),
    SitePage("class-no-sheet", "class/<slug:code>/desk/sheet/", known("class sheet"), visitor="at an exercise"),
    SitePage("class-close", "class/<slug:code>/desk/close/", known("class close"), visitor="at an exercise"),
    SitePage("lobby-of-a-stranger", "lobby/", at("/lobby/?next=/provider/"), visitor="stranger"),
    SitePage("lobby", "lobby/", at("/lobby/")),
    SitePage("lobby-of-a-learner", "lobby/", at("/lobby/"), visitor="learner"),
    SitePage("lobby-of-one-removed", "lobby/", at("/lobby/"), visitor="removed"),
    SitePage("lobby-clear", "lobby/clear/", at("/lobby/clear/")),
    SitePage("personal-link", "lobby/me/<str:token>/", known("personal link"), visitor="stranger"),
    SitePage("ended", "phone/", at("/phone/"), visitor="removed", status=410),
    SitePage("ended-on-a-portal", "{province}/", at("/", GANSU), visitor="removed"),
    SitePage("lobby-with-errors", "lobby/join/", _lobby_with_errors, visitor="stranger"),
    SitePage("participants", "lobby/participants/", _participants_with_keys),
    SitePage("participant-remove", "lobby/participants/<int:pk>/remove/", known("remove")),
    SitePage("participants-revoke-key", "lobby/participants/keys/<int:pk>/revoke/", _revoke_key_in_lobby),
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
    SitePage("provider-api", "provider/api/", at("/provider/api/")),
    SitePage("provider-api-new-key", "provider/api/<int:provider_pk>/keys/", _new_key),
    SitePage("provider-api-revoke", "provider/api/keys/<int:pk>/revoke/", _revoke_key),
    SitePage("provider-api-address-with-errors", "provider/api/<int:provider_pk>/endpoints/", _wrong_address),
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
    SitePage("bureau-prereview", "bureau/<int:pk>/", known("bureau prereview"), visitor="in 2018"),
    SitePage("bureau-approve", "bureau/<int:pk>/approve/", known("bureau prereview", "approve/"), visitor="in 2018"),
    SitePage("bureau-queue-none-found", "bureau/", at("/bureau/?q=nothing-of-the-sort")),
    SitePage("bureau-batch-accept", "bureau/batch/accept/", known("batch accept")),
    SitePage("bureau-batch-approve", "bureau/batch/approve/", known("batch approve"), visitor="in 2018"),
    SitePage("bureau-batch-reject", "bureau/batch/reject/", known("batch reject")),
    SitePage("bureau-batch-reject-with-errors", "bureau/batch/reject/", _batch_rejection_with_errors),
    # The trainer
    SitePage("trainer", "trainer/", at("/trainer/")),
    SitePage("trainer-day", "trainer/day/", at("/trainer/day/")),
    SitePage("trainer-of-a-sandbox-for-one", "trainer/", at("/trainer/"), visitor="in 2020"),
    # A province's portal
    SitePage("province-home", "{province}/", at("/", GANSU)),
    SitePage("province-home-under-a-path", "{province}/", at("/p/gs/"), visitor="stranger"),
    SitePage("province-home-of-a-stranger", "{province}/", at("/", GANSU), visitor="stranger"),
    *(
        SitePage(f"province-{name}-of-a-stranger", f"{{province}}/{route}", at(path, GANSU), visitor="stranger")
        for name, route, path in (
            ("resend", "resend/", "/resend/"),
            ("help", "help/", "/help/"),
            ("query", "query/", "/query/"),
            ("outside", "outside/<slug:entry>/", "/outside/complaint/"),
        )
    ),
    SitePage("province-home-not-in-force", "{province}/", at("/", ZHEJIANG)),
    SitePage("province-verify", "{province}/verify/", at("/verify/", GANSU)),
    SitePage("province-verify-of-a-stranger", "{province}/verify/", at("/verify/", GANSU), visitor="stranger"),
    SitePage("province-not-arrived", "{province}/arrive/", at("/arrive/?pass=x", GANSU), visitor="stranger"),
    SitePage("province-verify-with-errors", "{province}/verify/", _verify_with_errors),
    SitePage("province-verify-not-in-force", "{province}/verify/", at("/verify/", ZHEJIANG)),
    SitePage("answer-unknown", "{province}/verify/", _answer_unknown),
    SitePage("answer-good", "{province}/verify/", _answer_good),
    SitePage("province-resend", "{province}/resend/", at("/resend/", GANSU)),
    SitePage("province-resend-with-errors", "{province}/resend/", _resend_with_errors),
    SitePage("answer-to-resend", "{province}/resend/", _answer_to_resend),
    SitePage("province-help", "{province}/help/", at("/help/", GANSU)),
    SitePage("province-help-not-in-force", "{province}/help/", at("/help/", ZHEJIANG)),
    SitePage("province-query", "{province}/query/", at("/query/", GANSU)),
    SitePage("province-query-found", "{province}/query/", _query("网站域名", "laozhan.example.com", GANSU)),
    SitePage("province-query-not-found", "{province}/query/", _query("主体名称", "走查", GANSU)),
    SitePage("province-help-on-documents", "{province}/help/id/", at("/help/id/", GANSU)),
    SitePage("province-outside", "{province}/outside/<slug:entry>/", at("/outside/complaint/", GANSU)),
    # A province's portal in 2018
    SitePage("card-home", "{province}/", at("/", ZHEJIANG), visitor="in 2018"),
    SitePage("card-verify", "{province}/verify/", at("/verify/", ZHEJIANG), visitor="in 2018"),
    SitePage("card-resend", "{province}/resend/", at("/resend/", ZHEJIANG), visitor="in 2018"),
    SitePage("card-answer", "{province}/verify/", _card_answer_unknown, visitor="in 2018"),
    SitePage("card-help", "{province}/help/", at("/help/", ZHEJIANG), visitor="in 2018"),
    SitePage("card-query-found", "{province}/query/", _query("主体名称", "演练", ZHEJIANG), visitor="in 2018"),
    SitePage("card-national-home", "", at("/"), visitor="in 2018"),
    SitePage("card-national-verify", "verify/", at("/verify/"), visitor="in 2018"),
    *(SitePage(f"card-national-{name}", route, at(path), visitor="in 2018") for name, route, path in BESIDE_THE_FORM),
    *(
        SitePage(f"card-{name}", f"{{province}}/{route}", at(path, ZHEJIANG), visitor="in 2018")
        for name, route, path in BESIDE_THE_FORM
        if route.startswith(("help/id/", "outside/"))
    ),
    SitePage("card-provider-kinds", "provider/new/", at("/provider/new/?province=z"), visitor="in 2018"),
    SitePage("no-such-page", "", at("/no-such-page/"), status=404),
    SitePage("forms-only", "lobby/leave/", at("/lobby/leave/"), status=405),
]

NO_PAGES = {
    "captcha/new": "for the form's script",
    "captcha/<str:token>.png": "a picture",
    "captcha/<str:token>.wav": "a sound",
    "news/": "for the pages' script",
    "draft/": "for the forms' script",
    "robots.txt": "for machines",
    "healthz": "for machines",
    "readyz": "for machines",
    "go/<slug:code>": "leads on",
    "exercises/<slug:name>/start/": "leads on",
    "class/<slug:code>/desk/results.<str:form>": "a file",
    "class/own/<slug:name>/start/": "leads on",
    "class/own/<slug:name>/offer/": "leads back",
    "class/<slug:code>/desk/add/": "leads back",
    "class/<slug:code>/join/": "leads on, or shows the way in with errors",
    "class/<slug:code>/start/<int:number>/": "leads on",
    "class/<slug:code>/practise/": "leads on",
    "class/<slug:code>/part/": "leads back",
    "class/<slug:code>/desk/host/": "leads on",
    "class/<slug:code>/hand/": "leads back",
    "class/<slug:code>/desk/say/": "leads back",
    "class/<slug:code>/desk/<int:pk>/say/": "leads back",
    "class/<slug:code>/desk/<int:pk>/fault/": "leads back",
    "class/<slug:code>/desk/lead/": "leads back",
    "class/<slug:code>/desk/pause/": "leads back",
    "class/<slug:code>/desk/fault/": "leads back",
    "exercises/<slug:name>/show/": "leads on",
    "exercises/shows/<str:key>/": "leads on",
    "exercises/tries/<int:pk>/again/": "leads on",
    "exercises/tries/<int:pk>/once-more/": "leads on",
    "exercises/me/name/": "leads on, or shows one's own page with errors",
    "exercises/me/code/": "leads on, or shows one's own page with errors",
    "lesson/": "for the bar's script",
    "lesson/seen/": "leads back",
    "lesson/hint/": "leads back",
    "lesson/predict/": "leads back",
    "lesson/show/": "leads back",
    "lesson/hide/": "leads back",
    "lesson/leave/": "leads on",
    "lesson/finish/": "leads on",
    **{
        f"{{province}}/lesson/{act}": "as on the national host"
        for act in ("rules/<str:rule>/", "", "seen/", "hint/", "predict/", "show/", "hide/", "leave/", "finish/")
    },
    "lobby/start/": "leads on, or shows the lobby with errors",
    "lobby/recover/": "leads on, or shows the lobby with errors",
    "lobby/told/": "leads back",
    "lobby/places/<int:pk>/": "leads on",
    "lobby/participants/roles/": "leads back",
    "phone/<int:pk>/switch/": "leads back",
    "phone/<int:pk>/messages/<int:message_pk>/delete/": "leads back",
    "clock/move/": "leads back",
    "clock/jump/": "leads back",
    "clock/set/": "leads back",
    "provider/api/endpoints/<int:pk>/remove/": "needs an address on the internet: portal/provider/test_developers.py",
    "provider/api/endpoints/<int:pk>/resume/": "leads back",
    "provider/api/deliveries/<int:pk>/": "needs an address on the internet: portal/provider/test_developers.py",
    "provider/api/deliveries/<int:pk>/again/": "leads back",
    "trainer/pin/": "leads back, or shows the trainer's page with errors",
    "trainer/review/": "leads back, or shows the trainer's page with errors",
    "trainer/fault/": "leads back",
    "trainer/retry/": "leads back",
    "{province}/console/": "leads on",
} | {
    f"{{province}}/{route}": "as on the national host"
    for route in ("robots.txt", "healthz", "readyz", "news/", "draft/")
}


def routes() -> Iterator[str]:
    """Every route of the site; those of a province's portal begin with ``{province}/``."""
    yield from NATIONAL_PAGES
    for route in PROVINCE_PAGES:
        yield route if route.startswith("captcha/") else f"{{province}}/{route}"  # the same views on every host
