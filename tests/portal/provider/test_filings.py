"""The provider's console: its list, a filing's page, taking it back."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import world
from tests.pages import Node, assert_is_well_made, page_of
from tests.visitors import browser_of
from verification.acting import filings
from verification.law.words import Kind
from verification.models import Filing, Participant, Provider, Sandbox
from verification.state import alarms
from verification.time import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def sandbox() -> Sandbox:
    """An empty sandbox of 2017 in which the law is in force in 甘肃."""
    return world.new_sandbox()


@pytest.fixture
def provider(sandbox: Sandbox) -> Provider:
    """The only provider."""
    return world.new_provider(sandbox)


@pytest.fixture
def participant(sandbox: Sandbox) -> Participant:
    """Who plays the provider, and may move the clock."""
    return sandbox.participants.create(
        name="小王", plays_provider=True, may_move_clock=True, joined_at=clock.real_now()
    )


@pytest.fixture
def browser(participant: Participant) -> Client:
    """The provider's browser."""
    return browser_of(participant)


def rows_of(browser: Client, address: str = "/provider/") -> list[str]:
    """The words of each row of the list."""
    page = page_of(browser.get(address))
    return [row.text for body in page.all("tbody") for row in body.all("tr")]


def badges_in_list(browser: Client) -> dict[str, list[str]]:
    """The badges of each filing in the list, by its number."""
    rows = [row for body in page_of(browser.get("/provider/")).all("tbody") for row in body.all("tr")]
    return {row.one("a").text: [badge.text for badge in row.all("span", class_="badge")] for row in rows}


def status_of(page: Node) -> list[str]:
    """The filing's true state, and what the filer is shown."""
    return [value.text for value in page.one("section", **{"aria-labelledby": "status"}).all("dd")]


# ── The list ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.rule("D-08")
def test_list_shows_the_filer_that_the_bureau_reviews_from_the_submission_on(
    browser: Client, provider: Provider
) -> None:
    filing = world.submit(provider)
    page = page_of(browser.get("/provider/"))
    assert_is_well_made(page)
    cells = [cell.text for cell in page.one("tbody").all("td")]
    assert cells[0] == "新增备案"
    assert cells[3:5] == ["待短信核验 已核验 0 / 2 · 距下发验证码 5 分 0 秒", "管局审核中"]
    assert page.one("tbody").one("a").text == filing.number


def test_list_counts_who_has_passed_and_down_to_the_deadline(browser: Client, provider: Provider) -> None:
    filing = world.submit_and_send(provider)
    world.verify(filing, 1)
    (row,) = rows_of(browser)
    assert "已核验 1 / 2 · 距核验截止 2 天 0 小时" in row


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["three", "two", "one"]),
        ("q=site2.example", ["two"]),
        ("q=演练公司", ["three", "two", "one"]),
        ("q=nothing", []),
        ("state=returned", ["two"]),
        ("state=verifying", ["one"]),
        ("state=nonsense", ["three", "two", "one"]),
        ("kind=cancel_subject", ["three"]),
        ("province=xz", []),
        ("province=gs&state=reviewing", ["three"]),
    ],
)
def test_list_is_narrowed(browser: Client, provider: Provider, query: str, found: list[str]) -> None:
    by_name = {
        "one": world.submit(provider),
        "two": world.submit(provider, world.first_filing(3, 4, domain=2)),
        "three": world.submit(provider, world.request(Kind.CANCEL_SUBJECT, world.on_record(provider))),
    }
    filings.withdraw(by_name["two"], by=world.PROVIDER)
    shown = [row.split()[0] for row in rows_of(browser, f"/provider/?{query}")]
    assert shown == [by_name[name].number for name in found]


def test_list_finds_a_number(browser: Client, provider: Provider) -> None:
    filing, _ = world.submit(provider), world.submit(provider, world.first_filing(3, 4, domain=2))
    (row,) = rows_of(browser, f"/provider/?q={filing.number}")
    assert row.startswith(filing.number)


