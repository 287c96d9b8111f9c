"""The debrief's page: the picture and its table, counts against the machine's, rules, other editions; and the sheet."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.shared.pictures.timeline import duration, picture_of
from tests.pages import Node, assert_is_well_made, page_of
from tests.portal.exercises.test_exercises import begun
from tests.training.test_exercises import do
from tests.visitors import anybody
from training import tries
from training.files import exercises
from training.models import Try
from training.words import Enter, Move, Piece
from verification.law.editions import editions
from verification.models import Filing
from verification.worlds import sandboxes

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser() -> Client:
    """Somebody new, on the national host."""
    return anybody()


def played(browser: Client, name: str) -> Try:
    """A try that the browser has begun, of which the machine has done every step."""
    this = begun(browser, name)
    for step in exercises()[name].steps:
        do(this, step.act, step.id)
    assert tries.finish(this)
    return this


def debrief_of(browser: Client, this: Try) -> Node:
    """The page."""
    return page_of(browser.get(f"/exercises/tries/{this.pk}/"))


def cells(row: Node) -> list[str]:
    """The words of a table's row."""
    return [cell.text for cell in row.children if isinstance(cell, Node)]


@pytest.mark.parametrize("name", exercises())
def test_picture_and_table_say_the_same(browser: Client, name: str) -> None:
    this = played(browser, name)
    page = debrief_of(browser, this)
    assert_is_well_made(page)
    figures = page.all("figure")
    assert len(figures) == Filing.objects.filter(sandbox=this.sandbox).count()
    for figure in figures:
        drawn = [text.text for text in figure.all("text", class_="picture__label")]
        told = [row.one("th").text.removesuffix("（没有等到）") for row in figure.one("tbody").all("tr")]
        assert drawn == told
        assert figure.all("svg")[0].attrs["role"] == "img"
        assert drawn[0] == "提交"
        assert {"下发验证码"} <= set(drawn)


def test_moments_that_did_not_come_to_pass_are_hollow_and_those_that_did_are_not(browser: Client) -> None:
    page = debrief_of(browser, played(browser, "no-noon"))
    morning, afternoon = page.all("figure")
    planned = [row.text for row in morning.one("tbody").all("tr") if "没有等到" in row.text]
    assert len(planned) == len(morning.all("svg", class_="picture__mark--planned")) == 1
    assert "核验时限" in planned[0]
    assert any("中午自动重发" in row.text and "没有等到" not in row.text for row in afternoon.one("tbody").all("tr"))


def test_time_goes_down_and_long_waits_say_how_long() -> None:
    lines = [
        ["2026-05-21T10:00:00", "filing.submitted", "", ""],
        ["2026-05-21T10:05:00", "challenge.opened", "甲", ""],
        ["2026-05-21T10:05:00", "challenge.opened", "乙", ""],
        ["2026-05-21T10:06:00", "challenge.charged", "甲", "code"],
        ["2026-05-21T16:06:00", "challenge.charged", "甲", "id"],
    ]
    window = ["2026-05-21T10:05:00", "", "2026-05-22T10:05:00"]
    picture = picture_of({"number": "1", "state": "", "lines": lines, "windows": [window]})
    assert [mark.note for mark in picture.marks] == ["", "甲、乙", "甲：验证码", "甲：证件号码", ""]
    ys = [mark.y for mark in picture.marks]
    assert ys == sorted(set(ys))
    assert [mark.gap for mark in picture.marks] == ["", "", "", "6 小时", "17 小时 59 分钟"]
    assert [(each.y, each.y + each.height) for each in picture.windows] == [(ys[1], ys[-1])]
    assert picture.axis_to == ys[3]
    assert duration(timedelta(days=1, hours=2, minutes=3)) == "1 天 2 小时"


def test_window_of_a_round_that_was_returned_ends_there(browser: Client) -> None:
    this = played(browser, "five-wrong-2017")
    picture = picture_of(this.debrief["filings"][0])
    first, second = picture.windows
    returned = next(mark for mark in picture.marks if mark.label == "退回接入商")
    assert first.y + first.height <= returned.y < second.y


def test_counts_stand_beside_those_of_the_machine(browser: Client) -> None:
    this = begun(browser, "four-wrong")
    do(this, Enter(do="enter", filing="filing", person="owner", wrong=Piece.ID, times=2))
    do(this, Move(do="move_clock", minutes=10))
    tries.leave(this)
    rows = debrief_of(browser, this).one("section", **{"aria-labelledby": "counts"}).one("tbody").all("tr")
    assert [cells(row) for row in rows] == [
        ["没通过校验的提交", "0", "0"],
        ["核验填写", "2", "5"],
        ["其中填错", "2", "4"],
        ["手动重发", "0", "0"],
        ["拨钟", "1", "0"],
        ["看提示", "0", "0"],
        ["用时（分钟）", "0", "约 6"],
    ]


