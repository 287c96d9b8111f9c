"""The bureau's decisions on many filings: what the page says beforehand, and what became of each."""

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import world
from tests.pages import Node, assert_is_well_made, page_of
from tests.verification.editions.in_edition import place
from tests.visitors import browser_of
from verification.acting import filings
from verification.acting.decisions import MOST_AT_ONCE
from verification.by import By
from verification.law.words import Kind
from verification.models import Filing, Provider, Sandbox
from verification.time import clock

pytestmark = pytest.mark.django_db

#: Two kinds that stand on a record: one changes it, one ends it.
CHANGES = (Kind.CHANGE_FILING, Kind.CANCEL_SUBJECT)


@pytest.fixture
def sandbox() -> Sandbox:
    """An empty sandbox of 2017 in which the law is in force in 甘肃."""
    return world.new_sandbox()


@pytest.fixture
def provider(sandbox: Sandbox) -> Provider:
    """The only provider."""
    return world.new_provider(sandbox)


def officer_of(sandbox: Sandbox) -> Client:
    """The browser of an officer."""
    return browser_of(sandbox.participants.create(name="张科长", plays_bureau=True, joined_at=clock.real_now()))


@pytest.fixture
def browser(sandbox: Sandbox) -> Client:
    """The officer's browser."""
    return officer_of(sandbox)


def reviewing(provider: Provider, count: int = 1, *, serial: int = 1) -> list[Filing]:
    """Filings of 北京, where nobody has to verify, each with a domain of its own."""
    numbers = range(serial, serial + count)
    return [world.submit(provider, world.first_filing(n, n, domain=n, province="b")) for n in numbers]


def address(act: str, *chosen: Filing, then: str = "/bureau/") -> str:
    """The page to which the queue's buttons lead."""
    return f"/bureau/batch/{act}/?next={then}" + "".join(f"&filing={filing.pk}" for filing in chosen)


def decide(browser: Client, act: str, *chosen: Filing, **fields: str) -> Node:
    """Confirm the decision on all of these, and read the answer."""
    data = {"filing": [filing.pk for filing in chosen], **fields}
    return page_of(browser.post(address(act, *chosen), data))


def rows_of(page: Node) -> list[str]:
    """The rows of all tables, in words."""
    return [row.text for body in page.all("tbody") for row in body.all("tr")]


def effects_of(page: Node) -> dict[str, str]:
    """The last cell of each row: what will happen or has happened to a filing, by its number."""
    rows = [row for body in page.all("tbody") for row in body.all("tr")]
    return {row.one("th").text: row.all("td")[-1].text for row in rows}


def columns_of(filing: Filing) -> dict[str, object]:
    """The filing's columns but its id."""
    return {
        field.attname: getattr(filing, field.attname) for field in Filing._meta.concrete_fields if field.name != "id"
    }


def ticked(page: Node) -> dict[str, bool]:
    """The boxes of the page, and whether they are ticked."""
    boxes = page.all("input", name="filing")
    return {box.attrs["value"]: "checked" in box.attrs for box in boxes}


def notice_after(response: HttpResponse) -> str:
    """What the page says to which the answer leads."""
    assert [where for where, _ in response.redirect_chain] == ["/bureau/?kind=first_filing"]
    return page_of(response).one("ul", class_="notices").text


# ── The queue ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_queue_offers_boxes_for_what_can_be_decided(browser: Client, provider: Provider) -> None:
    (waiting,) = reviewing(provider)
    world.submit(provider, world.first_filing(5, domain=5))
    page = page_of(browser.get("/bureau/?state=all&kind=first_filing"))
    assert_is_well_made(page)
    assert ticked(page) == {str(waiting.pk): False}
    form = page.one("form", **{"aria-label": "批量处理"})
    assert form.one("input", name="next").attrs["value"] == "/bureau/?state=all&kind=first_filing"
    assert [(button.text, button.attrs["formaction"]) for button in form.all("button")] == [
        ("通过…", "/bureau/batch/accept/"),
        ("驳回…", "/bureau/batch/reject/"),
    ]


def test_queue_offers_no_boxes_where_nothing_can_be_decided(browser: Client, provider: Provider) -> None:
    world.submit(provider)
    page = page_of(browser.get("/bureau/?state=all"))
    assert len(rows_of(page)) == 1
    assert (ticked(page), page.all("a", **{"data-choose-all": ""})) == ({}, [])
    assert page.one("form", **{"aria-label": "批量处理"}).all("button") == []


