"""Webhooks (Standard Webhooks): the outbox goes out, in order per filing, with retries (D-05). All in real time.

A delivery is claimed under a lease before it is sent and recorded afterwards: a worker that dies in between sends it
once more, with the same id, when the lease has run out.
"""

import json
import logging
import secrets
import time
from base64 import b64encode
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from django.db import Error as DatabaseProblem
from django.db import transaction
from django.db.models import QuerySet
from standardwebhooks import Webhook

from verification.law.times import SHANGHAI
from verification.models import DeliveryState, Provider, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from verification.outside import turns
from verification.outside.posting import TooLate, Unreachable, checked_url, post
from verification.refusals import Refused, refuse_if_machine_played
from verification.time.clock import real_now

log = logging.getLogger(__name__)

#: How long after each failed attempt the next one is made; after the last the delivery is given up.
RETRY_AFTER = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 3600, 3 * 3600, 6 * 3600))
#: While something is under way, one looks so often whether more is due, in seconds.
_PAUSE = 0.2
#: Live addresses that a provider may have: every event goes to each of them.
MOST_ENDPOINTS = 5
_SECRET_BYTES = 24
_LONGEST_ERROR = 300


# ── Endpoints ────────────────────────────────────────────────────────────────


def endpoints_of(provider: Provider) -> QuerySet[WebhookEndpoint]:
    """The live addresses of a provider, oldest first."""
    return provider.webhook_endpoints.filter(removed_at__isnull=True).order_by("id")


@transaction.atomic
def add_endpoint(provider: Provider, url: str) -> WebhookEndpoint:
    """Register an address that gets every later event of the provider's filings.

    Raises :class:`Refused` for an address that is not http(s) or lies in a private network, if there are enough, and
    where a machine plays.
    """
    refuse_if_machine_played(provider.sandbox)
    Provider.objects.select_for_update(no_key=True).get(pk=provider.pk)  # what is counted must not grow meanwhile
    if endpoints_of(provider).count() >= MOST_ENDPOINTS:
        raise Refused(f"最多登记 {MOST_ENDPOINTS} 个接收地址，请先删除不用的。", code="too_many_endpoints")
    address = str(checked_url(url))
    secret = "whsec_" + b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    return WebhookEndpoint.objects.create(provider=provider, url=address, secret=secret, created_at=real_now())


@transaction.atomic
def remove_endpoint(endpoint: WebhookEndpoint) -> None:
    """Send nothing more to an address; what is still pending for it is given up.

    An event that is written at this very moment may be laid ready for it all the same. Nobody claims that, and
    :func:`give_up_removed` ends it.
    """
    endpoint.deliveries.filter(state=DeliveryState.PENDING).update(state=DeliveryState.GIVEN_UP)
    WebhookEndpoint.objects.filter(pk=endpoint.pk, removed_at__isnull=True).update(removed_at=real_now())


def give_up_removed() -> int:
    """Give up what is pending for addresses that have been removed; returns how many."""
    pending = WebhookDelivery.objects.filter(state=DeliveryState.PENDING, endpoint__removed_at__isnull=False)
    return pending.update(state=DeliveryState.GIVEN_UP)


def set_aside_until(endpoint: WebhookEndpoint) -> datetime | None:
    """Until when nothing is sent to an address, since it hung; ``None`` if it is not set aside."""
    until = endpoint.set_aside_until
    return until if until is not None and until > real_now() else None


def resume(endpoint: WebhookEndpoint) -> None:
    """Send to an address again at once, also if it was set aside."""
    turns.give_back(endpoint)


@transaction.atomic
def send_again(delivery: WebhookDelivery) -> None:
    """Try a delivery now: a pending one in its place, any other from the start and out of order.

    An address that was set aside is given back by it. Raises :class:`Refused` if the address is gone.
    """
    held = turns.hold(delivery)
    if held is None or held[1].removed_at is not None:
        raise Refused("这个接收地址已删除，请先登记新的接收地址。", code="endpoint_removed")
    turns.give_back(held[1])
    again = {} if held[0].state == DeliveryState.PENDING else {"attempts": 0, "is_in_order": False}
    rows = WebhookDelivery.objects.filter(pk=delivery.pk)
    rows.update(state=DeliveryState.PENDING, due_at=real_now(), **again)


# ── What is sent ─────────────────────────────────────────────────────────────


def payload_of(delivery: WebhookDelivery) -> str:
    """The body: what happened, to which filing, when on the sandbox's clock. The same at every attempt."""
    event, filing = delivery.event, delivery.filing
    event.filing = filing  # read already
    status = {"sms_verify_status": event.verify_status} if filing.edition and filing.edition.verify_status else {}
    content = {
        "type": event.kind,
        "timestamp": event.at.astimezone(SHANGHAI).isoformat(),
        "data": {
            "event": event.pk,
            "filing": filing.number,
            "kind": filing.kind,
            "province": filing.province,
            "round": event.round,
            "reason": event.reason,
            "detail": event.detail,
            "challenge": event.challenge_id,
            **status,
            **({"audit": event.fault.told} if event.fault else {}),
        },
    }
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _headers(delivery: WebhookDelivery, body: str, at: datetime) -> dict[str, str]:
    message_id = delivery.message_id
    return {
        "Content-Type": "application/json",
        "User-Agent": "beian-sms-drill",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(delivery.endpoint.secret).sign(message_id, at, body),
    }


