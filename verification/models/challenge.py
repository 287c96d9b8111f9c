"""核验: one phone that must be verified in one round."""

from django.db import models
from django.db.models import Q

from verification.law.words import Part
from verification.models.filing import Filing
from verification.models.phone import Phone
from verification.models.sandbox import Sandbox


class ChallengeState(models.TextChoices):
    """Where a challenge stands."""

    WAITING = "waiting", "待下发"
    OPEN = "open", "待核验"
    PASSED = "passed", "已通过"
    FAILED = "failed", "已失败"
    EXPIRED = "expired", "已过期"
    DROPPED = "dropped", "不再需要"


class Challenge(models.Model):
    """核验. One code, one result, one or more roles.

    The code stands in clear text: the simulated phones can be read by anyone in the sandbox, so that hashing would only
    pretend. ``text`` is the message with ``{code}`` in the place of the code, so that a sweep renders nothing.
    """

    filing = models.ForeignKey(Filing, on_delete=models.CASCADE, related_name="challenges")
    # No index of its own: challenge_code begins with it.
    sandbox = models.ForeignKey(Sandbox, on_delete=models.CASCADE, related_name="+", db_index=False)
    province = models.CharField("省份", max_length=3)
    round = models.PositiveSmallIntegerField("轮次")
    phone = models.ForeignKey(Phone, on_delete=models.CASCADE, related_name="challenges", verbose_name="手机")
    name = models.CharField("姓名", max_length=60)
    id_type = models.CharField("证件类型", max_length=20)
    id_suffix = models.CharField("证件号码后六位", max_length=6)
    roles = models.CharField("身份", max_length=20)  # parts joined by commas, e.g. "subject,website"
    sender = models.CharField("发送号码", max_length=24)
    text = models.CharField("短信内容", max_length=500)
    link_token = models.CharField("短链接", max_length=16, blank=True)
    state = models.CharField("状态", max_length=8, choices=ChallengeState, default=ChallengeState.WAITING)
    code = models.CharField("验证码", max_length=6, blank=True)
    first_sent_at = models.DateTimeField("首次下发时间", null=True, blank=True)
    deadline_at = models.DateTimeField("核验时限", null=True, blank=True)
    closed_at = models.DateTimeField("结束时间", null=True, blank=True)
    id_errors = models.PositiveSmallIntegerField("证件号码错误次数", default=0)
    tries = models.PositiveSmallIntegerField("计次的错误总数", default=0)
    resends = models.PositiveSmallIntegerField("手动重发次数", default=0)
    resent_at = models.DateTimeField("上次手动重发时间", null=True, blank=True)
    resent_at_real = models.DateTimeField("上次手动重发的真实时刻", null=True, blank=True)

    class Meta:
        verbose_name = "核验"
        verbose_name_plural = "核验"
        ordering = ("id",)
        constraints = [
            # C-02: no two live codes are equal within a province
            models.UniqueConstraint(
                fields=["sandbox", "province", "code"], condition=Q(state="open"), name="challenge_live_code"
            ),
            # W-17: one phone, one code, one result within a round
            models.UniqueConstraint(fields=["filing", "round", "phone"], name="challenge_once_a_phone"),
            # C-08: a short link leads to one code only
            models.UniqueConstraint(fields=["link_token"], condition=~Q(link_token=""), name="challenge_short_link"),
            models.CheckConstraint(
                condition=~Q(state="open") | (Q(first_sent_at__isnull=False, deadline_at__isnull=False) & ~Q(code="")),
                name="challenge_open_has_a_code",
            ),
        ]
        indexes = [
            # read by challenges.check_entry: a code that was typed with another phone; and when a sandbox is deleted
            models.Index(fields=["sandbox", "code"], name="challenge_code"),
            # read by challenges.check_entry and send_again: what a phone can still verify
            models.Index(fields=["phone"], condition=Q(state__in=["waiting", "open"]), name="challenge_live_phone"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.state}"

    @property
    def role_labels(self) -> str:
        """The roles in the words of the filing's edition, e.g. 主体负责人、网站负责人."""
        return "、".join(self.filing.role_label(Part(role)) for role in self.roles.split(","))
