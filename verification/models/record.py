"""What the bureau has accepted: 主体, the services under it, and their 接入."""

from django.db import models

from verification.law.editions import provinces
from verification.law.services import LONGEST_IDENTIFIER, Platform
from verification.law.words import ServiceType
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


class Service(models.Model):
    """互联网信息服务 on record: a 网站, an APP or a 小程序 (T-02).

    ``serial`` is the N behind the 主体's 备案号; it runs on through all types (T-11). ``domain`` is what a website is
    known by; what else has domains has them in ``domains``, and is known by its ``platforms``.
    """

    subject = models.ForeignKey(Subject, on_delete=models.CASCADE, related_name="services")
    type = models.CharField(
        "服务类型", max_length=12, choices=[(t.value, t.label) for t in ServiceType], default=ServiceType.WEBSITE.value
    )
    serial = models.PositiveIntegerField("序号")
    name = models.CharField("服务名称", max_length=100)
    domain = models.CharField("网站域名", max_length=253, blank=True)
    domains = models.JSONField("其他服务的域名", default=list, blank=True)
    responsible = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", verbose_name="服务负责人")
    remark = models.CharField("备注", max_length=200, blank=True)
    accepted_at = models.DateTimeField("通过时间")
    cancelled_at = models.DateTimeField("注销时间", null=True, blank=True)

    class Meta:
        verbose_name = "服务"
        verbose_name_plural = "服务"
        constraints = [models.UniqueConstraint(fields=["subject", "serial"], name="service_serial_in_subject")]
        indexes = [
            # read by filings (is the domain on record already) and by the public query
            models.Index(fields=["domain"], name="service_domain"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    @property
    def type_law(self) -> ServiceType:
        """The type as a word of the law."""
        return ServiceType(self.type)

    @property
    def number(self) -> str:
        """The service's 备案号, e.g. 陇ICP备17000001号-1, of an APP 陇ICP备23000001号-2A (T-11)."""
        return f"{self.subject.number}{self.type_law.number_mark(self.serial)}"

    @property
    def called(self) -> str:
        """What it is called in a sentence: a website by its domain, another by its name."""
        return f"{self.type_law.label} {self.domain or self.name}"


class ServicePlatform(models.Model):
    """By what a platform knows an APP or a 小程序 on record, and how its packages are signed (T-10)."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="platforms")
    platform = models.CharField("平台", max_length=10, choices=[(p.value, p.label) for p in Platform])
    identifier = models.CharField("包名、Bundle ID 或 AppID", max_length=LONGEST_IDENTIFIER)
    public_key = models.TextField("公钥", blank=True)
    md5 = models.CharField("证书 MD5 指纹", max_length=47, blank=True)

    class Meta:
        verbose_name = "服务的平台"
        verbose_name_plural = "服务的平台"
        ordering = ("id",)
        constraints = [models.UniqueConstraint(fields=["service", "platform"], name="platform_once_a_service")]
        indexes = [
            # read by filings: is it on record already
            models.Index(fields=["identifier", "platform"], name="service_platform_identifier"),
        ]

    def __str__(self) -> str:
        return f"{self.get_platform_display()} {self.identifier}"

    @property
    def law(self) -> Platform:
        """The platform as a word of the law."""
        return Platform(self.platform)


class Access(models.Model):
    """接入: a provider that serves a service."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="accesses")
    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="accesses")
    server_ip = models.CharField("服务器 IP 地址", max_length=45, blank=True)
    accepted_at = models.DateTimeField("通过时间")
    cancelled_at = models.DateTimeField("取消时间", null=True, blank=True)

    class Meta:
        verbose_name = "接入"
        verbose_name_plural = "接入"
        constraints = [
            models.UniqueConstraint(
                fields=["service", "provider"],
                condition=models.Q(cancelled_at__isnull=True),
                name="access_once_a_provider",
            )
        ]

    def __str__(self) -> str:
        return f"{self.service} @ {self.provider}"