def test_link_ticks_the_boxes_of_its_own_page_only(browser: Client, provider: Provider) -> None:
    reviewing(provider, 27)
    page = page_of(browser.get("/bureau/?province=b"))
    assert set(ticked(page).values()) == {False}
    link = page.one("a", **{"data-choose-all": ""})
    chosen = page_of(browser.get("/bureau/" + link.attrs["href"]))
    assert (len(ticked(chosen)), set(ticked(chosen).values())) == (25, {True})
    assert chosen.one("input", name="next").attrs["value"] == "/bureau/?province=b"
    assert chosen.one("a", **{"data-choose-all": ""}).text == "取消全选"
    second = page_of(browser.get("/bureau/" + chosen.one("a", rel="next").attrs["href"]))
    assert list(ticked(second).values()) == [False, False]


def test_province_tabs_keep_the_search_and_count_what_it_finds(browser: Client, provider: Provider) -> None:
    reviewing(provider, 3)
    world.submit(provider, world.first_filing(9, 9, domain=9, province="hl"))
    links = page_of(browser.get("/bureau/?q=site2.example&province=hl")).one("nav", class_="segments").all("a")
    assert [(link.text, link.attrs["href"]) for link in links] == [
        ("全部待处理", "?q=site2.example"),
        ("北京 1", "?q=site2.example&province=b"),
    ]


# ── Before the decision ──────────────────────────────────────────────────────────────────────────────────────────────


def test_page_says_what_acceptance_will_do_to_each(browser: Client, provider: Provider) -> None:
    record = world.on_record(provider)
    (first,) = reviewing(provider)
    change, cancel = (world.submit(provider, world.request_of(kind, record)) for kind in CHANGES)
    world.pass_all(change)
    page = page_of(browser.get(address("accept", change, first, cancel)))
    assert_is_well_made(page)
    assert page.one("h1").text == "批量通过"
    also = "同一备案号另有申请正在办理："
    assert effects_of(page) == {
        change.number: (
            f"按申请内容更新备案号 陇ICP备16000001号 的备案记录。 {also}{cancel.number} 注销主体（管局审核）"
        ),
        first.number: "发放新的京ICP备案号，主体和网站写入备案库。",
        cancel.number: (
            f"注销备案号 陇ICP备16000001号 和名下的全部网站。 {also}{change.number} 变更备案信息（管局审核）"
        ),
    }
    assert ticked(page) == {str(filing.pk): True for filing in (change, first, cancel)}


def test_page_says_whom_a_rejection_concerns_and_what_is_lost(browser: Client, provider: Provider) -> None:
    (unverified,) = reviewing(provider)
    verified = world.submit_and_send(provider)
    world.pass_all(verified)
    page = page_of(browser.get(address("reject", unverified, verified)))
    assert_is_well_made(page)
    assert effects_of(page) == {
        unverified.number: "退回演练云。",
        verified.number: "退回演练云，已通过的短信核验不再有效。",
    }


@pytest.mark.rule("W-23")
def test_page_says_that_approval_sends_codes() -> None:
    there = place("miit-2018")
    change = there.ask(Kind.CHANGE_PHONE)
    page = page_of(officer_of(there.sandbox).get(address("approve", change)))
    assert_is_well_made(page)
    assert effects_of(page) == {change.number: "约 5 分钟后向 1 个新的手机号码下发验证码。"}


def test_page_says_which_cannot_be_decided_and_why(browser: Client, provider: Provider) -> None:
    can, decided, late = reviewing(provider, 3)
    waiting = world.submit(provider, world.first_filing(5, domain=5))
    twin = world.submit(provider, world.first_filing(6, 6, domain=3, province="b"))
    filings.reject(decided, by=By.machine("李科长"), reason="名称不符")
    filings.accept(late, by=By.machine("李科长"))
    page = page_of(browser.get(address("accept", decided, can, waiting, twin)))
    assert_is_well_made(page)
    assert ticked(page) == {str(can.pk): True}
    assert effects_of(page) == {
        can.number: "发放新的京ICP备案号，主体和网站写入备案库。",
        decided.number: "目前是“已退回”，不能通过。 退回接入商，管局驳回：名称不符 · 李科长 · 2017-12-20 09:30:00",
        waiting.number: "目前是“待短信核验”，不能通过。",
        twin.number: "备案库已有变化：域名 site3.example.com 已经备案。请驳回，由接入商修改后重新提交。",
    }


def test_page_judges_the_batch_as_a_whole_in_its_order(browser: Client, provider: Provider) -> None:
    (one,) = reviewing(provider)
    twin = world.submit(provider, world.first_filing(6, 6, domain=1, province="b"))
    (other,) = reviewing(provider, serial=7)
    for first, second in ((one, twin), (twin, one)):
        page = page_of(browser.get(address("accept", first, second, other)))
        assert_is_well_made(page)
        assert ticked(page) == {str(first.pk): True, str(other.pk): True}
        assert effects_of(page)[second.number] == (
            f"本批中先处理的申请 {first.number} 通过以后，域名 site1.example.com 已经备案。"
            "请返回列表，只勾选其中应当通过的一份。"
        )
    assert effects_of(page_of(browser.get(address("accept", twin))))[twin.number].startswith("发放新的京ICP备案号")
    done = decide(browser, "accept", one, twin, other)
    assert done.one("div", role="status").text == "2 份申请已通过，其余 1 份没有处理，原因见下表。"


