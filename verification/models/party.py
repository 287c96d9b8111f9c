"""Who files: providers and responsible persons."""

from django.db import models

from verification.law.words import IdType
from verification.models.sandbox import Sandbox


class Provider(models.Model):
    """接入商: submits filings and gets them back."""

    sandbox = models.ForeignKey(Sandbox, on_delete=models.CASCADE, related_name="providers")
    name = models.CharField("名称", max_length=60)

    class Meta:
        verbose_name = "接入商"
        verbose_name_plural = "接入商"
        constraints = [models.UniqueConstraint(fields=["sandbox", "name"], name="provider_name_in_sandbox")]

    def __str__(self) -> str:
        return self.name


class Person(models.Model):
    """负责人, as one request gave the data. A row is never changed: new data makes a new row.

    Of the identity document only what the exercise needs is kept: type, last six, masked form.
    """

    sandbox = models.ForeignKey(Sandbox, on_delete=models.CASCADE, related_name="persons")
    name = models.CharField("姓名", max_length=60)
    id_type = models.CharField("证件类型", max_length=20, choices=[(t.value, t.label) for t in IdType])
    id_suffix = models.CharField("证件号码后六位", max_length=6)
    id_back_suffix = models.CharField("通行证背面号码后六位", max_length=6, blank=True)
    id_masked = models.CharField("证件号码（隐去中间）", max_length=24)
    phone = models.CharField("联系方式1（手机）", max_length=11)
    emergency_phone = models.CharField("应急联系电话", max_length=20, blank=True)

    class Meta:
        verbose_name = "负责人"
        verbose_name_plural = "负责人"

    def __str__(self) -> str:
        return self.name

    @property
    def phone_masked(self) -> str:
        """The mobile number for pages other than the phone's own and the provider's."""
        return f"{self.phone[:3]}****{self.phone[-4:]}"
