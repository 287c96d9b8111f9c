"""Who watches sees what a participant sees, stays below the token, and changes nothing."""

import re

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.shared.visit import cookies
from portal.shared.visit.watching import watch_address
from tests.pages import page_of
from tests.visitors import GANSU, anybody, browser_of
from tests.world import TRAINER
from verification.models import Participant, Sandbox
from verification.time import clock
from verification.worlds import sandboxes

pytestmark = pytest.mark.django_db


@pytest.fixture
def base(shared: sandboxes.Started) -> str:
    """Below what the class's owner is watched."""
    return watch_address(shared.participant, "")


def test_watcher_sees_what_the_participant_sees(client: Client, shared: sandboxes.Started, base: str) -> None:
    clock.pause(shared.sandbox, by=TRAINER)  # both look at the same second
    phone = shared.sandbox.phones.earliest("id")
    paths = ("/", "/provider/", "/bureau/", "/trainer/", "/clock/", "/phone/", f"/phone/{phone.pk}/", "/p/gs/verify/")
    own = browser_of(shared.participant)
    for path in paths:
        watched, seen = client.get(base + path), own.get(path)
        assert (path, watched.status_code) == (path, 200)
        words = page_of(watched).one("main").text
        assert words.replace(base, "") == page_of(seen).one("main").text
        assert page_of(watched).one("span", class_="banner__watching").text == "只能观看"
        assert watched["Cache-Control"].startswith(("private", "max-age=0"))


def links_of(answer: HttpResponse) -> list[str]:
    """Where the page leads and what it loads on this host, the site's static files aside."""
    if answer.status_code in (301, 302):
        found = [answer["Location"]]
    elif answer["Content-Type"].startswith("text/html"):
        found = re.findall(r'(?:href|action|formaction|src|data-live|data-new)="([^"#?]+)', answer.content.decode())
    else:
        found = []
    local = [link.removeprefix("http://localhost:8000") for link in found]
    return [link for link in local if not link.startswith(("/static/", "http://", "https://"))]


def kind_of(path: str) -> str:
    """The path without what tells one thing from others of its kind."""
    return re.sub(r"/(p|go|captcha|editions|outside|me)/[^/]+", r"/\1/…", re.sub(r"\d+", "0", path))


def test_every_link_stays_below_the_token(client: Client, base: str) -> None:
    seen, left = {"/"}, ["/"]
    while left:
        for link in links_of(client.get(base + left.pop())):
            if link.startswith("/api/v1/"):  # from below the token, which it does not know
                continue
            assert link.startswith(f"{base}/")
            path = link.removeprefix(base)
            if kind_of(path) not in seen:
                seen.add(kind_of(path))
                left.append(path)
    assert {
        "/p/…/help/",
        "/go/…",
        "/provider/0/",
        "/bureau/",
        "/phone/0/",
        "/lobby/",
        "/editions/",
        "/captcha/…",
    } <= seen


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize(
    "path", ["/trainer/fault/", "/lobby/start/", "/p/gs/verify/", "/lobby/leave/", "/nowhere/", ""]
)
def test_nothing_is_done(client: Client, base: str, method: str, path: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        answer = getattr(client, method)(base + path, {"on": "1", "scenario": "today"})
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD, OPTIONS")
    assert page_of(answer).one("h1").text == "这里只能观看"
    assert page_of(answer).one("main").all("a")[-1].attrs["href"] == "/lobby/"
    assert len(queries) == 0
    assert not answer.cookies
    assert Sandbox.objects.filter(template_of=None).count() == 1


def test_watching_reads_and_sets_no_cookie_and_writes_no_row(shared: sandboxes.Started, base: str) -> None:
    other = sandboxes.start(scenario="today", name="自己的").participant
    client = browser_of(other)
    client.cookies["csrftoken"] = "x" * 32
    before = client.cookies.output()
    with CaptureQueriesContext(connection) as queries:
        for path in ("/lobby/", "/trainer/", "/p/gs/verify/", "/go/gs", "/phone/", "/lobby/clear/"):
            answer = client.get(base + path)
            assert "自己的" not in answer.content.decode()
            assert not answer.cookies
    assert [query["sql"] for query in queries if not query["sql"].startswith("SELECT")] == []
    assert client.cookies.output() == before
    assert cookies.NAME in client.cookies
    assert "您在“自己的”中" in client.get("/lobby/").content.decode()


def test_provinces_have_the_form_of_paths(client: Client, base: str) -> None:
    assert client.get(f"{base}/go/gs?to=/verify/")["Location"] == f"http://localhost:8000{base}/p/gs/verify/"
    assert "甘肃省通信管理局" in client.get(f"{base}/p/gs/").content.decode()


def test_address_is_completed_and_forged_ones_lead_nowhere(
    client: Client, base: str, shared: sandboxes.Started, trainee: Participant
) -> None:
    assert client.get(base)["Location"] == f"{base}/"
    forged = base.replace(f"/{shared.participant.pk}.", f"/{trainee.pk}.")
    assert forged != base
    for path in (f"{forged}/phone/", "/watch/x/phone/", "/watch/", f"{base}{base}/phone/"):
        assert client.get(path).status_code == 404, path
    assert client.get(f"{base}/api/v1/docs")["Location"] == "/api/v1/docs"
    assert anybody(host=GANSU).get(f"{base}/verify/").status_code == 404
    assert anybody(host="zzcainfo.localhost:8000").get(f"{base}/verify/").status_code == 404


def test_watcher_of_a_closed_sandbox_is_told_so(client: Client, shared: sandboxes.Started, base: str) -> None:
    sandboxes.close(shared.sandbox)
    answer = client.get(f"{base}/phone/")
    assert answer.status_code == 410
    assert "演练环境“三班”已于" in answer.content.decode()
