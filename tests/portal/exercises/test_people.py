"""Who one is, over devices: a link and a code that ask first, a name, new ones in place of old ones; and results."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.pages import Node, assert_is_well_made, page_of
from tests.portal.exercises.test_debriefs import cells, played
from tests.portal.exercises.test_exercises import begun
from tests.visitors import NATIONAL, anybody
from training import tries
from training.models import CODE_ALPHABET, Trainee, Try, new_code, new_link

pytestmark = pytest.mark.django_db

HOME = f"http://{NATIONAL}"


@pytest.fixture
def browser() -> Client:
    """Somebody who has begun an exercise."""
    client = anybody()
    begun(client)
    return client


def trainee() -> Trainee:
    """The only one that there is."""
    return Trainee.objects.get()


def link_of(browser: Client) -> str:
    """The path of the personal link on the page."""
    page = page_of(browser.get("/exercises/me/"))
    assert_is_well_made(page)
    link = page.one("span", class_="personal-link").text
    assert link.startswith(f"{HOME}/exercises/me/")
    return link.removeprefix(HOME)


def code_of(browser: Client) -> str:
    """The code as it is shown."""
    return page_of(browser.get("/exercises/me/")).one("span", class_="code").text


def is_known(browser: Client, this: Try) -> bool:
    """Whether the browser is whose try it is."""
    return f"/exercises/tries/{this.pk}/again/" in browser.get("/exercises/").content.decode()


def test_link_asks_and_lets_another_browser_be_the_same(browser: Client) -> None:
    this, other = Try.objects.get(), anybody()
    link = link_of(browser)
    answer = other.get(link)
    assert (answer.status_code, answer["Referrer-Policy"]) == (200, "no-referrer")
    assert "no-store" in answer["Cache-Control"]
    page = page_of(answer)
    assert_is_well_made(page)
    assert page.one("h1").text == "以“这位学员”继续？"
    assert "还有 1 个没做完" in page.one("main").text
    assert not is_known(other, this)
    assert other.post(link)["Location"] == "/exercises/"
    assert is_known(other, this)
    assert link_of(other) == link


def test_two_devices_see_the_same_try_and_the_same_results(browser: Client) -> None:
    this, other = Try.objects.get(), anybody()
    other.post(link_of(browser))
    there = other.post(f"/exercises/tries/{this.pk}/again/")["Location"]
    assert there == browser.post(f"/exercises/tries/{this.pk}/again/")["Location"]
    assert page_of(other.get(there)).one("aside", class_="lesson").text
    other.post("/lesson/leave/")
    pages = [page_of(each.get("/exercises/results/")).one("main").text for each in (browser, other)]
    assert pages[0] == pages[1]
    assert "中途离开" in pages[0]
    assert [each.get(f"/exercises/tries/{this.pk}/").status_code for each in (browser, other)] == [200, 200]


@pytest.mark.parametrize("written", [str, str.lower, lambda code: f" {code[:4]} - {code[4:]}"])
def test_code_does_the_same_however_it_is_written(browser: Client, written: Any) -> None:
    other = anybody()
    answer = other.post("/exercises/me/code/", {"code": written(code_of(browser))})
    assert answer["Location"] == link_of(browser)
    assert trainee().tries.count() == 1


def test_looking_at_a_link_changes_nothing(browser: Client) -> None:
    link, other = link_of(browser), anybody()
    with CaptureQueriesContext(connection) as captured:
        answer = other.get(link)
    assert all(query["sql"].startswith("SELECT") for query in captured)
    assert set(answer.cookies) <= {"csrftoken"}


def test_form_without_origin_needs_the_token_and_this_site(browser: Client) -> None:
    link = link_of(browser)
    strict = Client(enforce_csrf_checks=True, headers={"host": NATIONAL, "origin": "null"})
    (field,) = page_of(strict.get(link)).one("main").all("input", name="csrfmiddlewaretoken")
    token = {"csrfmiddlewaretoken": field.attrs["value"]}
    assert strict.post(link).status_code == 403
    assert strict.post(link, token, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert strict.post(link, token, headers={"origin": "https://example.com"}).status_code == 403
    assert "trainee" not in strict.cookies
    assert strict.post(link, token, headers={"sec-fetch-site": "same-origin"}).status_code == 302
    assert "trainee" in strict.cookies


def test_revoking_asks_and_leaves_the_old_ones_dead(browser: Client) -> None:
    this, other = Try.objects.get(), anybody()
    link, code = link_of(browser), code_of(browser)
    other.post(link)
    page = page_of(browser.get("/exercises/me/revoke/"))
    assert_is_well_made(page)
    assert link_of(browser) == link
    browser.post("/exercises/me/revoke/")
    assert is_known(browser, this)
    assert link_of(browser) != link
    assert code_of(browser) != code
    assert not is_known(other, this), "whoever had used the old link"
    for answer in (anybody().get(link), anybody().post(link)):
        assert (answer.status_code, answer["Referrer-Policy"]) == (410, "no-referrer")
        assert_is_well_made(page_of(answer))
        assert "个人链接已失效" in page_of(answer).one("h1").text
    page = page_of(anybody().post("/exercises/me/code/", {"code": code}))
    assert "没有这个代码，也可能它已经换过。" in page.one("main").text
    fresh = anybody()
    fresh.post(link_of(browser))
    assert is_known(fresh, this)


def test_link_says_whose_results_it_would_hide(browser: Client) -> None:
    link = link_of(browser)
    other = anybody()
    begun(other)
    other.post("/exercises/me/name/", {"name": "演小红"})
    assert "（“演小红”），继续以后就看不到了" in page_of(other.get(link)).one("main").text
    assert "现在就是以这个身份练习的" in page_of(browser.get(link)).one("main").text


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "请输入代码，它写在另一台设备的“我的身份”页上。"),
        ("ACDEF", "代码有 10 位，您填了 5 位，请核对。"),
        ("ACDEFGHJKM", "没有这个代码，也可能它已经换过。"),
    ],
)
def test_code_that_is_none_is_refused_with_what_to_do(typed: str, told: str) -> None:
    page = page_of(anybody().post("/exercises/me/code/", {"code": typed}))
    assert_is_well_made(page)
    assert page.one("title").text.startswith("错误：我的身份")
    assert told in page.one("main").text


def test_codes_are_limited_for_each_address(browser: Client, settings: Any) -> None:
    settings.TRAINEE_CODES_AN_HOUR = 1
    code = code_of(browser)
    guesser = anybody()
    guesser.post("/exercises/me/code/", {"code": "ACDEFGHJKM"})
    answer = guesser.post("/exercises/me/code/", {"code": code})
    assert answer["Location"] == "/exercises/me/"
    assert "操作次数已到上限" in guesser.get("/exercises/me/").content.decode()


def test_links_and_codes_are_drawn_from_enough() -> None:
    assert re.fullmatch(r"[\w-]{22}", new_link()), "128 bits"
    assert len(set(CODE_ALPHABET)) == 23
    assert set(CODE_ALPHABET).isdisjoint("0O1IL2Z5S8BUV")
    code = new_code()
    assert (len(code), set(code) <= set(CODE_ALPHABET)) == (10, True)


def test_name_is_shown_to_oneself_and_can_be_taken_back(browser: Client) -> None:
    answer = browser.post("/exercises/me/name/", {"name": "演小明"})
    assert answer["Location"] == "/exercises/me/"
    assert "成绩记在“演小明”名下" in page_of(browser.get("/exercises/")).one("main").text
    browser.post("/exercises/me/name/", {"name": ""})
    assert "演小明" not in browser.get("/exercises/").content.decode()
    page = page_of(browser.post("/exercises/me/name/", {"name": "演" * 31}))
    assert_is_well_made(page)
    assert page.all("div", class_="errors")
    assert anybody().post("/exercises/me/name/", {"name": "演"})["Location"] == "/exercises/me/"


def test_stranger_has_a_page_to_type_a_code_on_and_nothing_to_revoke() -> None:
    stranger = anybody()
    page = page_of(stranger.get("/exercises/me/"))
    assert_is_well_made(page)
    assert page.all("span", class_="code") == []
    assert [stranger.get("/exercises/me/revoke/")["Location"], stranger.post("/exercises/me/revoke/")["Location"]] == [
        "/exercises/me/"
    ] * 2
    assert not Trainee.objects.exists()


def test_clearing_a_computer_forgets_who_learns_there(browser: Client) -> None:
    this, link = Try.objects.get(), link_of(browser)
    assert "个人链接或代码" in page_of(browser.get("/lobby/clear/")).one("main").text
    browser.post("/lobby/clear/")
    assert not is_known(browser, this)
    browser.post(link)
    assert is_known(browser, this)


# ── Results ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def rows_of(page: Node, section: str) -> list[list[str]]:
    """The rows of the table in a section."""
    return [cells(row) for row in page.one("section", **{"aria-labelledby": section}).one("tbody").all("tr")]


def test_results_tell_of_each_exercise_the_best_and_the_last_and_list_all() -> None:
    client = anybody()
    best = played(client, "four-wrong")
    with_hint = played(client, "four-wrong")
    Try.objects.filter(pk=with_hint.pk).update(
        debrief=with_hint.debrief | {"counts": best.debrief["counts"] | {"hints": 1}}
    )
    tries.leave(begun(client, "four-wrong"))
    tries.leave(begun(client, "one-person"))
    page = page_of(client.get("/exercises/results/"))
    assert_is_well_made(page)
    first, second = rows_of(page, "by-exercise")
    assert [first[0], first[1]] == ["一人兼两职", "还没有达到目标"]
    assert [second[0], second[1], second[3]] == ["错了四次还能对", "及时填对了 提示 0，填错 4", "3 次"]
    assert second[2].startswith("中途离开")
    assert [row[2] for row in rows_of(page, "all")] == ["中途离开", "中途离开", "及时填对了", "及时填对了"]
    links = {link.attrs["href"] for link in page.one("section", **{"aria-labelledby": "by-exercise"}).all("a")}
    assert f"/exercises/tries/{best.pk}/" in links
    assert f"/exercises/tries/{with_hint.pk}/" not in links


def test_results_ask_no_more_for_many_tries_and_read_no_debriefs() -> None:
    client = anybody()
    for asked in range(2):
        for _ in range(1 + 29 * asked):
            tries.leave(begun(client))
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/exercises/results/").status_code == 200
        about = [query["sql"] for query in captured if '"training_try"."trainee_id" =' in query["sql"]]
        assert len(about) == 1
        assert '"training_try"."debrief", "' not in about[0]  # whole; parts of it are asked for
    assert page_of(client.get("/exercises/results/?page=2")).all("nav", class_="pagination")


def test_nobody_has_results() -> None:
    page = page_of(anybody().get("/exercises/results/"))
    assert_is_well_made(page)
    assert "还没有成绩" in page.one("main").text


def test_results_without_use_go_after_a_year_and_those_in_use_stay(browser: Client) -> None:
    other = anybody()
    begun(other)
    unused = Try.objects.latest("id").trainee
    link = link_of(browser)
    year = timedelta(days=365)
    for each in Trainee.objects.all():
        each.last_used_at -= year + timedelta(hours=1)
        each.save()
    anybody().post(link)  # somebody continues as the first
    tries.close_ended()
    assert not Trainee.objects.filter(pk=unused.pk).exists()
    assert Trainee.objects.count() == Try.objects.count() == 1
    assert link_of(browser) == link
    gone = other.get(f"/exercises/me/{unused.link}/")
    assert gone.status_code == 410
    assert "还没有成绩" in page_of(other.get("/exercises/results/")).one("main").text
