"""A province's host asks the national one which browser this is, and the lobby leads back there."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.core import signing
from django.test import Client, RequestFactory

from portal.shared.visit import cookies, handover
from portal.shared.visit.visits import visit_of
from portal.shared.visit.ways import address_to_return_to, lobby_address
from tests.pages import page_of
from tests.visitors import GANSU, NATIONAL, TYPED, Everywhere, anybody, browser_of
from verification.models import Browser, Participant
from verification.worlds import browsers, sandboxes

pytestmark = pytest.mark.django_db

VERIFY = f"http://{GANSU}/verify/"


def who(client: Client) -> Participant | None:
    """Whom a host takes the browser for."""
    visit = visit_of(client.get("/robots.txt").wsgi_request)
    return visit.participant if visit else None


def paths(browser: Everywhere) -> list[tuple[str, str]]:
    return [(urlsplit(address).netloc, urlsplit(address).path) for address in browser.trail]


def pass_for(browser: Everywhere) -> str:
    """The address to which the national host sends a browser that has asked; the browser does not go there yet."""
    question = browser.on(GANSU).get("/arrive/?to=/verify/")["Location"]
    address: str = browser.on(NATIONAL).get(question.removeprefix(f"http://{NATIONAL}"))["Location"]
    return address.removeprefix(f"http://{GANSU}")


# ── By a click, and by itself ────────────────────────────────────────────────


@pytest.mark.parametrize("address", [f"http://{NATIONAL}/go/gs?to=/verify/", VERIFY])
def test_sandbox_follows_the_visitor_to_a_provinces_host(shared: sandboxes.Started, address: str) -> None:
    browser = Everywhere(shared.participant)
    page = browser.open(address)
    assert page.status_code == 200
    led = [(NATIONAL, "/go/gs"), (GANSU, "/arrive/"), (GANSU, "/verify/")]
    assert paths(browser) == ([(GANSU, "/arrive/"), *led] if "/go/" in address else led)
    assert who(browser.on(GANSU)) == shared.participant
    assert Browser.objects.count() == 1
    browser.open(address.replace("/verify/", "/help/"))
    assert len(browser.trail) == (4 if "/go/" in address else 0)


def test_stranger_is_asked_for_once_a_visit_and_stays_one() -> None:
    browser = Everywhere()
    page = browser.open(VERIFY)
    assert len(browser.trail) == 3
    assert "开始演练" in page.content.decode()
    browser.open(VERIFY)
    assert browser.trail == []
    assert browser.on(GANSU).cookies[handover.TRIED]["max-age"] == ""  # until the browser is closed


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-mode": "cors"},
        {"sec-fetch-dest": "iframe"},
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-mode": "", "sec-fetch-dest": "", "sec-fetch-site": ""},
    ],
)
def test_what_is_not_a_page_opened_from_outside_begins_nothing(
    shared: sandboxes.Started, headers: dict[str, str]
) -> None:
    browser = Everywhere(shared.participant)
    page = browser.open(VERIFY, **headers)
    assert browser.trail == []
    link = page_of(page).one("a", class_="banner__link")
    assert link.text == f"带入我的演练环境（询问 {NATIONAL}）"
    assert "Sec-Fetch-Dest" in page["Vary"]
    browser.open(f"http://{GANSU}{link.attrs['href']}", **headers)
    assert browser.trail[-1] == VERIFY
    assert who(browser.on(GANSU)) == shared.participant


def test_button_leads_back_to_the_page_with_its_query() -> None:
    page = page_of(anybody(host=GANSU).get("/verify/?from=here"))
    assert page.one("a", class_="banner__link").attrs["href"] == "/arrive/?to=%2Fverify%2F%3Ffrom%3Dhere"


@pytest.mark.parametrize("host", [NATIONAL, "127.0.0.1:8000"])
def test_under_a_path_nothing_is_handed_over(host: str) -> None:
    browser = Everywhere()
    page = browser.open(f"http://{host}/p/gs/verify/")
    assert browser.trail == []
    assert page_of(page).all("a", class_="banner__link") == []
    browser.open(f"http://{host}/p/gs/arrive/?to=/verify/")
    assert browser.trail == [f"http://{host}/p/gs/verify/"]


def test_browser_without_cookies_comes_to_a_button_and_never_loops(shared: sandboxes.Started) -> None:
    browser = Everywhere(shared.participant, takes_cookies=False)
    page = page_of(browser.open(VERIFY))
    assert page.one("h1").text == "还不知道您在哪个演练环境中"
    ask, plainly = (link.attrs["href"] for link in page.one("main").all("a"))
    assert page_of(browser.open(f"http://{GANSU}{ask}")).one("h1").text == "还不知道您在哪个演练环境中"
    assert plainly == "/verify/"
    answer = browser.open(VERIFY, **{"sec-fetch-site": "same-origin"})
    assert browser.trail == []
    assert "还不知道" not in answer.content.decode()


def test_beginning_and_answering_are_kept_by_no_cache() -> None:
    begun = anybody(host=GANSU).get("/verify/", headers=TYPED)
    answered = anybody().get("/go/gs")
    assert ["no-store" in answer["Cache-Control"] for answer in (begun, answered)] == [True, True]


# ── The signature ────────────────────────────────────────────────────────────


def test_tabs_that_are_opened_at_once_all_arrive(shared: sandboxes.Started) -> None:
    browser = Everywhere(shared.participant)
    for address in [pass_for(browser) for _ in range(3)]:
        assert browser.on(GANSU).get(address)["Location"] == "/verify/"
    assert [name for name, morsel in browser.on(GANSU).cookies.items() if morsel.value] == ["browser"]


def test_signature_of_a_stranger_changes_nothing(shared: sandboxes.Started, trainee: Participant) -> None:
    """Whoever sends somebody else a link to arrive by is not who that one becomes."""
    attacker, victim, nobody = Everywhere(shared.participant), Everywhere(trainee), Everywhere()
    address = pass_for(attacker)
    victim.open(VERIFY)
    assert victim.on(GANSU).get(address)["Location"] == "/verify/"
    assert who(victim.on(GANSU)) == trainee
    page = page_of(nobody.on(GANSU).get(address))
    assert page.one("h1").text == "还不知道您在哪个演练环境中"
    assert who(nobody.on(GANSU)) is None
    attacker.on(GANSU).get(address)  # nobody has used it up
    assert who(attacker.on(GANSU)) == shared.participant


def test_signature_is_good_once(shared: sandboxes.Started) -> None:
    browser = Everywhere(shared.participant)
    address = pass_for(browser)
    asked = browser.on(GANSU).cookies.copy()
    assert cookies.NAME in browser.on(GANSU).get(address).cookies
    browser.on(GANSU).cookies = asked
    assert cookies.NAME not in browser.on(GANSU).get(address).cookies


def test_signature_is_good_for_a_minute(shared: sandboxes.Started, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = Everywhere(shared.participant)
    address = pass_for(browser)
    real = signing.time.time()
    monkeypatch.setattr(signing.time, "time", lambda: real + handover.SECONDS + 1)
    assert cookies.NAME not in browser.on(GANSU).get(address).cookies


def test_signature_is_good_for_one_host(shared: sandboxes.Started) -> None:
    browser = Everywhere(shared.participant)
    address = pass_for(browser)
    elsewhere = anybody(host="zcainfo.localhost:8000")
    elsewhere.cookies = browser.on(GANSU).cookies
    assert cookies.NAME not in elsewhere.get(address).cookies


def test_what_the_national_host_does_not_know_is_forgotten(shared: sandboxes.Started) -> None:
    browser = Everywhere()
    browser.on(GANSU).cookies = browser_of(shared.participant, host=GANSU).cookies
    browser.open(f"http://{NATIONAL}/go/gs")
    assert who(browser.on(GANSU)) is None


def test_host_that_knows_a_forgotten_browser_asks_anew(shared: sandboxes.Started, trainee: Participant) -> None:
    browser = Everywhere(shared.participant)
    browser.open(VERIFY)
    browsers.forget(Browser.objects.get())
    browser.on(NATIONAL).cookies = browser_of(trainee).cookies
    browser.open(VERIFY)
    assert who(browser.on(GANSU)) == trainee


def test_question_is_of_the_sites_own_making() -> None:
    location = anybody().get("/go/gs", {"question": "x" * 999, "to": "/verify/"})["Location"]
    assert location == f"http://{GANSU}/arrive/?to=%2Fverify%2F"


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example/", "verify/"])
def test_handover_never_leads_off_the_portal(wanted: str) -> None:
    location = anybody().get("/go/gs", {"to": wanted})["Location"]
    assert parse_qs(urlsplit(location).query)["to"] == ["/"]
    begun = anybody(host=GANSU).get("/arrive/", {"to": wanted})["Location"]
    assert parse_qs(urlsplit(begun).query)["to"] == ["/"]
    known = Everywhere()
    known.open(f"http://{GANSU}{pass_for(known).replace('%2Fverify%2F', wanted)}")
    assert known.trail == [f"http://{GANSU}/"]


def test_go_uses_paths_where_hosts_do_not_resolve(shared: sandboxes.Started) -> None:
    client = browser_of(shared.participant, host="127.0.0.1:8000")
    assert client.get("/go/gs?to=/verify/")["Location"] == "http://127.0.0.1:8000/p/gs/verify/"


def test_go_knows_the_provinces_only(client: Client) -> None:
    assert client.get("/go/xx").status_code == 404


# ── The lobby and back ───────────────────────────────────────────────────────


def test_provinces_page_leads_to_the_lobby_and_back_to_it() -> None:
    """From a province's host the way back goes through the hand-over."""
    request = anybody(host=GANSU).get("/robots.txt").wsgi_request
    address = lobby_address(request, return_to="/verify/")
    assert address == f"http://{NATIONAL}/lobby/?next=%2Fgo%2Fgs%3Fto%3D%252Fverify%252F"


def test_page_under_a_path_leads_to_the_lobby_and_back_without_a_handover() -> None:
    request = anybody(host="127.0.0.1:8000").get("/p/gs/robots.txt").wsgi_request
    address = lobby_address(request, return_to=address_to_return_to(request))
    assert address == "/lobby/?next=%2Fp%2Fgs%2Frobots.txt"


def test_address_of_no_page_is_not_found_in_words_on_a_provinces_host() -> None:
    assert anybody(host=GANSU).get("/verify/%00").status_code == 404


@pytest.mark.parametrize("referrer", ["http://[", "http://example.com/clock/", "//", ""])
def test_form_leads_back_to_no_page_but_one_of_its_host(referrer: str) -> None:
    request = RequestFactory().post("/verify/", headers={"host": NATIONAL, "referer": referrer})
    assert address_to_return_to(request) == ""
