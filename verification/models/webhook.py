"""Webhook: the provider's copy of every event of its filings."""

from datetime import UTC, datetime

from django.db import models
from django.db.models import Q

from verification.models.filing import Event, Filing
from verification.models.party import Provider

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class WebhookEndpoint(models.Model):
    """接收地址: where a provider wants its events. The secret signs them (Standard Webhooks) and is known to both.

    ``hangs`` counts the attempts in a row that got no answer in time; after some the address is set aside for a while.
    ``served_at`` is when something of it was last claimed. Times are real time.
    """

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="webhook_endpoints")
    url = models.URLField("接收地址", max_length=500)
    secret = models.CharField("签名密钥", max_length=80)
    created_at = models.DateTimeField("建立的真实时刻")
    removed_at = models.DateTimeField("删除的真实时刻", null=True, blank=True)
    served_at = models.DateTimeField("最近轮到的真实时刻", default=_NEVER)
    hangs = models.PositiveSmallIntegerField("连续没有按时回答的次数", default=0)
    set_aside_until = models.DateTimeField("搁置到的真实时刻", null=True, blank=True)

    class Meta:
        verbose_name = "Webhook 接收地址"
        verbose_name_plural = "Webhook 接收地址"
        indexes = [
            # read by turns.claim: the live addresses, the one that was served longest ago first
            models.Index(fields=["served_at", "id"], condition=Q(removed_at__isnull=True), name="webhook_turn"),
        ]

    def __str__(self) -> str:
        return self.url


class DeliveryState(models.TextChoices):
    """What became of a webhook."""

    PENDING = "pending", "待发送"
    DELIVERED = "delivered", "已送达"
    GIVEN_UP = "given_up", "已放弃"


class WebhookDelivery(models.Model):
    """The outbox: one event for one endpoint, written in the event's own transaction. Times are real time.

    ``due_at`` is when it is to be tried next; while a worker sends it, the end of that worker's lease; empty while it
    waits for an earlier one of its filing. ``filing`` repeats the event's, since the order is kept per filing. One that
    is sent again by hand is out of that order: it neither waits for others nor holds them back.
    """

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="+", db_index=False)
    filing = models.ForeignKey(Filing, on_delete=models.CASCADE, related_name="+", db_index=False)
    state = models.CharField("状态", max_length=10, choices=DeliveryState, default=DeliveryState.PENDING)
    attempts = models.PositiveSmallIntegerField("尝试次数", default=0)
    due_at = models.DateTimeField("下次尝试的真实时刻", null=True, blank=True)
    is_in_order = models.BooleanField("按顺序发送", default=True)

    class Meta:
        verbose_name = "Webhook"
        verbose_name_plural = "Webhook"
        constraints = [
            models.UniqueConstraint(fields=["event", "endpoint"], name="webhook_once_an_event"),
        ]
        indexes = [
            # read by turns: what is due for an address, the longest waiting first
            models.Index(
                fields=["endpoint", "due_at", "id"],
                condition=Q(state="pending", due_at__isnull=False),
                name="webhook_due_at_endpoint",
            ),
            # read by turns: is an earlier one of the same filing still pending, and which is the next (and by the
            # deletion of a filing, which is why it is no partial index)
            models.Index(fields=["filing", "endpoint", "id"], name="webhook_order"),
        ]

    def __str__(self) -> str:
        return f"{self.endpoint_id} {self.event_id} {self.state}"

    @property
    def message_id(self) -> str:
        """The id that the receiver sees: the same at every attempt."""
        return f"msg_{self.event_id}_{self.endpoint_id}"

    @property
    def next_try_at(self) -> datetime | None:
        """When it is tried next, at the earliest; ``None`` if it waits for an earlier one, or is pending no more."""
        if self.state != DeliveryState.PENDING or self.due_at is None:
            return None
        return max(self.due_at, self.endpoint.set_aside_until or self.due_at)


class WebhookAttempt(models.Model):
    """One attempt at a webhook: what was sent and what came back, each as head and body the way they travelled."""

    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="tries")
    at = models.DateTimeField("真实时刻")
    status_code = models.PositiveSmallIntegerField("HTTP 状态码", null=True, blank=True)
    request = models.TextField("发送的内容")
    response = models.TextField("收到的回答", blank=True)
    error = models.CharField("错误", max_length=300, blank=True)
    took_ms = models.PositiveIntegerField("用时（毫秒）")

    class Meta:
        verbose_name = "Webhook 尝试"
        verbose_name_plural = "Webhook 尝试"
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.status_code or self.error}"
