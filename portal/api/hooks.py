"""Operations on webhooks."""

from typing import Any

from django.http import Http404
from ninja import Router, Schema

from portal.api.access import KeyRequest, repeatable
from portal.api.cursors import PageSize, page_of
from portal.api.problems import PROBLEMS
from portal.api.schemas import DeliveryOut, EndpointIn, EndpointOut
from verification import webhooks
from verification.models import DeliveryState, WebhookDelivery, WebhookEndpoint

router = Router(tags=["Webhook"])


class DeliveryPage(Schema):
    """A page of webhooks, newest first."""

    items: list[DeliveryOut]
    next_cursor: str | None


def _endpoint(request: KeyRequest, pk: int) -> WebhookEndpoint:
    found = request.auth.provider.webhook_endpoints.filter(pk=pk, removed_at__isnull=True).first()
    if found is None:
        raise Http404
    return found


def _delivery_out(delivery: WebhookDelivery) -> DeliveryOut:
    return DeliveryOut(
        id=delivery.pk,
        message_id=delivery.message_id,
        endpoint=delivery.endpoint_id,
        filing=delivery.filing.number,
        event=delivery.event_id,
        state=delivery.state,
        attempts=delivery.attempts,
    )


@router.get(
    "/endpoints", response={200: list[EndpointOut], **PROBLEMS}, operation_id="list_endpoints", summary="接收地址"
)
def list_endpoints(request: KeyRequest) -> list[EndpointOut]:
    """Where this provider's events go."""
    kept = request.auth.provider.webhook_endpoints.filter(removed_at__isnull=True).order_by("id")
    return [EndpointOut(id=endpoint.pk, url=endpoint.url) for endpoint in kept]


@router.post("/endpoints", response={201: EndpointOut, **PROBLEMS}, operation_id="add_endpoint", summary="登记接收地址")
@repeatable
def add_endpoint(request: KeyRequest, payload: EndpointIn) -> tuple[int, EndpointOut]:
    """Register an address for every later event; the answer holds the secret that signs them."""
    endpoint = webhooks.add_endpoint(request.auth.provider, payload.url)
    return 201, EndpointOut(id=endpoint.pk, url=endpoint.url, secret=endpoint.secret)


@router.delete(
    "/endpoints/{endpoint_id}", response={204: None, **PROBLEMS}, operation_id="remove_endpoint", summary="删除接收地址"
)
def remove_endpoint(request: KeyRequest, endpoint_id: int) -> tuple[int, Any]:
    """Send nothing more to an address."""
    webhooks.remove_endpoint(_endpoint(request, endpoint_id))
    return 204, None


@router.get("/deliveries", response={200: DeliveryPage, **PROBLEMS}, operation_id="list_deliveries", summary="发送记录")
def list_deliveries(
    request: KeyRequest, state: DeliveryState | None = None, cursor: str = "", limit: PageSize = 50
) -> DeliveryPage:
    """What was sent or waits to be sent, newest first."""
    rows = WebhookDelivery.objects.filter(endpoint__provider=request.auth.provider).select_related("filing")
    if state:
        rows = rows.filter(state=state)
    items, next_cursor = page_of(rows, cursor=cursor, limit=limit)
    return DeliveryPage(items=[_delivery_out(item) for item in items], next_cursor=next_cursor)


@router.post(
    "/deliveries/{delivery_id}/again",
    response={202: DeliveryOut, **PROBLEMS},
    operation_id="send_webhook_again",
    summary="再发一次",
)
@repeatable
def send_again(request: KeyRequest, delivery_id: int) -> tuple[int, DeliveryOut]:
    """Try a webhook again from the start, whatever became of it."""
    own = WebhookDelivery.objects.filter(endpoint__provider=request.auth.provider).select_related("filing", "endpoint")
    delivery = own.filter(pk=delivery_id).first()
    if delivery is None:
        raise Http404
    webhooks.send_again(delivery)
    return 202, _delivery_out(own.get(pk=delivery_id))
