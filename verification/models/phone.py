"""手机 and 短信: simulated handsets and what reached them."""

from django.db import models

from verification.models.sandbox import Sandbox


class Phone(models.Model):
    """A simulated phone with its number; the switches stand for what keeps messages away (C-10)."""

    sandbox = models.ForeignKey(Sandbox, on_delete=models.CASCADE, related_name="phones")
    number = models.CharField("手机号码", max_length=11)
    has_signal = models.BooleanField("有信号", default=True)
    has_spam_filter = models.BooleanField("垃圾短信拦截", default=False)
    in_other_handset = models.BooleanField("SIM 卡换到其他手机", default=False)

    class Meta:
        verbose_name = "手机"
        verbose_name_plural = "手机"
        constraints = [models.UniqueConstraint(fields=["sandbox", "number"], name="phone_number_in_sandbox")]

    def __str__(self) -> str:
        return self.number

    @property
    def masked(self) -> str:
        """The number for pages other than the phone's own and the provider's."""
        return f"{self.number[:3]}****{self.number[-4:]}"


class MessageStatus(models.TextChoices):
    """What became of a message."""

    ARRIVED = "arrived", "已送达"
    HELD = "held", "无信号，等待送达"
    SWALLOWED = "swallowed", "被垃圾短信拦截"


class MessageCause(models.TextChoices):
    """Why a message was sent."""

    FIRST = "first", "首次下发"
    NOON = "noon", "中午自动重发"
    MANUAL = "manual", "手动重发"


class Message(models.Model):
    """短信: one message to a simulated phone."""

    phone = models.ForeignKey(Phone, on_delete=models.CASCADE, related_name="messages")
    challenge = models.ForeignKey("verification.Challenge", on_delete=models.CASCADE, related_name="messages")
    cause = models.CharField("发送原因", max_length=8, choices=MessageCause)
    sender = models.CharField("发送号码", max_length=24)
    text = models.CharField("内容", max_length=500)
    sent_at = models.DateTimeField("发送时间")
    status = models.CharField("状态", max_length=10, choices=MessageStatus)
    arrived_at = models.DateTimeField("送达时间", null=True, blank=True)
    deleted_at = models.DateTimeField("删除时间", null=True, blank=True)

    class Meta:
        verbose_name = "短信"
        verbose_name_plural = "短信"
        ordering = ("-id",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status="arrived", arrived_at__isnull=False)
                | (~models.Q(status="arrived") & models.Q(arrived_at__isnull=True)),
                name="message_arrived_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sender} {self.status}"
