"""Trainees get a name, and a link and a code by which they are the same on another device."""

from typing import Any

from django.db import migrations, models

import training.models


def give_out(apps: Any, schema_editor: Any) -> None:
    """Each trainee has a link and a code of their own: a default would be the same for all."""
    for trainee in apps.get_model("training", "Trainee").objects.all():
        trainee.link, trainee.code = training.models.new_link(), training.models.new_code()
        trainee.save(update_fields=["link", "code"])


class Migration(migrations.Migration):

    dependencies = [
        ("training", "0002_proofs_and_predictions"),
    ]

    operations = [
        migrations.AddField(
            model_name="trainee",
            name="name",
            field=models.CharField(blank=True, default="", max_length=30, verbose_name="称呼"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="trainee",
            name="link",
            field=models.CharField(max_length=22, null=True, verbose_name="个人链接"),
        ),
        migrations.AddField(
            model_name="trainee",
            name="code",
            field=models.CharField(max_length=10, null=True, verbose_name="代码"),
        ),
        migrations.RunPython(give_out, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="trainee",
            name="link",
            field=models.CharField(default=training.models.new_link, max_length=22, unique=True, verbose_name="个人链接"),
        ),
        migrations.AlterField(
            model_name="trainee",
            name="code",
            field=models.CharField(default=training.models.new_code, max_length=10, unique=True, verbose_name="代码"),
        ),
    ]
