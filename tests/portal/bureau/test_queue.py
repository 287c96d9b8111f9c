"""The bureau's console: what waits, the decision, and who made it."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import world
from tests.pages import assert_is_well_made, page_of
from tests.portal.api.client import Program, new_key, told
from tests.receiver import Receiver
from tests.visitors import browser_of
from verification.acting import filings
from verification.by import By
from verification.law.words import Kind
from verification.models import Filing, Provider, Sandbox
from verification.outside import webhooks
from verification.time import clock
from verification.worlds.bureau import AutomaticReview, set_review

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
def browser(sandbox: Sandbox) -> Client:
    """The officer's browser."""
    return browser_of(sandbox.participants.create(name="张科长", plays_bureau=True, joined_at=clock.real_now()))


@pytest.fixture
def reviewing(provider: Provider) -> Filing:
    """A filing of 甘肃 whose persons have verified."""
    filing = world.submit_and_send(provider)
    world.pass_all(filing)
    return filing


def numbers_of(browser: Client, address: str = "/bureau/") -> list[str]:
    """The filings that the queue shows."""
    return [row.one("th").text for body in page_of(browser.get(address)).all("tbody") for row in body.all("tr")]


# ── The queue ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.rule("D-06")
def test_queue_holds_what_has_been_verified_and_nothing_else(
    browser: Client, provider: Provider, reviewing: Filing
) -> None:
    world.submit(provider, world.first_filing(3, 4, domain=2))
    page = page_of(browser.get("/bureau/"))
    assert_is_well_made(page)
    (row,) = page.one("tbody").all("tr")
    assert row.one("th").text == reviewing.number
    assert row.all("td")[5].text == "2 / 2"
    assert row.all("td")[7].text == "2017-12-20 09:35已等待 0 秒"


def test_queue_shows_the_longest_wait_first(browser: Client, provider: Provider, reviewing: Filing) -> None:
    world.move(provider.sandbox, world.NOON)
    later = world.submit(provider, world.first_filing(5, 6, domain=3, province="b"))
    assert numbers_of(browser) == [reviewing.number, later.number]
    row = page_of(browser.get("/bureau/")).one("tbody").all("tr")[0]
    assert "已等待 1 天 2 小时" in row.text


def test_queue_tells_what_the_jobs_have_not_done(browser: Client, provider: Provider) -> None:
    world.submit(provider)
    world.move_without_jobs(provider.sandbox, world.SENT)
    (row,) = page_of(browser.get("/bureau/?state=verifying")).one("tbody").all("tr")
    assert [badge.text for badge in row.all("span", class_="badge")] == ["待短信核验", "到期待处理"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["reviewing", "elsewhere"]),
        ("province=b", ["elsewhere"]),
        ("state=verifying", ["verifying"]),
        ("state=returned", ["returned"]),
        ("state=all", ["reviewing", "elsewhere", "returned", "verifying"]),
        ("state=all&q=site2.example", ["verifying"]),
        ("kind=cancel_subject", []),
    ],
)
def test_queue_is_narrowed(
    browser: Client, provider: Provider, reviewing: Filing, query: str, found: list[str]
) -> None:
    by_name = {
        "reviewing": reviewing,
        "verifying": world.submit(provider, world.first_filing(3, 4, domain=2)),
        "elsewhere": world.submit(provider, world.first_filing(5, 6, domain=3, province="b")),
        "returned": world.submit(provider, world.first_filing(7, 8, domain=4, province="b")),
    }
    filings.reject(by_name["returned"], by=By.machine("张科长"), reason="名称不符")
    assert numbers_of(browser, f"/bureau/?{query}") == [by_name[name].number for name in found]


def test_queue_counts_what_waits_in_each_province(browser: Client, provider: Provider, reviewing: Filing) -> None:
    world.submit(provider, world.first_filing(5, 6, domain=3, province="b"))
    world.submit(provider, world.first_filing(7, 8, domain=4, province="b"))
    links = page_of(browser.get("/bureau/")).one("nav", class_="segments").all("a")
    assert [link.text for link in links] == ["全部待处理", "北京 2", "甘肃 1"]


def test_queue_asks_the_database_no_more_for_many_rows(browser: Client, provider: Provider, reviewing: Filing) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            browser.get("/bureau/")
        return len(captured)

    queries()  # the tag is known from now on
    queries_for_one = queries()
    for n in range(2, 32):
        world.submit(provider, world.first_filing(n, n + 1, domain=n, province="b"))
    assert queries() == queries_for_one
    assert len(numbers_of(browser)) == 25