def test_list_asks_the_database_no_more_for_many_rows(browser: Client, provider: Provider) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            browser.get("/provider/")
        return len(captured)

    world.submit(provider)
    queries()  # the tag is known from now on
    queries_for_one = queries()
    for n in range(2, 32):
        world.submit(provider, world.first_filing(n, n + 1, domain=n))
    assert queries() == queries_for_one
    assert len(rows_of(browser)) == 25
    assert len(rows_of(browser, "/provider/?page=2")) == 6


def test_list_keeps_two_providers_apart(browser: Client, sandbox: Sandbox, provider: Provider) -> None:
    other = world.new_provider(sandbox, "示例主机")
    theirs = world.submit(other)
    assert rows_of(browser) == []
    (row,) = rows_of(browser, f"/provider/?provider={other.pk}")
    assert row.startswith(theirs.number)


def test_list_without_a_provider_says_so(browser: Client) -> None:
    page = page_of(browser.get("/provider/"))
    assert page.one("p", class_="empty__title").text == "还没有备案申请"


# ── One filing ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_page_shows_phones_in_full_and_no_code(browser: Client, provider: Provider) -> None:
    filing = world.submit_and_send(provider)
    page = page_of(browser.get(f"/provider/{filing.pk}/"))
    assert_is_well_made(page)
    assert world.person(1).phone in page.text
    assert world.code_of(filing, 1) not in page.text
    assert world.person(1).id_number not in page.text


@pytest.mark.rule("D-08")
def test_page_shows_what_the_filer_was_told(browser: Client, provider: Provider) -> None:
    filing = world.submit(provider)
    page = page_of(browser.get(f"/provider/{filing.pk}/"))
    notices = page.one("section", **{"aria-labelledby": "notices"})
    assert [item.text for item in notices.all("p")] == [
        f"您的备案申请 {filing.number} 已提交甘肃省通信管理局，状态为“管局审核中”。请留意手机短信，按短信提示完成核验。"
    ]
    assert status_of(page) == ["待短信核验", "管局审核中"]


@pytest.mark.rule("W-25")
def test_page_marks_verified_contacts(browser: Client, provider: Provider) -> None:
    filing = world.submit_and_send(provider)
    world.verify(filing, 2)
    page = page_of(browser.get(f"/provider/{filing.pk}/"))
    verified = [row.text for row in page.one("section", **{"aria-labelledby": "round-1"}).all("tr")[1:3]]
    assert ["已核验联系人" in row for row in verified] == [False, True]


@pytest.mark.rule("D-02", "D-04")
def test_page_of_a_returned_filing_says_why_and_what_next(browser: Client, provider: Provider) -> None:
    filing = world.submit_and_send(provider)
    world.move(provider.sandbox, world.DEADLINE)
    page = page_of(browser.get(f"/provider/{filing.pk}/"))
    assert page.one("h2", id="returned").text == "已退回：超过时限未核验"
    assert page.one("a", class_="button--primary").text == "修改后重新提交"
    assert status_of(page) == ["已退回", "已退回"]


def test_page_shows_every_round_apart(browser: Client, provider: Provider) -> None:
    filing = world.submit(provider)
    filings.withdraw(filing, by=world.PROVIDER)
    filings.resubmit(filing, None, by=world.PROVIDER)
    page = page_of(browser.get(f"/provider/{filing.pk}/"))
    assert [heading.text for heading in page.all("h2") if heading.text.startswith("第")] == ["第 2 轮", "第 1 轮"]


def test_page_asks_the_database_no_more_for_many_persons(browser: Client, provider: Provider) -> None:
    def queries(filing: Filing) -> int:
        with CaptureQueriesContext(connection) as captured:
            browser.get(f"/provider/{filing.pk}/")
        return len(captured)

    few = world.submit_and_send(provider)
    many = world.submit_and_send(provider, world.first_filing(3, *range(4, 14), domain=2))
    queries(few)  # the tag is known from now on
    assert queries(few) == queries(many)


