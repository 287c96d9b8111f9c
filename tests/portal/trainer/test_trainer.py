"""The trainer's console: the class at a glance, the pinned edition, the fault."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import world
from tests.pages import assert_is_well_made, page_of
from tests.visitors import anybody, browser_of
from verification.models import Filing, Participant, Provider, Sandbox
from verification.state import alarms
from verification.time import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def sandbox() -> Sandbox:
    """An empty sandbox of 2017."""
    return world.new_sandbox(is_shared=True)


@pytest.fixture
def provider(sandbox: Sandbox) -> Provider:
    """The only provider."""
    return world.new_provider(sandbox)


@pytest.fixture
def trainer(sandbox: Sandbox) -> Participant:
    """Who plays the trainer and the bureau, but made nothing."""
    return sandbox.participants.create(name="李老师", plays_trainer=True, plays_bureau=True, joined_at=clock.real_now())


@pytest.fixture
def browser(trainer: Participant) -> Client:
    """The trainer's browser."""
    return browser_of(trainer)


def tallies_of(browser: Client) -> dict[str, str]:
    facts = page_of(browser.get("/trainer/")).one("section", **{"aria-labelledby": "filings"})
    return dict(zip((t.text for t in facts.all("dt")), (d.text for d in facts.all("dd")), strict=True))


def test_class_at_a_glance(browser: Client, sandbox: Sandbox, provider: Provider) -> None:
    sandbox.participants.create(name="小王", may_move_clock=True, joined_at=clock.real_now())
    world.submit(provider)
    world.withdraw(world.submit(provider, world.first_filing(3, 4, domain=2)))
    page = page_of(browser.get("/trainer/"))
    assert_is_well_made(page)
    assert "下一个时刻：2017-12-20 09:35:00 下发验证码" in page.one("main").text
    assert tallies_of(browser) == {
        "管局预审": "0 份",
        "待短信核验": "1 份",
        "管局审核": "0 份",
        "审核通过": "0 份",
        "已退回": "1 份",
    }
    rows = [[cell.text for cell in row.all("td")][:2] for row in page.one("tbody").all("tr")]
    assert rows == [["办理人、管局、教员", "不可以"], ["办理人", "可以"]]


def test_console_asks_the_database_no_more_for_many_rows(browser: Client, provider: Provider) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            browser.get("/trainer/")
        assert {query["sql"].split()[0] for query in captured} == {"SELECT"}
        return len(captured)

    world.submit(provider)
    queries()  # the tag is known from now on
    queries_for_one = queries()
    for n in range(2, 8):
        world.submit(provider, world.first_filing(n, n + 1, domain=n))
        provider.sandbox.participants.create(name=f"学员{n}", joined_at=clock.real_now())
    assert queries() == queries_for_one


def test_alarms_that_were_set_aside_are_listed(browser: Client, provider: Provider) -> None:
    filing = world.submit(provider)
    assert page_of(browser.get("/trainer/")).all("section", **{"aria-labelledby": "set-aside"}) == []
    Filing.objects.filter(pk=filing.pk).update(alarm_error="ValueError: 坏行")
    section = page_of(browser.get("/trainer/")).one("section", **{"aria-labelledby": "set-aside"})
    assert section.one("li").text == f"{filing.number}：下发验证码，ValueError: 坏行"
    elsewhere = world.submit(world.new_provider(world.new_sandbox()))
    Filing.objects.filter(pk=elsewhere.pk).update(alarm_error="ValueError: 别处")
    assert "别处" not in page_of(browser.get("/trainer/")).text


