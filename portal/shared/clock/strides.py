"""By how much a clock is moved forward at the press of a button."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from verification.law.times import SHANGHAI

NOON = time(12)


def next_noon(now: datetime) -> datetime:
    """The first noon in Asia/Shanghai after ``now``."""
    local = now.astimezone(SHANGHAI)
    noon = datetime.combine(local.date(), NOON, tzinfo=SHANGHAI)
    return noon if noon > local else noon + timedelta(days=1)


@dataclass(frozen=True)
class Stride:
    """A button that moves the clock forward."""

    label: str
    from_now: Callable[[datetime], datetime]


STRIDES = {
    "5m": Stride("+5 分钟", lambda now: now + timedelta(minutes=5)),
    "1h": Stride("+1 小时", lambda now: now + timedelta(hours=1)),
    "noon": Stride("到下一个中午 12:00", next_noon),
    "1d": Stride("+1 天", lambda now: now + timedelta(days=1)),
    "3d": Stride("+3 天", lambda now: now + timedelta(days=3)),
}
