"""公共查询 and ICP备案查询: the form with its captcha, what is found and where, and what stands on no page."""

import re

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from portal.portals import captcha
from tests.entering import with_captcha
from tests.pages import Node, assert_is_well_made, page_of
from tests.verification.editions.in_edition import place
from tests.visitors import GANSU, NATIONAL, anybody, browser_of, owner_of
from tests.world import (
    accept,
    app,
    first_filing,
    new_provider,
    new_sandbox,
    on_record,
    pass_all,
    person,
    request,
    site,
    submit,
)
from verification.asking.submissions import SubjectData, Submission
from verification.law.identity import masked
from verification.law.words import Kind
from verification.models import Person, Role, Sandbox, Service, Subject
from verification.worlds import sandboxes

pytestmark = pytest.mark.django_db

TIANJIN = "tjcainfo.localhost:8000"
COLUMNS = ["主办单位名称", "主办单位性质", "备案号", "网站名称", "网站域名", "审核通过日期"]
STALE = "图形验证码已过期或已用过，请按新的图片重新填写。"


@pytest.fixture
def sandbox() -> Sandbox:
    """甘肃 in 2017."""
    return new_sandbox()


@pytest.fixture
def subject(sandbox: Sandbox) -> Subject:
    """陇ICP备16000001号 with old1.example.com and old2.example.com."""
    return on_record(new_provider(sandbox))


@pytest.fixture
def browser(sandbox: Sandbox) -> Client:
    """A visitor at the portal of 甘肃."""
    return browser_of(owner_of(sandbox), host=GANSU)


def send(browser: Client, by: str, text: str) -> HttpResponse:
    """The answer to a search with a good captcha."""
    answer: HttpResponse = browser.post("/query/", with_captcha({"by": by, "q": text}))  # type: ignore[assignment]
    return answer


def search(browser: Client, by: str, text: str) -> Node:
    """The page that answers it, with all errors corrected."""
    answer = send(browser, by, text)
    page = page_of(answer)
    assert answer.status_code == 200
    assert errors(page) == {}
    assert_is_well_made(page)
    return page


def rows(page: Node) -> list[list[str]]:
    """What was found, as the names of the columns have it on narrow screens too."""
    found = [row.all("th") + row.all("td") for table in page.all("tbody") for row in table.all("tr")]
    assert all([cell.attrs["data-label"] for cell in row] == COLUMNS for row in found)
    return [[cell.text for cell in row] for row in found]


def errors(page: Node) -> dict[str, str]:
    """The sentence beside each field."""
    found = {name: page.all("div", id=f"id_{name}_error") for name in ("by", "q", "captcha_1")}
    return {name: nodes[0].text for name, nodes in found.items() if nodes}


def kept(page: Node) -> tuple[list[str], str | None]:
    """What the form says: which way of searching is chosen, and the text."""
    chosen = [radio.attrs["value"] for radio in page.all("input", type="radio") if "checked" in radio.attrs]
    return chosen, page.one("input", name="q").attrs.get("value")


# ── The form ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("when", "host", "name"),
    [
        ("2017-12-20 09:30", GANSU, "公共查询"),
        ("2018-09-10 09:30", NATIONAL, "公共查询"),
        ("2020-08-18 09:30", NATIONAL, "ICP备案查询"),
        ("2020-08-18 09:30", GANSU, "ICP备案查询"),
    ],
)
def test_page_is_called_as_in_its_time(when: str, host: str, name: str) -> None:
    browser = browser_of(owner_of(new_sandbox(when)), host=host)
    page = page_of(browser.get("/query/"))
    assert_is_well_made(page)
    assert page.one("h1").text == name
    assert page.one("nav", class_="menu").one("a", **{"aria-current": "page"}).text == name
    doors = [link.text for link in page_of(browser.get("/")).all("a") if link.attrs["href"] == "/query/"]
    assert set(doors) == {name}


def test_form_offers_three_ways_and_the_captcha(browser: Client) -> None:
    page = page_of(browser.get("/query/"))
    form = page.one("form", class_="entries")
    assert form.attrs["method"] == "post"
    assert form.one("legend").text == "查询方式"
    assert [label.text for label in form.one("fieldset").all("label")] == ["备案号", "网站域名", "主体名称"]
    assert kept(page) == (["number"], None)
    assert [label.text for label in form.all("label")[3:]] == ["查询内容", "图形验证码"]
    assert form.one("button", class_="entries__submit").text == "查询"
    assert "name" not in form.all("button")[0].attrs  # Enter searches and does not change the captcha


