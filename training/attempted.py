"""What somebody did or tried in a sandbox, told in words: for a trainer, who did not see it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from verification.by import Means
from verification.law.words import Outcome
from verification.models import Attempt

#: What came of an attempt, in a word; everything else was refused.
_OUTCOMES = {
    Attempt.DONE: "做成了",
    Outcome.PARTIAL: "通过，还有别人要核验",
    Outcome.ALL_DONE: "全部核验完成",
    Outcome.ALREADY_DONE: "早已完成",
    Outcome.NOT_FOUND: "没有找到",
    Outcome.WRONG_ID: "证件号码不对",
    Outcome.WRONG_CODE: "验证码不对",
    Outcome.FAILED: "核验失败",
    Outcome.RESENT: "已重发",
    Outcome.NOTHING_TO_RESEND: "没有可重发的",
    Outcome.QUOTA_USED_UP: "重发次数用完了",
    Outcome.TOO_SOON: "还没到能重发的时候",
    Outcome.TRY_LATER: "太频繁，稍后再试",
}


@dataclass(frozen=True)
class Tried:
    """One thing that somebody did or tried, and what came of it, in words."""

    at: datetime
    what: str
    number: str
    outcome: str


def last_of(sandbox_ids: Collection[int], *, most: int) -> Mapping[int, tuple[Tried, ...]]:
    """By sandbox what was done or tried last, the newest first; one query for all."""
    newest = Window(RowNumber(), partition_by=F("sandbox_id"), order_by=F("id").desc())
    rows = (
        Attempt.objects.filter(sandbox__in=sandbox_ids)
        .exclude(means=Means.MACHINE)
        .annotate(place=newest)
        .filter(place__lte=most)
    )
    found: dict[int, tuple[Tried, ...]] = {}
    for attempt in rows.select_related("phone").order_by("-id"):
        found[attempt.sandbox_id] = (*found.get(attempt.sandbox_id, ()), _told(attempt))
    return found


def _told(attempt: Attempt) -> Tried:
    number = attempt.phone.number if attempt.phone else ""
    return Tried(attempt.real_at, attempt.get_kind_display(), number, _OUTCOMES.get(attempt.outcome, "被拒绝"))