def test_page_names_what_else_is_under_way_on_the_same_number(browser: Client, provider: Provider) -> None:
    record = world.on_record(provider)
    cancel = world.submit(provider, world.request_of(Kind.CANCEL_SUBJECT, record))
    waiting = world.submit(provider, world.request_of(Kind.CHANGE_FILING, record))
    decided = world.submit(provider, world.request_of(Kind.CANCEL_SERVICE, record))
    world.reject(decided)
    for act in ("accept", "reject"):
        page = page_of(browser.get(address(act, cancel)))
        assert_is_well_made(page)
        (notice,) = page.one("tbody").all("p")
        assert notice.text == f"同一备案号另有申请正在办理：{waiting.number} 变更备案信息（待短信核验）"
        assert notice.one("a").attrs["href"] == f"/bureau/{waiting.pk}/"
        assert ticked(page) == {str(cancel.pk): True}


def test_page_without_anything_to_decide_offers_no_button(browser: Client, provider: Provider) -> None:
    (decided,) = reviewing(provider)
    filings.accept(decided, by=By.machine("李科长"))
    page = page_of(browser.get(address("accept", decided)))
    assert_is_well_made(page)
    assert page.all("button", class_="button--primary") == []


def test_page_asks_the_database_no_more_for_many_rows(browser: Client, provider: Provider) -> None:
    def queries(*chosen: Filing) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert len(rows_of(page_of(browser.get(address("accept", *chosen))))) == len(chosen)
        assert {query["sql"].split()[0] for query in captured} == {"SELECT"}
        return len(captured)

    made = reviewing(provider, 8)
    filings.accept(made[0], by=By.machine("李科长"))
    queries(*made)  # the tag is known from now on
    assert queries(*made[:2]) == queries(*made)


@pytest.mark.parametrize("act", ["accept", "approve", "reject"])
def test_nothing_chosen_leads_back_to_the_queue(browser: Client, act: str) -> None:
    response = browser.get(address(act, then="/bureau/?kind=first_filing"), follow=True)
    assert notice_after(response) == "请先勾选要处理的备案申请。"


def test_more_than_may_be_decided_at_once_lead_back_to_the_queue(browser: Client, provider: Provider) -> None:
    (one,) = reviewing(provider)
    copies = [Filing(**{**columns_of(one), "number": str(n)}) for n in range(MOST_AT_ONCE)]
    many = [one, *Filing.objects.bulk_create(copies)]
    response = browser.get(address("accept", *many, then="/bureau/?kind=first_filing"), follow=True)
    assert notice_after(response) == "一次最多处理 100 份备案申请，请分批勾选。"


@pytest.mark.parametrize("typed", ["x", "-1", "9" * 30, ""])
def test_addresses_that_name_no_filing_lead_back_to_the_queue(browser: Client, typed: str) -> None:
    response = browser.get(f"/bureau/batch/accept/?filing={typed}")
    assert (response.status_code, response.headers["Location"]) == (302, "/bureau/")


def test_page_leads_back_to_pages_of_the_site_only(browser: Client, provider: Provider) -> None:
    (filing,) = reviewing(provider)
    page = page_of(browser.get(address("accept", filing, then="https://elsewhere.example/")))
    assert {link.attrs["href"] for link in page.all("a", class_="button")} == {"/bureau/"}


# ── The decision ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.rule("D-06")
def test_acceptance_of_many_issues_a_number_for_each_and_names_the_officer(browser: Client, provider: Provider) -> None:
    made = reviewing(provider, 3)
    page = decide(browser, "accept", *made)
    assert_is_well_made(page)
    assert page.one("div", role="status").text == "3 份申请都已通过。"
    assert effects_of(page) == {
        filing.number: f"已通过 发放备案号 京ICP备17{serial:06d}号。" for serial, filing in enumerate(made, start=1)
    }
    assert [world.standing(filing)[0] for filing in made] == ["accepted"] * 3
    assert {filing.events.latest("id").actor for filing in made} == {"张科长"}


