"""A class in the browsers of its trainer and its members: made, joined, done, watched, spoken to, closed."""

import csv
import json
import zipfile
from io import BytesIO

import pytest
from django.test import Client

from tests.pages import Node, assert_is_well_made, page_of
from tests.visitors import anybody
from training import sheets
from training.models import Course, Member, Try
from training.shoulders import LOOKS_FOR
from verification.models import Phone
from verification.time.clock import real_now

pytestmark = pytest.mark.django_db

FORM = {"name": "周三班", "kind": "alone", "way": "practice", "exercises": ["first-verification", "one-person"]}


@pytest.fixture
def trainer() -> Client:
    """Who has made a class."""
    browser = anybody()
    assert browser.post("/class/new/", FORM)["Location"] == f"/class/{Course.objects.get().code}/desk/"
    return browser


@pytest.fixture
def base(trainer: Client) -> str:
    """Below what the class lies."""
    return f"/class/{Course.objects.get().code}/"


def joined(base: str, nickname: str = "小王") -> Client:
    """Somebody new in the class."""
    browser = anybody()
    assert browser.post(f"{base}join/", {"nickname": nickname})["Location"] == base
    return browser


def shown(browser: Client, address: str) -> Node:
    """The page, which is in order."""
    answer = browser.get(address)
    assert answer.status_code == 200, (address, answer)
    page = page_of(answer)
    assert_is_well_made(page)
    return page


def rows_of(trainer: Client, base: str) -> list[str]:
    """The words of each row at the desk."""
    bodies = shown(trainer, f"{base}desk/").all("tbody")
    return [row.text for row in bodies[0].all("tr")] if bodies else []


def test_class_is_joined_by_its_code_however_it_is_typed(base: str) -> None:
    code = base.split("/")[2]
    browser = anybody()
    typed = f"{code[:5].lower()} {code[5:]}"
    assert browser.get("/class/", {"code": typed})["Location"] == base
    assert "加入“周三班”" in shown(browser, base).text
    assert "没有找到这个班级" in browser.get("/class/NOSUCHCODE/", follow=True).content.decode()
    assert "请填写昵称" in browser.post(f"{base}join/", {"nickname": ""}).content.decode()
    assert not Member.objects.exists()


def test_member_does_an_exercise_and_comes_back(trainer: Client, base: str) -> None:
    member = joined(base)
    assert [button.text for button in shown(member, base).all("button")] == ["开始", "开始", "举手请教员帮忙"]
    there = member.post(f"{base}start/1/")["Location"]
    bar = page_of(member.get(there)).one("aside", class_="lesson")
    assert next(link.attrs["href"] for link in bar.all("a") if link.text == "回到班级") == base
    assert Try.objects.get().member == Member.objects.get()
    assert "继续" in [button.text for button in shown(member, base).all("button")]
    (row,) = rows_of(trainer, base)
    assert "小王" in row
    assert "第 1 / " in row
    member.post("/lesson/leave/")
    assert "回到班级" in member.get(f"/exercises/tries/{Try.objects.get().pk}/").content.decode()


def test_hand_and_word_are_seen_on_the_other_side(trainer: Client, base: str) -> None:
    quiet, waving = joined(base, "安静"), joined(base, "举手的")
    waving.post(f"{base}hand/", {"hand": "up"})
    assert [("举手 " in row, row.startswith("举手的")) for row in rows_of(trainer, base)] == [
        (True, True),
        (False, False),
    ]
    waving.post(f"{base}hand/", {"hand": "down"})
    assert not any("举手 " in row for row in rows_of(trainer, base))
    answer = trainer.post(f"{base}desk/say/", {"word": "先看第一题"}, follow=True)
    assert "已告诉 2 人" in answer.content.decode()
    assert "教员：先看第一题" in shown(quiet, base).text
    trainer.post(f"{base}desk/say/", {"word": ""})
    assert "教员：" not in shown(quiet, base).text