# ── One filing ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.rule("W-25")
def test_page_masks_phones_and_marks_verified_contacts(browser: Client, reviewing: Filing) -> None:
    page = page_of(browser.get(f"/bureau/{reviewing.pk}/"))
    assert_is_well_made(page)
    assert world.person(1).phone not in page.text
    assert "139****0001" in page.text
    assert page.text.count("已核验联系人") == 2
    assert world.code_of(reviewing, 1) not in page.text


def test_page_offers_no_decision_before_the_verification(browser: Client, provider: Provider) -> None:
    filing = world.submit(provider)
    page = page_of(browser.get(f"/bureau/{filing.pk}/"))
    assert page.all("a", class_="button--primary") == []
    assert "短信核验还没有完成" in page.text


# ── Decisions ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.rule("D-06")
def test_acceptance_issues_a_number_and_names_the_officer(browser: Client, reviewing: Filing) -> None:
    page = page_of(browser.get(f"/bureau/{reviewing.pk}/accept/"))
    assert_is_well_made(page)
    response = browser.post(f"/bureau/{reviewing.pk}/accept/", follow=True)
    assert response.redirect_chain == [(f"/bureau/{reviewing.pk}/", 302)]
    shown = page_of(response)
    assert world.standing(reviewing) == ("accepted", "", 1)
    assert reviewing.subject_record is not None
    assert reviewing.subject_record.number == "陇ICP备17000001号"
    assert (
        shown.one("ul", class_="notices").text == f"备案申请 {reviewing.number} 已通过，发放备案号 陇ICP备17000001号。"
    )
    assert shown.all("li", class_="timeline__item--good")[-1].text.endswith("备案号 陇ICP备17000001号 · 张科长")


def test_acceptance_of_a_change_says_that_the_record_is_new(browser: Client, provider: Provider) -> None:
    filing = world.submit(provider, world.request(Kind.CANCEL_SUBJECT, world.on_record(provider)))
    page = page_of(browser.post(f"/bureau/{filing.pk}/accept/", follow=True))
    assert page.one("ul", class_="notices").text == f"备案申请 {filing.number} 已通过，备案库已更新。"


@pytest.mark.rule("D-06")
def test_rejection_goes_back_with_the_reason_and_names_the_officer(browser: Client, reviewing: Filing) -> None:
    assert_is_well_made(page_of(browser.get(f"/bureau/{reviewing.pk}/reject/")))
    reason = "主体名称与证件不一致，请按证件改正。"
    page = page_of(browser.post(f"/bureau/{reviewing.pk}/reject/", {"reason": reason}, follow=True))
    assert world.standing(reviewing) == ("returned", "rejected", 1)
    assert reviewing.return_detail == reason
    assert page.all("li", class_="timeline__item--bad")[-1].text.endswith(f"管局驳回：{reason} · 张科长")


@pytest.mark.parametrize("reason", ["", "   "])
def test_rejection_needs_a_reason(browser: Client, reviewing: Filing, reason: str) -> None:
    page = page_of(browser.post(f"/bureau/{reviewing.pk}/reject/", {"reason": reason}))
    assert_is_well_made(page)
    assert page.one("title").text.startswith("错误：")
    assert page.one("div", id="id_reason_error").text == "请填写驳回原因，接入商要据此修改后重新提交。"
    assert world.standing(reviewing) == ("reviewing", "", 1)


def test_reason_that_is_too_long_is_refused_and_kept_whole(browser: Client, reviewing: Filing) -> None:
    address = f"/bureau/{reviewing.pk}/reject/"
    assert "maxlength" not in page_of(browser.get(address)).one("textarea").attrs
    page = page_of(browser.post(address, {"reason": "长" * 501}))
    assert page.one("div", id="id_reason_error").text == "驳回原因最多 500 个字，请写得简短一些。"
    assert page.one("textarea").text == "长" * 501