@pytest.mark.rule("D-06")
def test_rejection_of_many_gives_each_the_reason(browser: Client, provider: Provider) -> None:
    made = reviewing(provider, 2)
    page = decide(browser, "reject", *made, reason="主体名称与证件不一致。")
    assert effects_of(page) == {filing.number: "已驳回 退回演练云。" for filing in made}
    for filing in made:
        assert world.standing(filing) == ("returned", "rejected", 1)
        assert filing.return_detail == "主体名称与证件不一致。"


@pytest.mark.rule("W-23")
def test_approval_of_many_begins_their_verification() -> None:
    there = place("miit-2018")
    made = [there.ask(Kind.CHANGE_PHONE) for _ in range(2)]
    page = decide(officer_of(there.sandbox), "approve", *made)
    assert effects_of(page) == {filing.number: "已预审通过 约 5 分钟后向新的手机号码下发验证码。" for filing in made}
    assert [world.standing(filing)[0] for filing in made] == ["verifying"] * 2


def test_only_what_is_still_ticked_is_decided(browser: Client, provider: Provider) -> None:
    left_out, meant = reviewing(provider, 2)
    page = page_of(browser.post(address("accept", left_out, meant), {"filing": [meant.pk]}))
    assert list(effects_of(page)) == [meant.number]
    assert [world.standing(filing)[0] for filing in (left_out, meant)] == ["reviewing", "accepted"]


def test_what_has_changed_meanwhile_is_refused_and_named(browser: Client, provider: Provider) -> None:
    faster, free = reviewing(provider, 2)
    filings.accept(faster, by=By.machine("李科长"))
    page = decide(browser, "reject", faster, free, reason="材料不全")
    assert_is_well_made(page)
    assert page.one("div", role="status").text == "1 份申请已驳回，其余 1 份没有处理，原因见下表。"
    assert effects_of(page) == {
        faster.number: (
            "没有处理 这份备案申请目前是“审核通过”，不能驳回，请按目前的状态处理。 "
            "管局审核通过，备案号 京ICP备17000001号 · 李科长 · 2017-12-20 09:30:00"
        ),
        free.number: "已驳回 退回演练云。",
    }


def test_batch_sent_twice_is_decided_once(browser: Client, provider: Provider) -> None:
    made = reviewing(provider, 2)
    decide(browser, "accept", *made)
    page = decide(browser, "accept", *made)
    assert page.one("div", role="status").text == "0 份申请已通过，其余 2 份没有处理，原因见下表。"
    assert {filing.events.filter(kind="filing.accepted").count() for filing in made} == {1}


@pytest.mark.parametrize("reason", ["", "  ", "长" * 501])
def test_missing_reason_keeps_the_selection(browser: Client, provider: Provider, reason: str) -> None:
    ticked_one, unticked = reviewing(provider, 2)
    response = browser.post(address("reject", ticked_one, unticked), {"filing": [ticked_one.pk], "reason": reason})
    page = page_of(response)
    assert_is_well_made(page)
    assert page.one("title").text.startswith("错误：批量驳回")
    assert ticked(page) == {str(ticked_one.pk): True, str(unticked.pk): False}
    assert page.one("textarea").text == reason.strip()
    assert [world.standing(filing)[0] for filing in (ticked_one, unticked)] == ["reviewing"] * 2


@pytest.mark.parametrize("typed", [[], ["x"], ["99999999"], ["²"], ["9" * 30], ["9" * 5000]])
def test_decision_on_nothing_keeps_the_reason(browser: Client, provider: Provider, typed: list[str]) -> None:
    (filing,) = reviewing(provider)
    page = page_of(browser.post(address("reject", filing), {"filing": typed, "reason": "名称不符"}))
    assert_is_well_made(page)
    assert page.one("title").text.startswith("错误：")
    assert (ticked(page), page.one("textarea").text) == ({str(filing.pk): False}, "名称不符")
    assert world.standing(filing)[0] == "reviewing"


# ── Who gets in ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("act", ["accept", "approve", "reject"])
def test_filings_of_another_sandbox_are_not_there(browser: Client, provider: Provider, act: str) -> None:
    (own,) = reviewing(provider)
    (theirs,) = reviewing(world.new_provider(world.new_sandbox()))
    assert theirs.number not in page_of(browser.get(address(act, own, theirs))).text
    browser.post(address(act, own, theirs), {"filing": [own.pk, theirs.pk], "reason": "不该成"})
    assert world.standing(theirs) == ("reviewing", "", 1)


def test_provider_may_not_decide(sandbox: Sandbox, provider: Provider) -> None:
    (filing,) = reviewing(provider)
    pupil = browser_of(sandbox.participants.create(name="小王", plays_provider=True, joined_at=clock.real_now()))
    assert pupil.post(address("accept", filing), {"filing": [filing.pk]}).status_code == 403
    assert world.standing(filing) == ("reviewing", "", 1)
