"""A bureau that decides by itself: what one decision takes, when a month's filings are due at once."""

import time
from collections.abc import Iterator
from datetime import timedelta
from statistics import median

from benchmarks.report import Bench, Line
from verification.acting import filings
from verification.by import By
from verification.models import Filing, FilingState, Provider, WebhookEndpoint
from verification.state import alarms
from verification.time import clock
from verification.worlds import demo, sandboxes
from verification.worlds.bureau import AutomaticReview

FULL, SMALL = 1_000, 20
MOST_MS = 10.0
#: Where nothing is verified in 2017, so that what is submitted waits for the bureau at once.
_PROVINCE = "z"


def measure(bench: Bench) -> Iterator[Line]:
    """Each of some hundred filings of one sandbox accepted in its turn, with its record, 备案号, event and webhook."""
    size = SMALL if bench.is_small else FULL
    each = [_decide(size) * 1e3 / size for _ in range(bench.rounds)]
    yield Line(
        part="deciding",
        what="a decision that the bureau makes by itself, everything due at once",
        database=bench.database,
        figure=f"{median(each):.1f} ms",
        bar=f"at most {MOST_MS:g} ms",
        is_met=median(each) <= MOST_MS,
        note=f"{size} acceptances of a first filing with one website; {min(each):.1f} to {max(each):.1f} ms",
    )


def _decide(size: int) -> float:
    """Submit so many filings, let a month pass, and decide them; the seconds of the last."""
    sandbox = sandboxes.start(scenario="2017-gs", review=AutomaticReview(5)).sandbox
    provider = sandbox.providers.order_by("id")[0]
    WebhookEndpoint.objects.create(provider=provider, url="https://example.com/", created_at=clock.real_now())
    for number in range(size):
        _submit(provider, number)
    clock.move_to(sandbox, clock.now(sandbox) + timedelta(days=30), by=By.machine("benchmark"))
    begun = time.perf_counter()
    alarms.run_due(sandbox)
    passed = time.perf_counter() - begun
    accepted = Filing.objects.filter(sandbox=sandbox, province=_PROVINCE, state=FilingState.ACCEPTED)
    assert accepted.count() == size
    return passed


def _submit(provider: Provider, number: int) -> None:
    domain, name = f"shop{number}.example.com", f"演练{number}"
    submission = demo.first_filing(_PROVINCE, subject=1, website=2, domain=domain, name=name)
    filings.submit(provider, submission, by=By.machine("benchmark"))