def test_desk_and_screen_send_nothing_while_nothing_changes(trainer: Client, base: str) -> None:
    for page in ("desk/", "screen/"):
        answer = trainer.get(f"{base}{page}")
        known = {"If-None-Match": answer["ETag"]}
        assert trainer.get(f"{base}{page}", headers=known).status_code == 304
    joined(base)
    assert trainer.get(f"{base}desk/", headers=known).status_code == 200


def test_screen_shows_the_way_in_and_no_name(trainer: Client, base: str) -> None:
    joined(base, "不上墙的名字")
    page = shown(trainer, f"{base}screen/")
    assert page.one("div", class_="screen__qr").one("svg")
    assert f"http://localhost:8000{base}" in page.text
    assert "不上墙的名字" not in page.text


def test_desk_is_nobodys_but_the_trainers(base: str) -> None:
    for browser in (anybody(), joined(base)):
        for page in ("desk/", "screen/", "desk/close/"):
            assert browser.get(f"{base}{page}").status_code == 404
        assert browser.post(f"{base}desk/close/").status_code == 404
        assert browser.post(f"{base}desk/say/", {"word": "x"}).status_code == 404
    assert Course.objects.exists()


def test_trainer_looks_over_a_shoulder_and_the_member_is_told(trainer: Client, base: str) -> None:
    member = joined(base)
    there = member.post(f"{base}start/2/")["Location"]
    address = f"{base}desk/{Member.objects.get().pk}/"
    assert trainer.post(address)["Location"] == address
    assert "还什么都没做" in shown(trainer, address).text
    phone = Phone.objects.filter(sandbox=Try.objects.get().sandbox, challenges__isnull=False).distinct().get()
    member.post(f"/phone/{phone.pk}/switch/", {"switch": "no_signal"})
    page = shown(trainer, address)
    assert "一人兼两职" in page.text
    assert "本次验证码" in page.text
    assert f"拨手机开关 {phone.number}：做成了" in page.text
    assert "教员正在看您做" in member.get(there).content.decode()
    Member.objects.update(looked_at=real_now() - LOOKS_FOR)
    over = shown(trainer, address)
    assert "最近做了什么" not in over.text
    assert over.one("main").all("button")[0].text == "继续看"
    assert anybody().post(address).status_code == member.get(address).status_code == 404


def test_class_is_closed_after_a_question(trainer: Client, base: str) -> None:
    member = joined(base)
    member.post(f"{base}start/1/")
    assert "1 名学员" in shown(trainer, f"{base}desk/close/").text
    assert "1 名学员的昵称" in trainer.post(f"{base}desk/close/", follow=True).content.decode()
    assert (Course.objects.count(), Member.objects.count(), Try.objects.count()) == (0, 0, 0)
    assert "没有找到这个班级" in anybody().get("/class/NOSUCHCODE/", follow=True).content.decode()


def test_who_comes_too_late_is_told_that_the_class_was_closed(trainer: Client, base: str) -> None:
    member = joined(base)
    member.post(f"{base}start/1/")
    of_try = f"/exercises/tries/{Try.objects.get().pk}/"
    trainer.post(f"{base}desk/close/")
    late = [member.get(address) for address in (base, f"{base}desk/", of_try, f"{of_try}sheet/", "/phone/")]
    late += [member.post(f"{base}hand/", {"hand": "up"}), member.post(f"{of_try}again/"), anybody().get(base)]
    assert [answer.status_code for answer in late] == [410] * 8
    pages = [page_of(answer) for answer in late]
    for page in pages:
        assert_is_well_made(page)
        assert page.one("h1").text == "班级已结束"
        assert "结束了" in page.one("main").text
        assert page.one("main").one("a", class_="button--primary").text in ("去练习目录", "去演练大厅")
    assert "刚才填写的内容没有提交" in pages[5].text
    assert anybody().get("/exercises/tries/999999/").status_code == 404


