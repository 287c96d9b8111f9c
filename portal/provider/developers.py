"""The provider's page for its developers: API keys, addresses for webhooks, and what became of each webhook.

A secret is shown on the answer to the very request that made it, and nowhere else.
"""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.provider.submitting import chosen_provider
from portal.shared.page.fields import WholeText
from portal.shared.visit.doors import VisitRequest, needs_role
from verification.models import ApiKey, DeliveryState, Provider, Role, WebhookDelivery, WebhookEndpoint
from verification.outside import keys, webhooks
from verification.outside.posting import LONGEST_URL
from verification.refusals import Refused

PAGE_SIZE = 25
_TONES = {DeliveryState.PENDING: "warn", DeliveryState.DELIVERED: "good", DeliveryState.GIVEN_UP: "bad"}


class KeyForm(forms.Form):
    """A new key."""

    name = WholeText(label="用途", max_length=60, required=False, help_text="给自己看的名称，例如“联调环境”。")


class EndpointForm(forms.Form):
    """A new address for webhooks; what is one, the domain decides."""

    url = WholeText(
        label="接收地址",
        max_length=LONGEST_URL,
        help_text="以 https:// 或 http:// 开头，互联网上可以访问。此后每个事件都向它发送一次。",
        error_messages={"required": "请填写接收地址。", "max_length": f"接收地址最长 {LONGEST_URL} 个字符，请缩短。"},
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )


# ── Whose ────────────────────────────────────────────────────────────────────


def _providers(request: VisitRequest) -> list[Provider]:
    return list(Provider.objects.filter(sandbox=request.visit.sandbox).order_by("id"))


def _provider(request: VisitRequest, pk: int) -> Provider:
    return get_object_or_404(Provider, pk=pk, sandbox=request.visit.sandbox)


def _key(request: VisitRequest, pk: int) -> ApiKey:
    return get_object_or_404(keys.live_keys(), pk=pk, provider__sandbox=request.visit.sandbox)


def _endpoint(request: VisitRequest, pk: int) -> WebhookEndpoint:
    live = WebhookEndpoint.objects.filter(removed_at__isnull=True).select_related("provider")
    return get_object_or_404(live, pk=pk, provider__sandbox=request.visit.sandbox)


def _delivery(request: VisitRequest, pk: int) -> WebhookDelivery:
    found = WebhookDelivery.objects.select_related("endpoint__provider", "event", "filing")
    return get_object_or_404(found, pk=pk, endpoint__provider__sandbox=request.visit.sandbox)


def _home(provider: Provider) -> str:
    return f"{reverse('provider:api')}?provider={provider.pk}"


# ── The page ─────────────────────────────────────────────────────────────────


def _page(request: VisitRequest, provider: Provider | None, **context: Any) -> HttpResponse:
    shown = {
        "visit": request.visit,
        "providers": _providers(request),
        "provider": provider,
        "keys": keys.live_keys().filter(provider=provider),
        "endpoints": [(each, webhooks.set_aside_until(each)) for each in webhooks.endpoints_of(provider)]
        if provider
        else [],
        "key_form": _key_form(),
        "endpoint_form": _endpoint_form(),
        **context,
    }
    return render(request, "provider/developers/page.html", shown)


def _key_form(data: QueryDict | None = None) -> KeyForm:
    return KeyForm(data, auto_id="key_%s")


def _endpoint_form(data: QueryDict | None = None) -> EndpointForm:
    return EndpointForm(data, auto_id="endpoint_%s")


