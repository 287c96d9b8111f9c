"""What never stands in the database, whatever was done: a filing that contradicts its challenges, or its sandbox."""

from collections.abc import Iterator
from datetime import datetime

from verification.models import (
    Access,
    Challenge,
    ChallengeState,
    EventKind,
    Filing,
    FilingState,
    NumberSeries,
    Sandbox,
    Service,
    Subject,
    WebhookDelivery,
)
from verification.state.transitions import AWAITING_DECISION

LIVE = {ChallengeState.WAITING, ChallengeState.OPEN}


def contradictions(sandbox: Sandbox, *, done_until: datetime | None) -> Iterator[str]:
    """What should not be in the database. ``done_until`` is when the jobs ran, ``None`` if they are late."""
    filings = Filing.objects.filter(sandbox=sandbox).select_related("provider")
    for filing in filings.prefetch_related("challenges__messages", "challenges__phone", "events"):
        challenges = list(filing.challenges.all())
        of_round = [c for c in challenges if c.round == filing.round]
        states = {ChallengeState(c.state) for c in of_round}
        is_verifying = filing.state == FilingState.VERIFYING
        live = {ChallengeState.WAITING} if filing.state == FilingState.PREREVIEW else LIVE if is_verifying else set()
        if states & LIVE - live or (is_verifying and not states & live):
            yield f"{filing.state} with challenges {states}"
        decides_itself = sandbox.decides_after is not None and filing.state in AWAITING_DECISION
        if (is_verifying or decides_itself) != (filing.alarm_at is not None):
            yield f"{filing.state} with alarm {filing.alarm_at}"
        if filing.alarm_error and filing.alarm_at is None:
            yield f"{filing.state} and set aside"
        if done_until and filing.alarm_at and filing.alarm_at <= done_until and not filing.alarm_error:
            yield f"alarm of {filing.alarm_at} not done at {done_until}"
        if filing.state in {FilingState.REVIEWING, FilingState.ACCEPTED} and not _are_verified(filing, states):
            yield f"{filing.state} with challenges {states}"
        if any(c.state in LIVE for c in challenges if c.round != filing.round):
            yield "a challenge of an earlier round is still live"
        if len({c.phone_id for c in of_round}) != len(of_round):
            yield "one phone with two challenges"
        yield from (f"challenge {problem}" for c in challenges for problem in _of_challenge(c))
        yield from _of_history(filing)
        homes = {filing.sandbox_id, filing.provider.sandbox_id}
        homes |= {home for c in challenges for home in (c.sandbox_id, c.phone.sandbox_id)}
        if homes != {sandbox.pk}:
            yield f"a filing with rows in the sandboxes {homes}"
    yield from _of_records(sandbox)


def _are_verified(filing: Filing, states: set[ChallengeState]) -> bool:
    """Whether everybody has passed or, where one is enough, somebody."""
    if filing.mode == "any" and ChallengeState.PASSED in states:
        states = states - {ChallengeState.DROPPED}
    return not states - {ChallengeState.PASSED}


def _of_challenge(challenge: Challenge) -> Iterator[str]:
    was_sent = challenge.state not in {ChallengeState.WAITING, ChallengeState.DROPPED}
    if was_sent and (len(challenge.code), challenge.first_sent_at is None) != (6, False):
        yield f"{challenge.state} without a code"
    if (challenge.state in LIVE) != (challenge.closed_at is None):
        yield f"{challenge.state} closed at {challenge.closed_at}"
    if challenge.id_errors > 5 or challenge.id_errors > challenge.tries:
        yield f"{challenge.id_errors} wrong IDs of {challenge.tries} tries"
    if challenge.closed_at and challenge.deadline_at and challenge.closed_at > challenge.deadline_at:
        yield f"{challenge.state} after its deadline"
    messages = challenge.messages.all()
    if len(messages) != len({(message.sent_at, message.cause) for message in messages}):
        yield "the same message twice"


def _of_history(filing: Filing) -> Iterator[str]:
    events = list(filing.events.all())
    if [event.at for event in events] != sorted(event.at for event in events):
        yield "events out of order"
    if sum(event.kind == EventKind.SUBMITTED for event in events) != filing.round:
        yield "a round without its submission, or a submission without its round"
    if filing.state == FilingState.RETURNED and not any(event.kind == EventKind.RETURNED for event in events):
        yield "a return that is in no history"


def _of_records(sandbox: Sandbox) -> Iterator[str]:
    last = dict(NumberSeries.objects.filter(sandbox=sandbox).values_list("start", "last"))
    for number in Subject.objects.filter(sandbox=sandbox).values_list("number", flat=True):
        start = next((start for start in last if number.startswith(start)), "")
        if not start or int(number.removeprefix(start).removesuffix("号")) > last[start]:
            yield f"{number}, which was never issued"
    gone = Service.objects.filter(subject__sandbox=sandbox, cancelled_at=None, subject__cancelled_at__isnull=False)
    yield from (f"{site} on record of a 主体 that is not" for site in gone)
    unserved = Access.objects.filter(service__subject__sandbox=sandbox, cancelled_at=None)
    yield from (f"access to {access.service}" for access in unserved.exclude(service__cancelled_at=None))
    others = WebhookDelivery.objects.filter(filing__sandbox=sandbox).exclude(endpoint__provider__sandbox=sandbox)
    yield from (f"webhook {delivery}, which tells another sandbox" for delivery in others)
