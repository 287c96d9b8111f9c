"""The moments of a verification, and working days. All in Asia/Shanghai, all aware."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from verification.law.editions import Edition

SHANGHAI = ZoneInfo("Asia/Shanghai")
_SATURDAY = 5


def first_sending(edition: Edition, *, submitted_at: datetime) -> datetime:
    """When the codes of a round go out (C-03)."""
    return submitted_at + timedelta(minutes=edition.timing.first_sending_minutes.value)


def deadline(edition: Edition, *, first_sent_at: datetime) -> datetime:
    """The end of the window, counted from the first sending (D-01). The code is good before it, not at it.

    It is a whole second, the one that pages show: who moves the clock to the deadline shown is at it.
    """
    return (first_sent_at + timedelta(hours=edition.timing.window_hours.value)).replace(microsecond=0)


def noon_resend(edition: Edition, *, first_sent_at: datetime) -> datetime | None:
    """Noon of the day after the first sending; ``None`` if that is not before the deadline (C-04)."""
    next_day = first_sent_at.astimezone(SHANGHAI).date() + timedelta(days=1)
    noon = datetime.combine(next_day, time(edition.timing.noon_hour.value), tzinfo=SHANGHAI)
    return noon if noon < deadline(edition, first_sent_at=first_sent_at) else None


def working_days_later(at: datetime, days: int) -> datetime:
    """The same time of day so many working days later, which are Monday to Friday; public holidays are not known here.

    The day of ``at`` itself never counts: one working day after Friday is Monday, and so it is after Saturday and
    Sunday. A whole second, as :func:`deadline`.
    """
    local = at.astimezone(SHANGHAI)
    while days:
        local += timedelta(days=1)
        days -= local.weekday() < _SATURDAY
    return local.replace(microsecond=0)
