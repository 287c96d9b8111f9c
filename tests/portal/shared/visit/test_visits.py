"""Who asks, and what it costs to know; how the cookie lives; what becomes of cookies from before."""

import re
from datetime import timedelta
from http.cookies import SimpleCookie

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from time_machine import TimeMachineFixture

from portal.shared.visit import cookies
from portal.shared.visit.visits import ended_of, visit_of
from tests import world
from tests.pages import page_of
from tests.visitors import GANSU, NATIONAL, Everywhere, anybody, browser_of
from verification.by import By
from verification.models import Browser, Participant, Sandbox
from verification.worlds import browsers, sandboxes

pytestmark = pytest.mark.django_db


def test_visit_costs_one_query_and_none_where_nobody_asks(shared: sandboxes.Started) -> None:
    client = browser_of(shared.participant)
    with CaptureQueriesContext(connection) as none:
        request = client.get("/robots.txt").wsgi_request
    assert len(none) == 0
    with CaptureQueriesContext(connection) as one:
        visit = visit_of(request)
        assert visit is not None
        assert (visit.sandbox.name, visit.participant.sandbox) == ("三班", visit.sandbox)
        assert visit_of(request) is visit
        assert ended_of(request) is None
    assert len(one) == 1


def test_why_there_is_no_visit_costs_one_more_and_a_stranger_none(shared: sandboxes.Started) -> None:
    client = browser_of(shared.participant)
    sandboxes.close(shared.sandbox)
    request = client.get("/robots.txt").wsgi_request
    with CaptureQueriesContext(connection) as two:
        ended = ended_of(request)
        assert ended is not None
        assert ended.name == "三班"
        assert ended_of(request) is ended
    assert len(two) == 2
    with CaptureQueriesContext(connection) as none:
        assert ended_of(anybody().get("/").wsgi_request) is None
    assert len(none) == 0


@pytest.mark.parametrize("host", [NATIONAL, GANSU])
def test_every_page_says_how_the_visit_ended(shared: sandboxes.Started, trainee: Participant, host: str) -> None:
    """Also those that are kept ready, and are a stranger's otherwise."""
    client = browser_of(trainee, host=host)
    sandboxes.close(shared.sandbox, by=By.participant(shared.participant))
    for path in ("/", "/verify/", "/query/", "/help/"):
        banner = page_of(client.get(path)).one("div", class_="banner")
        assert re.search(r"“李老师”于 .*（实际时间）关闭了演练环境“三班”。 去演练大厅$", banner.text)
        assert "三班" not in anybody(host=host).get(path).content.decode()


def test_answers_for_a_visitor_stay_out_of_shared_caches(client: Client, shared: sandboxes.Started) -> None:
    visitor = browser_of(shared.participant)
    response = visitor.get("/phone/")
    assert (response["Cache-Control"], "Cookie" in response["Vary"]) == ("private, no-cache", True)
    sandboxes.close(shared.sandbox)
    assert visitor.get("/")["Cache-Control"] == "private, no-cache"
    response = client.get("/")
    assert (response.has_header("Cache-Control"), "Cookie" in response["Vary"]) == (False, True)


def test_get_writes_nothing(shared: sandboxes.Started) -> None:
    client = browser_of(shared.participant)
    phone = shared.sandbox.phones.first()
    assert phone is not None
    pages = ("/lobby/", "/lobby/participants/", "/lobby/clear/", "/phone/", f"/phone/{phone.pk}/", "/clock/")
    with CaptureQueriesContext(connection) as queries:
        for address in (*pages, "/go/gs", f"/go/gs?question={'x' * 16}"):
            client.get(address)
    assert [query["sql"] for query in queries if not query["sql"].startswith("SELECT")] == []
    assert len(queries) > len(pages)


# ── The cookie ───────────────────────────────────────────────────────────────


