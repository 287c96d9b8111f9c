"""Webhooks (Standard Webhooks): the outbox goes out, in order per filing, with retries (D-05). All in real time.

A delivery is claimed under a lease before it is sent and recorded afterwards: a worker that dies in between sends it
once more, with the same id, when the lease has run out.
"""

import ipaddress
import json
import secrets
import socket
import time
from base64 import b64encode
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef
from standardwebhooks import Webhook

from verification.clock import real_now
from verification.law.times import SHANGHAI
from verification.models import DeliveryState, Provider, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from verification.refusals import Refused

#: How long after each failed attempt the next one is made; after the last the delivery is given up.
RETRY_AFTER = tuple(timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 3600, 3 * 3600, 6 * 3600))
#: How long a claimed delivery stays with the worker that claimed it.
LEASE = timedelta(seconds=60)
#: How long a receiver may take, in seconds.
TIMEOUT = 10.0
BATCH = 16
_SENDERS = 8
_KEPT_OF_RESPONSE = 2000
_SECRET_BYTES = 24
_RETRIED_STATUS = 429


# ── Endpoints ────────────────────────────────────────────────────────────────


def add_endpoint(provider: Provider, url: str) -> WebhookEndpoint:
    """Register an address that gets every later event of the provider's filings.

    Raises :class:`Refused` for an address that is not http(s), or that lies in a private network.
    """
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise Refused("接收地址应以 http:// 或 https:// 开头，且不含用户名，请修改后重新提交。", code="invalid_url")
    try:
        _public_address(parts.hostname, parts.port or 0)
    except PrivateAddress as error:
        raise Refused("接收地址指向内部网络，请填写互联网上可以访问的地址。", code="private_address") from error
    except OSError as error:
        raise Refused("接收地址的主机名无法解析，请核对后重新提交。", code="unknown_host") from error
    secret = "whsec_" + b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()
    return WebhookEndpoint.objects.create(provider=provider, url=url.strip(), secret=secret, created_at=real_now())


def remove_endpoint(endpoint: WebhookEndpoint) -> None:
    """Send nothing more to an address; what is still pending for it is given up."""
    with transaction.atomic():
        WebhookEndpoint.objects.filter(pk=endpoint.pk, removed_at__isnull=True).update(removed_at=real_now())
        pending = endpoint.deliveries.filter(state=DeliveryState.PENDING)
        pending.update(state=DeliveryState.GIVEN_UP)


def send_again(delivery: WebhookDelivery) -> None:
    """Try a delivery again from the start, whatever became of it. Raises :class:`Refused` if its address is gone."""
    if delivery.endpoint.removed_at is not None:
        raise Refused("这个接收地址已删除，请先登记新的接收地址。", code="endpoint_removed")
    WebhookDelivery.objects.filter(pk=delivery.pk).update(state=DeliveryState.PENDING, attempts=0, due_at=real_now())


class PrivateAddress(Exception):
    """A host name leads into a private network."""


def _public_address(host: str, port: int) -> str:
    """The address to connect to. Raises :class:`PrivateAddress`, or ``OSError`` for a host that does not resolve."""
    found = [info[4][0] for info in socket.getaddrinfo(host, port or None, type=socket.SOCK_STREAM)]
    is_allowed = settings.WEBHOOK_ALLOW_PRIVATE or all(ipaddress.ip_address(str(ip)).is_global for ip in found)
    if not is_allowed:
        raise PrivateAddress(host)
    return str(found[0])


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


@dataclass(frozen=True)
class _Result:
    delivery: WebhookDelivery
    at: datetime
    body: str
    took_ms: int
    status_code: int | None = None
    response: str = ""
    error: str = ""

    @property
    def is_delivered(self) -> bool:
        return self.status_code is not None and httpx.codes.is_success(self.status_code)

    @property
    def is_worth_a_retry(self) -> bool:
        """Network errors, 5xx and 429; any other answer will not change."""
        code = self.status_code
        return code is None or code == _RETRIED_STATUS or httpx.codes.is_server_error(code)


