"""Classes that staff alone may make: who is refused is told what to do, and the staff's site shows no identities."""

from collections.abc import Iterator
from importlib import reload

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import clear_url_caches

from portal import urls
from tests.portal.courses.test_courses import FORM, joined, shown
from tests.visitors import anybody
from training.models import Course

pytestmark = pytest.mark.django_db
PASSWORD = "a long enough one"


@pytest.fixture(autouse=True)
def needs_account(settings: pytest.FixtureRequest) -> Iterator[None]:
    """The site as an operator runs it who has asked for accounts."""
    settings.CLASSES_NEED_ACCOUNT = True  # type: ignore[attr-defined]  # pytest-django's own
    reload(urls)
    clear_url_caches()
    yield
    settings.CLASSES_NEED_ACCOUNT = False  # type: ignore[attr-defined]
    reload(urls)
    clear_url_caches()


def logged_in(*, is_staff: bool) -> Client:
    """Somebody with an account."""
    browser = anybody()
    User.objects.create_superuser("teacher", password=PASSWORD) if is_staff else User.objects.create_user(
        "teacher", password=PASSWORD
    )
    data = {"username": "teacher", "password": PASSWORD, "next": "/class/new/"}
    answer = browser.post("/staff/login/?next=/class/new/", data)
    assert answer.get("Location", "") == ("/class/new/" if is_staff else "")
    return browser


def test_others_are_told_to_log_in_and_may_join() -> None:
    for browser in (anybody(), logged_in(is_staff=False)):
        answer = browser.post("/class/new/", FORM)
        assert answer.status_code == 403
        assert "/staff/login/?next=/class/new/" in answer.content.decode()
    assert not Course.objects.exists()


def test_staff_make_classes_and_see_nobody_in_them() -> None:
    staff = logged_in(is_staff=True)
    base = staff.post("/class/new/", FORM)["Location"].removesuffix("desk/")
    joined(base, "独一无二的小王")
    assert "独一无二的小王" in shown(staff, f"{base}desk/").text
    course = Course.objects.get()
    for address in ("/staff/", "/staff/training/course/", f"/staff/training/course/{course.pk}/change/"):
        page = staff.get(address).content.decode()
        assert "独一无二" not in page
        assert (course.code in page) is (address != "/staff/")
    for path in ("course/add/", f"course/{course.pk}/delete/"):
        assert staff.get(f"/staff/training/{path}").status_code == 403
    assert staff.get("/staff/training/member/").status_code == 404
