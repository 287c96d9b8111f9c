"""The desk: narrowed and put in order, followed row by row, and what a trainer does from there."""

import re

import pytest
from django.test import Client
from time_machine import TimeMachineFixture

from tests.pages import assert_is_well_made, page_of
from tests.portal.courses.test_courses import base, joined, shown, trainer  # noqa: F401  # fixtures
from training.desks import STUCK_AFTER
from training.files import exercises
from training.models import Course, Member, Note, Try
from verification.models import Sandbox
from verification.time.clock import real_now

pytestmark = pytest.mark.django_db

STEP = exercises()["first-verification"].steps[0].id


def names_at(trainer: Client, base: str, query: str) -> list[str]:  # noqa: F811  # of the fixtures
    """Who is shown, from top to bottom."""
    bodies = shown(trainer, f"{base}desk/{query}").all("tbody")
    return [row.all("a")[0].text for row in bodies[0].all("tr")] if bodies else []


def test_rows_are_narrowed_and_put_in_order(
    trainer: Client,  # noqa: F811
    base: str,  # noqa: F811
    time_machine: TimeMachineFixture,
) -> None:
    time_machine.move_to(real_now(), tick=False)
    stuck, good, waving = (joined(base, name) for name in ("丙卡住", "乙提示", "甲举手"))
    stuck.post(f"{base}start/1/")
    good.post(f"{base}start/2/")
    waving.post(f"{base}hand/", {"hand": "up"})
    time_machine.shift(STUCK_AFTER.total_seconds() + 1)
    good.post("/lesson/hint/", {"step": exercises()["one-person"].steps[0].id})
    assert names_at(trainer, base, "") == ["甲举手", "丙卡住", "乙提示"]
    assert names_at(trainer, base, "?state=stuck") == ["丙卡住"]
    assert names_at(trainer, base, "?state=hand") == ["甲举手"]
    assert names_at(trainer, base, "?task=2") == ["乙提示"]
    assert names_at(trainer, base, "?q=乙") == ["乙提示"]
    assert names_at(trainer, base, "?state=good") == []
    assert names_at(trainer, base, "?sort=hints")[0] == "乙提示"
    assert names_at(trainer, base, "?sort=-hints")[-1] == "乙提示"
    assert names_at(trainer, base, "?sort=place") == ["甲举手", "丙卡住", "乙提示"]
    assert len(names_at(trainer, base, "?sort=nothing&state=nothing&task=x")) == 3
    page = shown(trainer, f"{base}desk/?sort=charged")
    assert [head.attrs.get("aria-sort") for head in page.all("th") if "aria-sort" in head.attrs] == ["descending"]


def test_script_gets_only_the_rows_that_it_has_not(trainer: Client, base: str) -> None:  # noqa: F811
    members = [joined(base, name) for name in ("甲", "乙", "丙")]
    live = {"Live": "1"}
    first = trainer.get(f"{base}desk/", headers=live)
    assert "<html" not in first.content.decode()
    members[1].post(f"{base}hand/", {"hand": "up"})
    answer = trainer.get(f"{base}desk/", headers={**live, "If-None-Match": first["ETag"]})
    rows = re.findall(r'<tr data-key="m\d+"( data-live-same)?>', answer.content.decode())
    assert rows == ["", " data-live-same", " data-live-same"]
    other = trainer.get(f"{base}desk/", headers={**live, "If-None-Match": '"unknown.tag"'})
    assert "data-live-same" not in other.content.decode()
    known = {**live, "If-None-Match": answer["ETag"]}
    assert trainer.get(f"{base}desk/", headers=known).status_code == 304