def test_what_the_jobs_have_not_done_is_shown_as_overdue(browser: Client, provider: Provider) -> None:
    overdue = world.submit(provider)
    world.move_without_jobs(provider.sandbox, world.SENT)
    in_time = world.submit(provider, world.first_filing(3, domain=2))
    page = page_of(browser.get(f"/provider/{overdue.pk}/"))
    assert "到期事项正在处理" in page.text
    assert "到期事项正在处理" not in page_of(browser.get(f"/provider/{in_time.pk}/")).text
    assert badges_in_list(browser) == {overdue.number: ["待短信核验", "到期待处理"], in_time.number: ["待短信核验"]}

    alarms.run_due(provider.sandbox)
    assert badges_in_list(browser)[overdue.number] == ["待短信核验"]


@pytest.mark.rule("D-02")
def test_without_jobs_the_filing_is_overdue_from_its_deadline_on_and_its_code_is_refused(
    browser: Client, provider: Provider
) -> None:
    filing = world.submit_and_send(provider)
    world.move(provider.sandbox, world.NOON)
    world.move_without_jobs(provider.sandbox, world.LAST_INSTANT)
    assert badges_in_list(browser) == {filing.number: ["待短信核验"]}
    world.move_without_jobs(provider.sandbox, world.DEADLINE)
    assert badges_in_list(browser) == {filing.number: ["待短信核验", "到期待处理"]}
    assert world.verify(filing, 1).outcome == "not_found"
    assert badges_in_list(browser) == {filing.number: ["已退回"]}


def test_what_is_set_aside_is_told_as_such(browser: Client, provider: Provider) -> None:
    filing = world.submit(provider)
    Filing.objects.update(alarm_error="ValueError: 坏行")
    world.move_without_jobs(provider.sandbox, world.SENT)
    assert badges_in_list(browser) == {filing.number: ["待短信核验", "已搁置"]}
    text = page_of(browser.get(f"/provider/{filing.pk}/")).one("main").text
    assert "处理时出错，已搁置。请告知教员" in text
    assert "到期事项正在处理" not in text
    assert "坏行" not in text


def test_jump_is_offered_to_who_may_move_the_clock(
    browser: Client, participant: Participant, provider: Provider
) -> None:
    filing = world.submit(provider)
    address = f"/provider/{filing.pk}/"
    form = page_of(browser.get(address)).one("form", action="/clock/jump/")
    assert form.one("input", name="next").attrs["value"] == address
    participant.may_move_clock = False
    participant.save()
    assert page_of(browser.get(address)).all("form", action="/clock/jump/") == []


def test_what_the_data_check_returned_is_not_offered_unchanged(browser: Client, provider: Provider) -> None:
    record = world.on_record(provider)
    again = world.submit(provider, world.request_of(Kind.ADD_ACCESS, record))
    withdrawn = world.submit(provider)
    world.withdraw(withdrawn)
    offered = {
        filing.pk: [button.attrs["value"] for button in page.all("button", name="action")]
        for filing in (again, withdrawn)
        if (page := page_of(browser.get(f"/provider/{filing.pk}/"))).one("a", class_="button--primary")
    }
    assert offered == {again.pk: [], withdrawn.pk: ["unchanged"]}
    response = browser.post(f"/provider/{again.pk}/resubmit/", {"action": "unchanged"}, follow=True)
    assert response.redirect_chain[0] == (f"/provider/{again.pk}/resubmit/", 302)
    assert page_of(response).one("ul", class_="notices").text == (
        "数据校验退回的申请，不修改就重新提交会再次退回，请按退回说明修改后提交。"
    )
    assert world.standing(again) == ("returned", "data_check", 1)


# ── Who gets in ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("page", ["", "resubmit/", "withdraw/"])
def test_pages_of_another_sandbox_do_not_exist(browser: Client, provider: Provider, page: str) -> None:
    elsewhere = world.submit(world.new_provider(world.new_sandbox()))
    address = f"/provider/{elsewhere.pk}/{page}"
    assert browser.get(address).status_code == 404
    if page:
        assert browser.post(address).status_code == 404
    assert world.standing(elsewhere) == ("verifying", "", 1)


