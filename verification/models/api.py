"""What the API remembers: keys, and the answers to requests that may be repeated."""

from django.db import models

from verification.models.party import Provider
from verification.models.sandbox import Participant, Role


class ApiKey(models.Model):
    """API 密钥 of one provider in one sandbox. Only its digest is kept; ``prefix`` lets people tell keys apart.

    It belongs to the participant who made it, and opens no more than that one may do. ``may_move_clock`` is what its
    maker might do when it was made: in a class the clock is everybody's.
    """

    participant = models.ForeignKey(
        Participant, on_delete=models.SET_NULL, null=True, blank=True, related_name="api_keys", verbose_name="归属"
    )
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="api_keys", verbose_name="接入商")
    name = models.CharField("用途", max_length=60, blank=True)
    prefix = models.CharField("开头", max_length=12)
    digest = models.CharField("摘要", max_length=64, unique=True)
    may_move_clock = models.BooleanField("可拨时钟", default=False)
    created_at = models.DateTimeField("建立的真实时刻")
    revoked_at = models.DateTimeField("吊销的真实时刻", null=True, blank=True)

    class Meta:
        verbose_name = "API 密钥"
        verbose_name_plural = "API 密钥"

    def __str__(self) -> str:
        return f"{self.prefix}…"

    @property
    def is_suspended(self) -> bool:
        """Whether its participant plays the provider no more: until that part is given back, it opens nothing."""
        return self.participant is not None and not self.participant.plays(Role.PROVIDER)

    @property
    def moves_clock(self) -> bool:
        """Whether whoever has the key may move the clock: as its maker might, and its participant may still."""
        return self.may_move_clock and (self.participant is None or self.participant.moves_clock)


class IdempotentAnswer(models.Model):
    """The answer to a request with an ``Idempotency-Key``; ``status`` is empty while the request is under way."""

    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="+")
    key = models.CharField("Idempotency-Key", max_length=255)
    fingerprint = models.CharField("请求摘要", max_length=64)
    status = models.PositiveSmallIntegerField("HTTP 状态码", null=True, blank=True)
    content_type = models.CharField("内容类型", max_length=60, blank=True)
    body = models.TextField("回答", blank=True)
    created_at = models.DateTimeField("请求的真实时刻")

    class Meta:
        verbose_name = "可重复请求的回答"
        verbose_name_plural = "可重复请求的回答"
        constraints = [models.UniqueConstraint(fields=["api_key", "key"], name="idempotency_key_once")]
        indexes = [
            # read by keys.forget_answers
            models.Index(fields=["created_at"], name="idempotency_age"),
        ]

    def __str__(self) -> str:
        return self.key