def test_guess_stands_beside_what_came(browser: Client) -> None:
    this, exercise = begun(browser, "sixth-entry"), exercises()["sixth-entry"]
    sixth = [step.id for step in exercise.steps].index("sixth")
    for step in exercise.steps[:sixth]:
        do(this, step.act, step.id)
    assert this.sandbox is not None
    looked = tries.look(this, this.sandbox)
    assert looked is not None
    assert looked.question is not None
    wrong = next(choice for choice in looked.question.choices if choice != looked.question.right)
    tries.predict(this, "sixth", wrong, mark=looked.question.mark)
    tries.leave(this)
    steps = debrief_of(browser, this).one("section", **{"aria-labelledby": "steps"}).all("li")
    assert f"先猜了“{wrong}”：其实是“{looked.question.right}”。" in steps[sixth].text
    assert ["先猜了" in step.text for step in steps].count(True) == 1


def test_rules_lead_to_where_the_edition_cites_them(browser: Client) -> None:
    page = debrief_of(browser, played(browser, "four-wrong"))
    links = page.one("section", **{"aria-labelledby": "rules"}).all("a")
    assert [link.text for link in links] == ["V-07", "T-06", "T-08"]
    edition = page_of(browser.get("/editions/public-2023/"))
    ids = {node.attrs.get("id") for node in edition.all("div")}
    for link in links:
        address, _, anchor = link.attrs["href"].partition("#")
        assert address == "/editions/public-2023/"
        assert (anchor in ids) is bool(anchor)
    assert any("#" in link.attrs["href"] for link in links)


def test_each_other_edition_says_what_it_gives(browser: Client) -> None:
    this = begun(browser, "sixth-entry")
    do(this, Enter(do="enter", filing="filing", person="owner", wrong=Piece.ID, times=5))
    tries.leave(this)
    table = debrief_of(browser, this).one("section", **{"aria-labelledby": "compared-1"}).one("tbody")
    rows = {row.one("a").text: cells(row) for row in table.all("tr")}
    assert set(rows) == {edition.name for edition in editions().values()}
    of_2017 = rows[editions()["jd-2017"].name]
    assert "证件号码错 5 次即失败" in of_2017[3]
    assert "核验失败 证件号码错得太多" in of_2017[4]
    assert "还没核验完" in rows[editions()["public-2023"].name][4]


def test_other_persons_are_said_not_to_be_comparable(browser: Client) -> None:
    page = debrief_of(browser, played(browser, "cancel-website"))
    rows = page.one("section", **{"aria-labelledby": "compared-1"}).one("tbody").all("tr")
    assert sum("不能比较" in row.text for row in rows) == 5


def test_debrief_is_there_when_the_sandbox_is_gone(browser: Client) -> None:
    this = played(browser, "two-codes")
    before = debrief_of(browser, this).one("main").text
    assert this.sandbox is not None
    this.sandbox.closed_at = this.ended_at
    this.sandbox.save()
    Try.objects.filter(pk=this.pk).update(digest="of another file")
    sandboxes.delete_unused()
    assert Try.objects.get(pk=this.pk).sandbox is None
    assert debrief_of(browser, this).one("main").text == before


def test_debrief_asks_for_the_try_alone(browser: Client) -> None:
    this = played(browser, "two-codes")
    browser.post("/lobby/clear/")
    browser.cookies.pop("browser", None)
    trainee = this.trainee
    browser.post(f"/exercises/me/{trainee.link}/")
    for path in ("", "sheet/"):
        with CaptureQueriesContext(connection) as captured:
            assert browser.get(f"/exercises/tries/{this.pk}/{path}").status_code == 200
        assert len(captured) <= 3, [query["sql"] for query in captured]


def test_try_of_which_nothing_was_kept_has_a_page_too(browser: Client) -> None:
    this = begun(browser)
    tries.leave(this)
    Try.objects.filter(pk=this.pk).update(debrief=None)
    for path in ("", "sheet/"):
        page = page_of(browser.get(f"/exercises/tries/{this.pk}/{path}"))
        assert_is_well_made(page)
        assert "中途离开" in page.one("main").text


def test_sheet_names_who_what_when_and_how(browser: Client) -> None:
    this = played(browser, "four-wrong")
    assert this.ended_at is not None
    browser.post("/exercises/me/name/", {"name": "演小明"})
    page = page_of(browser.get(f"/exercises/tries/{this.pk}/sheet/"))
    assert_is_well_made(page)
    facts = {row.one("dt").text: row.one("dd").text for row in page.one("dl").all("div")}
    assert facts.pop("日期")
    assert facts == {
        "称呼": "演小明",
        "练习": "错了四次还能对",
        "方式": "练习",
        "规则版本": "2023 年现行版",
        "结果": "及时填对了",
        "做到的步骤": "3 / 3",
    }
    assert page.all("section", **{"aria-labelledby": "rules"})
    assert anybody().get(f"/exercises/tries/{this.pk}/sheet/").status_code == 404
    assert browser.get(f"/exercises/tries/{begun(browser).pk}/sheet/")["Location"] == "/exercises/"