@dataclass(frozen=True)
class _Result:
    """One attempt; ``status_code`` is ``None`` where no answer came, ``is_late`` where it did not come in time."""

    delivery: WebhookDelivery
    at: datetime
    took_ms: int
    request: str
    status_code: int | None = None
    response: str = ""
    error: str = ""
    is_late: bool = False

    @property
    def is_delivered(self) -> bool:
        return self.status_code is not None and HTTPStatus.OK <= self.status_code < HTTPStatus.MULTIPLE_CHOICES

    @property
    def is_worth_a_retry(self) -> bool:
        """Network errors, 5xx and 429; any other answer will not change."""
        code = self.status_code
        return code is None or code == HTTPStatus.TOO_MANY_REQUESTS or code >= HTTPStatus.INTERNAL_SERVER_ERROR


def _send(delivery: WebhookDelivery) -> _Result:
    """Make one attempt; touches no database, since it runs in a thread of its own."""
    at, begun = real_now(), time.monotonic()
    body, url = payload_of(delivery), delivery.endpoint.url
    headers = _headers(delivery, body, at)
    request = "\n".join([f"POST {url}", *(f"{name}: {value}" for name, value in headers.items()), "", body])

    def took() -> int:
        return int((time.monotonic() - begun) * 1000)

    try:
        answer = post(url, headers=headers, body=body.encode())
    except Unreachable as error:
        is_late = isinstance(error, TooLate)
        return _Result(delivery, at, took(), request, error=str(error)[:_LONGEST_ERROR], is_late=is_late)
    except Exception as error:
        log.exception("Webhook %s could not be sent", delivery.message_id)
        return _Result(delivery, at, took(), request, error=f"{type(error).__name__}: {error}"[:_LONGEST_ERROR])
    return _Result(delivery, at, took(), request, answer.status, f"{answer.head}\n\n{answer.body}")


# ── Going out ────────────────────────────────────────────────────────────────


def deliver_due() -> int:
    """Send what is due, in order per filing and endpoint, in turn among the endpoints; returns how many attempts.

    It goes on for as long as something is due, and takes up what becomes due meanwhile. Any number of workers may run
    it at once: each claims other rows.
    """
    made = 0
    under_way: dict[Future[_Result], WebhookDelivery] = {}
    with ThreadPoolExecutor(max_workers=turns.IN_ALL) as senders:
        while True:
            _begin(senders, under_way)
            if not under_way:
                return made
            for attempt in wait(under_way, timeout=_PAUSE, return_when=FIRST_COMPLETED).done:
                _end(attempt, under_way.pop(attempt))
                made += 1


def _begin(senders: ThreadPoolExecutor, under_way: dict[Future[_Result], WebhookDelivery]) -> None:
    """Send what is due and has room. A database that is away is borne until what is under way has come back."""
    try:
        for delivery in turns.claim(list(under_way.values())):
            under_way[senders.submit(_send, delivery)] = delivery
    except DatabaseProblem:
        if not under_way:
            raise
        log.exception("No webhook could be claimed")


def _end(attempt: Future[_Result], delivery: WebhookDelivery) -> None:
    """Record an attempt. Whatever raises concerns this one only: it is sent once more when its lease has run out."""
    try:
        _record(attempt.result())
    except Exception:
        log.exception("What became of webhook %s could not be recorded", delivery.message_id)


@transaction.atomic
def _record(result: _Result) -> None:
    """Write down an attempt and what follows from it, unless the delivery is another worker's or settled by now.

    If it was deleted meanwhile, as its sandbox may be, there is nothing to write down.
    """
    both = turns.hold(result.delivery)
    if both is None:
        return
    held, endpoint = both
    WebhookAttempt.objects.create(
        delivery=held,
        at=result.at,
        status_code=result.status_code,
        request=result.request,
        response=result.response,
        error=result.error,
        took_ms=result.took_ms,
    )
    if result.is_late:
        turns.note_hang(endpoint, begun_at=result.at)
    else:
        turns.note_answer(endpoint)
    # The end of the lease is this worker's alone: a later claim or a request to send again has moved it.
    if held.state != DeliveryState.PENDING or held.due_at != result.delivery.due_at:
        return
    if result.is_delivered:
        turns.settle(held, DeliveryState.DELIVERED)
    elif result.is_worth_a_retry and held.attempts <= len(RETRY_AFTER):
        held.due_at = real_now() + RETRY_AFTER[held.attempts - 1]
        held.save(update_fields=["due_at"])
    else:
        turns.settle(held, DeliveryState.GIVEN_UP)