def test_what_was_set_aside_is_tried_again_and_recorded_at_its_due_time(browser: Client, provider: Provider) -> None:
    filing = world.submit(provider)
    row, elsewhere = Filing.objects.filter(pk=filing.pk), world.submit(world.new_provider(world.new_sandbox()))
    moments = {"noon_at": filing.noon_at, "deadline_at": filing.deadline_at}
    row.update(noon_at=None, deadline_at=None)  # what must stand in the tables once the codes are out, cannot
    world.move(provider.sandbox, "2017-12-20 10:00")
    Filing.objects.filter(pk=elsewhere.pk).update(alarm_error="ValueError: 别处")
    section = page_of(browser.get("/trainer/")).one("section", **{"aria-labelledby": "set-aside"})
    assert section.one("li").text.startswith(f"{filing.number}：下发验证码，IntegrityError: ")
    assert section.one("button").text == "重新处理"

    row.update(**moments)
    page = page_of(browser.post("/trainer/retry/", follow=True))
    assert page.one("ul", class_="notices").text == "1 份申请正在重新处理；再次出错的会重新搁置。"
    assert page.all("section", **{"aria-labelledby": "set-aside"}) == []
    assert alarms.run_due(provider.sandbox) == 1
    assert world.history(filing)[2:] == [
        (1, "challenge.opened", world.SENT, "演甲1"),
        (1, "challenge.opened", world.SENT, "演乙2"),
    ]
    assert Filing.objects.get(pk=elsewhere.pk).alarm_error == "ValueError: 别处"


def test_what_raises_again_is_set_aside_again(browser: Client, provider: Provider) -> None:
    filing = world.submit(provider)
    Filing.objects.filter(pk=filing.pk).update(noon_at=None, deadline_at=None)
    world.move(provider.sandbox, "2017-12-20 10:00")
    browser.post("/trainer/retry/")
    assert alarms.remaining(provider.sandbox) == 1
    alarms.run_due(provider.sandbox)
    assert (
        page_of(browser.get("/trainer/")).one("section", **{"aria-labelledby": "set-aside"}).one("button").text
        == "重新处理"
    )


