from typing import Any

from django.db import migrations, models

import verification.models.sandbox


def give_seeds(apps: Any, schema_editor: Any) -> None:
    """A seed of its own for each sandbox of before; what it has drawn already stays as it is."""
    sandboxes = apps.get_model("verification", "Sandbox").objects
    for pk in sandboxes.values_list("pk", flat=True):
        sandboxes.filter(pk=pk).update(seed=verification.models.sandbox.new_seed())


class Migration(migrations.Migration):

    dependencies = [
        ('verification', '0016_purpose'),
    ]

    operations = [
        migrations.AddField(
            model_name='sandbox',
            name='seed',
            field=models.CharField(default='', max_length=64, verbose_name='种子'),
        ),
        migrations.RunPython(give_seeds, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='sandbox',
            name='seed',
            field=models.CharField(default=verification.models.sandbox.new_seed, max_length=64, verbose_name='种子'),
        ),
        migrations.AddConstraint(
            model_name='sandbox',
            constraint=models.CheckConstraint(condition=models.Q(('seed', ''), _negated=True), name='sandbox_has_a_seed'),
        ),
    ]