def test_mistakes_stand_beside_the_fields(trainer: Client) -> None:
    answer = anybody().post("/class/new/", {"name": "", "kind": "alone", "way": "x"})
    words = page_of(answer).one("main").text
    assert all(text in words for text in ("请给班级起个名称", "请选择练习或考核", "请至少选一个练习"))
    mine = shown(trainer, "/class/")
    assert "我带的班级" in mine.text


@pytest.mark.parametrize("nickname", ["小王", "=1+1", "@SUM(A1)", "+86", "-1"])
def test_results_are_kept_elsewhere_and_no_nickname_is_a_formula(trainer: Client, base: str, nickname: str) -> None:
    member = joined(base, nickname)
    member.post(f"{base}start/1/")
    member.post("/lesson/leave/")
    answer = trainer.get(f"{base}desk/results.csv")
    assert answer["Content-Disposition"].startswith("attachment")
    heading, line = csv.reader(answer.content.decode("utf-8-sig").splitlines())
    written = nickname if nickname == "小王" else f"'{nickname}"
    assert line[: len(heading)][:5] == [written, "第一次核验", "练习", "中途离开", "否"]
    book = zipfile.ZipFile(BytesIO(trainer.get(f"{base}desk/results.xlsx").content))
    sheet, texts = (book.read(f"xl/{name}").decode() for name in ("worksheets/sheet1.xml", "sharedStrings.xml"))
    assert f">{nickname}<" in texts
    assert "<f>" not in sheet
    assert sheet.count("<row ") == 2
    assert trainer.get(f"{base}desk/results.pdf").status_code == 404
    assert member.get(f"{base}desk/results.csv").status_code == 404


def test_results_are_read_printed_and_looked_up_by_the_code_of_a_sheet(trainer: Client, base: str) -> None:
    member = joined(base)
    joined(base, "没来的")
    member.post(f"{base}start/1/")
    member.post("/lesson/leave/")
    this = Try.objects.get()
    of_try = f"/exercises/tries/{this.pk}/"
    code = sheets.written(sheets.code_of(this))
    assert code in shown(member, f"{of_try}sheet/").text
    page = shown(trainer, f"{base}desk/results/")
    first, *others = [[cell.text for cell in row.all("td")] for row in page.one("tbody").all("tr")]
    assert (first[0], first[1], first[2], first[-1]) == ("第一次核验", "练习", "中途离开", code)
    assert [cells[2] for cells in others] == ["没有开始"] * 3

    found = trainer.get(f"{base}desk/sheet/", {"code": code.lower()})
    assert found["Location"] == of_try
    debrief = shown(trainer, of_try)
    assert "学员“小王”" in debrief.text
    assert [button.text for button in debrief.one("main").all("button")] == []
    wrong = page_of(trainer.get(f"{base}desk/sheet/", {"code": "AAAA 3333"}))
    assert "没有这个核对码" in wrong.one("main").text
    assert wrong.one("input", name="code").attrs["value"] == "AAAA 3333"
    assert "请输入成绩单上的核对码" in page_of(trainer.get(f"{base}desk/sheet/")).text
    for address in (f"{of_try}sheet/", f"{of_try}again/"):
        assert trainer.get(address).status_code in (404, 405)
    assert trainer.post(f"{of_try}again/").status_code == trainer.post(f"{of_try}once-more/").status_code == 404
    assert anybody().get(of_try).status_code == joined(base, "另一个").get(of_try).status_code == 404


def test_statements_are_a_file_to_keep(trainer: Client, base: str) -> None:
    member = joined(base)
    member.post(f"{base}start/1/")
    answer = trainer.get(f"{base}desk/results.xapi.json")
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("application/json", "nosniff")
    assert answer["Content-Disposition"].endswith('.xapi.json"')
    (begun,) = json.loads(answer.content)
    assert begun["actor"]["account"]["homePage"] == "http://localhost:8000/"
