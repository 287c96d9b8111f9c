"""备案申请: what a provider submitted, where it stands, and its history."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from verification.law.editions import Edition, Province, editions, provinces
from verification.law.faults import Fault
from verification.law.words import Kind, Mode, Part, ServiceType, Situation
from verification.models.party import Person, Provider
from verification.models.record import Service, Subject, SubjectNature
from verification.models.sandbox import Participant, Sandbox


class FilingState(models.TextChoices):
    """Where a filing stands. ``SUBMITTED`` never outlives the transaction of the submission."""

    SUBMITTED = "submitted", "已提交"
    PREREVIEW = "prereview", "管局预审"
    VERIFYING = "verifying", "待短信核验"
    REVIEWING = "reviewing", "管局审核"
    ACCEPTED = "accepted", "审核通过"
    RETURNED = "returned", "已退回"


class ReturnReason(models.TextChoices):
    """Why a filing went back to its provider."""

    DATA_CHECK = "data_check", "数据校验未通过"
    DEADLINE = "deadline", "超过时限未核验"
    FAILED = "failed", "短信核验失败"
    REJECTED = "rejected", "管局驳回"
    WITHDRAWN = "withdrawn", "接入商撤回"


class AlarmKind(models.TextChoices):
    """定时: what is due next for a filing."""

    SEND = "send", "下发验证码"
    NOON = "noon", "中午重发"
    DEADLINE = "deadline", "时限到期退回"
    DECISION = "decision", "管局自动审核"


#: sms_verify_status, as platforms see it (T-12).
VERIFY_WAITING, VERIFY_DONE, VERIFY_TIMED_OUT = 1, 2, 3


class Filing(models.Model):
    """备案申请. Keeps its number through all rounds; carries one alarm, the next moment at which something is due.

    ``edition`` is that of the present round, blank where verification was not in force when the round began.
    ``noon_at`` and ``deadline_at`` are laid down when the round's verification begins, so that a sweep copies columns
    and computes nothing.
    """

    sandbox = models.ForeignKey(Sandbox, on_delete=models.CASCADE, related_name="filings")
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="filings", verbose_name="接入商")
    province = models.CharField("省份", max_length=3)
    number = models.CharField("申请编号", max_length=20)
    kind = models.CharField("备案类型", max_length=20, choices=[(k.value, k.value) for k in Kind])
    situation = models.CharField("细分情况", max_length=24, choices=[(s.value, s.label) for s in Situation])
    service_types = models.CharField("服务类型", max_length=40, blank=True)  # of the round, joined by commas
    edition_id = models.CharField("规则版本", max_length=20, blank=True)
    mode = models.CharField("通过方式", max_length=3, choices=[(m, m) for m in Mode], default=Mode.ALL.value)
    subject_record = models.ForeignKey(
        Subject, on_delete=models.SET_NULL, null=True, blank=True, related_name="filings", verbose_name="已备案主体"
    )
    subject_number = models.CharField("填写的备案号", max_length=30, blank=True)
    # 变更主体 to another province, 网站迁移 to another 主体
    new_province = models.CharField("变更后的省份", max_length=3, blank=True)
    target_number = models.CharField("迁入主体的备案号", max_length=30, blank=True)
    state = models.CharField("状态", max_length=10, choices=FilingState, default=FilingState.SUBMITTED)
    round = models.PositiveSmallIntegerField("轮次", default=1)
    return_reason = models.CharField("退回原因", max_length=10, choices=ReturnReason, blank=True)
    return_detail = models.CharField("退回说明", max_length=500, blank=True)
    # of a rejection, as law.faults keeps it: the field that is wrong, and what the bureau suggests
    return_field = models.CharField("有问题的项目", max_length=60, blank=True)
    return_suggestion = models.CharField("修改建议", max_length=500, blank=True)
    created_at = models.DateTimeField("首次提交时间")
    submitted_at = models.DateTimeField("本轮提交时间")
    noon_at = models.DateTimeField("中午重发时刻", null=True, blank=True)
    deadline_at = models.DateTimeField("核验时限", null=True, blank=True)
    alarm_at = models.DateTimeField("定时", null=True, blank=True)
    alarm_kind = models.CharField("定时事项", max_length=8, choices=AlarmKind, blank=True)
    alarm_error = models.TextField("搁置原因", blank=True)

    class Meta:
        verbose_name = "备案申请"
        verbose_name_plural = "备案申请"
        ordering = ("-id",)
        constraints = [
            models.UniqueConstraint(fields=["sandbox", "number"], name="filing_number_in_sandbox"),
            models.CheckConstraint(
                condition=Q(state=FilingState.RETURNED) ^ Q(return_reason=""), name="filing_returned_with_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(alarm_at__isnull=True, alarm_kind="")
                | Q(
                    alarm_at__isnull=False,
                    alarm_kind__in=[AlarmKind.SEND, AlarmKind.NOON, AlarmKind.DEADLINE],
                    state=FilingState.VERIFYING,
                )
                | Q(
                    alarm_at__isnull=False,
                    alarm_kind=AlarmKind.DECISION,
                    state__in=[FilingState.PREREVIEW, FilingState.REVIEWING],
                ),
                name="filing_alarm_fits_the_state",
            ),
        ]
        indexes = [
            # read by alarms.run_due and by the tick: what a sweep does in a sandbox, earliest first
            models.Index(
                fields=["sandbox", "alarm_at", "id"],
                condition=Q(alarm_at__isnull=False, alarm_error="") & ~Q(alarm_kind=AlarmKind.DECISION),
                name="filing_alarm",
            ),
            # read by the same: what the bureau decides by itself, one by one in this order; apart, so that no sweep has
            # to pass by what waits to be decided
            models.Index(
                fields=["sandbox", "alarm_at", "id"],
                condition=Q(alarm_kind=AlarmKind.DECISION, alarm_error=""),
                name="filing_decision",
            ),
            # read by the trainer's console and by /readyz: the few that were set aside
            models.Index(fields=["sandbox", "id"], condition=~Q(alarm_error=""), name="filing_set_aside"),
            # read by the provider's list
            models.Index(fields=["provider", "-id"], name="filing_of_provider"),
            # read by the bureau's queue
            models.Index(fields=["sandbox", "province", "state"], name="filing_queue"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def edition(self) -> Edition | None:
        """The rules of the present round; ``None`` where no verification was in force."""
        return editions()[self.edition_id] if self.edition_id else None

    def is_overdue(self, now: datetime) -> bool:
        """Whether something was due for it by ``now`` that the jobs have not done, be they late or it set aside."""
        return self.alarm_at is not None and self.alarm_at <= now

    def verify_status(self, now: datetime) -> int | None:
        """How far the verification is, in the digits that platforms see (T-12): 1 waiting, 2 done, 3 timed out.

        ``None`` in every other state, and where the edition shows nothing.
        """
        if self.edition is None or not self.edition.verify_status:
            return None
        if self.state == FilingState.VERIFYING:
            is_over = self.deadline_at is not None and self.deadline_at <= now
            return VERIFY_TIMED_OUT if is_over else VERIFY_WAITING
        return VERIFY_DONE if self.state == FilingState.REVIEWING else None

    @property
    def fault(self) -> Fault | None:
        """What the bureau found wrong with it; ``None`` where it has not refused it, or its edition names no fields."""
        return Fault.kept(self.return_detail, self.return_field, self.return_suggestion)

    @property
    def names_faults(self) -> bool:
        """Whether its edition has a refusal say which field is wrong, and suggest something."""
        return self.edition is not None and self.edition.refusal_names_field is not None

    @property
    def serial(self) -> int:
        """The six digits that follow the date in its number."""
        return int(self.number[-6:])

    @property
    def kind_law(self) -> Kind:
        """The kind as a word of the law."""
        return Kind(self.kind)

    def role_label(self, part: Part) -> str:
        """What the person who answers for a part is called in the filing's edition."""
        return self.edition.role_label(part) if self.edition else part.role_label

    @property
    def service_word(self) -> str:
        """What stands under a 主体 in the filing's edition, in one word."""
        return self.edition.service_word if self.edition else ServiceType.WEBSITE.label

    @property
    def types(self) -> tuple[ServiceType, ...]:
        """The types of the services that the present round is about, each once."""
        return tuple(ServiceType(name) for name in self.service_types.split(",") if name)

    @property
    def province_law(self) -> Province:
        """Name, host code and 备案号 prefix of the filing's province."""
        return provinces()[self.province]

    @property
    def new_province_law(self) -> Province | None:
        """The province that 变更主体 leads to; ``None`` for every other request."""
        return provinces()[self.new_province] if self.new_province else None