def test_reading_the_page_writes_nothing(browser: Client) -> None:
    with CaptureQueriesContext(connection) as captured:
        answer = browser.get("/query/", {"by": "name", "q": "演练"})
    assert {query["sql"].split()[0] for query in captured} == {"SELECT"}
    assert "no-store" in answer["Cache-Control"]
    assert rows(page_of(answer)) == []


@pytest.mark.rule("V-13")
@pytest.mark.parametrize(
    ("by", "text", "expected"),
    [
        ("number", "17000001", {"q": "备案号应由省份简称、“ICP备”、数字和“号”组成"}),
        ("domain", "演练网站", {"q": "请填写完整的域名，例如 example.com；"}),
        ("name", "演", {"q": "请至少填写主体名称中连续的 2 个字。"}),
        ("name", "", {"q": "请填写查询内容。"}),
        ("name", "演" * 501, {"q": "查询内容太长，请只填写备案号、域名或名称。"}),
        ("phone", "13900000001", {"by": "请选择查询方式。"}),
    ],
)
def test_error_stands_beside_its_field_and_the_text_stays(
    browser: Client, subject: Subject, by: str, text: str, expected: dict[str, str]
) -> None:
    page = page_of(send(browser, by, text))
    found = errors(page)
    assert {name: found[name][: len(sentence)] for name, sentence in expected.items()} == expected
    assert set(found) == set(expected)
    assert page.one("title").text.startswith("错误：公共查询")
    assert (page.one("input", name="q").attrs.get("value") or "") == text
    assert rows(page) == []


# ── The captcha ──────────────────────────────────────────────────────────────


@pytest.mark.rule("V-12")
@pytest.mark.parametrize(
    ("typed", "sentence"), [("", "请填写图形验证码。"), ("00000x", "图形验证码不正确，请按新的图片重新填写。")]
)
def test_bad_captcha_is_refused_before_anything_is_looked_up(
    browser: Client, subject: Subject, typed: str, sentence: str
) -> None:
    token = captcha.issue()
    entry = {"by": "name", "q": "演练公司", "captcha_0": token.text, "captcha_1": typed}
    with CaptureQueriesContext(connection) as captured:
        page = page_of(browser.post("/query/", entry))
    assert [query["sql"] for query in captured if "verification_subject" in query["sql"]] == []
    assert (errors(page), rows(page)) == ({"captcha_1": sentence}, [])
    assert kept(page) == (["name"], "演练公司")
    assert page.one("input", name="captcha_0").attrs["value"] != token.text
    assert "value" not in page.one("input", name="captcha_1").attrs


@pytest.mark.rule("V-12")
def test_captcha_is_good_for_one_search_and_a_reload_shows_it_again(browser: Client, subject: Subject) -> None:
    entry = with_captcha({"by": "name", "q": "演练公司"})
    for _ in range(2):
        page = page_of(browser.post("/query/", entry))
        assert (errors(page), len(rows(page)), kept(page)) == ({}, 2, (["name"], "演练公司"))
    page = page_of(browser.post("/query/", entry | {"q": "演练"}))
    assert (errors(page), rows(page), kept(page)) == ({"captcha_1": STALE}, [], (["name"], "演练"))


@pytest.mark.rule("V-12")
def test_captcha_is_used_up_also_when_the_text_is_malformed(browser: Client, subject: Subject) -> None:
    entry = with_captcha({"by": "name", "q": "演练公司"})
    assert set(errors(page_of(browser.post("/query/", entry | {"q": "演"})))) == {"q"}
    assert errors(page_of(browser.post("/query/", entry))) == {"captcha_1": STALE}


def test_new_captcha_without_scripts_keeps_what_was_typed_and_complains_of_nothing(browser: Client) -> None:
    entry = with_captcha({"by": "domain", "q": "exam"})
    page = page_of(browser.post("/query/", entry | {"new_captcha": "1"}))
    assert (errors(page), kept(page)) == ({}, (["domain"], "exam"))
    assert page.one("input", name="captcha_0").attrs["value"] != entry["captcha_0"]


