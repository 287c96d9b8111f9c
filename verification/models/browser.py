"""浏览器: what a browser is in, and what it may go back to, whichever of the site's hosts it asks."""

import secrets

from django.db import models

from verification.models.sandbox import Participant


def new_browser_key() -> str:
    """Nobody guesses it: 128 bits."""
    return secrets.token_urlsafe(16)


class Ending(models.TextChoices):
    """Why a browser is no longer in a sandbox that it did not leave."""

    CLOSED = "closed", "已关闭"
    REMOVED = "removed", "已移出"
    UNUSED = "unused", "久未使用"
    CLASS = "class", "班级结束"


class Browser(models.Model):
    """浏览器. The cookie of every host names it; it is in one sandbox at a time, or in none.

    ``ended`` and what follows say how its last visit ended, when it was others who ended it. They are written down
    here because the sandbox itself is soon deleted.
    """

    key = models.CharField("键", max_length=22, unique=True, default=new_browser_key)
    participant = models.ForeignKey(
        Participant, on_delete=models.SET_NULL, null=True, blank=True, related_name="browsers", verbose_name="参加者"
    )
    created_at = models.DateTimeField("首次使用的真实时刻")
    used_at = models.DateTimeField("最近使用的真实时刻")
    ended = models.CharField("为何不在其中", max_length=10, choices=Ending, blank=True)
    ended_name = models.CharField("结束的演练环境", max_length=60, blank=True)
    ended_by = models.CharField("结束者", max_length=60, blank=True)
    ended_at = models.DateTimeField("结束的真实时刻", null=True, blank=True)

    class Meta:
        verbose_name = "浏览器"
        verbose_name_plural = "浏览器"
        indexes = [
            # read by browsers.delete_stale
            models.Index(fields=["used_at"], name="browser_used"),
        ]

    def __str__(self) -> str:
        return f"{self.key[:4]}…"


class Place(models.Model):
    """A participant that a browser was, and may be again."""

    browser = models.ForeignKey(Browser, on_delete=models.CASCADE, related_name="places", verbose_name="浏览器")
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="+", verbose_name="参加者")

    class Meta:
        verbose_name = "可回到的演练环境"
        verbose_name_plural = "可回到的演练环境"
        constraints = [models.UniqueConstraint(fields=["browser", "participant"], name="place_once_a_browser")]

    def __str__(self) -> str:
        return f"{self.browser}: {self.participant}"
