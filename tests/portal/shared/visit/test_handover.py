"""The sandbox follows the visitor to a province's host, and the lobby leads back there."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import signing
from django.test import Client

from portal.shared.visit import handover, visits
from portal.shared.visit.ways import address_to_return_to, lobby_address
from tests.visitors import GANSU, NATIONAL, anybody, browser_of
from verification.worlds import sandboxes

pytestmark = pytest.mark.django_db


def _follow(location: str) -> tuple[str, Client]:
    """A browser that goes to an absolute address: the path with its query, and the browser on that host."""
    parts = urlsplit(location)
    return f"{parts.path}?{parts.query}", anybody(host=parts.netloc)


def test_sandbox_follows_the_visitor_to_a_provinces_host(shared: sandboxes.Started) -> None:
    location = browser_of(shared.participant).get("/go/gs?to=/verify/")["Location"]
    assert urlsplit(location).netloc == GANSU
    path, there = _follow(location)
    arrival = there.get(path)
    assert arrival["Location"] == "/verify/"
    visit = visits.visit_of(there.get("/robots.txt").wsgi_request)
    assert visit is not None
    assert visit.participant == shared.participant


def test_handover_is_good_once(shared: sandboxes.Started) -> None:
    path, there = _follow(browser_of(shared.participant).get("/go/gs")["Location"])
    assert visits.COOKIE_NAME in there.get(path).cookies
    again = there.get(path)
    assert (again.status_code, again["Location"], visits.COOKIE_NAME in again.cookies) == (302, "/", False)


def test_handover_is_good_for_a_minute(shared: sandboxes.Started, monkeypatch: pytest.MonkeyPatch) -> None:
    path, there = _follow(browser_of(shared.participant).get("/go/gs")["Location"])
    real = signing.time.time()
    monkeypatch.setattr(signing.time, "time", lambda: real + handover.SECONDS + 1)
    assert visits.COOKIE_NAME not in there.get(path).cookies


def test_handover_is_good_for_one_host(shared: sandboxes.Started) -> None:
    path, _ = _follow(browser_of(shared.participant).get("/go/gs")["Location"])
    elsewhere = anybody(host="zcainfo.localhost:8000")
    assert visits.COOKIE_NAME not in elsewhere.get(path).cookies


def test_nobody_arrives_as_nobody(client: Client, shared: sandboxes.Started) -> None:
    path, _ = _follow(client.get("/go/gs")["Location"])
    there = browser_of(shared.participant, host=GANSU)
    there.get(path)
    assert there.cookies[visits.COOKIE_NAME].value == ""


def test_handover_of_a_closed_sandbox_brings_nobody(shared: sandboxes.Started) -> None:
    path, there = _follow(browser_of(shared.participant).get("/go/gs")["Location"])
    sandboxes.close(shared.sandbox)
    assert there.get(path).cookies[visits.COOKIE_NAME].value == ""


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example/", "verify/"])
def test_handover_never_leads_off_the_portal(shared: sandboxes.Started, wanted: str) -> None:
    location = browser_of(shared.participant).get("/go/gs", {"to": wanted})["Location"]
    assert parse_qs(urlsplit(location).query)["to"] == ["/"]
    forged = anybody(host=GANSU).get("/arrive/", {"to": wanted, "pass": "x"})
    assert forged["Location"] == "/"


def test_go_uses_paths_where_hosts_do_not_resolve(shared: sandboxes.Started) -> None:
    client = browser_of(shared.participant, host="127.0.0.1:8000")
    assert client.get("/go/gs?to=/verify/")["Location"] == "http://127.0.0.1:8000/p/gs/verify/"


def test_go_knows_the_provinces_only(client: Client) -> None:
    assert client.get("/go/xx").status_code == 404


def test_provinces_page_leads_to_the_lobby_and_back_to_it() -> None:
    """From a province's host the way back goes through the hand-over."""
    request = anybody(host=GANSU).get("/robots.txt").wsgi_request
    address = lobby_address(request, return_to="/verify/")
    assert address == f"http://{NATIONAL}/lobby/?next=%2Fgo%2Fgs%3Fto%3D%252Fverify%252F"


def test_page_under_a_path_leads_to_the_lobby_and_back_without_a_handover() -> None:
    request = anybody(host="127.0.0.1:8000").get("/p/gs/robots.txt").wsgi_request
    address = lobby_address(request, return_to=address_to_return_to(request))
    assert address == "/lobby/?next=%2Fp%2Fgs%2Frobots.txt"
