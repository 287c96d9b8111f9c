"""The class in pictures, for its trainer: each with its table, no nickname in them, and what went wrong most."""

import pytest
from django.test import Client

from tests.pages import Node
from tests.portal.courses.test_courses import FORM, joined, shown
from tests.training.test_exercises import do
from tests.visitors import anybody
from training import tries
from training.files import exercises
from training.models import Course, Try
from training.words import Enter, Piece

pytestmark = pytest.mark.django_db


@pytest.fixture
def trainer() -> Client:
    """Who has made a class of two exercises."""
    browser = anybody()
    browser.post("/class/new/", FORM | {"exercises": ["first-verification", "four-wrong"]})
    return browser


@pytest.fixture
def base(trainer: Client) -> str:
    """Below what the class lies."""
    return f"/class/{Course.objects.get().code}/"


def begun(base: str, nickname: str, number: int) -> Try:
    """The try of somebody new in the class."""
    joined(base, nickname).post(f"{base}start/{number}/")
    return Try.objects.latest("id")


def settled(this: Try, steps: int) -> None:
    """So many steps of a try are done."""
    assert this.sandbox is not None
    for step in exercises()[this.exercise].steps[:steps]:
        do(this, step.act, step.id)
    tries.settle(this.sandbox)


def told(figure: Node) -> list[list[str]]:
    """The cells of its table."""
    return [[cell.text for cell in row.all("th") + row.all("td")] for row in figure.one("tbody").all("tr")]


def test_pictures_say_what_their_tables_say_and_no_nickname(trainer: Client, base: str) -> None:
    settled(begun(base, "独特的小王", 2), 3)
    left = begun(base, "独特的小李", 2)
    settled(left, 1)
    do(left, Enter(do="enter", filing="filing", person="owner", wrong=Piece.PHONE, times=2))
    tries.leave(left)
    page = shown(trainer, f"{base}desk/pictures/")
    progress, entries, heat, funnel = page.all("figure")
    for figure in (progress, entries, heat, funnel):
        (drawing,) = [svg for svg in figure.all("svg") if svg.attrs.get("role") == "img"]
        assert drawing.attrs["aria-labelledby"] == figure.one("strong").attrs["id"]
        assert drawing.attrs["aria-describedby"] == drawing.one("desc").attrs["id"]
        assert "独特的" not in drawing.text
    assert told(progress)[0][0] == "错了四次还能对"
    assert told(progress)[0][-1] == "1 / 2"
    assert "还没有人开始：第一次核验" in progress.text
    assert [row[:2] for row in told(entries)] == [
        ["验证码不对", "0"],
        ["手机号码不对", "1"],
        ["证件号码后六位不对", "0"],
    ]
    assert told(entries)[2][2] == "练习要求填错的 5 次不算在内"
    assert [row[0] for row in told(heat)] == ["独特的小王", "独特的小李"]
    assert "止于此" in told(heat)[1][2]
    assert [row[:2] for row in told(funnel)][:3] == [["提交", "2"], ["下发验证码", "2"], ["核验通过", "1"]]
    debrief = page.one("section", **{"aria-labelledby": "debrief"})
    assert {link.text for link in debrief.all("a")} >= {"V-07", "T-06", "T-08"}
    assert all("/editions/public-2023/" in link.attrs["href"] for link in debrief.all("a"))
    assert "中途离开" in debrief.one("section", **{"aria-labelledby": "missed"}).text
    other = shown(trainer, f"{base}desk/pictures/?task=1")
    assert "还没有人开始" in other.one("main").text
    assert not other.all("figure")


def test_pictures_are_the_trainers_and_send_nothing_while_nothing_changes(trainer: Client, base: str) -> None:
    address = f"{base}desk/pictures/"
    answer = trainer.get(f"{address}?task=nonsense")
    known = {"If-None-Match": answer["ETag"]}
    assert "还没有人开始" in answer.content.decode()
    assert trainer.get(address, headers=known).status_code == 304
    member = joined(base)
    assert [browser.get(address).status_code for browser in (anybody(), member)] == [404, 404]
    member.post(f"{base}start/1/")
    assert trainer.get(address, headers=known).status_code == 200