@pytest.mark.parametrize("decision", ["accept", "reject"])
def test_decision_that_was_made_already_is_refused(browser: Client, reviewing: Filing, decision: str) -> None:
    filings.accept(reviewing, by=By.machine("李科长"))
    address = f"/bureau/{reviewing.pk}/{decision}/"
    assert browser.get(address).status_code == 302
    page = page_of(browser.post(address, {"reason": "晚了"}, follow=True))
    act = {"accept": "通过", "reject": "驳回"}[decision]
    said = f"这份备案申请目前是“审核通过”，不能{act}，请按目前的状态处理。"
    assert [item.text for item in page.one("ul", class_="notices").all("li")][-1] == said
    assert world.standing(reviewing) == ("accepted", "", 1)


@pytest.mark.parametrize(("decision", "act"), [("accept", "通过"), ("reject", "驳回")])
def test_decision_on_what_was_withdrawn_meanwhile_says_so_on_the_fresh_page(
    browser: Client, reviewing: Filing, decision: str, act: str
) -> None:
    world.withdraw(reviewing)
    page = page_of(browser.post(f"/bureau/{reviewing.pk}/{decision}/", {"reason": "晚了"}, follow=True))
    assert page.one("ul", class_="notices").text == (
        f"这份备案申请目前是“已退回：接入商撤回”，不能{act}，请按目前的状态处理。"
    )
    assert "刷新" not in page.one("main").text
    assert world.standing(reviewing) == ("returned", "withdrawn", 1)


def test_rejection_speaks_of_passed_verifications_only_where_somebody_passed(
    browser: Client, provider: Provider, reviewing: Filing
) -> None:
    unverified = world.submit(provider, world.first_filing(5, 5, domain=5, province="b"))
    said = {
        filing.pk: "已通过的短信核验不再有效" in page_of(browser.get(f"/bureau/{filing.pk}/reject/")).text
        for filing in (reviewing, unverified)
    }
    assert said == {reviewing.pk: True, unverified.pk: False}


def test_acceptance_that_the_records_contradict_is_not_offered(browser: Client, provider: Provider) -> None:
    record = world.on_record(provider)
    cancel, again = (world.submit(provider, world.request(Kind.CANCEL_SUBJECT, record)) for _ in range(2))
    page = page_of(browser.get(f"/bureau/{again.pk}/accept/"))
    assert_is_well_made(page)
    assert page.one("button", class_="button--primary").text == "通过"
    notice = page.one("section", **{"aria-labelledby": "under-way"})
    assert notice.one("h2").text == "这个备案号另有 1 份申请正在办理"
    assert [item.text for item in notice.all("li")] == [f"{cancel.number} 注销主体（管局审核）"]
    filings.accept(cancel, by=By.machine("李科长"))
    page = page_of(browser.get(f"/bureau/{again.pk}/accept/"))
    assert_is_well_made(page)
    assert page.one("p", class_="notice--bad").text == (
        "备案库已有变化：备案号 陇ICP备16000001号 已注销。请驳回，由接入商修改后重新提交。"
    )
    assert page.one("a", class_="button--primary").attrs["href"] == f"/bureau/{again.pk}/reject/"
    assert page.all("button", class_="button--primary") == []
    assert page.all("section", **{"aria-labelledby": "under-way"}) == []


def test_page_of_a_filing_names_what_else_is_under_way_while_it_is_undecided(
    browser: Client, provider: Provider
) -> None:
    record = world.on_record(provider)
    one, two = (
        world.submit(provider, world.request_of(kind, record)) for kind in (Kind.CANCEL_SERVICE, Kind.CHANGE_FILING)
    )
    page = page_of(browser.get(f"/bureau/{one.pk}/"))
    assert_is_well_made(page)
    notice = page.one("section", **{"aria-labelledby": "under-way"})
    assert [(link.text, link.attrs["href"]) for link in notice.all("a")] == [(two.number, f"/bureau/{two.pk}/")]
    world.accept(one)
    page = page_of(browser.get(f"/bureau/{one.pk}/"))
    assert page.all("section", **{"aria-labelledby": "under-way"}) == []