def _send(delivery: WebhookDelivery) -> _Result:
    at, body, begun = real_now(), payload_of(delivery), time.monotonic()

    def result(status_code: int | None = None, response: str = "", error: str = "") -> _Result:
        took = int((time.monotonic() - begun) * 1000)
        return _Result(delivery, at, body, took, status_code, response[:_KEPT_OF_RESPONSE], error[:300])

    try:
        answer = _post(delivery, body, at)
        return result(answer.status_code, answer.text)
    except PrivateAddress:
        return result(error="接收地址指向内部网络，已拒绝发送")
    except (httpx.HTTPError, OSError) as error:
        return result(error=f"{type(error).__name__}: {error}")


def _post(delivery: WebhookDelivery, body: str, at: datetime) -> httpx.Response:
    """Send to the very address that was checked, so that a name cannot lead elsewhere in between."""
    endpoint, message_id = delivery.endpoint, delivery.message_id
    url = httpx.URL(endpoint.url)
    address = _public_address(url.host, url.port or 0)
    headers = {
        "Host": url.netloc.decode("ascii"),
        "Content-Type": "application/json",
        "User-Agent": "beian-sms-drill",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(endpoint.secret).sign(message_id, at, body),
    }
    with httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client:
        return client.post(
            url.copy_with(host=address),
            content=body.encode(),
            headers=headers,
            extensions={"sni_hostname": url.host},
        )


# ── Going out ────────────────────────────────────────────────────────────────


def has_due() -> bool:
    """Whether anything waits to be sent now; one indexed query."""
    return WebhookDelivery.objects.filter(state=DeliveryState.PENDING, due_at__lte=real_now()).exists()


def deliver_due() -> int:
    """Send what is due, in order per filing and endpoint; returns how many attempts were made.

    Any number of workers may run it at once: each claims other rows.
    """
    made = 0
    while claimed := _claim():
        with ThreadPoolExecutor(max_workers=_SENDERS) as senders:
            for result in senders.map(_send, claimed):
                _record(result)
        made += len(claimed)
    return made


def _claim() -> Sequence[WebhookDelivery]:
    """Take the next due deliveries under a lease; one that has an earlier pending one of its filing waits for it."""
    now = real_now()
    earlier = WebhookDelivery.objects.filter(
        state=DeliveryState.PENDING,
        filing_id=OuterRef("filing_id"),
        endpoint_id=OuterRef("endpoint_id"),
        id__lt=OuterRef("id"),
    )
    with transaction.atomic():
        due = WebhookDelivery.objects.filter(~Exists(earlier), state=DeliveryState.PENDING, due_at__lte=now)
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True, of=("self",))
        ids = list(due.order_by("due_at", "id").values_list("id", flat=True)[:BATCH])
        WebhookDelivery.objects.filter(id__in=ids).update(attempts=F("attempts") + 1, due_at=now + LEASE)
    claimed = WebhookDelivery.objects.filter(id__in=ids).select_related("endpoint", "event", "filing")
    return list(claimed.order_by("id"))


def _record(result: _Result) -> None:
    """Write down an attempt and what follows from it, unless another worker has taken the delivery over meanwhile."""
    delivery = result.delivery
    state, due_at = DeliveryState.PENDING, delivery.due_at
    if result.is_delivered:
        state = DeliveryState.DELIVERED
    elif not result.is_worth_a_retry or delivery.attempts > len(RETRY_AFTER):
        state = DeliveryState.GIVEN_UP
    else:
        due_at = real_now() + RETRY_AFTER[delivery.attempts - 1]
    with transaction.atomic():
        WebhookAttempt.objects.create(
            delivery=delivery,
            at=result.at,
            status_code=result.status_code,
            request=result.body,
            response=result.response,
            error=result.error,
            took_ms=result.took_ms,
        )
        mine = WebhookDelivery.objects.filter(pk=delivery.pk, state=DeliveryState.PENDING, attempts=delivery.attempts)
        mine.update(state=state, due_at=due_at)