def test_provider_of_another_sandbox_is_not_found(browser: Client, provider: Provider) -> None:
    elsewhere = world.new_provider(world.new_sandbox(), "别家")
    page = page_of(browser.get(f"/provider/?provider={elsewhere.pk}"))
    assert "别家" not in page.text


@pytest.mark.parametrize("address", ["/provider/", "/provider/new/", "/bureau/"])
def test_part_must_be_played(sandbox: Sandbox, address: str) -> None:
    filer = sandbox.participants.create(name="小李", joined_at=clock.real_now())
    assert browser_of(filer).get(address).status_code == 403


@pytest.mark.parametrize("page", ["", "withdraw/"])
def test_looking_changes_nothing(browser: Client, provider: Provider, page: str) -> None:
    filing = world.submit_and_send(provider)
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(f"/provider/{filing.pk}/{page}").status_code == 200
    assert {query["sql"].split()[0] for query in captured} == {"SELECT"}


# ── Taking a filing back ─────────────────────────────────────────────────────────────────────────────────────────────


def test_withdrawal_is_asked_once_more_and_done(browser: Client, provider: Provider) -> None:
    filing = world.submit_and_send(provider)
    page = page_of(browser.get(f"/provider/{filing.pk}/withdraw/"))
    assert_is_well_made(page)
    assert filing.number in page.one("main").text
    response = browser.post(f"/provider/{filing.pk}/withdraw/", follow=True)
    assert response.redirect_chain == [(f"/provider/{filing.pk}/", 302)]
    assert world.standing(filing) == ("returned", "withdrawn", 1)
    assert filing.events.last().actor == "小王"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("province", "moves", "losses"),
    [
        ("b", [], ""),
        ("gs", [], "还没有下发的验证码不再下发，"),
        ("gs", [1], "已下发的验证码不再有效，已通过的短信核验不再有效，"),
        ("gs", [1, 2], "已通过的短信核验不再有效，"),
    ],
)
def test_withdrawal_names_what_it_ends_and_nothing_else(
    browser: Client, provider: Provider, province: str, moves: list[int], losses: str
) -> None:
    wanted = world.first_filing(province=province)
    filing = world.submit_and_send(provider, wanted) if moves else world.submit(provider, wanted)
    for who in moves:
        world.verify(filing, who)
    page = page_of(browser.get(f"/provider/{filing.pk}/withdraw/"))
    again = "，届时重新核验" if losses else ""
    assert page.one("form", class_="card").one("p").text == (
        f"撤回 新增备案 {filing.number} 以后，{losses}申请退回接入商。"
        f"以后可以修改并重新提交，申请编号不变{again}。此操作不能撤销。"
    )
    page = page_of(browser.post(f"/provider/{filing.pk}/withdraw/", follow=True))
    said = "，".join(filter(None, ["已撤回", losses.removesuffix("，")]))
    assert page.one("ul", class_="notices").text == f"备案申请 {filing.number} {said}。"


def test_withdrawal_of_what_is_back_already_is_refused(browser: Client, provider: Provider) -> None:
    filing = world.submit(provider)
    filings.withdraw(filing, by=world.PROVIDER)
    response = browser.post(f"/provider/{filing.pk}/withdraw/", follow=True)
    assert "不能撤回" in page_of(response).text
    assert browser.get(f"/provider/{filing.pk}/withdraw/").status_code == 302


def test_timeline_shows_what_was_and_what_may_still_come(browser: Client, provider: Provider) -> None:
    filing = world.submit(provider)

    def told() -> list[str]:
        figure = page_of(browser.get(f"/provider/{filing.pk}/")).one("figure")
        assert "的时间线" in figure.all("svg")[0].attrs["aria-label"]
        return [row.one("th").text for row in figure.one("tbody").all("tr")]

    assert told() == ["提交", "将下发验证码（还没到）", "中午会重发（还没到）", "核验时限（还没到）"]
    world.move(filing.sandbox, world.SENT)
    assert told() == ["提交", "下发验证码", "中午会重发（还没到）", "核验时限（还没到）"]
    world.withdraw(filing)
    assert told() == ["提交", "下发验证码", "退回接入商", "中午本会重发（没有等到）", "核验时限（没有等到）"]