# ── What the provider learns ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.rule("D-05")
@pytest.mark.parametrize(
    ("decision", "state", "reason", "detail"),
    [
        ("accept", "accepted", "", "陇ICP备17000001号"),
        ("reject", "returned", "rejected", "主体名称与证件不一致。"),
    ],
)
def test_provider_learns_of_a_decision_on_the_console_through_the_api_and_by_a_signed_webhook(
    browser: Client, reviewing: Filing, settings: Any, decision: str, state: str, reason: str, detail: str
) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = True
    with Receiver() as receiver:
        endpoint = webhooks.add_endpoint(reviewing.provider, receiver.url)
        browser.post(f"/bureau/{reviewing.pk}/{decision}/", {"reason": detail})
        webhooks.deliver_due()

    filer = reviewing.sandbox.participants.create(name="小王", plays_provider=True, joined_at=clock.real_now())
    console = page_of(browser_of(filer).get(f"/provider/{reviewing.pk}/"))
    assert f"{detail} · 张科长" in console.all("li", class_="timeline__item")[-1].text

    told_by_api = told(Program(new_key(reviewing.provider)).get(f"/filings/{reviewing.number}"))
    last = told_by_api["history"][-1]
    assert (told_by_api["state"], told_by_api["return_reason"]) == (state, reason or None)
    assert (last["kind"], last["reason"], last["detail"], last["actor"]) == (
        f"filing.{state}",
        reason,
        detail,
        "张科长",
    )

    (hook,) = receiver.received
    content = hook.verified(endpoint.secret)
    assert content["type"] == f"filing.{state}"
    told_by_hook = {name: content["data"][name] for name in ("filing", "event", "reason", "detail")}
    assert told_by_hook == {
        "filing": reviewing.number,
        "event": last["id"],
        "reason": reason,
        "detail": detail,
    }


# ── Who gets in ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("page", ["", "accept/", "reject/"])
def test_pages_of_another_sandbox_do_not_exist(browser: Client, page: str) -> None:
    elsewhere = world.submit(world.new_provider(world.new_sandbox()), world.first_filing(province="b"))
    address = f"/bureau/{elsewhere.pk}/{page}"
    assert browser.get(address).status_code == 404
    if page:
        assert browser.post(address, {"reason": "不该成"}).status_code == 404
    assert world.standing(elsewhere) == ("reviewing", "", 1)
    assert elsewhere.number not in page_of(browser.get("/bureau/?state=all")).text


@pytest.mark.parametrize("page", ["", "accept/", "reject/"])
def test_looking_changes_nothing(browser: Client, reviewing: Filing, page: str) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(f"/bureau/{reviewing.pk}/{page}").status_code == 200
    assert {query["sql"].split()[0] for query in captured} == {"SELECT"}


def test_provider_may_not_decide(sandbox: Sandbox, reviewing: Filing) -> None:
    pupil = browser_of(sandbox.participants.create(name="小王", plays_provider=True, joined_at=clock.real_now()))
    assert pupil.post(f"/bureau/{reviewing.pk}/accept/").status_code == 403
    assert world.standing(reviewing) == ("reviewing", "", 1)


# ── A bureau that decides by itself ──────────────────────────────────────────────────────────────────────────────────


def test_officer_is_told_that_and_when_the_bureau_decides_by_itself(
    browser: Client, sandbox: Sandbox, provider: Provider
) -> None:
    filing = world.submit_for_review(provider, 1)
    assert "自动审核" not in page_of(browser.get("/bureau/")).text
    set_review(sandbox, AutomaticReview(2))
    page = page_of(browser.get("/bureau/"))
    assert_is_well_made(page)
    assert page.one("p", **{"data-key": "review"}).text == (
        "管局自动审核已打开：申请进入管局满 2 个工作日（周一至周五）后自动审核，与备案库没有矛盾的都通过。"
        "在那之前，仍可以在这里处理。"
    )
    assert page.one("tbody").one("tr").all("td")[7].text.endswith("2017-12-22 09:30 自动审核")
    detail = page_of(browser.get(f"/bureau/{filing.pk}/"))
    assert_is_well_made(detail)
    assert "没有人处理的话，2017-12-22 09:30:00 由管局自动审核。" in detail.one("main").text


def test_late_decision_shows_as_overdue_and_history_says_who_decided(
    browser: Client, sandbox: Sandbox, provider: Provider
) -> None:
    set_review(sandbox, AutomaticReview(2))
    filing = world.submit_for_review(provider, 1)
    world.move_without_jobs(sandbox, "2018-01-31 00:00")
    assert "到期待处理" in page_of(browser.get("/bureau/")).one("tbody").text
    world.move(sandbox, "2018-01-31 00:00")
    detail = page_of(browser.get(f"/bureau/{filing.pk}/"))
    assert detail.all("li", class_="timeline__item")[-1].text == (
        "2017-12-22 09:30:00 管局审核通过 备案号 浙ICP备17000001号 · 管局自动审核"
    )
