"""Rows that serve the machinery, not the exercise."""

from django.db import models


class BurntKey(models.Model):
    """A one-time key that was used while the shared cache was away."""

    key = models.CharField("键", max_length=80, unique=True)
    burnt_at = models.DateTimeField("使用的真实时刻")

    class Meta:
        verbose_name = "已用的一次性键"
        verbose_name_plural = "已用的一次性键"

    def __str__(self) -> str:
        return self.key