def test_cookie_is_renewed_in_use_and_forgotten_without(
    time_machine: TimeMachineFixture, shared: sandboxes.Started
) -> None:
    time_machine.move_to(world.moment("2026-01-05 10:00"), tick=False)
    client = browser_of(shared.participant)
    time_machine.shift(timedelta(hours=23))
    assert cookies.NAME not in client.get("/phone/").cookies
    for _ in range(40):
        time_machine.shift(timedelta(days=2))
        with CaptureQueriesContext(connection) as queries:
            answer = client.get("/phone/")
        assert (answer.status_code, answer.cookies[cookies.NAME]["max-age"]) == (200, 30 * 24 * 3600)
        assert [query["sql"] for query in queries if not query["sql"].startswith("SELECT")] == []
    time_machine.shift(timedelta(days=31))
    assert client.get("/phone/").status_code == 302


def test_what_is_sent_notes_that_sandbox_and_browser_are_in_use(
    time_machine: TimeMachineFixture, shared: sandboxes.Started
) -> None:
    start = world.moment("2026-01-05 10:00")
    time_machine.move_to(start, tick=False)
    Sandbox.objects.update(last_used_at=start)
    client = browser_of(shared.participant)
    time_machine.shift(timedelta(days=2))
    client.get("/phone/")
    browser = Browser.objects.get()
    assert browser.used_at == start
    client.post("/trainer/fault/", {"on": "0"})
    browser.refresh_from_db()
    shared.sandbox.refresh_from_db()
    assert (browser.used_at, shared.sandbox.last_used_at) == (start + timedelta(days=2),) * 2


# ── From before browsers had rows ────────────────────────────────────────────


def old_cookie_of(participant: Participant) -> SimpleCookie:
    """The cookie that named a participant."""
    response = HttpResponse()
    response.set_signed_cookie(cookies.OLD_NAME, str(participant.pk), salt=cookies.OLD_SALT)
    return response.cookies


def test_old_cookie_goes_on_and_changes_over_when_something_is_sent(client: Client, trainee: Participant) -> None:
    client.cookies = old_cookie_of(trainee)
    assert client.get("/phone/").status_code == 200
    assert not Browser.objects.exists()
    sandboxes.set_roles(trainee, roles=set(sandboxes.Role), may_move_clock=True)
    answer = client.post("/trainer/fault/", {"on": "0"})
    assert (answer.cookies[cookies.OLD_NAME].value, bool(answer.cookies[cookies.NAME].value)) == ("", True)
    browser = Browser.objects.get()
    assert (browser.participant, [place.participant for place in browsers.places_of(browser)]) == (trainee, [trainee])
    assert client.get("/phone/").status_code == 200


@pytest.mark.parametrize("leads_on", ["/lobby/start/", "/lobby/leave/"])
def test_old_cookie_is_a_place_to_go_back_to(client: Client, trainee: Participant, leads_on: str) -> None:
    client.cookies = old_cookie_of(trainee)
    client.post(leads_on, {"scenario": "2017-gs"})
    browser = Browser.objects.get()
    assert browser.participant != trainee
    assert trainee in [place.participant for place in browsers.places_of(browser)]


def test_old_cookie_of_a_province_changes_over_by_the_handover(trainee: Participant) -> None:
    browser = Everywhere()
    for host in (NATIONAL, GANSU):
        browser.on(host).cookies = old_cookie_of(trainee)
    browser.on(GANSU).post("/query/", {"new_captcha": "1"})
    assert not Browser.objects.exists()
    browser.open(f"http://{GANSU}/verify/")
    assert Browser.objects.get().participant == trainee
    known_by = [{cookies.NAME, cookies.OLD_NAME} & set(browser.on(host).cookies) for host in (NATIONAL, GANSU)]
    assert known_by == [{cookies.NAME}] * 2


def test_old_cookie_of_a_closed_sandbox_is_told_so(client: Client, shared: sandboxes.Started) -> None:
    client.cookies = old_cookie_of(shared.participant)
    sandboxes.close(shared.sandbox, by=world.TRAINER)
    answer = client.get("/phone/")
    assert answer.status_code == 410
    assert "“教员”于" in answer.content.decode()
