"""What somebody did or tried, refused or not."""

from django.db import models
from django.db.models import DO_NOTHING

from verification.models.challenge import Challenge
from verification.models.filing import Filing
from verification.models.phone import Phone
from verification.models.sandbox import Participant, Sandbox


class AttemptKind(models.TextChoices):
    """What was done or tried: each is a call of the domain."""

    ENTRY = "entry", "填写核验"
    RESEND = "resend", "申请重发"
    SUBMISSION = "submission", "提交备案申请"
    RESUBMISSION = "resubmission", "重新提交"
    WITHDRAWAL = "withdrawal", "撤回"
    APPROVAL = "approval", "预审通过"
    ACCEPTANCE = "acceptance", "审核通过"
    REJECTION = "rejection", "驳回"
    SWITCH = "switch", "拨手机开关"
    DELETION = "deletion", "删除短信"
    MOVE = "move", "拨时钟"
    SPEED = "speed", "改时钟速度"
    PAUSE = "pause", "停时钟"
    RESUME = "resume", "开时钟"


class Attempt(models.Model):
    """尝试: one thing that somebody did or tried in a sandbox, append-only, refused or not.

    ``outcome`` is the answer's word for an entry and a re-sending, the refusal's for what was refused, else ``done``.
    ``piece`` is what was wrong of an entry that was charged. Never the digits that were typed: a number is kept as the
    phone of the sandbox that has it, or not at all. ``at`` is the sandbox's time.
    """

    DONE = "done"

    sandbox = models.ForeignKey(Sandbox, on_delete=models.CASCADE, related_name="attempts")
    kind = models.CharField("事项", max_length=12, choices=AttemptKind)
    outcome = models.CharField("结果", max_length=40)
    means = models.CharField("途径", max_length=12)
    # Rows of the same sandbox, which go with it, or whose keys stay: no constraint, so that nobody waits for them.
    participant = models.ForeignKey(
        Participant, DO_NOTHING, null=True, blank=True, db_constraint=False, db_index=False, related_name="+"
    )
    api_key_id = models.BigIntegerField("密钥", null=True, blank=True)
    at = models.DateTimeField("演练时刻")
    real_at = models.DateTimeField("真实时刻")
    filing = models.ForeignKey(
        Filing, DO_NOTHING, null=True, blank=True, db_constraint=False, db_index=False, related_name="+"
    )
    challenge = models.ForeignKey(
        Challenge, DO_NOTHING, null=True, blank=True, db_constraint=False, db_index=False, related_name="+"
    )
    phone = models.ForeignKey(
        Phone, DO_NOTHING, null=True, blank=True, db_constraint=False, db_index=False, related_name="+"
    )
    piece = models.CharField("填错的一项", max_length=8, blank=True)

    class Meta:
        verbose_name = "尝试"
        verbose_name_plural = "尝试"
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.kind} {self.outcome}"
