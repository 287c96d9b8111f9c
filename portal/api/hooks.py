"""Operations on webhooks."""

from django.db.models import QuerySet
from django.http import Http404
from ninja import Router, Status

from portal.api.access import KeyRequest, repeatable
from portal.api.cursors import Cursor, PageSize, listing, page_of
from portal.api.problems import READ_PROBLEMS, WRITE_PROBLEMS
from portal.api.schemas import (
    AttemptOut,
    DeliveryDetail,
    DeliveryOut,
    DeliveryPage,
    EndpointIn,
    EndpointOut,
    Id,
    NewEndpointOut,
)
from verification.models import DeliveryState, EventKind, WebhookDelivery, WebhookEndpoint
from verification.outside import webhooks

router = Router(tags=["Webhook"])


def _endpoint(request: KeyRequest, pk: int) -> WebhookEndpoint:
    found = webhooks.endpoints_of(request.auth.provider).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _own(request: KeyRequest) -> QuerySet[WebhookDelivery]:
    own = WebhookDelivery.objects.filter(endpoint__provider=request.auth.provider)
    return own.select_related("filing", "event", "endpoint")


def _delivery(request: KeyRequest, pk: int) -> WebhookDelivery:
    found = _own(request).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _endpoint_out(endpoint: WebhookEndpoint) -> EndpointOut:
    return EndpointOut(id=endpoint.pk, url=endpoint.url, set_aside_until=webhooks.set_aside_until(endpoint))


def _delivery_out(delivery: WebhookDelivery) -> DeliveryOut:
    state = DeliveryState(delivery.state)
    return DeliveryOut(
        id=delivery.pk,
        message_id=delivery.message_id,
        endpoint=delivery.endpoint_id,
        filing=delivery.filing.number,
        event=delivery.event_id,
        kind=EventKind(delivery.event.kind),
        state=state,
        attempts=delivery.attempts,
        due_at=delivery.next_try_at,
    )


def _delivery_detail(delivery: WebhookDelivery) -> DeliveryDetail:
    tries = [
        AttemptOut(
            at=attempt.at,
            status_code=attempt.status_code,
            request=attempt.request,
            response=attempt.response,
            error=attempt.error,
            took_ms=attempt.took_ms,
        )
        for attempt in delivery.tries.all()
    ]
    return DeliveryDetail(**_delivery_out(delivery).model_dump(), tries=tries)


@router.get(
    "/endpoints",
    response={200: list[EndpointOut], 401: READ_PROBLEMS[401], 429: READ_PROBLEMS[429]},
    operation_id="list_endpoints",
    summary="列出接收地址",
    description=(
        "本接入商的事件发往哪些地址。接连没有按时回答的地址会搁置一段时间，set_aside_until（实际时间）以前不向它发送。"
    ),
)
def list_endpoints(request: KeyRequest) -> list[EndpointOut]:
    """Where this provider's events go."""
    return [_endpoint_out(found) for found in webhooks.endpoints_of(request.auth.provider)]


@router.post(
    "/endpoints",
    response={201: NewEndpointOut, **WRITE_PROBLEMS},
    operation_id="add_endpoint",
    summary="登记接收地址",
    description="此后本接入商各申请的每一个事件都发往这个地址。回答中的 secret 用于验证签名，只显示这一次。",
)
@repeatable
def add_endpoint(request: KeyRequest, payload: EndpointIn) -> Status[NewEndpointOut]:
    """Register an address for every later event; the answer holds the secret that signs them."""
    endpoint = webhooks.add_endpoint(request.auth.provider, payload.url)
    return Status(201, NewEndpointOut(**_endpoint_out(endpoint).model_dump(), secret=endpoint.secret))


@router.delete(
    "/endpoints/{endpoint_id}",
    response={204: None, **WRITE_PROBLEMS},
    operation_id="remove_endpoint",
    summary="删除接收地址",
    description="不再发往这个地址；尚未送达的一并放弃。",
)
@repeatable
def remove_endpoint(request: KeyRequest, endpoint_id: Id) -> Status[None]:
    """Send nothing more to an address."""
    webhooks.remove_endpoint(_endpoint(request, endpoint_id))
    return Status(204, None)


@router.post(
    "/endpoints/{endpoint_id}/resume",
    response={200: EndpointOut, **WRITE_PROBLEMS},
    operation_id="resume_endpoint",
    summary="恢复接收地址",
    description="接收地址修好以后，不等搁置的时间过去，立即恢复发送。",
)
@repeatable
def resume_endpoint(request: KeyRequest, endpoint_id: Id) -> EndpointOut:
    """Send to an address that was set aside again at once."""
    webhooks.resume(_endpoint(request, endpoint_id))
    return _endpoint_out(_endpoint(request, endpoint_id))


@router.get(
    "/deliveries",
    response={200: DeliveryPage, **READ_PROBLEMS},
    operation_id="list_deliveries",
    summary="列出发送记录",
    description="已发送和待发送的 Webhook，新的在前。",
)
@listing
def list_deliveries(
    request: KeyRequest, state: DeliveryState | None = None, cursor: Cursor = "", limit: PageSize = 50
) -> DeliveryPage:
    """What was sent or waits to be sent, newest first."""
    rows = _own(request).filter(state=state) if state else _own(request)
    items, next_cursor = page_of(rows, cursor=cursor, limit=limit)
    return DeliveryPage(items=[_delivery_out(item) for item in items], next_cursor=next_cursor)


@router.get(
    "/deliveries/{delivery_id}",
    response={200: DeliveryDetail, **READ_PROBLEMS},
    operation_id="read_delivery",
    summary="查看一次发送",
    description="包括每一次尝试发出的内容和收到的回答。",
)
def read_delivery(request: KeyRequest, delivery_id: Id) -> DeliveryDetail:
    """One webhook with its attempts."""
    return _delivery_detail(_delivery(request, delivery_id))


@router.post(
    "/deliveries/{delivery_id}/again",
    response={202: DeliveryOut, **WRITE_PROBLEMS},
    operation_id="send_webhook_again",
    summary="再发一次",
    description=(
        "立即再发，无论此前结果如何；消息编号不变。已送达或已放弃的不再排队，也不影响同一申请的其他事件。"
        "接收地址若已搁置，随之恢复。"
    ),
)
@repeatable
def send_again(request: KeyRequest, delivery_id: Id) -> Status[DeliveryOut]:
    """Try a webhook now, whatever became of it."""
    webhooks.send_again(_delivery(request, delivery_id))
    return Status(202, _delivery_out(_delivery(request, delivery_id)))
