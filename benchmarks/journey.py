"""The verify journey (form, picture, right entry), against the same with django-simple-captcha as it comes."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from statistics import fmean, median

from captcha.models import CaptchaStore
from django.http import HttpResponse

from benchmarks.report import Bench, Line
from benchmarks.server import Browser, Server, running
from portal.portals import captcha
from portal.shared.visit import cookies
from tests.world import TRAINER
from verification.acting import filings
from verification.asking.submissions import Submission
from verification.by import By
from verification.law.times import SHANGHAI
from verification.law.words import Part
from verification.models import Challenge, ChallengeState, Participant, Provider, Sandbox
from verification.state import alarms
from verification.time import clock
from verification.worlds import browsers, demo, sandboxes

#: Rows of the stock captcha that are alive while it is measured: what five minutes of a class leave behind.
LIVE_ROWS = 20_000
JOURNEYS_BAR = 3.0
POST_BAR = 0.6
PERSONS = 90
TURN = 8
START = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)


@dataclass(frozen=True)
class Site:
    """The running site, a browser of somebody in a sandbox, and codes that wait to be entered there."""

    server: Server
    browser: Browser
    waiting: Iterator[Challenge]

    def entry(self) -> dict[str, str]:
        """The three pieces of the next code."""
        challenge = next(self.waiting)
        return {"code": challenge.code, "phone": challenge.phone.number, "id_suffix": challenge.id_suffix}


def measure(bench: Bench) -> Iterable[Line]:
    """Journeys, and the POST alone."""
    journeys, entries = (8, 8) if bench.is_small else (200, 80)
    codes = 2 * (journeys + entries) * bench.rounds + 4
    sandbox = _sandbox(codes)
    CaptchaStore.objects.bulk_create(_live_row(number) for number in range(LIVE_ROWS))
    waiting = _codes(sandbox)
    with running(bench.folder) as server, running(bench.folder, BENCH_VARIANT="stock") as stock_server:
        site, stock = (Site(one, _browser(one, sandbox), waiting) for one in (server, stock_server))
        whole = _alternate((partial(_journey, site), partial(_stock_journey, stock)), journeys, bench.rounds)
        posts = _alternate((partial(_post, site), partial(_bare_post, site)), entries, bench.rounds)
    yield _line(bench, f"verify journey, against the stock captcha with {LIVE_ROWS:,} live rows", whole, JOURNEYS_BAR)
    yield _line(bench, "POST of a right entry, against a bare view with the same template and rows", posts, POST_BAR)
    passed = Challenge.objects.filter(sandbox=sandbox, state=ChallengeState.PASSED).count()
    assert passed == codes, f"{passed} entries passed instead of {codes}"


def _line(bench: Bench, what: str, rounds: list[tuple[float, float]], bar: float) -> Line:
    ours, other = (median(column) for column in zip(*rounds, strict=True))
    share = median(other / ours for ours, other in rounds)
    note = f"{ours * 1000:.2f} ms of processor time, the other {other * 1000:.2f} ms"
    return Line("journey", what, bench.database, f"{share:.2f} × as many", f"≥ {bar}", share >= bar, note)


Cost = Callable[[int], float]


def _alternate(costs: tuple[Cost, Cost], times: int, rounds: int) -> list[tuple[float, float]]:
    """What both cost, in short turns, so that a machine that grows slow does so for both; the first turn warms up."""
    ours, others = costs
    ours(1)
    others(1)
    turns = [[(ours(TURN), others(TURN)) for _ in range(times // TURN)] for _ in range(rounds)]
    return [(fmean(one for one, _ in turn), fmean(other for _, other in turn)) for turn in turns]


# ── Journeys ─────────────────────────────────────────────────────────────────


def _journey(site: Site, times: int) -> float:
    """Form, picture, entry: no job prepares anything for them."""

    def once() -> None:
        form = site.browser.get("/verify/")
        token = captcha.read(form.field("captcha_0"))
        assert token is not None
        site.browser.get(f"/captcha/{token.text}.png")
        _enter(site, "/verify/", form.field("csrfmiddlewaretoken"), token.text, token.answer)

    return site.server.cost(once, times)


def _stock_journey(site: Site, times: int) -> float:
    def once() -> None:
        form = site.browser.get("/bench/stock/verify/")
        key = form.field("captcha_0")
        site.browser.get(f"/bench/stock/picture/{key}/")
        response = CaptchaStore.objects.values_list("response", flat=True).get(hashkey=key)
        _enter(site, "/bench/stock/verify/", form.field("csrfmiddlewaretoken"), key, response)

    return site.server.cost(once, times)


# ── POSTs ────────────────────────────────────────────────────────────────────


def _post(site: Site, times: int) -> float:
    csrf = site.browser.get("/verify/").field("csrfmiddlewaretoken")
    tokens = [captcha.issue() for _ in range(times)]

    def once() -> None:
        token = tokens.pop()
        _enter(site, "/verify/", csrf, token.text, token.answer)

    return site.server.cost(once, times)


def _bare_post(site: Site, times: int) -> float:
    csrf = site.browser.get("/verify/").field("csrfmiddlewaretoken")
    return site.server.cost(lambda: _enter(site, "/bench/bare/verify/", csrf, "", ""), times)


def _enter(site: Site, path: str, csrf: str, token: str, typed: str) -> None:
    fields = {**site.entry(), "csrfmiddlewaretoken": csrf, "captcha_0": token, "captcha_1": typed}
    answer = site.browser.post(path, fields).body
    assert b"answer__mark" in answer, "no answer"


# ── The world ────────────────────────────────────────────────────────────────


def _sandbox(codes: int) -> Sandbox:
    """A sandbox of one person, in which so many codes have been sent."""
    started = sandboxes.start(scenario="today", starts_at=START)
    sandbox = started.sandbox
    clock.pause(sandbox, by=TRAINER)
    provider = Provider.objects.filter(sandbox=sandbox).earliest("id")
    for number in range(codes):
        filings.submit(provider, _first_filing(number), by=By.machine(""))
    clock.move_to(sandbox, clock.now(sandbox) + timedelta(minutes=10), by=By.machine(""))
    alarms.run_due(sandbox)
    return sandbox


def _first_filing(number: int) -> Submission:
    """A filing with one responsible person, who has a phone that nobody else has."""
    serial = number % PERSONS + 1
    asked = demo.first_filing("gs", subject=serial, website=serial, domain=f"bench{number}.example.com", name="基准")
    assert asked.subject is not None
    person = replace(demo.demo_person(serial), phone=f"139{number:08d}")
    services = tuple(replace(service, person=person) for service in asked.services)
    return replace(asked, subject=replace(asked.subject, person=person), services=services)


def _codes(sandbox: Sandbox) -> Iterator[Challenge]:
    """The codes of those filings."""
    of_filings = Challenge.objects.filter(filing__sandbox=sandbox, filing__parts__domain__startswith="bench")
    waiting = of_filings.filter(state=ChallengeState.OPEN, round=1, filing__parts__part=Part.SERVICE)
    return iter(list(waiting.select_related("phone").order_by("id")))


def _live_row(number: int) -> CaptchaStore:
    later = clock.real_now() + timedelta(days=1)
    return CaptchaStore(challenge=f"{number:05d}", response=f"{number:05d}", hashkey=f"bench{number}", expiration=later)


def _browser(server: Server, sandbox: Sandbox) -> Browser:
    response = HttpResponse()
    cookies.remember(response, browsers.enter(None, Participant.objects.get(sandbox=sandbox, is_owner=True)))
    return Browser(server.port, {name: morsel.value for name, morsel in response.cookies.items() if morsel.value})
