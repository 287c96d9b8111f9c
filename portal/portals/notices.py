"""通知公告 on the portals' home pages: what the bureau would have announced, from the law's own dates and numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.timezone import localdate

from portal.portals.governing import Governing


@dataclass(frozen=True)
class Notice:
    """A line of 通知公告: its date, its words, and the part of the help page that says more."""

    day: date
    title: str
    anchor: str


def notices_of(law: Governing) -> Sequence[Notice]:
    """What stands there at the time of the page."""
    today = law.moment.day
    if law.edition is None:
        starts = law.starts_at
        title = f"本省备案短信核验自 {localdate(starts)} 起施行" if starts else "本省暂未施行备案短信核验"
        return [Notice(today, title, "scope")]
    since = localdate(law.in_force_since) if law.in_force_since else today
    hours = law.edition.timing.window_hours.value
    return [
        Notice(since, "关于施行备案短信核验的通知", "scope"),
        Notice(since, f"验证码 {hours} 小时内有效，逾期备案申请将退回接入商", "window"),
        Notice(since, "核验短信的发送号码", "senders"),
        Notice(since, "没有收到核验短信怎么办", "missing"),
    ]
