"""The style sheets: few on a page, the shared one first, and nothing in them that the pages do not use."""

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache

import pytest
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string

from tests.visitors import GANSU, NATIONAL, anybody, browser_of, owner_of
from tests.world import new_provider, new_sandbox, submit_and_send
from tools.places import ROOT
from training.models import Try
from verification.models import Phone

BASE = "shared/page/base.css"
SHEETS = sorted(file.relative_to(ROOT / "static").as_posix() for file in (ROOT / "static").rglob("*.css"))
LOOKS = ("2017-12-20 09:30", "2018-09-10 09:30", "2020-08-18 09:30")  # a day of each

# ── Pages ────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Shown:
    """A page that a visitor got, and how many style sheets it may load."""

    path: str
    html: str
    most_sheets: int

    @property
    def sheets(self) -> list[str]:
        """The style sheets, in their order."""
        return re.findall(r'<link rel="stylesheet" href="/static/([^"]+)"', self.html)


@pytest.fixture
def pages(db: None) -> list[Shown]:
    """Pages of every room; the portals' in every look."""
    sandbox = new_sandbox()
    filing = submit_and_send(new_provider(sandbox))
    phone = Phone.objects.earliest("id")
    console = browser_of(owner_of(sandbox))
    paths = [
        *("/lobby/", "/lobby/participants/", "/clock/", "/clock/preview/?by=3d", "/trainer/"),
        *("/phone/", f"/phone/{phone.pk}/", "/editions/", "/editions/compare/"),
        *("/provider/", f"/provider/{filing.pk}/", "/provider/new/?province=gs&kind=first_filing", "/provider/api/"),
        *("/bureau/", f"/bureau/{filing.pk}/", f"/bureau/batch/accept/?filing={filing.pk}", "/no-such-page/"),
    ]
    shown = [Shown(path, console.get(path, follow=True).content.decode(), most_sheets=2) for path in paths]
    shown.append(Shown("500.html", render_to_string("500.html"), most_sheets=1))
    shown.append(Shown("docs", console.get("/api/v1/docs").content.decode(), most_sheets=3))  # with Swagger UI's own
    learner = anybody()
    learner.post("/exercises/first-verification/start/")
    shown.append(Shown("/phone/ at an exercise", learner.get("/phone/").content.decode(), most_sheets=3))
    learner.post("/lesson/leave/")
    of_try = f"/exercises/tries/{Try.objects.latest('id').pk}/"
    kept = (of_try, f"{of_try}sheet/", "/exercises/results/", "/exercises/me/")
    shown += [Shown(path, learner.get(path).content.decode(), most_sheets=3) for path in kept]
    learner.post("/exercises/customer-papers/start/")
    shown.append(Shown("/exercises/papers/", learner.get("/exercises/papers/").content.decode(), most_sheets=3))
    form = {"name": "班", "kind": "alone", "way": "practice", "exercises": ["one-person"]}
    desk = learner.post("/class/new/", form)["Location"]
    pages_of_class = (
        desk,
        f"{desk}results/",
        desk.replace("desk", "screen"),
        "/class/new/",
        "/class/",
        "/class/own/new/",
    )
    shown += [Shown(path, learner.get(path).content.decode(), most_sheets=3) for path in pages_of_class]
    for when in LOOKS:
        owner = owner_of(new_sandbox(when))
        for host in (NATIONAL, GANSU):
            portal = browser_of(owner, host=host)
            shown += [Shown(path, portal.get(path).content.decode(), most_sheets=3) for path in ("/", "/help/")]
    return shown


def test_pages_load_few_style_sheets_and_the_shared_one_first(pages: list[Shown]) -> None:
    for page in pages:
        assert page.sheets[0] == BASE, page.path
        assert len(page.sheets) <= page.most_sheets, page.path


def test_every_style_sheet_is_loaded_by_some_page(pages: list[Shown]) -> None:
    assert set(SHEETS) - {sheet for page in pages for sheet in page.sheets} == set()


def test_pages_load_the_sheets_that_know_their_classes(pages: list[Shown]) -> None:
    known = {name for sheet in SHEETS for name in classes_of(sheet)}
    for page in pages:
        names = {name for words in re.findall(r'class="([^"]*)"', page.html) for name in words.split()}
        loaded = {name for sheet in {*page.sheets} & {*SHEETS} for name in classes_of(sheet)}
        assert names & known - loaded == set(), page.path


def test_every_static_file_that_a_page_names_exists(pages: list[Shown]) -> None:
    named = {name for page in pages for name in re.findall(r'(?:href|src)="/static/([^"#]+)', page.html)}
    assert [name for name in sorted(named) if not finders.find(name)] == []


# ── Rules ────────────────────────────────────────────────────────────────────

NOT_OURS = {  # the classes of Swagger UI, and of driver.js
    *("swagger-ui", "information-container"),
    *("driver-overlay", "driver-active-element"),
}


@cache
def _words() -> dict[str, set[str]]:
    """Room by room, the classes in its templates and the quoted words in its scripts; what all frames use is shared.

    Of a class that a template puts together, like ``badge--{{ tone }}``, the word is ``badge--``.
    """
    found = defaultdict(set)
    for file in (ROOT / "templates").rglob("*.html"):
        room = "shared" if file.parent == ROOT / "templates" else file.relative_to(ROOT / "templates").parts[0]
        text = re.sub(r"\{\{.*?\}\}", "", file.read_text("utf-8"))
        without_tags = re.sub(r"\{%.*?%\}", " ", text)  # of which some stand in the midst of a class attribute
        for words in re.findall(r'class="([^"]*)"', without_tags) + re.findall(r'class="([\w-]+)"', text):
            found[room] |= set(words.split())
    for file in (ROOT / "static").rglob("*.js"):
        found[file.relative_to(ROOT / "static").parts[0]] |= set(re.findall(r'"([\w-]+)"', file.read_text("utf-8")))
    return found


def rooms_that_use(name: str) -> set[str]:
    """The rooms with the class in a template or script."""
    modified = name.partition("--")[0] + "--"
    return {room for room, words in _words().items() if words & {name, modified}}


def classes_of(sheet: str) -> set[str]:
    """The classes that its rules are for."""
    text = re.sub(r"/\*.*?\*/", "", (ROOT / "static" / sheet).read_text("utf-8"), flags=re.DOTALL)
    selectors = re.findall(r"[^{};]+(?=\{)", text)
    return set(re.findall(r"\.([a-z][\w-]*)", " ".join(selectors)))


@pytest.mark.parametrize("sheet", SHEETS)
def test_every_rule_is_for_something_in_its_room(sheet: str) -> None:
    """And a rule of the sheet that all pages load, for something that is shared or in two rooms."""
    room = sheet.partition("/")[0]
    for name in classes_of(sheet) - NOT_OURS:
        rooms = rooms_that_use(name)
        assert rooms & {room, "shared"} or (sheet == BASE and len(rooms) > 1), (name, rooms)