@pytest.mark.django_db(transaction=True)  # the bar has news with a commit
def test_one_member_gets_a_word_a_fault_and_a_step_less(trainer: Client, base: str) -> None:  # noqa: F811
    member, other = joined(base), joined(base, "小李")
    there = member.post(f"{base}start/1/")["Location"]
    address = f"{base}desk/{Member.objects.get(nickname='小王').pk}/"
    assert "已告诉“小王”" in trainer.post(f"{address}say/", {"word": "先看短信"}, follow=True).content.decode()
    assert "教员：先看短信" in page_of(member.get(there)).one("aside", class_="lesson").text
    assert "先看短信" not in shown(other, base).text
    trainer.post(f"{address}fault/", {"fault": "system", "on": "1"})
    assert Sandbox.objects.get(exercise_try__isnull=False).has_fault
    assert "没有这种状况" in trainer.post(f"{address}fault/", {"fault": "x"}, follow=True).content.decode()
    assert "第 1 步" in shown(trainer, f"{address}skip/").text
    assert "可以做下一步了" in trainer.post(f"{address}skip/", {"step": STEP}, follow=True).content.decode()
    assert "没有跳过" in trainer.post(f"{address}skip/", {"step": STEP}, follow=True).content.decode()
    assert list(Note.objects.exclude(kind="done").values_list("kind", "step")) == [("skipped", STEP)]
    assert "第 2 步" in page_of(member.get(there)).one("aside", class_="lesson").text
    quiet = f"{base}desk/{Member.objects.get(nickname='小李').pk}/"
    assert "没有可跳过的" in trainer.get(f"{quiet}skip/", follow=True).content.decode()


@pytest.mark.django_db(transaction=True)  # the bar has news with a commit
def test_all_are_led_to_an_exercise_and_asked_to_wait(trainer: Client, base: str) -> None:  # noqa: F811
    member = joined(base)
    there = member.post(f"{base}start/1/")["Location"]
    known = {"If-None-Match": member.get(base)["ETag"]}
    assert member.get(base, headers=known).status_code == 304
    trainer.post(f"{base}desk/lead/", {"number": "2"})
    assert member.get(base, headers=known).status_code == 200
    assert "教员请大家现在做“一人兼两职”" in page_of(member.get(there)).one("aside", class_="lesson").text
    late = joined(base, "迟到")
    (primary,) = [
        button for button in shown(late, base).one("main").all("button") if "primary" in button.attrs["class"]
    ]
    assert primary.attrs["aria-label"] == "开始：一人兼两职"
    assert "没有这个练习" in trainer.post(f"{base}desk/lead/", {"number": "9"}, follow=True).content.decode()
    trainer.post(f"{base}desk/pause/", {"on": "1"})
    assert "先停一下" in shown(late, base).text
    assert "先停一下" in page_of(member.get(there)).one("aside", class_="lesson").text
    trainer.post(f"{base}desk/pause/", {"on": "0"})
    assert "先停一下" not in shown(late, base).text
    assert Course.objects.get().at == 2


def test_clocks_of_a_step_are_moved_after_a_list(trainer: Client, base: str) -> None:  # noqa: F811
    member = joined(base)
    member.post(f"{base}start/1/")
    address = f"{base}desk/clocks/"
    asked = {"place": f"first-verification:{STEP}", "by": "next"}
    page = page_of(trainer.get(address, asked))
    assert_is_well_made(page)
    assert "时限到期退回" in page.one("tbody").text
    ticked = page.one("input", type="checkbox").attrs["value"]
    before = Sandbox.objects.get(exercise_try__isnull=False).clock_at
    done = page_of(trainer.post(address, {"place": asked["place"], "move": [ticked, "x@y", "9@1"]}))
    assert_is_well_made(done)
    assert "小王" in done.one("tbody").text
    assert "1 人已经不在这一步了" in done.text
    assert Sandbox.objects.get(exercise_try__isnull=False).clock_at > before
    for query in ({"place": "no:where", "by": "1h"}, {"place": asked["place"], "by": "x"}):
        assert trainer.get(address, query)["Location"] == f"{base}desk/"
    assert trainer.post(address, {"place": asked["place"]})["Location"] == f"{base}desk/"
    Try.objects.update(ended_at=real_now(), end="left")
    assert trainer.get(address, asked)["Location"] == f"{base}desk/"
    for page_name in ("clocks/", "1/skip/", "lead/", "pause/", "fault/"):
        assert member.post(f"{base}desk/{page_name}").status_code == 404


def test_trainer_sees_what_the_page_is_called(trainer: Client, base: str) -> None:  # noqa: F811
    member = joined(base)
    there = member.post(f"{base}start/1/")["Location"]
    address = f"{base}desk/{Member.objects.get().pk}/"
    trainer.post(address)
    assert "没有打开练习的页面" in shown(trainer, address).text
    (asked,) = re.findall(r'data-news="(.*?)"', member.get(there).content.decode())
    member.get(asked, headers={"Page-Name": "%E6%A8%A1%E6%8B%9F%E6%89%8B%E6%9C%BA%00<b>"})
    assert "正开着“模拟手机<b>”" in shown(trainer, address).text
