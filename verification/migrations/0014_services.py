from datetime import UTC, datetime, timedelta
from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Exists, OuterRef
from django.utils import timezone

_TYPES = [("website", "网站"), ("app", "APP"), ("mini_program", "小程序")]
_PLATFORMS = [
    ("android", "安卓"),
    ("ios", "iOS"),
    ("harmony", "鸿蒙"),
    ("wechat", "微信"),
    ("alipay", "支付宝"),
    ("baidu", "百度"),
    ("douyin", "抖音"),
    ("kuaishou", "快手"),
]


#: From when APPs and 小程序 are filed, in Shanghai.
_SINCE = datetime(2023, 8, 31, 16, tzinfo=UTC)
_CHUNK = 500


def say_what_is_filed(apps: Any, schema_editor: Any) -> None:
    """Until now there were websites only."""
    Filing, FilingPart = apps.get_model("verification", "Filing"), apps.get_model("verification", "FilingPart")
    of_round = FilingPart.objects.filter(filing=OuterRef("pk"), round=OuterRef("round"), part="website")
    Filing.objects.filter(Exists(of_round)).update(service_types="website")


def tell_of_the_edition_of_2023(apps: Any, schema_editor: Any) -> None:
    """Sandboxes whose clocks stand behind its beginning have had another edition govern them until now."""
    Sandbox = apps.get_model("verification", "Sandbox")
    later = [sandbox.pk for sandbox in Sandbox.objects.filter(closed_at=None) if _now(sandbox) >= _SINCE]
    for place in range(0, len(later), _CHUNK):
        Sandbox.objects.filter(pk__in=later[place : place + _CHUNK]).update(untold_since=_SINCE)


def _now(sandbox: Any) -> datetime:
    """What the clock of a sandbox shows at the upgrade."""
    run = timedelta() if sandbox.clock_paused else (timezone.now() - sandbox.clock_set_at) * sandbox.clock_speed
    now: datetime = sandbox.clock_at + run
    return now


class Migration(migrations.Migration):
    """What is filed is a service of some type; those on record and under way are websites."""

    dependencies = [("verification", "0013_bureau_that_decides_by_itself")]

    operations = [
        migrations.RemoveConstraint(model_name="website", name="website_serial_in_subject"),
        migrations.RemoveConstraint(model_name="access", name="access_once_a_provider"),
        migrations.RenameIndex(model_name="website", old_name="website_domain", new_name="service_domain"),
        migrations.RenameModel(old_name="Website", new_name="Service"),
        migrations.RenameField(model_name="access", old_name="website", new_name="service"),
        migrations.RenameField(model_name="filingpart", old_name="website_record", new_name="service_record"),
        migrations.AlterModelOptions(
            name="service", options={"verbose_name": "服务", "verbose_name_plural": "服务"}
        ),
        migrations.AddField(
            model_name="service",
            name="type",
            field=models.CharField(choices=_TYPES, default="website", max_length=12, verbose_name="服务类型"),
        ),
        migrations.AddField(
            model_name="service",
            name="domains",
            field=models.JSONField(blank=True, default=list, verbose_name="其他服务的域名"),
        ),
        migrations.AlterField(
            model_name="service",
            name="name",
            field=models.CharField(max_length=100, verbose_name="服务名称"),
        ),
        migrations.AlterField(
            model_name="service",
            name="domain",
            field=models.CharField(blank=True, max_length=253, verbose_name="网站域名"),
        ),
        migrations.AlterField(
            model_name="service",
            name="subject",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="services", to="verification.subject"
            ),
        ),
        migrations.AlterField(
            model_name="service",
            name="responsible",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="verification.person",
                verbose_name="服务负责人",
            ),
        ),
        migrations.AddConstraint(
            model_name="service",
            constraint=models.UniqueConstraint(fields=("subject", "serial"), name="service_serial_in_subject"),
        ),
        migrations.AddConstraint(
            model_name="access",
            constraint=models.UniqueConstraint(
                condition=models.Q(("cancelled_at__isnull", True)),
                fields=("service", "provider"),
                name="access_once_a_provider",
            ),
        ),
        migrations.CreateModel(
            name="ServicePlatform",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("platform", models.CharField(choices=_PLATFORMS, max_length=10, verbose_name="平台")),
                ("identifier", models.CharField(max_length=255, verbose_name="包名、Bundle ID 或 AppID")),
                ("public_key", models.TextField(blank=True, verbose_name="公钥")),
                ("md5", models.CharField(blank=True, max_length=47, verbose_name="证书 MD5 指纹")),
                (
                    "service",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="platforms",
                        to="verification.service",
                    ),
                ),
            ],
            options={
                "verbose_name": "服务的平台",
                "verbose_name_plural": "服务的平台",
                "ordering": ("id",),
                "indexes": [models.Index(fields=["identifier", "platform"], name="service_platform_identifier")],
                "constraints": [
                    models.UniqueConstraint(fields=("service", "platform"), name="platform_once_a_service")
                ],
            },
        ),
        migrations.AddField(
            model_name="filing",
            name="service_types",
            field=models.CharField(blank=True, max_length=40, verbose_name="服务类型"),
        ),
        migrations.AddField(
            model_name="filingpart",
            name="type",
            field=models.CharField(choices=_TYPES, default="website", max_length=12, verbose_name="服务类型"),
        ),
        migrations.AddField(
            model_name="filingpart",
            name="domains",
            field=models.JSONField(blank=True, default=list, verbose_name="其他服务的域名"),
        ),
        migrations.AddField(
            model_name="filingpart",
            name="platforms",
            field=models.JSONField(blank=True, default=list, verbose_name="平台"),
        ),
        migrations.AlterField(
            model_name="filingpart",
            name="domain",
            field=models.CharField(blank=True, max_length=253, verbose_name="网站域名"),
        ),
        migrations.AlterField(
            model_name="filingpart",
            name="serial",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="填写的序号"),
        ),
        migrations.AddField(
            model_name="sandbox",
            name="untold_since",
            field=models.DateTimeField(blank=True, null=True, verbose_name="还没有告知的规则版本的开始时刻"),
        ),
        migrations.RunPython(say_what_is_filed, migrations.RunPython.noop),
        migrations.RunPython(tell_of_the_edition_of_2023, migrations.RunPython.noop),
    ]
