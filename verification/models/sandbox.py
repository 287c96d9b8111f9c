"""演练环境: a closed world with its own clock, and the people who work in it."""

import secrets
from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from verification.models.filing import Filing

#: Without the letters and digits that are mistaken for one another when read aloud.
_CODE_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
#: After at most so many working days a bureau decides by itself.
MOST_WORKING_DAYS = 20


def new_join_code() -> str:
    """A code to read out in a classroom: eight characters, about 39 bits."""
    return "".join(secrets.choice(_CODE_ALPHABET) for _ in range(8))


def new_seed() -> str:
    """A seed that nobody guesses: 128 bits."""
    return secrets.token_hex(16)


class Role(models.TextChoices):
    """The parts that a participant can play."""

    FILER = "filer", "办理人"
    PROVIDER = "provider", "接入商"
    BUREAU = "bureau", "管局"
    TRAINER = "trainer", "教员"


class Sandbox(models.Model):
    """演练环境. Its clock showed ``clock_at`` at the real ``clock_set_at`` and runs ``clock_speed`` times as fast."""

    name = models.CharField("名称", max_length=60)
    #: For what whoever started it has it; the domain does not ask.
    purpose = models.CharField("用途", max_length=12, blank=True)
    #: Of what it is the template: nobody enters it, copies are made of it.
    template_of = models.CharField("样板", max_length=100, null=True, blank=True, unique=True)
    #: A machine plays it and people look on: set when it is made, and never changed. Nobody enters it, and it has
    #: neither keys nor webhooks.
    is_machine_played = models.BooleanField("机器演示", default=False, editable=False)
    is_shared = models.BooleanField("多人演练", default=False)
    join_code = models.CharField("加入码", max_length=8, unique=True, default=new_join_code)
    #: The secret from which codes, filing numbers and tokens are drawn.
    seed = models.CharField("种子", max_length=64, default=new_seed)
    recovery_hash = models.CharField("恢复码摘要", max_length=128, blank=True)
    pinned_edition = models.CharField("固定的规则版本", max_length=20, blank=True)
    starts_at = models.DateTimeField("开始时刻")
    clock_at = models.DateTimeField("时钟读数")
    clock_set_at = models.DateTimeField("时钟校准的真实时刻")
    clock_speed = models.PositiveIntegerField("时钟速度", default=1)
    clock_paused = models.BooleanField("时钟暂停", default=False)
    created_at = models.DateTimeField("建立的真实时刻")
    last_used_at = models.DateTimeField("最近使用的真实时刻")
    has_fault = models.BooleanField("模拟系统故障", default=False)  # V-19
    # 管局自动审核: after so many working days, or not at all; and which filings are refused, with what reason
    # and what suggestion
    decides_after = models.PositiveSmallIntegerField("自动审核的工作日数", null=True, blank=True)
    refuses_every = models.PositiveSmallIntegerField("每几份驳回一份", null=True, blank=True)
    refuses_with = models.CharField("自动驳回的原因", max_length=500, blank=True)
    suggests = models.CharField("自动驳回时的修改建议", max_length=500, blank=True)
    #: Since when an edition governs that an upgrade brought into a sandbox under way; until somebody there was told.
    untold_since = models.DateTimeField("还没有告知的规则版本的开始时刻", null=True, blank=True)
    closed_at = models.DateTimeField("关闭的真实时刻", null=True, blank=True)
    closed_by = models.CharField("关闭者", max_length=60, blank=True)

    class Meta:
        verbose_name = "演练环境"
        verbose_name_plural = "演练环境"
        constraints = [
            models.CheckConstraint(condition=models.Q(clock_speed__gte=1), name="sandbox_clock_runs_forward"),
            models.CheckConstraint(condition=~models.Q(seed=""), name="sandbox_has_a_seed"),
            models.CheckConstraint(
                condition=models.Q(is_machine_played=False) | models.Q(is_shared=False, template_of=None),
                name="sandbox_that_a_machine_plays_is_nobodys",
            ),
            models.CheckConstraint(
                condition=models.Q(decides_after__isnull=True, refuses_every__isnull=True, refuses_with="")
                | models.Q(decides_after__range=(1, MOST_WORKING_DAYS))
                & (models.Q(refuses_every__isnull=True, refuses_with="") | models.Q(refuses_every__gte=1))
                & ~models.Q(refuses_every__isnull=False, refuses_with=""),
                name="sandbox_refuses_with_a_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(refuses_every__isnull=False) | models.Q(suggests=""),
                name="sandbox_suggests_where_it_refuses",
            ),
        ]
        indexes = [
            # read by sandboxes.delete_unused
            models.Index(fields=["last_used_at"], name="sandbox_last_used"),
        ]

    def __str__(self) -> str:
        return self.name

    def refuses(self, filing: "Filing") -> bool:
        """Whether a bureau that decides by itself refuses the filing: its serial tells, whatever comes before it.

        Each round counts one on, so that what is corrected and submitted again is not refused for ever.
        """
        return self.refuses_every is not None and (filing.serial + filing.round - 1) % self.refuses_every == 0


class Participant(models.Model):
    """参加者: somebody in a sandbox, with the parts that the owner gave. A browser's row says whom it is."""

    sandbox = models.ForeignKey(Sandbox, on_delete=models.CASCADE, related_name="participants")
    name = models.CharField("称呼", max_length=30)
    is_owner = models.BooleanField("建立者", default=False)
    plays_filer = models.BooleanField("办理人", default=True)
    plays_provider = models.BooleanField("接入商", default=False)
    plays_bureau = models.BooleanField("管局", default=False)
    plays_trainer = models.BooleanField("教员", default=False)
    may_move_clock = models.BooleanField("可拨时钟", default=False)
    joined_at = models.DateTimeField("加入的真实时刻")

    class Meta:
        verbose_name = "参加者"
        verbose_name_plural = "参加者"
        constraints = [
            models.UniqueConstraint(
                fields=["sandbox"], condition=models.Q(is_owner=True), name="participant_one_owner_a_sandbox"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def plays(self, role: Role) -> bool:
        """Whether the owner gave this part to the participant; the owner plays every part."""
        return self.is_owner or bool(getattr(self, f"plays_{role.value}"))

    @property
    def roles(self) -> tuple[Role, ...]:
        """The parts that the participant can switch to."""
        return tuple(role for role in Role if self.plays(role))

    @property
    def moves_clock(self) -> bool:
        """Whether the participant may move, speed up or pause the clock."""
        return self.is_owner or self.may_move_clock


class ClockMove(models.Model):
    """One move of a sandbox's clock, for its history and for the progress bar of the job that follows."""

    sandbox = models.ForeignKey(Sandbox, on_delete=models.CASCADE, related_name="clock_moves")
    from_at = models.DateTimeField("原时刻")
    to_at = models.DateTimeField("新时刻")
    due_total = models.PositiveIntegerField("到期申请数")
    sends = models.PositiveIntegerField("下发验证码的申请数", default=0)
    noons = models.PositiveIntegerField("中午重发的申请数", default=0)
    deadlines = models.PositiveIntegerField("时限到期退回的申请数", default=0)
    decisions = models.PositiveIntegerField("管局自动审核的次数", default=0)
    moved_by = models.CharField("操作人", max_length=60)
    moved_at = models.DateTimeField("操作的真实时刻")

    class Meta:
        verbose_name = "拨钟记录"
        verbose_name_plural = "拨钟记录"
        constraints = [
            models.CheckConstraint(condition=models.Q(to_at__gte=models.F("from_at")), name="clock_never_moves_back"),
        ]

    def __str__(self) -> str:
        return f"{self.from_at} → {self.to_at}"