def test_list_of_what_is_set_aside_is_cut_off(
    browser: Client, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        world.submit(provider, world.first_filing(1, domain=2 * n + 1))
    Filing.objects.update(alarm_error="ValueError: 坏行")
    monkeypatch.setattr("portal.trainer.views.MOST_SET_ASIDE", 2)
    section = page_of(browser.get("/trainer/")).one("section", **{"aria-labelledby": "set-aside"})
    assert len(section.all("li")) == 2
    assert "处理 3 份申请的定时事项时出错" in section.text
    assert "这里只列出最早的 2 份" in section.text


def test_nothing_to_try_again(browser: Client) -> None:
    page = page_of(browser.post("/trainer/retry/", follow=True))
    assert page.one("ul", class_="notices").text == "没有搁置的定时事项，无需重新处理。"


def test_pinned_edition_is_shown_and_holds_for_the_next_submission(
    browser: Client, sandbox: Sandbox, provider: Provider
) -> None:
    page = page_of(browser.post("/trainer/pin/", {"edition": "tencent-2018"}, follow=True))
    assert page.one("ul", class_="notices").text == "从下一次提交起适用“2018 年试点延续版”。"
    assert "固定为2018 年试点延续版" in page.one("section", **{"aria-labelledby": "edition"}).text
    provider.sandbox.refresh_from_db()
    assert world.submit(provider).edition_id == "tencent-2018"
    browser.post("/trainer/pin/", {"edition": "by-date"})
    sandbox.refresh_from_db()
    assert sandbox.pinned_edition == ""


def test_edition_that_does_not_exist_is_not_pinned(browser: Client, sandbox: Sandbox) -> None:
    page = page_of(browser.post("/trainer/pin/", {"edition": "nobody-1999"}))
    assert_is_well_made(page)
    assert page.one("title").text.startswith("错误：教员")
    sandbox.refresh_from_db()
    assert sandbox.pinned_edition == ""


@pytest.mark.rule("V-19")
def test_fault_is_switched_on_and_off(browser: Client, provider: Provider) -> None:
    filing = world.submit_and_send(provider)
    page = page_of(browser.post("/trainer/fault/", {"on": "1"}, follow=True))
    switch = page.one("button", class_="switch")
    assert (switch.attrs["aria-pressed"], switch.attrs["value"]) == ("true", "0")
    assert world.verify(filing, 1).outcome == "not_found"
    browser.post("/trainer/fault/", {"on": "0"})
    assert world.verify(filing, 1).outcome == "partial"


@pytest.mark.parametrize("address", ["/trainer/", "/trainer/pin/", "/trainer/fault/", "/trainer/retry/"])
def test_part_must_be_played(sandbox: Sandbox, address: str) -> None:
    pupil = browser_of(sandbox.participants.create(name="小王", joined_at=clock.real_now()))
    answer = pupil.get(address) if address == "/trainer/" else pupil.post(address, {"on": "1", "edition": "jd-2017"})
    assert answer.status_code == (403)
    sandbox.refresh_from_db()
    assert (sandbox.has_fault, sandbox.pinned_edition) == (False, "")
    assert anybody().get("/trainer/").status_code == 302


def test_banner_leads_the_trainer_to_the_console(browser: Client) -> None:
    page = page_of(browser.get("/clock/"))
    link = page.one("nav", class_="banner__roles").one("a", href="/trainer/")
    assert (link.text, link.attrs["aria-current"]) == ("教员", "true")
    assert page.one("div", class_="page-head__kicker").one("a").attrs["href"] == "/trainer/"


# ── The bureau that decides by itself ────────────────────────────────────────────────────────────────────────────────


def review_section(browser: Client) -> str:
    return page_of(browser.get("/trainer/")).one("section", **{"aria-labelledby": "review"}).all("p")[0].text


def test_trainer_lets_the_bureau_decide_by_itself_and_its_officers_again(
    browser: Client, sandbox: Sandbox, provider: Provider
) -> None:
    filing = world.submit_for_review(provider, 1)
    assert review_section(browser) == "没有打开，申请由管局人员审核。"
    data = {"after_working_days": "3", "refuse_every": "4", "reason": "材料不全", "suggestion": "请补交"}
    page = page_of(browser.post("/trainer/review/", data, follow=True))
    assert_is_well_made(page)
    says = "申请进入管局满 3 个工作日（周一至周五）后自动审核，每 4 份驳回一份。"
    assert page.one("ul", class_="notices").text == f"{says}已在管局等待的申请也照此办理。"
    assert review_section(browser) == f"已打开 {says}"
    shown = [page.one("input", name=name).attrs["value"] for name in ("after_working_days", "refuse_every")]
    texts = [page.one("textarea", name=name).text for name in ("reason", "suggestion")]
    assert (shown, texts) == (["3", "4"], ["材料不全", "请补交"])
    filing.refresh_from_db()
    assert world.shown(filing.alarm_at) == "2017-12-25 09:30"
    assert "下一个时刻：2017-12-25 09:30:00 管局自动审核" in page.one("main").text

    page = page_of(browser.post("/trainer/review/", dict.fromkeys(data, ""), follow=True))
    assert page.one("ul", class_="notices").text == "管局不再自动审核，等待中的申请由管局人员审核。"
    filing.refresh_from_db()
    assert filing.alarm_at is None


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        ({"after_working_days": "21"}, "after_working_days", "请填写 1 至 20 之间的整数。"),
        ({"after_working_days": "9" * 5000}, "after_working_days", "请填写整数，例如 3。"),
        ({"after_working_days": "三"}, "after_working_days", "请填写整数，例如 3。"),
        ({"refuse_every": "3", "reason": "不全"}, "after_working_days", "请填写几个工作日后自动审核。"),
        ({"after_working_days": "3", "refuse_every": "3"}, "reason", "请填写驳回原因，接入商要据此修改后重新提交。"),
    ],
)
def test_setting_that_cannot_be_is_refused_beside_its_field(
    browser: Client, sandbox: Sandbox, data: dict[str, str], name: str, sentence: str
) -> None:
    page = page_of(browser.post("/trainer/review/", data))
    assert_is_well_made(page)
    assert page.one("title").text.startswith("错误：教员")
    assert page.one("div", id=f"id_{name}_error").text == sentence
    sandbox.refresh_from_db()
    assert sandbox.decides_after is None