# ── What is found, and where ─────────────────────────────────────────────────


@pytest.mark.rule("D-06")
@pytest.mark.parametrize(
    ("by", "text"),
    [
        ("number", "陇ICP备17000001号"),
        ("number", "陇ICP备17000001号-1"),
        ("domain", "www.site1.example.com"),
        ("name", "演练"),
    ],
)
def test_accepted_filing_is_found_on_its_provinces_portal_and_the_national_one(
    sandbox: Sandbox, by: str, text: str
) -> None:
    filing = submit(new_provider(sandbox))
    pass_all(filing)
    visitor = owner_of(sandbox)
    gansu, national, tianjin = (browser_of(visitor, host=host) for host in (GANSU, NATIONAL, TIANJIN))
    assert rows(search(gansu, by, text)) == []
    accept(filing)
    found = [["演练公司", "企业", "陇ICP备17000001号-1", "网站1", "site1.example.com", "2017-12-20"]]
    assert rows(search(gansu, by, text)) == rows(search(national, by, text)) == found
    assert rows(search(tianjin, by, text)) == []


def test_what_was_asked_stays_for_the_next_search(browser: Client, subject: Subject) -> None:
    page = search(browser, "domain", "old1.example.com")
    assert kept(page) == (["domain"], "old1.example.com")
    assert page.one("caption").text == "查询结果：1 条"


def test_nothing_found_says_what_to_do_next(browser: Client, sandbox: Sandbox, subject: Subject) -> None:
    empty = search(browser, "number", "津ICP备17000001号").one("div", class_="empty")
    assert empty.one("p").text == "没有查到符合条件的备案"
    assert "这里只能查到甘肃省的备案" in empty.text
    assert empty.one("a").attrs["href"] == f"http://{NATIONAL}/query/"
    national = search(browser_of(sandbox.participants.get()), "name", "没有这个").one("div", class_="empty")
    assert [len(national.all("li")), national.all("a")] == [2, []]


def test_long_list_is_cut_and_says_so(browser: Client, subject: Subject) -> None:
    site_1 = subject.services.get(serial=1)
    Service.objects.bulk_create(
        Service(
            subject=subject,
            serial=serial,
            name="站",
            domain=f"n{serial}.example.com",
            responsible=site_1.responsible,
            accepted_at=site_1.accepted_at,
        )
        for serial in range(3, 60)
    )
    page = search(browser, "name", "演练公司")
    assert len(rows(page)) == 50
    assert "只列出前 50 条，请填写更完整的名称。" in page.one("main").text


@pytest.mark.parametrize("host", [GANSU, NATIONAL])
def test_records_of_another_sandbox_are_not_found(sandbox: Sandbox, subject: Subject, host: str) -> None:
    own, stranger = (browser_of(owner_of(one), host=host) for one in (sandbox, new_sandbox()))
    for by, text in (("number", subject.number), ("domain", "old1.example.com"), ("name", subject.name)):
        assert rows(search(own, by, text)) != []
        assert rows(search(stranger, by, text)) == []


@pytest.mark.rule("W-25")
@pytest.mark.parametrize("nature", ["enterprise", "individual"])
def test_no_contact_stands_on_the_page(sandbox: Sandbox, browser: Client, nature: str) -> None:
    """The name of a 个人 is the name of the 主体, and shown as that; what else is known of persons never is."""
    owner, webmaster = person(3), person(4)
    name = owner.name if nature == "individual" else "演练公司"
    blank = first_filing()
    filing = submit(
        new_provider(sandbox),
        Submission(
            kind=blank.kind,
            province="gs",
            subject=SubjectData(name=name, nature=nature, person=owner, remark="备注里的话"),
            services=(site(1, webmaster, remark="备注里的话"),),
        ),
    )
    pass_all(filing)
    accept(filing)
    contacts = list(Person.objects.filter(sandbox=sandbox))
    assert sorted(contact.name for contact in contacts) == sorted([owner.name, webmaster.name])
    for by, text in (("number", "陇ICP备17000001号"), ("domain", "site1.example.com"), ("name", name)):
        answer = send(browser, by, text)
        page = answer.content.decode()
        ((shown, *_),) = rows(page_of(answer))
        assert shown == name
        assert (owner.name in page) is (nature == "individual")
        secrets = [webmaster.name, "备注里的话"]
        for contact in (owner, webmaster):
            secrets += [contact.phone, contact.phone[-4:], contact.id_number, contact.id_number[-6:]]
            secrets += [masked(contact.id_number)]
        words = re.sub(r'value="[^"]*"|src="[^"]*"|href="[^"]*"', "", page)  # tokens are random letters and digits
        assert [secret for secret in secrets if secret in words] == []


