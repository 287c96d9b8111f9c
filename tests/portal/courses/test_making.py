"""Making a class: what it does, in which order, from when to when; groups and free practice in the browsers."""

from datetime import timedelta

import pytest
from django.test import Client

from portal.courses.making import CourseForm
from portal.shared.clock.fields import written
from tests.pages import page_of
from tests.portal.courses.test_courses import FORM, joined, shown
from tests.visitors import anybody
from training import courses
from training.files import exercises_of
from training.models import Course, Member, Try
from training.words import Path
from verification.models import Sandbox
from verification.time.clock import real_now

FREE = {"name": "自由班", "kind": "together", "scenario": "2018-z", "parts": ["provider", "clock"]}
GROUP = {"name": "小组", "kind": "group", "way": "practice", "exercises": ["first-verification"]}


def in_days(days: int) -> str:
    """A moment to come, as it is typed."""
    return written((real_now() + timedelta(days=days)).replace(second=0))


def form_of(**data: object) -> CourseForm:
    """The form as it is sent with these in the place of what is usual."""
    form = CourseForm({"name": "周三班", "kind": "alone", "way": "practice"} | data)
    form.is_valid()
    return form


def tasks_of(**data: object) -> list[tuple[str, str]]:
    """The exercises that a form chooses, with their ways."""
    return [(name, way.value) for name, way in form_of(**data).what_to_make()["tasks"]]


def test_exercises_come_by_number_then_as_in_the_catalogue_each_in_its_way() -> None:
    ticked = ["two-codes", "first-verification", "one-person"]
    assert tasks_of(exercises=ticked, **{"order-two-codes": "１", "way-one-person": "proof"}) == [
        ("two-codes", "practice"),
        ("first-verification", "practice"),
        ("one-person", "proof"),
    ]
    assert tasks_of(way="proof", **{"order-hk-permit": "2", "order-one-person": "1"}) == [
        ("one-person", "proof"),
        ("hk-permit", "proof"),
    ]
    of_bureau = [exercise.name for exercise in exercises_of(Path.BUREAU)]
    assert [name for name, _ in tasks_of(paths=["bureau"], exercises=of_bureau[:1])] == of_bureau


@pytest.mark.parametrize(
    ("field", "data"),
    [
        ("kind", {"kind": ""}),
        ("exercises", {"exercises": []}),
        ("exercises", {"kind": "group", "exercises": ["queue-of-eight"]}),
        ("order-one-person", {"order-one-person": "0"}),
        ("way-one-person", {"exercises": ["one-person"], "way-one-person": "x"}),
        ("paths", {"paths": ["x"]}),
        ("scenario", FREE | {"scenario": ""}),
        ("parts", FREE | {"parts": []}),
        ("ends_at", {"exercises": ["one-person"], "ends_at": "2020-01-01 10:00"}),
        ("ends_at", {"exercises": ["one-person"], "begins_at": in_days(2), "ends_at": in_days(1)}),
        ("begins_at", {"exercises": ["one-person"], "begins_at": "0001-01-01"}),
        ("ends_at", {"exercises": ["one-person"], "ends_at": "9999-12-31 23:59"}),
    ],
)
def test_mistake_stands_beside_its_field(field: str, data: dict[str, object]) -> None:
    assert list(form_of(**data).errors) == [field]


def test_nothing_that_was_typed_is_lost() -> None:
    answer = anybody().post("/class/new/", FORM | {"order-one-person": "x", "ends_at": "morgen"})
    page = page_of(answer)
    assert "顺序请填 1 到 40 的整数" in page.text
    typed = {field.attrs["name"]: field.attrs.get("value") for field in page.all("input")}
    assert (typed["name"], typed["order-one-person"], typed["ends_at"]) == ("周三班", "x", "morgen")


def made(form: dict[str, object]) -> tuple[Client, str]:
    """Who has made a class, and below what it lies."""
    trainer = anybody()
    desk = trainer.post("/class/new/", form)["Location"]
    return trainer, desk.removesuffix("desk/")


