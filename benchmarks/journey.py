"""The verify journey (form, picture, right entry), against the same with django-simple-captcha as it comes."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from statistics import fmean, median

from captcha.models import CaptchaStore
from django.http import HttpResponse

from benchmarks.report import Bench, Line
from benchmarks.server import Answer, Browser, Server, running
from portal.portals import captcha
from portal.shared.visit import cookies
from tests.world import TRAINER
from training import tries
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
JOURNEYS_BAR = 4.0
POST_BAR = 0.6
#: Done in an exercise, whose bar stands on form and answer, and is read anew after the entry.
EXERCISE = "first-verification"
PERSONS = 90
TURN = 8
START = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)


@dataclass(frozen=True)
class Site:
    """The running site, a browser, and codes that wait to be entered, each by somebody with these cookies."""

    server: Server
    browser: Browser
    waiting: Iterator[tuple[dict[str, str], Challenge]]

    def entry(self) -> dict[str, str]:
        """The three pieces of the next code, which the browser enters as whoever has them."""
        self.browser.cookies, challenge = next(self.waiting)
        return {"code": challenge.code, "phone": challenge.phone.number, "id_suffix": challenge.id_suffix}


def measure(bench: Bench) -> Iterable[Line]:
    """Journeys, also in an exercise, and the POST alone."""
    journeys, lessons, entries = (8, 8, 8) if bench.is_small else (200, 40, 80)
    codes = 2 * (journeys + entries) * bench.rounds + 4
    sandbox = _sandbox(codes)
    CaptchaStore.objects.bulk_create(_live_row(number) for number in range(LIVE_ROWS))
    waiting, learning = _codes(sandbox), _codes_of_exercises()
    with running(bench.folder) as server, running(bench.folder, BENCH_VARIANT="stock") as stock_server:
        site, stock = (Site(one, Browser(one.port), waiting) for one in (server, stock_server))
        whole = _alternate((partial(_journey, site), partial(_stock_journey, stock)), journeys, bench.rounds)
        posts = _alternate((partial(_post, site), partial(_bare_post, site)), entries, bench.rounds)
        site, stock = replace(site, waiting=learning), replace(stock, waiting=learning)
        taught = _alternate((partial(_journey, site), partial(_stock_journey, stock)), lessons, bench.rounds)
    yield _line(bench, f"verify journey, against the stock captcha with {LIVE_ROWS:,} live rows", whole, JOURNEYS_BAR)
    yield _line(bench, "the same in an exercise, with its bar on form and answer", taught, None)
    yield _line(bench, "POST of a right entry, against a bare view with the same template and rows", posts, POST_BAR)
    passed = Challenge.objects.filter(sandbox=sandbox, state=ChallengeState.PASSED).count()
    assert passed == codes, f"{passed} entries passed instead of {codes}"


def _line(bench: Bench, what: str, rounds: list[tuple[float, float]], bar: float | None) -> Line:
    ours, other = (median(column) for column in zip(*rounds, strict=True))
    share = median(other / ours for ours, other in rounds)
    note = f"{ours * 1000:.2f} ms of processor time, the other {other * 1000:.2f} ms"
    said, is_met = (f"≥ {bar}", share >= bar) if bar else ("", None)
    return Line("journey", what, bench.database, f"{share:.2f} × as many", said, is_met, note)


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
        typed = site.entry()
        form = site.browser.get("/verify/")
        token = captcha.read(form.field("captcha_0"))
        assert token is not None
        site.browser.get(f"/captcha/{token.text}.png")
        _enter(site, "/verify/", form, typed, token.text, token.answer)

    return site.server.cost(once, times)


def _stock_journey(site: Site, times: int) -> float:
    def once() -> None:
        typed = site.entry()
        form = site.browser.get("/bench/stock/verify/")
        key = form.field("captcha_0")
        site.browser.get(f"/bench/stock/picture/{key}/")
        response = CaptchaStore.objects.values_list("response", flat=True).get(hashkey=key)
        _enter(site, "/bench/stock/verify/", form, typed, key, response)

    return site.server.cost(once, times)


# ── POSTs ────────────────────────────────────────────────────────────────────


def _post(site: Site, times: int) -> float:
    entries = [(captcha.issue(), site.entry()) for _ in range(times)]
    form = site.browser.get("/verify/")

    def once() -> None:
        token, typed = entries.pop()
        _enter(site, "/verify/", form, typed, token.text, token.answer)

    return site.server.cost(once, times)


def _bare_post(site: Site, times: int) -> float:
    entries = [site.entry() for _ in range(times)]
    form = site.browser.get("/verify/")
    return site.server.cost(lambda: _enter(site, "/bench/bare/verify/", form, entries.pop(), "", ""), times)


def _enter(site: Site, path: str, form: Answer, typed: dict[str, str], token: str, digits: str) -> None:
    fields = {**typed, "csrfmiddlewaretoken": form.field("csrfmiddlewaretoken"), "captcha_0": token}
    answer = site.browser.post(path, {**fields, "captcha_1": digits}).body
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


def _codes(sandbox: Sandbox) -> Iterator[tuple[dict[str, str], Challenge]]:
    """The codes of those filings, for one person in one browser."""
    of_filings = Challenge.objects.filter(filing__sandbox=sandbox, filing__parts__domain__startswith="bench")
    waiting = of_filings.filter(state=ChallengeState.OPEN, round=1, filing__parts__part=Part.SERVICE)
    known = _cookies(Participant.objects.get(sandbox=sandbox, is_owner=True))
    return ((known, challenge) for challenge in list(waiting.select_related("phone").order_by("id")))


def _codes_of_exercises() -> Iterator[tuple[dict[str, str], Challenge]]:
    """The codes of exercises that are begun one after the other, each by somebody else."""
    while True:
        this = tries.start(tries.new_trainee(), EXERCISE)
        assert this.participant is not None
        known = _cookies(this.participant)
        for challenge in Challenge.objects.filter(sandbox=this.sandbox).select_related("phone").order_by("id"):
            yield known, challenge


def _live_row(number: int) -> CaptchaStore:
    later = clock.real_now() + timedelta(days=1)
    return CaptchaStore(challenge=f"{number:05d}", response=f"{number:05d}", hashkey=f"bench{number}", expiration=later)


def _cookies(participant: Participant) -> dict[str, str]:
    """Those of a browser of this participant."""
    response = HttpResponse()
    cookies.remember(response, browsers.enter(None, participant))
    return {name: morsel.value for name, morsel in response.cookies.items() if morsel.value}
