"""The catalogue, the way into an exercise and back, its bar, and the debrief: as a trainee's browser sees them."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from redis.exceptions import ConnectionError as RedisConnectionError

from portal.shared.lesson import places
from tests.pages import Node, assert_is_well_made, page_of
from tests.visitors import GANSU, anybody, browser_of
from training import files, tries
from training.files import exercises
from training.models import NoteKind, Trainee, Try
from verification.acting import challenges, filings
from verification.by import By
from verification.models import Challenge, Filing, Sandbox
from verification.worlds import sandboxes

pytestmark = pytest.mark.django_db

NAME = "first-verification"
MACHINE = By.machine("测试")


@pytest.fixture
def browser() -> Client:
    """Somebody new, on the national host."""
    return anybody()


def bar_of(page: Node) -> Node:
    """The bar of the page."""
    return page.one("aside", class_="lesson")


def begun(browser: Client, name: str = NAME) -> Try:
    """The try that the browser has just begun."""
    response = browser.post(f"/exercises/{name}/start/")
    assert response.status_code == 302
    return Try.objects.latest("id")


def pass_all(this: Try) -> None:
    """Let everybody verify."""
    assert this.sandbox is not None
    for challenge in Challenge.objects.filter(sandbox=this.sandbox).select_related("phone"):
        entry = {"code": challenge.code, "phone": challenge.phone.number, "id_suffix": challenge.id_suffix}
        challenges.check_entry(this.sandbox, province=None, **entry, by=MACHINE)


def test_proof_shows_neither_way_nor_reason_and_counts_once(browser: Client) -> None:
    answer = browser.post(f"/exercises/{NAME}/start/", {"way": "proof"})
    assert answer.headers["Location"] == "/"
    this = Try.objects.get()
    bar = bar_of(page_of(browser.get("/phone/")))
    assert "考核，到 " in bar.text
    assert [link.text for link in bar.all("a")] == []
    assert [button.text for button in bar.all("button")] == ["看过了", "离开练习"]  # it begins with reading
    assert bar.all("details") == []
    card = page_of(browser.get("/exercises/")).one("li", id=NAME)
    assert "已经考过，再考不计" in card.text
    tries.leave(this)
    assert "考核未通过" in page_of(browser.get("/exercises/")).one("li", id=NAME).text


@pytest.mark.django_db(transaction=True)  # there is news once what happened is committed
def test_bar_asks_what_will_happen_and_shows_what_one_expects(browser: Client) -> None:
    begun(browser, "missed-deadline")
    form = bar_of(page_of(browser.get("/phone/"))).one("form", class_="lesson__question")
    choices = [each.attrs["value"] for each in form.all("input", type="radio")]
    typed = {each.attrs["name"]: each.attrs["value"] for each in form.all("input", type="hidden")}
    answer = browser.post(form.attrs["action"], {**typed, "choice": "也许吧"}, follow=True)
    assert "请在列出的答案中选一个。" in answer.content.decode()
    browser.post(form.attrs["action"], {**typed, "choice": choices[0]})
    bar = bar_of(page_of(browser.get("/phone/")))
    assert f"您的预测：{choices[0]}" in bar.text
    assert bar.all("form", class_="lesson__question") == []


def test_catalogue_shows_each_exercise_and_needs_nobody(browser: Client) -> None:
    page = page_of(browser.get("/exercises/"))
    titles = [exercise.sentences.title for exercise in exercises().values()]
    assert [heading.text for heading in page.all("h3")] == titles
    assert_is_well_made(page)
    assert not Trainee.objects.exists()


def test_one_click_is_in_the_first_step(browser: Client) -> None:
    this = begun(browser)
    assert this.sandbox is not None
    page = page_of(browser.get("/", follow=True))
    bar = bar_of(page)
    step = exercises()[NAME].sentences.steps["look"]
    assert step.do in bar.text
    assert "第 1 步，共 4 步" in bar.text
    assert_is_well_made(page)
    assert (this.sandbox.purpose, this.sandbox.clock_paused) == ("exercise", True)
    lead = bar.one("a", class_="lesson__go").attrs["href"]
    assert lead == f"/provider/{this.filings[0]}/#filing-rounds"
    assert browser.get(lead).status_code == 200


def test_bar_stands_on_every_page_of_its_sandbox_on_every_host_and_on_no_other(browser: Client) -> None:
    this = begun(browser)
    assert this.participant is not None
    for room in ("", "phone/", "provider/", "bureau/", "trainer/", "clock/", "lobby/", "exercises/", "help/"):
        address = f"/{room}"
        assert bar_of(page_of(browser.get(address))).text, address
    province = browser_of(this.participant, host=GANSU)
    for address in ("/", "/verify/", "/help/", "/query/"):
        assert bar_of(page_of(province.get(address))).text, address
    elsewhere = browser_of(sandboxes.start(scenario="today").participant)
    assert page_of(elsewhere.get("/")).all("aside", class_="lesson") == []


@pytest.mark.django_db(transaction=True)  # there is news once what happened is committed
def test_hints_come_one_by_one_and_a_page_is_seen_by_a_button(browser: Client) -> None:
    this = begun(browser)
    said = exercises()[NAME].sentences.steps["look"]
    for shown in ([], [said.look], [said.look, said.how]):
        hints = [hint.text for hint in bar_of(page_of(browser.get("/"))).all("div", class_="lesson__hint")]
        assert hints == [f"提示：{hint}" for hint in shown]
        browser.post("/lesson/hint/", {"step": "look", "next": "/"})
    answer = browser.post("/lesson/seen/", {"step": "look", "next": "/phone/"})
    assert answer["Location"] == "/phone/"
    assert "第 2 步" in bar_of(page_of(browser.get("/"))).text
    browser.post("/lesson/seen/", {"step": "second-person", "next": "/"})  # not the present one
    assert list(this.notes.values_list("kind", "step")) == [
        *[(NoteKind.HINT.value, "look")] * 3,
        (NoteKind.SEEN.value, "look"),
        (NoteKind.DONE.value, "look"),
    ]


def test_looking_writes_nothing_and_asks_the_database_nothing_while_there_is_no_news(browser: Client) -> None:
    begun(browser)
    browser.get("/lesson/")
    with CaptureQueriesContext(connection) as captured:
        assert browser.get("/lesson/").status_code == 200
    assert len(captured) == 1, [query["sql"] for query in captured]  # the visit


@pytest.mark.django_db(transaction=True)  # as above
def test_goal_is_told_and_kept_with_its_debrief(browser: Client) -> None:
    this = begun(browser)
    pass_all(this)
    bar = bar_of(page_of(browser.get("/")))
    assert "核验完成" in bar.text
    answer = browser.post("/lesson/finish/")
    assert answer["Location"] == f"/exercises/tries/{this.pk}/"
    page = page_of(browser.get(answer["Location"]))
    assert_is_well_made(page)
    assert "复盘：第一次核验" in page.one("h1").text
    assert page.all("aside", class_="lesson") == []
    this.refresh_from_db()
    assert (this.end, this.debrief["counts"]["wrong"], this.debrief["counts"]["hints"]) == ("goal", 0, 0)
    catalogue = page_of(browser.get("/exercises/"))
    assert "已完成" in catalogue.one("li", id=NAME).text


def test_wrong_way_ends_with_what_went_wrong(browser: Client) -> None:
    this = begun(browser)
    filings.withdraw(Filing.objects.get(pk=this.filings[0]), by=MACHINE)
    assert "申请撤回了" in bar_of(page_of(browser.get("/"))).text
    browser.post("/lesson/finish/")
    this.refresh_from_db()
    assert this.end == "taken-back"


def test_unfinished_exercise_can_be_left_and_gone_on_with(browser: Client) -> None:
    this = begun(browser)
    assert browser.post("/lesson/finish/")["Location"] == "/exercises/"
    browser.post("/lobby/leave/")
    page = page_of(browser.get("/exercises/"))
    assert "继续" in page.one("li", id=NAME).text
    answer = browser.post(f"/exercises/tries/{this.pk}/again/")
    assert answer["Location"] == f"/provider/{this.filings[0]}/#filing-rounds"
    assert browser.post("/lesson/leave/")["Location"] == "/exercises/"
    this.refresh_from_db()
    assert (this.end, this.debrief["done"]) == ("left", [])
    assert "中途离开" in page_of(browser.get("/exercises/")).one("main").text


def test_others_tries_are_nobodys_business(browser: Client) -> None:
    this = begun(browser)
    stranger = anybody()
    assert stranger.get(f"/exercises/tries/{this.pk}/").status_code == 404
    assert stranger.post(f"/exercises/tries/{this.pk}/again/").status_code == 404
    begun(stranger)
    assert stranger.get(f"/exercises/tries/{this.pk}/").status_code == 404


def test_unknown_exercise_is_refused_with_what_to_do(browser: Client) -> None:
    answer = browser.post("/exercises/no-such/start/", follow=True)
    assert "没有这个练习，请从练习目录中选择。" in page_of(answer).one("main").text
    assert not Try.objects.exists()


def test_fourth_try_leaves_the_first(browser: Client) -> None:
    tries_begun = [begun(browser) for _ in range(4)]
    assert [Try.objects.get(pk=this.pk).end for this in tries_begun] == ["left", "", "", ""]
    assert Trainee.objects.count() == 1


def test_each_place_leads_somewhere() -> None:
    assert places.known() == set(files.places())


def test_sandboxes_of_exercises_are_closed_a_day_after_their_end(browser: Client) -> None:
    this, other = begun(browser), begun(browser)
    tries.leave(this)
    Try.objects.filter(pk=this.pk).update(ended_at=this.started_at.replace(year=2020))
    assert tries.close_ended() == 1
    assert set(Sandbox.objects.filter(purpose="exercise", closed_at=None)) == {other.sandbox}
    assert browser.get(f"/exercises/tries/{this.pk}/").status_code == 200


def test_bar_is_there_while_the_shared_cache_is_away(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    begun(browser)

    def away(*_: object, **__: object) -> None:
        raise RedisConnectionError("refused")

    for name in ("get", "set", "get_many", "set_many", "delete_many"):
        monkeypatch.setattr(cache, name, away)
    assert "第 1 步" in bar_of(page_of(browser.get("/phone/"))).text
