"""What the bureau has accepted: 主体, 网站 and their 接入."""

from django.db import models

from verification.law.editions import provinces
from verification.models.party import Person, Provider
from verification.models.sandbox import Sandbox


class SubjectNature(models.TextChoices):
    """主办单位性质."""

    ENTERPRISE = "enterprise", "企业"
    INDIVIDUAL = "individual", "个人"
    INSTITUTION = "institution", "事业单位"
    SOCIETY = "society", "社会团体"


class Subject(models.Model):
    """主体 on record, with its 备案号 (陇ICP备17000001号)."""

    sandbox = models.ForeignKey(Sandbox, on_delete=models.CASCADE, related_name="subjects")
    province = models.CharField("省份", max_length=3)
    number = models.CharField("备案号", max_length=30)
    name = models.CharField("主体名称", max_length=100)
    nature = models.CharField("主体性质", max_length=20, choices=SubjectNature)
    responsible = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name="主体负责人")
    remark = models.CharField("备注", max_length=200, blank=True)
    accepted_at = models.DateTimeField("通过时间")
    cancelled_at = models.DateTimeField("注销时间", null=True, blank=True)

    class Meta:
        verbose_name = "主体"
        verbose_name_plural = "主体"
        # also read by the public query: by number, and by name among one sandbox's subjects in the order of numbers
        constraints = [models.UniqueConstraint(fields=["sandbox", "number"], name="subject_number_in_sandbox")]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    @property
    def province_name(self) -> str:
        """The short Chinese name of the province."""
        return provinces()[self.province].name


class NumberSeries(models.Model):
    """备案号 of a sandbox that begin alike (陇ICP备17), counted: ``last`` is the latest serial that was issued."""

    sandbox = models.ForeignKey(Sandbox, on_delete=models.CASCADE, related_name="number_series")
    start = models.CharField("开头", max_length=10)
    last = models.PositiveIntegerField("最近的序号", default=0)

    class Meta:
        verbose_name = "备案号序列"
        verbose_name_plural = "备案号序列"
        constraints = [models.UniqueConstraint(fields=["sandbox", "start"], name="number_series_once_in_sandbox")]

    def __str__(self) -> str:
        return f"{self.start} {self.last}"


class Website(models.Model):
    """网站 on record; ``serial`` is the N behind the 主体's 备案号."""

    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="websites")
    serial = models.PositiveIntegerField("序号")
    name = models.CharField("网站名称", max_length=100)
    domain = models.CharField("域名", max_length=253)
    responsible = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name="网站负责人")
    remark = models.CharField("备注", max_length=200, blank=True)
    accepted_at = models.DateTimeField("通过时间")
    cancelled_at = models.DateTimeField("注销时间", null=True, blank=True)

    class Meta:
        verbose_name = "网站"
        verbose_name_plural = "网站"
        constraints = [models.UniqueConstraint(fields=["subject", "serial"], name="website_serial_in_subject")]
        indexes = [
            # read by filings (is the domain on record already) and by the public query
            models.Index(fields=["domain"], name="website_domain"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    @property
    def number(self) -> str:
        """The website's 备案号, e.g. 陇ICP备17000001号-1."""
        return f"{self.subject.number}-{self.serial}"


class Access(models.Model):
    """接入: a provider that serves a website."""

    website = models.ForeignKey(Website, on_delete=models.CASCADE, related_name="accesses")
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="accesses")
    server_ip = models.CharField("服务器 IP 地址", max_length=45, blank=True)
    accepted_at = models.DateTimeField("通过时间")
    cancelled_at = models.DateTimeField("取消时间", null=True, blank=True)

    class Meta:
        verbose_name = "接入"
        verbose_name_plural = "接入"
        constraints = [
            models.UniqueConstraint(
                fields=["website", "provider"],
                condition=models.Q(cancelled_at__isnull=True),
                name="access_once_a_provider",
            )
        ]

    def __str__(self) -> str:
        return f"{self.website} @ {self.provider}"