class FilingPart(models.Model):
    """One part of a round's content: the 主体 or one service, with the data that the round asks for.

    ``is_touched`` tells whether the round adds or changes the part beyond its remark; only then is its person verified.
    ``before`` is what stood on record of the part when the round was submitted, in the words of ``asking.changes``;
    null for what stands on no record. Only what differs from it is a change, and is written into the records.
    """

    filing = models.ForeignKey(Filing, on_delete=models.CASCADE, related_name="parts")
    round = models.PositiveSmallIntegerField("轮次")
    part = models.CharField("部分", max_length=8, choices=[(p.value, p.role_label) for p in Part])
    type = models.CharField(
        "服务类型", max_length=12, choices=[(t.value, t.label) for t in ServiceType], default=ServiceType.WEBSITE.value
    )
    service_record = models.ForeignKey(Service, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    serial = models.PositiveIntegerField("填写的序号", null=True, blank=True)
    name = models.CharField("名称", max_length=100, blank=True)
    nature = models.CharField("主体性质", max_length=20, choices=SubjectNature, blank=True)
    domain = models.CharField("网站域名", max_length=253, blank=True)
    domains = models.JSONField("其他服务的域名", default=list, blank=True)
    platforms = models.JSONField("平台", default=list, blank=True)  # as asking.submissions.PlatformData has them
    server_ip = models.CharField("服务器 IP 地址", max_length=45, blank=True)
    remark = models.CharField("备注", max_length=200, blank=True)
    # empty where the request names a record that does not exist and leaves the person "as on record"
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    is_touched = models.BooleanField("有新增或变更", default=True)
    before = models.JSONField("提交时的备案记录", null=True, blank=True)

    class Meta:
        verbose_name = "申请内容"
        verbose_name_plural = "申请内容"
        ordering = ("id",)

    def __str__(self) -> str:
        return self.name


class EventKind(models.TextChoices):
    """What happened to a filing."""

    SUBMITTED = "filing.submitted", "接入商提交备案申请"
    PREREVIEW = "filing.prereview", "进入管局预审"
    APPROVED = "filing.approved", "管局预审通过"
    VERIFYING = "filing.verifying", "进入短信核验"
    REVIEWING = "filing.reviewing", "进入管局审核"
    ACCEPTED = "filing.accepted", "管局审核通过"
    RETURNED = "filing.returned", "退回接入商"
    OPENED = "challenge.opened", "下发验证码"
    NOON_RESENT = "challenge.noon_resent", "中午自动重发"
    RESENT = "challenge.resent", "手动重发"
    CHARGED = "challenge.charged", "核验信息有误，计一次"
    PASSED = "challenge.passed", "核验通过"
    FAILED = "challenge.failed", "核验失败"
    EXPIRED = "challenge.expired", "超过时限"
    DROPPED = "challenge.dropped", "不再需要核验"


_WHILE_VERIFYING = {
    EventKind.VERIFYING,
    EventKind.OPENED,
    EventKind.NOON_RESENT,
    EventKind.RESENT,
    EventKind.CHARGED,
    EventKind.PASSED,
    EventKind.FAILED,
}


class Event(models.Model):
    """One line of a filing's history, append-only. ``at`` is the sandbox's time at which it was due or done.

    ``real_at`` is when it was written, on the wall clock; null in lines from before that was kept. ``participant`` is
    whoever did it on the sandbox's pages, null where a program, a job or the site itself did, or they are removed.
    """

    filing = models.ForeignKey(Filing, on_delete=models.CASCADE, related_name="events")
    round = models.PositiveSmallIntegerField("轮次")
    kind = models.CharField("事项", max_length=24, choices=EventKind)
    challenge = models.ForeignKey(
        "verification.Challenge", on_delete=models.CASCADE, null=True, blank=True, related_name="events"
    )
    at = models.DateTimeField("时间")
    reason = models.CharField("原因", max_length=20, blank=True)
    detail = models.CharField("说明", max_length=500, blank=True)
    actor = models.CharField("操作人", max_length=60, blank=True)
    # No index of its own: event_of_participant leaves out the many that nobody did.
    participant = models.ForeignKey(
        Participant, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    real_at = models.DateTimeField("真实时刻", null=True, blank=True)
    field = models.CharField("有问题的项目", max_length=60, blank=True)
    suggestion = models.CharField("修改建议", max_length=500, blank=True)

    class Meta:
        verbose_name = "事项"
        verbose_name_plural = "事项"
        ordering = ("id",)
        indexes = [
            # read when a participant is removed
            models.Index(fields=["participant"], condition=Q(participant__isnull=False), name="event_of_participant"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.kind}"

    @property
    def fault(self) -> Fault | None:
        """What the bureau found wrong then, by the edition of then; ``None`` as for the filing."""
        return Fault.kept(self.detail, self.field, self.suggestion)

    @property
    def verify_status(self) -> int | None:
        """What platforms saw when it happened (T-12): as the filing's then, and 3 with the return for lateness."""
        if self.filing.edition is None or not self.filing.edition.verify_status:
            return None
        if self.kind in _WHILE_VERIFYING:
            return VERIFY_WAITING
        if self.kind == EventKind.REVIEWING:
            return VERIFY_DONE
        is_late = self.kind == EventKind.EXPIRED or self.reason == ReturnReason.DEADLINE
        return VERIFY_TIMED_OUT if is_late else None
