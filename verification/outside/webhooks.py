"""Webhooks (Standard Webhooks): the outbox goes out, in order per filing, with retries (D-05). All in real time.

A delivery is claimed under a lease before it is sent and recorded afterwards: a worker that dies in between sends it
once more, with the same id, when the lease has run out.
"""

import json
import secrets
import time
from base64 import b64encode
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from standardwebhooks import Webhook

from verification.law.times import SHANGHAI
from verification.models import DeliveryState, Provider, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from verification.outside.posting import Unreachable, checked_url, post
from verification.refusals import Refused
from verification.time.clock import real_now

#: How long after each failed attempt the next one is made; after the last the delivery is given up.
RETRY_AFTER = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 3600, 3 * 3600, 6 * 3600))
#: How long a claimed delivery stays with the worker that claimed it; longer than a batch can take.
LEASE = timedelta(seconds=60)
#: Deliveries that a worker claims, and sends, at a time.
BATCH = 8
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

    Raises :class:`Refused` for an address that is not http(s) or lies in a private network, and if there are enough.
    """
    Provider.objects.select_for_update(no_key=True).get(pk=provider.pk)  # what is counted must not grow meanwhile
    if endpoints_of(provider).count() >= MOST_ENDPOINTS:
        raise Refused(f"最多登记 {MOST_ENDPOINTS} 个接收地址，请先删除不用的。", code="too_many_endpoints")
    address = str(checked_url(url))
    secret = "whsec_" + b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    return WebhookEndpoint.objects.create(provider=provider, url=address, secret=secret, created_at=real_now())


@transaction.atomic
def remove_endpoint(endpoint: WebhookEndpoint) -> None:
    """Send nothing more to an address; what is still pending for it is given up."""
    WebhookEndpoint.objects.filter(pk=endpoint.pk, removed_at__isnull=True).update(removed_at=real_now())
    endpoint.deliveries.filter(state=DeliveryState.PENDING).update(state=DeliveryState.GIVEN_UP)


def send_again(delivery: WebhookDelivery) -> None:
    """Try a delivery now: a pending one in its place, any other from the start and out of order.

    Raises :class:`Refused` if its address is gone.
    """
    if delivery.endpoint.removed_at is not None:
        raise Refused("这个接收地址已删除，请先登记新的接收地址。", code="endpoint_removed")
    rows = WebhookDelivery.objects.filter(pk=delivery.pk)
    if not rows.filter(state=DeliveryState.PENDING).update(due_at=real_now()):
        rows.update(state=DeliveryState.PENDING, attempts=0, due_at=real_now(), is_in_order=False)


# ── What is sent ─────────────────────────────────────────────────────────────


def payload_of(delivery: WebhookDelivery) -> str:
    """The body: what happened, to which filing, when on the sandbox's clock. The same at every attempt."""
    event, filing = delivery.event, delivery.filing
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
    """One attempt; ``status_code`` is ``None`` where no answer came."""

    delivery: WebhookDelivery
    at: datetime
    took_ms: int
    request: str
    status_code: int | None = None
    response: str = ""
    error: str = ""

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
        return _Result(delivery, at, took(), request, error=str(error)[:_LONGEST_ERROR])
    return _Result(delivery, at, took(), request, answer.status, f"{answer.head}\n\n{answer.body}")


# ── Going out ────────────────────────────────────────────────────────────────


def has_due() -> bool:
    """Whether anything waits to be sent now; one indexed query."""
    return WebhookDelivery.objects.filter(state=DeliveryState.PENDING, due_at__lte=real_now()).exists()


def deliver_due() -> int:
    """Send what is due, in order per filing and endpoint; returns how many attempts were made.

    Any number of workers may run it at once: each claims other rows.
    """
    made = 0
    with ThreadPoolExecutor(max_workers=BATCH) as senders:
        while claimed := _claim():
            for attempt in as_completed([senders.submit(_send, delivery) for delivery in claimed]):
                _record(attempt.result())
            made += len(claimed)
    return made


def _claim() -> Sequence[WebhookDelivery]:
    """Take the next due deliveries under a lease; one that has an earlier pending one of its filing waits for it."""
    now = real_now()
    earlier = WebhookDelivery.objects.filter(
        state=DeliveryState.PENDING,
        is_in_order=True,
        filing_id=OuterRef("filing_id"),
        endpoint_id=OuterRef("endpoint_id"),
        id__lt=OuterRef("id"),
    )
    with transaction.atomic():
        due = WebhookDelivery.objects.filter(state=DeliveryState.PENDING, due_at__lte=now)
        due = due.exclude(Exists(earlier), is_in_order=True)
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True, of=("self",))
        ids = list(due.order_by("due_at", "id").values_list("id", flat=True)[:BATCH])
        WebhookDelivery.objects.filter(id__in=ids).update(attempts=F("attempts") + 1, due_at=now + LEASE)
    claimed = WebhookDelivery.objects.filter(id__in=ids).select_related("endpoint", "event", "filing")
    return list(claimed.order_by("id"))


@transaction.atomic
def _record(result: _Result) -> None:
    """Write down an attempt and what follows from it, unless the delivery is another worker's or settled by now."""
    delivery = result.delivery
    WebhookAttempt.objects.create(
        delivery=delivery,
        at=result.at,
        status_code=result.status_code,
        request=result.request,
        response=result.response,
        error=result.error,
        took_ms=result.took_ms,
    )
    # The end of the lease is this worker's alone: a later claim or a request to send again has moved it.
    mine = WebhookDelivery.objects.filter(pk=delivery.pk, state=DeliveryState.PENDING, due_at=delivery.due_at)
    if result.is_delivered:
        mine.update(state=DeliveryState.DELIVERED)
    elif result.is_worth_a_retry and delivery.attempts <= len(RETRY_AFTER):
        mine.update(due_at=real_now() + RETRY_AFTER[delivery.attempts - 1])
    else:
        mine.update(state=DeliveryState.GIVEN_UP)
