"""The moments of a verification: first sending, noon, deadline. All in Asia/Shanghai, all aware."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from verification.law.editions import Edition

SHANGHAI = ZoneInfo("Asia/Shanghai")


def first_sending(edition: Edition, *, submitted_at: datetime) -> datetime:
    """When the codes of a round go out (C-03)."""
    return submitted_at + timedelta(minutes=edition.timing.first_sending_minutes.value)


def deadline(edition: Edition, *, first_sent_at: datetime) -> datetime:
    """The end of the window, counted from the first sending (D-01). The code is good before it, not at it.

    It is a whole second, the next one: pages show seconds, and who moves the clock to the deadline shown is at it.
    """
    end = first_sent_at + timedelta(hours=edition.timing.window_hours.value)
    return end + timedelta(microseconds=-end.microsecond % 1_000_000)


def noon_resend(edition: Edition, *, first_sent_at: datetime) -> datetime | None:
    """Noon of the day after the first sending; ``None`` if that is not before the deadline (C-04)."""
    next_day = first_sent_at.astimezone(SHANGHAI).date() + timedelta(days=1)
    noon = datetime.combine(next_day, time(edition.timing.noon_hour.value), tzinfo=SHANGHAI)
    return noon if noon < deadline(edition, first_sent_at=first_sent_at) else None
