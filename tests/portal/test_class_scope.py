"""Nothing crosses between classes: at no address of a class or a try does anybody who is not of it learn or do a thing.

The addresses come from the list itself, so that a new one is tried as soon as it exists. That sandboxes are apart,
those of a class among them, is shown in test_scope.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client

from portal.shared.lesson.trainees import trainee_of
from tests.routes import NATIONAL_PAGES
from tests.visitors import anybody
from training import sheets
from training.models import Course, Desk, Member, Note, Trainee, Try

pytestmark = pytest.mark.django_db

#: In whatever is typed in the class of the others, but for its name, which whoever has its code reads at the door.
MARK = "异界"
#: At these one becomes a member, which everybody may who has the code.
WAY_IN = "class/<slug:code>/join/"
OF_TRAINERS = [route for route in NATIONAL_PAGES if re.match(r"class/<slug:code>/(desk|screen)/", route)]
OF_MEMBERS = [route for route in NATIONAL_PAGES if route.startswith("class/<slug:code>/") and route not in OF_TRAINERS]
OF_TRIES = [route for route in NATIONAL_PAGES if route.startswith("exercises/tries/")]
OF_LEARNERS = ["exercises/results/", "exercises/", "exercises/me/", "class/"]


def made(mark: str) -> tuple[Client, Client, Course]:
    """The trainer and a member of a class, who has left one exercise and begun another; and the class."""
    trainer, member = anybody(), anybody()
    form = {"name": "别人的班", "kind": "alone", "way": "practice", "exercises": ["first-verification", "one-person"]}
    desk = trainer.post("/class/new/", form)["Location"]
    base = desk.removesuffix("desk/")
    member.post(f"{base}join/", {"nickname": f"{mark}学员"})
    member.post(f"{base}start/1/")
    member.post("/lesson/leave/")
    Try.objects.filter(member__nickname=f"{mark}学员").update(debrief={"title": f"{mark}的练习"})
    Member.objects.filter(nickname=f"{mark}学员").update(word=f"{mark}的话")
    course = Course.objects.get(code=base.split("/")[2])
    return trainer, member, course


@pytest.fixture
def theirs() -> Course:
    """The class of the others."""
    return made(MARK)[2]


@pytest.fixture
def others(theirs: Course) -> dict[str, Client]:
    """Who is not of it, or is in it as somebody else."""
    trainer, member, _ = made("自家")
    classmate = anybody()
    classmate.post(f"/class/{theirs.code}/join/", {"nickname": "同班的"})
    return {"stranger": anybody(), "trainer of another": trainer, "member of another": member, "classmate": classmate}


def rows() -> list[Any]:
    """All of everybody's rows that hang on a class or a try."""
    models: tuple[type[Model], ...] = (Course, Desk, Member, Trainee, Try, Note)
    return [list(model._default_manager.order_by("pk").values()) for model in models]


def address(route: str, course: Course) -> str:
    """The route with what the class of the others has in the place of its parameters."""
    this = Try.objects.get(member__course=course)
    of_class = "desk" in route and "<int:pk>" in route
    known = {"code": course.code, "pk": this.member_id if of_class else this.pk, "number": 1, "form": "csv"}
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(known[found[1]]), route)


def answers(browser: Client, where: str, known: dict[str, str]) -> Iterator[tuple[str, HttpResponse]]:
    """What is answered to a question and to a form with everything; each leaves things as they were."""
    for method, ask in (("GET", browser.get), ("POST", browser.post)):
        before = rows()
        with transaction.atomic():
            answer = ask(where, known)
            changed = rows() != before
            transaction.set_rollback(True)
        assert not changed, (method, where)
        yield method, answer


def known_of(theirs: Course) -> dict[str, str]:
    """What somebody would send who has read it on a sheet."""
    return {"code": sheets.code_of(Try.objects.get(member__course=theirs)), "word": "x", "hand": "up"}


@pytest.mark.parametrize("who", ["stranger", "trainer of another", "member of another", "classmate"])
def test_nobody_of_another_class_sees_or_touches_it(who: str, others: dict[str, Client], theirs: Course) -> None:
    browser, known = others[who], known_of(theirs)
    for route in (*OF_TRAINERS, *OF_TRIES):
        for method, answer in answers(browser, address(route, theirs), known):
            assert answer.status_code in (404, 405), (method, route)
            assert MARK not in answer.content.decode(), (method, route)
    for route in [route for route in OF_LEARNERS if who != "classmate"]:
        assert MARK not in browser.get(f"/{route}").content.decode(), route


@pytest.mark.parametrize("who", ["stranger", "trainer of another", "member of another"])
def test_who_has_the_code_alone_comes_to_the_door(who: str, others: dict[str, Client], theirs: Course) -> None:
    door = f"/class/{theirs.code}/"
    for route in [route for route in OF_MEMBERS if route != WAY_IN]:
        for method, answer in answers(others[who], address(route, theirs), known_of(theirs)):
            leads_on = answer.status_code == 302 and answer["Location"] == door
            assert leads_on or answer.status_code in (405, 200), (method, route)
            assert MARK not in answer.content.decode(), (method, route)
    assert "加入“别人的班”" in others[who].get(door).content.decode()


def test_those_of_the_class_do_see_it() -> None:
    """Or the tests above would show nothing."""
    trainer, member, course = made(MARK)
    (this,) = Try.objects.all()
    seen = ["desk/", "desk/results/", "desk/results.csv", f"desk/{this.member_id}/"]
    assert {
        page: MARK in trainer.get(f"/class/{course.code}/{page}").content.decode() for page in seen
    } == dict.fromkeys(seen, True)
    for browser in (trainer, member):
        assert MARK in browser.get(f"/exercises/tries/{this.pk}/").content.decode()
    assert MARK in member.get(f"/class/{course.code}/").content.decode()
    assert trainee_of(member.get("/").wsgi_request) == this.trainee
    assert {"class/<slug:code>/desk/sheet/", "class/<slug:code>/desk/results/"} <= set(OF_TRAINERS)