@pytest.mark.django_db
def test_group_is_in_one_sandbox_and_everybody_sees_its_debrief() -> None:
    trainer, base = made(GROUP)
    lead, second = joined(base, "小王"), joined(base, "小李")
    there = second.post(f"{base}start/1/")["Location"]
    assert "这一步由小李（接入商）做" in second.get(there).content.decode()
    assert lead.post(f"{base}start/1/")["Location"] == "/"  # whose step it is not finds the way
    assert "这一步由小李（接入商）做" in lead.get("/").content.decode()
    answer = lead.get("/provider/")
    assert (answer.status_code, "请让做这个角色的人来做" in answer.content.decode()) == (403, True)
    assert second.post("/lesson/leave/")["Location"] == base
    assert Try.objects.get().ended_at is None
    assert "进入" in [button.text for button in shown(second, base).all("button")]
    assert "小组（1 组，2 人）" in shown(trainer, f"{base}desk/").text
    lead.post(f"{base}start/1/", {"anew": "yes"})  # five seconds are not over
    courses.tries.leave(this := Try.objects.get())
    for browser, statuses in ((lead, (200, 200)), (second, (200, 200)), (trainer, (200, 404)), (anybody(), (404, 404))):
        pages = (f"/exercises/tries/{this.pk}/", f"/exercises/tries/{this.pk}/sheet/")
        assert tuple(browser.get(page).status_code for page in pages) == statuses
    assert second.post(f"/exercises/tries/{this.pk}/once-more/").status_code == 404


@pytest.mark.django_db
def test_member_changes_the_part() -> None:
    _, base = made(GROUP)
    member = joined(base)
    (option,) = shown(member, base).all("option")
    assert option.text == "这一组：接入商"
    answer = member.post(f"{base}part/", {"seat": option.attrs["value"]}, follow=True)
    assert "您现在是接入商" in answer.content.decode()
    assert Member.objects.get().part == "provider"
    assert "已经有人了" in member.post(f"{base}part/", {"seat": "x"}, follow=True).content.decode()


@pytest.mark.django_db
def test_all_practise_in_one_sandbox_and_hear_the_trainer() -> None:
    trainer, base = made(FREE)
    member = joined(base)
    assert [button.text for button in shown(member, base).all("button")] == ["进入演练", "举手请教员帮忙"]
    assert "还没进去" in shown(trainer, f"{base}desk/").text
    assert member.post(f"{base}practise/")["Location"] == "/lobby/"
    trainer.post(f"{base}desk/say/", {"word": "先交一份申请"})
    bar = page_of(member.get("/provider/")).one("aside", class_="lesson")
    assert ("教员：先交一份申请" in bar.text, bar.one("a").attrs["href"]) == (True, base)
    assert "在演练" in shown(trainer, f"{base}desk/").text
    assert trainer.post(f"{base}desk/host/")["Location"] == "/lobby/"
    assert [link.text for link in page_of(trainer.get("/lobby/")).one("aside", class_="lesson").all("a")] == [
        "教员台",
        "参加者与身份",
    ]
    assert "已加入 1 人" in shown(trainer, f"{base}screen/").text
    assert Sandbox.objects.filter(template_of=None).count() == 1
    assert member.post(f"{base}desk/host/").status_code == 404


@pytest.mark.django_db
def test_members_wait_for_the_beginning_which_the_trainer_may_change() -> None:
    begins = real_now() + timedelta(hours=1)
    trainer, base = made(FORM | {"begins_at": written(begins)})
    member = joined(base)
    answer = member.get(base)
    assert 3530 <= int(answer["Refresh"]) <= 3610
    assert [button.text for button in page_of(answer).one("main").all("button")] == ["举手请教员帮忙"]
    assert "才开始" in member.post(f"{base}start/1/", follow=True).content.decode()
    page = shown(trainer, f"{base}desk/times/")
    assert "现在是北京时间" in page.text
    wrong = {"begins_at": in_days(2), "ends_at": in_days(1)}
    assert "要晚于开始时间" in trainer.post(f"{base}desk/times/", wrong).content.decode()
    ends = in_days(1)
    assert "已更改" in trainer.post(f"{base}desk/times/", {"ends_at": ends}, follow=True).content.decode()
    assert "Refresh" not in member.get(base)
    assert f"{ends} 结束" in shown(trainer, f"{base}desk/").text
    assert member.get(f"{base}desk/times/").status_code == 404
    Course.objects.update(ends_at=real_now())
    assert "不能再加入或开始新的" in shown(member, base).text


@pytest.mark.django_db
def test_class_is_full_for_its_size_alone_and_leaves_no_trainee(monkeypatch: pytest.MonkeyPatch) -> None:
    _, base = made(FORM)
    joined(base)
    trainees = courses.Trainee.objects.count()
    monkeypatch.setattr(courses, "MOST_MEMBERS", 1)
    assert "满了" in anybody().post(f"{base}join/", {"nickname": "小李"}).content.decode()
    assert courses.Trainee.objects.count() == trainees