@require_safe
@needs_role(Role.PROVIDER)
def index(request: VisitRequest) -> HttpResponse:
    """Keys, addresses, and the latest webhooks of one provider."""
    provider = chosen_provider(_providers(request), request.GET.get("provider", ""))
    deliveries = WebhookDelivery.objects.filter(endpoint__provider=provider).select_related(
        "endpoint", "event", "filing"
    )
    page = Paginator(deliveries.order_by("-id"), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [(delivery, _TONES[DeliveryState(delivery.state)]) for delivery in page]
    return _page(request, provider, page=page, rows=rows)


@require_POST
@never_cache
@needs_role(Role.PROVIDER)
def make_key(request: VisitRequest, provider_pk: int) -> HttpResponse:
    """Make a key of the visitor's and show it this once; it may move the clock as long as they may."""
    provider, form = _provider(request, provider_pk), _key_form(request.POST)
    if form.is_valid():
        try:
            maker = request.visit.participant
            made = keys.make_key(provider, maker=maker, may_move_clock=maker.moves_clock, **form.cleaned_data)
            return _page(request, provider, new_key=made)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
    return _page(request, provider, key_form=form, form=form)


@require_POST
@never_cache
@needs_role(Role.PROVIDER)
def add_endpoint(request: VisitRequest, provider_pk: int) -> HttpResponse:
    """Register an address and show its secret this once."""
    provider, form = _provider(request, provider_pk), _endpoint_form(request.POST)
    if form.is_valid():
        try:
            return _page(request, provider, new_endpoint=webhooks.add_endpoint(provider, form.cleaned_data["url"]))
        except Refused as refusal:
            form.add_error("url", refusal.sentence)
    return _page(request, provider, endpoint_form=form, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@needs_role(Role.PROVIDER)
def revoke(request: VisitRequest, pk: int) -> HttpResponse:
    """Ask once more, then let a key open nothing any more."""
    key = _key(request, pk)
    if request.method != "POST":
        context = {"provider": key.provider, "key": key, "address": _home(key.provider)}
        return render(request, "provider/developers/revoke.html", context)
    keys.revoke_key(key)
    messages.success(request, f"密钥 {key} 已吊销，用它发来的请求一律拒绝。")
    return redirect(_home(key.provider))


@require_http_methods(["GET", "HEAD", "POST"])
@needs_role(Role.PROVIDER)
def remove(request: VisitRequest, pk: int) -> HttpResponse:
    """Ask once more, then send nothing more to an address."""
    endpoint = _endpoint(request, pk)
    if request.method != "POST":
        context = {"provider": endpoint.provider, "endpoint": endpoint, "address": _home(endpoint.provider)}
        return render(request, "provider/developers/remove.html", context)
    webhooks.remove_endpoint(endpoint)
    messages.success(request, "接收地址已删除，尚未送达的 Webhook 不再发送。")
    return redirect(_home(endpoint.provider))


@require_POST
@needs_role(Role.PROVIDER)
def resume(request: VisitRequest, pk: int) -> HttpResponse:
    """Send to an address that was set aside again at once."""
    endpoint = _endpoint(request, pk)
    webhooks.resume(endpoint)
    messages.success(request, "接收地址已恢复，待发送的 Webhook 随即发出，稍后刷新本页查看结果。")
    return redirect(_home(endpoint.provider))


# ── One webhook ──────────────────────────────────────────────────────────────


@require_safe
@needs_role(Role.PROVIDER)
def delivery(request: VisitRequest, pk: int) -> HttpResponse:
    """One webhook: what was sent at each attempt, and what came back."""
    found = _delivery(request, pk)
    context = {
        "delivery": found,
        "provider": found.endpoint.provider,
        "tone": _TONES[DeliveryState(found.state)],
        "attempts": list(found.tries.all()),
        "can_send": found.endpoint.removed_at is None,
        "set_aside_until": webhooks.set_aside_until(found.endpoint),
        "address": _home(found.endpoint.provider),
    }
    return render(request, "provider/developers/delivery.html", context)


@require_POST
@needs_role(Role.PROVIDER)
def send_again(request: VisitRequest, pk: int) -> HttpResponse:
    """Try a webhook now, whatever became of it."""
    found = _delivery(request, pk)
    try:
        webhooks.send_again(found)
        messages.success(request, "已安排立即再发一次，稍后刷新本页查看结果。")
    except Refused as refusal:
        messages.error(request, refusal.sentence)
    return redirect("provider:delivery", found.pk)
