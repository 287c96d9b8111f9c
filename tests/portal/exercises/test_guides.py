"""“Show me”: each place is on its page once, with its id, in every look; a proof has none; it stays on or off."""

import re
from urllib.parse import urlsplit

import pytest
from django.test import Client, RequestFactory

from portal.shared.lesson.places import Pointed, Stop, way_of
from portal.shared.visit.addresses import address_of
from tests.pages import page_of
from tests.portal.exercises.test_exercises import bar_of, begun
from tests.training.test_exercises import do
from tests.visitors import NATIONAL, anybody, browser_of
from training.files import exercises, places
from training.models import NoteKind, Try
from verification.models import Phone

pytestmark = pytest.mark.django_db

ADDRESS = address_of(RequestFactory().get("/", headers={"host": NATIONAL}))
#: What these pages ask for before they show anything.
QUERIES = {"clock.confirm": "?to=2040-01-01T00:00"}


def browser_at(this: Try, host: str) -> Client:
    """The learner's browser on a host."""
    assert this.participant is not None
    return browser_of(this.participant, host=host)


def find(this: Try, stop: Stop) -> list[str]:
    """The ids of the controls of that name on the stop's page."""
    parts = urlsplit(stop.page)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path + QUERIES.get(stop.name, "")
    answer = browser_at(this, parts.netloc or NATIONAL).get(path, follow=True)
    assert answer.status_code == 200, (stop, answer)
    tags = re.findall(r"<[a-z]+ [^>]*data-guide=\"([^\"]*)\"[^>]*>", answer.content.decode())
    ids = re.findall(r"<[a-z]+ (?=[^>]*data-guide=\"([^\"]*)\")[^>]*\bid=\"([^\"]*)\"", answer.content.decode())
    assert len(tags) == len(ids), tags
    return [found for names, found in ids if stop.name in names.split()]


def test_every_place_is_on_its_page_once_with_the_id_of_its_address() -> None:
    seen: dict[str, set[str]] = {}
    for name, exercise in exercises().items():
        this = begun(anybody(), name)
        for step in exercise.steps:
            for stop in way_of(Pointed(ADDRESS, exercise, this, step)):
                assert find(this, stop) == [stop.anchor], (name, step.id, stop)
                seen.setdefault(stop.name, set()).add(urlsplit(stop.page).netloc)
            do(this, step.act, step.id)
    this = begun(anybody())
    own = f"/provider/{this.filings[0]}"
    beside = [
        Stop("provider.new", "/provider/new/", "submitting"),
        Stop("provider.withdraw", f"{own}/withdraw/", "withdraw"),
    ]
    assert [find(this, stop) for stop in beside] == [[stop.anchor] for stop in beside]
    assert set(seen) | {stop.name for stop in beside} == set(places())
    assert len(seen["verify.form"] | seen["verify.id"]) >= 4  # the looks of 2017, 2018 and 2020, and the nation's


def switch(browser: Client, kind: str) -> bool:
    """Switch “show me” on or off; whether the next page shows the way."""
    assert browser.post(f"/lesson/{kind}/", {"next": "/phone/"})["Location"] == "/phone/"
    return bar_of(page_of(browser.get("/phone/"))).attrs["data-shown"] == "true"


@pytest.mark.django_db(transaction=True)
def test_guide_stays_on_until_it_is_switched_off_and_each_change_leaves_one_line() -> None:
    browser = anybody()
    this = begun(browser)
    assert [switch(browser, kind) for kind in ("show", "show", "hide", "hide", "show")] == [
        True,
        True,
        False,
        False,
        True,
    ]
    assert list(this.notes.values_list("kind", flat=True)) == [NoteKind.SHOW, NoteKind.HIDE, NoteKind.SHOW]


def test_proof_shows_no_way() -> None:
    browser = anybody()
    browser.post("/exercises/first-verification/start/", {"way": "proof"})
    assert switch(browser, "show") is False
    assert bar_of(page_of(browser.get("/phone/"))).all("a") == []


def test_another_phone_is_not_the_place_though_it_has_such_a_control() -> None:
    browser = anybody()
    this = begun(browser)
    browser.post("/lesson/seen/", {"step": exercises()[this.exercise].steps[0].id, "next": "/"})
    of_step = bar_of(page_of(browser.get("/"))).one("a", class_="lesson__go").attrs["href"].partition("#")[0]
    phones = {f"/phone/{pk}/" for pk in Phone.objects.filter(sandbox=this.sandbox).values_list("pk", flat=True)}
    assert of_step in phones
    here = {
        path: bar_of(page_of(browser.get(path))).one("a", class_="lesson__go").attrs["data-guide-here"]
        for path in phones
    }
    assert here == {path: "true" if path == of_step else "false" for path in phones}
