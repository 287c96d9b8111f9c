"""Pages that follow their sandboxes: what it costs the web server that they ask, whether something happens or not."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from statistics import median

from django.http import HttpResponse

from benchmarks.report import Bench, Line
from benchmarks.server import Browser, Server, running
from portal.shared.visit import cookies
from tests.world import TRAINER
from verification.models import Participant, Phone, Sandbox
from verification.time import clock
from verification.worlds import browsers, sandboxes

SANDBOXES = 60
PAUSE = 2.0  # seconds between two questions of a tab, as in live.js
#: Of one core, for all tabs together.
BAR = 0.1
#: In so many seconds something happens once in each sandbox, and both of its tabs show it.
NOW_AND_THEN = 30.0
#: So long nothing happens in a round: some tags end of old age, and are read anew.
STILL = 10.0


@dataclass
class Tab:
    """A page that is open in somebody's browser, as its script sees it."""

    browser: Browser
    path: str
    address: str = ""
    tag: str = ""
    renewals: int = field(default=0)

    def load(self) -> None:
        """Open the page."""
        page = self.browser.get(self.path)
        self.address, self.tag = page.attribute("data-news"), page.attribute("data-tag")
        assert self.tag, f"{self.path} does not follow"

    def ask(self) -> None:
        """Ask for news, and for the page if there is some."""
        known = {"If-None-Match": self.tag}
        if self.browser.get(self.address, known).status == HTTPStatus.NOT_MODIFIED:
            return
        page = self.browser.get(self.path, {**known, "Live": "1"})
        assert b"data-live-part" in page.body, f"{self.path} shows nothing of the news"
        self.tag = page.headers["ETag"]
        self.renewals += 1


def measure(bench: Bench) -> Iterator[Line]:
    """The share of one core while nothing happens, and while something does now and then."""
    started = [sandboxes.start(scenario="2017-gs") for _ in range(SANDBOXES)]
    worlds = [one.sandbox for one in started]
    still, lively = (PAUSE, 2 * PAUSE) if bench.is_small else (STILL, NOW_AND_THEN)
    with running(bench.folder) as server:
        tabs = [tab for one in started for tab in _tabs(server, one.participant)]
        _at_pace(tabs, PAUSE)  # warm
        rounds = [
            (
                server.cost(lambda: _probe(server, len(tabs) * round(still / PAUSE), still), 1) / still,
                server.cost(lambda: _at_pace(tabs, still), 1) / still,
                server.cost(lambda: _at_pace(tabs, lively, worlds), 1) / lively,
            )
            for _ in range(bench.rounds)
        ]
    assert {tab.renewals for tab in tabs} <= {bench.rounds, bench.rounds - 1}, "a page has not followed"
    floor, idle, busy = (median(column) for column in zip(*rounds, strict=True))
    what = f"{SANDBOXES} sandboxes open in two tabs each, which ask every {PAUSE:.0f} seconds"
    yield _line(bench, f"{what}: nothing happens", idle, floor)
    yield _line(bench, f"{what}: something happens in each once in {lively:.0f} seconds", busy, floor)


def _line(bench: Bench, what: str, share: float, floor: float) -> Line:
    note = f"{share / floor:.1f} times as many probes that the server answers at once, {floor:.1%}"
    return Line("following", what, bench.database, f"{share:.1%} of one core", f"under {BAR:.0%}", share < BAR, note)


def _tabs(server: Server, participant: Participant) -> Iterator[Tab]:
    """A phone's page and the list of filings."""
    response = HttpResponse()
    cookies.remember(response, browsers.enter(None, participant))
    kept = {name: morsel.value for name, morsel in response.cookies.items() if morsel.value}
    phone = Phone.objects.filter(sandbox=participant.sandbox, challenges__isnull=False).earliest("id")
    for path in (f"/phone/{phone.pk}/", "/provider/"):
        tab = Tab(Browser(server.port, kept), path)
        tab.load()
        yield tab


def _probe(server: Server, times: int, seconds: float) -> None:
    """What the web server answers at once, as often."""
    browser = Browser(server.port)
    _in_turn([lambda: browser.get("/healthz")] * times, seconds)


def _at_pace(tabs: Sequence[Tab], seconds: float, worlds: Sequence[Sandbox] = ()) -> None:
    """Let every tab ask once in a pause; meanwhile something happens once in each of these sandboxes."""
    happenings = iter(worlds)
    times = round(seconds / PAUSE)
    for number in range(times):
        for sandbox in [next(happenings, None) for _ in range(-(-len(worlds) // max(1, times - 1)))]:
            if sandbox is not None and number < times - 1:  # the last pause is for who has not heard yet
                clock.set_speed(sandbox, 1, by=TRAINER)
        _in_turn([tab.ask for tab in tabs], PAUSE)


def _in_turn(works: Sequence[Callable[[], object]], seconds: float) -> None:
    """Do all of this, spread over so many seconds."""
    begun = time.monotonic()
    for number, work in enumerate(works):
        time.sleep(max(0.0, begun + number * seconds / len(works) - time.monotonic()))
        work()
    time.sleep(max(0.0, begun + seconds - time.monotonic()))
