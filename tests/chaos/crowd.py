"""A crowd of filings that all have the same thing due, and what must be in every table when it is done."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import CharField, F, Max, QuerySet, Value
from django.db.models.functions import Cast, Concat, LPad

from tests import world
from verification.models import (
    AlarmKind,
    Challenge,
    Event,
    EventKind,
    Filing,
    Message,
    Provider,
    Sandbox,
    WebhookDelivery,
    WebhookEndpoint,
)
from verification.models.bulk import insert_from
from verification.state import alarms
from verification.time.clock import real_now

DOUBLINGS = 11
SIZE = 2**DOUBLINGS
#: By what is due: when the clock has reached it for the last of the crowd, and nothing else.
LATE_FOR = {
    AlarmKind.SEND: "2017-12-20 11:00",
    AlarmKind.NOON: "2017-12-21 13:00",
    AlarmKind.DEADLINE: "2017-12-22 11:00",
}
#: By what is due: where the clock must have been before.
_REACHED = {AlarmKind.SEND: (), AlarmKind.NOON: (world.SENT,), AlarmKind.DEADLINE: (world.SENT, world.NOON)}
Rows = Counter[tuple[Any, ...]]


class Crowd:
    """``SIZE`` filings of one person each, due one second after the other.

    Their provider's webhooks are leased to nobody: one that is to be tried again tomorrow holds back all later ones of
    its filing (D-05), so that what the sweep writes into the outbox stays as it was written.
    """

    def __init__(self, kind: AlarmKind) -> None:
        self.kind = kind
        self.sandbox = world.new_sandbox()
        _copy_often(_first(self.sandbox, kind))
        self._last_event = Event.objects.aggregate(last=Max("id"))["last"]
        self._last_message = Message.objects.aggregate(last=Max("id"))["last"] or 0
        self._expected = Counter(self._rows_to_come())

    def become_due(self) -> None:
        """Move the clock past what is due."""
        world.move_without_jobs(self.sandbox, LATE_FOR[self.kind])

    @property
    def done(self) -> int:
        """How many of the alarms are committed."""
        return SIZE - alarms.remaining(self.sandbox)

    def differences(self) -> tuple[Rows, Rows]:
        """What ought to be in the tables and is not; and what is there once too often, or ought not to be at all."""
        found = self._found()
        return self._expected - found, found - self._expected

    def forget(self) -> None:
        """Let the webhooks of this crowd be looked at no more."""
        self._deliveries().update(state="given_up")

    # ── Every row of every table ─────────────────────────────────────────────────────────────────────────────────────

    def _filings(self) -> QuerySet[Filing]:
        return Filing.objects.filter(sandbox=self.sandbox)

    def _deliveries(self) -> QuerySet[WebhookDelivery]:
        return WebhookDelivery.objects.filter(filing__sandbox=self.sandbox)

    def _rows_to_come(self) -> Iterator[tuple[Any, ...]]:
        for pk, at, noon_at, deadline_at in self._filings().values_list("id", "alarm_at", "noon_at", "deadline_at"):
            match self.kind:
                case AlarmKind.SEND:
                    yield from _event(pk, EventKind.OPENED, at)
                    yield "message", pk, "first", at
                    yield "filing", pk, "verifying", "", noon_at, "noon", ""
                    yield "challenge", pk, "open", at, None
                case AlarmKind.NOON:
                    yield from _event(pk, EventKind.NOON_RESENT, at)
                    yield "message", pk, "noon", at
                    yield "filing", pk, "verifying", "", deadline_at, "deadline", ""
                    yield "challenge", pk, "open", world.moment(world.SENT), None
                case AlarmKind.DEADLINE:
                    yield from _event(pk, EventKind.EXPIRED, at)
                    yield from _event(pk, EventKind.RETURNED, at)
                    yield "filing", pk, "returned", "deadline", None, "", ""
                    yield "challenge", pk, "expired", world.moment(world.SENT), at

    def _found(self) -> Rows:
        after = {"event_id__gt": self._last_event, "is_in_order": True}
        events = Event.objects.filter(filing__sandbox=self.sandbox, id__gt=self._last_event)
        messages = Message.objects.filter(challenge__sandbox=self.sandbox, id__gt=self._last_message)
        challenges = Challenge.objects.filter(sandbox=self.sandbox)
        standing = ("id", "state", "return_reason", "alarm_at", "alarm_kind", "alarm_error")
        tables = {
            "event": events.values_list("filing_id", "kind", "at"),
            "outbox": self._deliveries().filter(**after).values_list("filing_id", "event__kind", "event__at"),
            "message": messages.values_list("challenge__filing_id", "cause", "sent_at"),
            "filing": self._filings().values_list(*standing),
            "challenge": challenges.values_list("filing_id", "state", "first_sent_at", "closed_at"),
        }
        return Counter((table, *row) for table, rows in tables.items() for row in rows)


def _event(filing_id: int, kind: EventKind, at: datetime) -> Iterator[tuple[Any, ...]]:
    """An event, and its copy for the webhooks."""
    yield "event", filing_id, kind.value, at
    yield "outbox", filing_id, kind.value, at


# ── One filing, and its copies ───────────────────────────────────────────────────────────────────────────────────────


def _first(sandbox: Sandbox, kind: AlarmKind) -> Filing:
    """A filing that has come by itself to where ``kind`` is due next."""
    filing = world.submit(world.new_provider(sandbox), world.first_filing(1, 1))
    for reached in _REACHED[kind]:
        world.move(sandbox, reached)
    filing.refresh_from_db()
    assert filing.alarm_kind == kind
    return filing


def _copy_often(filing: Filing) -> None:
    """Copy the filing and its challenge, and let all wait for a webhook."""
    copies = Filing.objects.filter(provider=filing.provider)
    columns = {field.attname: F(field.attname) for field in Filing._meta.concrete_fields if not field.primary_key}
    for power in range(DOUBLINGS):
        later = {name: F(name) + timedelta(seconds=2**power) for name in ("alarm_at", "noon_at", "deadline_at")}
        number = Concat(Value(f"{power}-"), Cast("id", CharField()))
        insert_from(Filing, copies, **{**columns, **later, "number": number})
    assert copies.count() == SIZE
    _copy_challenge(Challenge.objects.get(filing=filing), copies)
    _wait_for_a_webhook(filing.provider, copies)


def _copy_challenge(challenge: Challenge, filings: QuerySet[Filing]) -> None:
    """Give every filing a challenge of its own like this one, and take this one away."""
    columns = {field.attname: getattr(challenge, field.attname) for field in Challenge._meta.concrete_fields}
    columns["filing_id"] = F("id")
    if challenge.code:
        columns["code"] = LPad(Cast(F("id") % 10**6, CharField()), 6, Value("0"))
        columns["deadline_at"] = F("deadline_at")
    del columns["id"]
    challenge.delete()
    insert_from(Challenge, filings, **columns)


def _wait_for_a_webhook(provider: Provider, filings: QuerySet[Filing]) -> None:
    now = real_now()
    endpoint = WebhookEndpoint.objects.create(provider=provider, url="https://receiver.invalid/", created_at=now)
    insert_from(Event, filings, filing_id=F("id"), round=1, kind=EventKind.VERIFYING.value, at=F("submitted_at"))
    waiting = Event.objects.filter(filing__provider=provider, kind=EventKind.VERIFYING)
    columns = {"endpoint_id": endpoint.pk, "event_id": F("id"), "filing_id": F("filing_id")}
    insert_from(WebhookDelivery, waiting, **columns, attempts=1, due_at=now + timedelta(days=1))
