"""The looks of 2018 and 2020: what their pages hold, and that they differ from the first in arrangement only."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.http import HttpResponse
from django.test import Client

from portal.portals.looks import LAYOUTS
from tests.entering import code, errors, from_form, hint, right, send, verify, words
from tests.pages import Node, assert_is_well_made, page_of
from tests.visitors import GANSU, NATIONAL, anybody, browser_of, owner_of
from tests.world import WRONG_ID, challenge_of, first_filing, new_provider, new_sandbox, submit_and_send
from tools.places import ROOT
from verification.law.editions import editions
from verification.law.words import Look
from verification.models import Filing, Sandbox

pytestmark = pytest.mark.django_db

ZHEJIANG = "zcainfo.localhost:8000"
PATHS = ["/", "/verify/", "/resend/", "/help/", "/help/id/", "/query/", "/outside/policies/"]
MENU_OF_2020 = [
    "首页",
    "ICP备案查询",
    "短信核验",
    "违法违规域名查询",
    "电子化核验申请",
    "通知公告",
    "政策文件",
]


@pytest.fixture
def in_2018() -> Sandbox:
    """浙江 on its first day."""
    return new_sandbox("2018-09-10 09:30")


@pytest.fixture
def in_2020() -> Sandbox:
    """The day after the whole country began."""
    return new_sandbox("2020-08-18 09:30")


def filing_in(sandbox: Sandbox, province: str) -> Filing:
    """A filing of two persons whose codes have gone out."""
    provider = new_provider(sandbox, f"演练云{province}")
    return submit_and_send(provider, first_filing(1, 2, province=province, domain=1 + Filing.objects.count()))


# ── Every page in every look ─────────────────────────────────────────────────


@pytest.mark.parametrize("when", ["2017-12-20 09:30", "2018-09-10 09:30", "2020-08-18 09:30"])
@pytest.mark.parametrize("host", [GANSU, NATIONAL])
def test_pages_are_well_made_in_every_look(when: str, host: str) -> None:
    browser = browser_of(owner_of(new_sandbox(when)), host=host)
    for path in PATHS:
        answer = browser.get(path)
        assert answer.status_code == 200
        assert_is_well_made(page_of(answer))


@pytest.mark.parametrize(
    ("when", "host", "look"),
    [
        ("2018-09-09 23:59", GANSU, "pilot"),
        ("2018-09-10 00:00", GANSU, "card"),
        ("2018-09-10 00:00", ZHEJIANG, "card"),
        ("2020-08-16 23:59", ZHEJIANG, "card"),
        ("2020-08-17 00:00", ZHEJIANG, "national"),
        ("2020-08-17 00:00", NATIONAL, "national"),
    ],
)
def test_look_is_that_of_the_edition_in_force(when: str, host: str, look: str) -> None:
    page = page_of(browser_of(owner_of(new_sandbox(when)), host=host).get("/"))
    assert page.one("html").attrs["data-look"] == look
    sheets = [link.attrs["href"] for link in page.all("link", rel="stylesheet")]
    assert [sheet for sheet in sheets if "look-" in sheet] == ([f"/static/portals/look-{look}.css"] * (look != "pilot"))


def test_every_look_has_its_layout() -> None:
    assert set(LAYOUTS) == set(Look)


@pytest.mark.rule("N-06")
def test_no_program_branches_on_an_editions_name() -> None:
    names = "|".join(editions())
    files = [
        file
        for folder in ("portal", "verification", "tools", "templates", "static")
        for file in (ROOT / folder).rglob("*")
        if file.suffix in {".py", ".html", ".js", ".css"}
    ]
    assert len(files) > 100
    assert [str(file) for file in files if re.search(names, file.read_text(encoding="utf-8"))] == []


# ── card ─────────────────────────────────────────────────────────────────────


@pytest.mark.rule("V-02", "R-01", "R-02")
def test_card_has_two_tabs_and_the_buttons_of_its_time(in_2018: Sandbox) -> None:
    browser = browser_of(owner_of(in_2018), host=ZHEJIANG)
    for path, number, fields in (("/verify/", 0, 4), ("/resend/", 1, 3)):
        page = page_of(browser.get(path))
        tabs = page.one("nav", class_="card-tabs").all("a")
        assert [(tab.text, tab.attrs["href"]) for tab in tabs] == [("短信核验", "/verify/"), ("短信重发", "/resend/")]
        assert [tab.attrs.get("aria-current") for tab in tabs] == [["page", None], [None, "page"]][number]
        form = page.one("form", method="post")
        assert len(form.all("label")) == fields
        assert form.one("button", class_="entries__submit").text == "提交"


@pytest.mark.rule("V-03", "V-04", "V-05", "V-16")
def test_card_answers_with_the_persons_name(in_2018: Sandbox) -> None:
    filing = filing_in(in_2018, "z")
    browser = browser_of(owner_of(in_2018), host=ZHEJIANG)
    one, two = (right(challenge_of(filing, who)) for who in (1, 2))
    said = [words(verify(browser, entry))[2] for entry in (one, one, two)]
    assert said == [
        "演甲1的短信核验完成。请等待其他待核验人进行短信核验。",
        "演甲1的短信核验已经完成，无需重复提交",
        "演乙2的短信核验完成。您的请求已完成全部核验，该请求将提交管局审核。",
    ]


@pytest.mark.rule("V-07", "V-17")
def test_card_names_wrong_ids_and_shows_no_result_codes(in_2018: Sandbox) -> None:
    filing = filing_in(in_2018, "z")
    browser = browser_of(owner_of(in_2018), host=ZHEJIANG)
    page = verify(browser, right(challenge_of(filing, 1)) | {"id_suffix": WRONG_ID})
    assert words(page) == ("未成功", "尊敬的ICP用户：", "演甲1的短信核验失败，请输入正确的信息。")
    assert code(page) is None
    assert page.one("p", class_="panel__back").one("a").attrs["href"] == "/verify/"


# ── national ─────────────────────────────────────────────────────────────────


@pytest.mark.rule("N-03")
def test_national_home_offers_verification_itself(in_2020: Sandbox) -> None:
    answer = browser_of(owner_of(in_2020)).get("/")
    page = page_of(answer)
    assert [link.text for link in page.one("ul", class_="menu__inner").all("a")] == MENU_OF_2020
    assert page.one("span", class_="masthead__name").text == "工业和信息化部政务服务平台"
    card = page.one("section", class_="front__side")
    assert [tab.text for tab in card.one("nav", class_="card-tabs").all("a")] == ["短信核验", "短信重发"]
    assert card.one("form", method="post").attrs["action"] == "/verify/"
    assert "no-store" in answer["Cache-Control"]
    assert [heading.text for heading in page.all("h2")] == ["通知公告", "政策文件", "各省管局网站"]
    assert len(page.one("p", class_="front__provinces").all("a")) == 31


@pytest.mark.rule("N-03")
def test_national_home_of_those_without_a_visit_leads_to_the_form_and_can_be_cached() -> None:
    with time_machine.travel("2020-08-18 09:30+08:00", tick=False):
        answer = anybody().get("/")
    page = page_of(answer)
    assert not answer.cookies
    assert "no-store" not in answer.get("Cache-Control", "")
    links = page.one("section", class_="front__side").all("a")
    assert [link.attrs["href"] for link in links] == ["/verify/", "/resend/", "/verify/", "/resend/"]


@pytest.mark.rule("V-01", "V-02", "N-03")
def test_national_fields_say_in_themselves_what_to_type(in_2020: Sandbox) -> None:
    form = page_of(browser_of(owner_of(in_2020)).get("/verify/")).one("form", method="post")
    shown = [field for field in form.all("input") if field.attrs.get("type") != "hidden"]
    assert [field.attrs["placeholder"] for field in shown] == [
        "请输入短信验证码",
        "请输入手机号",
        "请输入证件号码后6位",
        "请输入图形验证码",
    ]
    assert [label.text for label in form.all("label")] == ["短信验证码", "手机号", "证件号码后6位", "图形验证码"]
    assert form.one("input", name="id_suffix").attrs["maxlength"] == "6"
    assert form.one("button", class_="entries__submit").text == "提交"


@pytest.mark.rule("V-13")
def test_national_errors_are_in_the_words_of_its_time(in_2020: Sandbox) -> None:
    browser = browser_of(owner_of(in_2020))
    assert errors(page_of(browser.post("/verify/", from_form({})))) == {
        "code": "短信验证码不能为空",
        "phone": "手机号不能为空",
        "id_suffix": "证件号不能为空",
        "captcha_1": "图形验证码不能为空",
    }
    page = verify(browser, {"code": "12", "phone": "23", "id_suffix": "34"})
    assert errors(page) == {
        "code": "验证码应为 6 位数字，请按短信内容填写。",
        "phone": "请输入正确的手机号",
        "id_suffix": "请填写证件号码的最后 6 位，只能是数字、字母或全角括号（ ）。",
    }
    assert_is_well_made(page)


@pytest.mark.rule("V-10")
def test_national_answer_stands_in_a_dialog_before_an_empty_form(in_2020: Sandbox) -> None:
    challenge = challenge_of(filing_in(in_2020, "gs"), 1)
    page = verify(browser_of(owner_of(in_2020)), right(challenge))
    assert_is_well_made(page)
    dialog = page.one("dialog")
    assert "open" in dialog.attrs
    assert dialog.one("p", id=dialog.attrs["aria-labelledby"]).text == "提示"
    assert dialog.one("form", method="dialog").one("button").text == "确定"
    assert words(dialog)[2] == "您的短信核验完成，请等待其他核验人进行短信核验"
    fields = [field for field in page.one("form", class_="entries").all("input") if field.attrs.get("type") == "text"]
    assert [field.attrs.get("value", "") for field in fields] == ["", "", "", ""]


@pytest.mark.rule("N-03", "V-10", "V-11", "V-17")
def test_every_result_code_of_an_entry_is_reached_on_the_national_portal(in_2020: Sandbox) -> None:
    browser = browser_of(owner_of(in_2020))
    filing = filing_in(in_2020, "gs")
    one, two = (right(challenge_of(filing, who)) for who in (1, 2))
    nobody = {"code": "999999" if one["code"] != "999999" else "999998", "phone": "13800138000", "id_suffix": WRONG_ID}

    def codes(*entries: dict[str, str]) -> list[str | None]:
        return [code(verify(browser, entry)) for entry in entries]

    wrong_code, wrong_id = one | {"code": nobody["code"]}, one | {"id_suffix": WRONG_ID}
    assert codes(nobody, wrong_code, wrong_id, one, one, two) == ["4", "0", "2", "31", "20", "3"]
    other = filing_in(in_2020, "z")
    wrong_id = right(challenge_of(other, 1)) | {"id_suffix": WRONG_ID}
    assert codes(*[wrong_id] * 5) == ["2", "2", "2", "2", "21"]
    assert codes(right(challenge_of(other, 1))) == ["4"]


@pytest.mark.rule("R-03", "R-04", "R-06", "V-17")
def test_every_result_code_of_a_resend_is_reached_on_the_national_portal(in_2020: Sandbox) -> None:
    browser = browser_of(owner_of(in_2020))
    challenge = challenge_of(filing_in(in_2020, "gs"), 1)
    entry = {"phone": challenge.phone.number, "id_suffix": challenge.id_suffix}
    pages = [send(browser, entry | {"id_suffix": WRONG_ID}), send(browser, entry)]
    for minutes in (2, 4):
        with time_machine.travel(timedelta(minutes=minutes)):
            pages.append(send(browser, entry))
    assert [code(page) for page in pages] == ["100", "101", "101", "102"]


@pytest.mark.rule("V-19")
@pytest.mark.parametrize("has_fault", [False, True])
def test_what_is_not_found_says_what_may_be_the_cause(in_2020: Sandbox, has_fault: bool) -> None:
    challenge = challenge_of(filing_in(in_2020, "gs"), 1)
    Sandbox.objects.filter(pk=in_2020.pk).update(has_fault=has_fault)
    entry = right(challenge) if has_fault else right(challenge) | {"code": "000000", "phone": "13800138000"}
    browser = browser_of(owner_of(in_2020))
    page = verify(browser, entry | ({} if has_fault else {"id_suffix": WRONG_ID}))
    assert code(page) == "4"
    assert hint(page) == "备案申请可能还没有提交到管局，请联系接入商确认；也可能是系统故障，请稍后再次尝试核验。"
    del entry["code"]
    page = send(browser, entry | ({} if has_fault else {"id_suffix": WRONG_ID}))
    assert code(page) == "100"
    assert "备案申请可能还没有提交到管局" in hint(page)


@pytest.mark.rule("N-02", "N-03")
def test_portals_of_the_provinces_exist_in_the_national_look(in_2020: Sandbox) -> None:
    filing = filing_in(in_2020, "gs")
    browser = browser_of(owner_of(in_2020), host=GANSU)
    home = page_of(browser.get("/"))
    assert home.one("span", class_="masthead__name").text == "甘肃省通信管理局"
    assert home.one("a", class_="doors__main").text == "短信核验"
    page = verify(browser, right(challenge_of(filing, 1)))
    assert code(page) == "31"
    elsewhere = browser_of(owner_of(new_sandbox("2020-08-18 09:30")), host=GANSU)
    assert code(verify(elsewhere, right(challenge_of(filing, 2)))) == "4"


# ── What to type of a document ───────────────────────────────────────────────


def explained(page: Node) -> str:
    return page.one("ul", class_="documents").text


def page_at(host: str, path: str) -> Node:
    response: HttpResponse = browser_at(host).get(path)  # type: ignore[assignment]
    return page_of(response)


def browser_at(host: str) -> Client:
    return browser_of(owner_of(new_sandbox("2020-08-18 09:30")), host=host)


@pytest.mark.rule("I-01", "I-02", "I-03")
@pytest.mark.parametrize("path", ["/verify/", "/resend/", "/help/id/"])
def test_pages_explain_which_number_of_the_permit_counts(path: str) -> None:
    front, back = "通行证人像面的证件号码的后 6 位", "通行证背面的香港或澳门身份证件号码的后 6 位"
    gansu, zhejiang, national = (explained(page_at(host, path)) for host in (GANSU, ZHEJIANG, NATIONAL))
    assert (front in gansu, back in gansu) == (True, False)
    assert (front in zhejiang, back in zhejiang) == (False, True)
    assert f"港澳居民来往内地通行证（其他省份备案用户）：{front}" in national
    assert f"港澳居民来往内地通行证（浙江省备案用户）：{back}" in national
    for text in (gansu, zhejiang, national):
        assert "居民身份证：号码的最后 6 位，末位是 X 的照填，大小写均可。" in text
        assert "台湾居民来往大陆通行证" in text
        assert "护照" in text


@pytest.mark.rule("I-04")
def test_half_width_brackets_get_an_error_that_says_why_and_count_as_no_try(in_2020: Sandbox) -> None:
    challenge = challenge_of(filing_in(in_2020, "z"), 1)
    type(challenge).objects.filter(pk=challenge.pk).update(id_suffix="456（7）")
    challenge.refresh_from_db()
    browser = browser_of(owner_of(in_2020), host=ZHEJIANG)
    page = verify(browser, right(challenge) | {"id_suffix": "456(7)"})
    assert errors(page) == {"id_suffix": "括号也算一位，并且须用全角输入：请把 ( ) 改为（ ）。"}
    challenge.refresh_from_db()
    assert challenge.tries == 0
    assert code(verify(browser, right(challenge))) == "31"