# ── Who may, and how often ───────────────────────────────────────────────────


def test_search_without_a_sandbox_leads_to_the_lobby_and_back() -> None:
    browser = anybody(host=GANSU)
    page = page_of(browser.get("/query/"))
    assert_is_well_made(page)
    lobby = "http://localhost:8000/lobby/?next=%2Fgo%2Fgs%3Fto%3D%252Fquery%252F"
    assert page.one("p", class_="notice").one("a").attrs["href"] == lobby
    entry = with_captcha({"by": "name", "q": "演练"})
    answer = browser.post("/query/", entry, headers={"referer": f"http://{GANSU}/query/"})
    assert (answer.status_code, answer["Location"]) == (302, lobby)


@pytest.mark.parametrize("role", Role)
def test_anybody_in_the_sandbox_may_search(role: Role) -> None:
    started = sandboxes.start(scenario="2017-gs", shared=True, participant_name="李老师")
    learner = sandboxes.join(join_code=started.sandbox.join_code, name="小王")
    sandboxes.set_roles(learner, roles=[role], may_move_clock=False)
    assert len(rows(search(browser_of(learner), "name", "演练"))) == 3


def test_too_many_searches_are_refused_with_what_to_do_and_no_captcha_is_lost(
    browser: Client, subject: Subject, settings: Settings
) -> None:
    settings.QUERIES_A_MINUTE_OF_SANDBOX = 2
    for _ in range(2):
        assert send(browser, "name", "演练公司").status_code == 200
    entry = with_captcha({"by": "name", "q": "演练公司"})
    answer = browser.post("/query/", entry)
    page = page_of(answer)
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    assert_is_well_made(page)
    assert page.one("div", role="alert").one("p", class_="notice__title").text == "查询太频繁"
    assert (errors(page), rows(page), kept(page)) == ({}, [], (["name"], "演练公司"))
    another = browser_of(owner_of(new_sandbox()), host=GANSU)
    assert errors(page_of(another.post("/query/", entry))) == {}


def test_address_has_a_limit_of_its_own(settings: Settings) -> None:
    settings.QUERIES_A_MINUTE = 3
    browsers = [browser_of(owner_of(new_sandbox()), host=GANSU) for _ in range(4)]
    assert [send(browser, "name", "演练").status_code for browser in browsers] == [200, 200, 200, 429]


def test_search_costs_the_same_whatever_it_finds(browser: Client, subject: Subject) -> None:
    def tables(by: str, text: str) -> list[str]:
        entry = with_captcha({"by": by, "q": text})
        with CaptureQueriesContext(connection) as captured:
            browser.post("/query/", entry)
        return [re.search('(FROM|UPDATE) "?verification_([a-z]+)"?', query["sql"])[2] for query in captured]

    for asked in (("name", "演练公司"), ("domain", "old1.example.com"), ("number", "陇ICP备17000009号")):
        # the visit, and the search
        assert tables(*asked) == ["browser", "subject"]


# ── Services other than websites ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.rule("T-11")
def test_app_is_found_with_its_type_and_number() -> None:
    there = place("public-2023")
    filing = submit(there.provider, request(Kind.ADD_SERVICE, there.record, app(5, 3)))
    pass_all(filing)
    accept(filing)
    browser = browser_of(owner_of(there.sandbox), host=NATIONAL)
    form = page_of(browser.get("/query/"))
    assert "主体、APP 或小程序名称" in form.one("main").text
    page = page_of(send(browser, "name", "应用5"))
    assert errors(page) == {}
    (row,) = page.one("tbody").all("tr")
    cells = {cell.attrs["data-label"]: cell.text for cell in row.all("th") + row.all("td")}
    assert (cells["备案号"], cells["服务类型"], cells["服务名称"]) == ("陇ICP备16000001号-3A", "APP", "应用5")
    assert_is_well_made(page)
