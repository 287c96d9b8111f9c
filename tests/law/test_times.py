from datetime import UTC, datetime, timedelta, tzinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verification.law.editions import Cited, Edition, editions
from verification.law.times import SHANGHAI, deadline, first_sending, noon_resend, working_days_later

INSTANT = timedelta(microseconds=1)


@pytest.fixture
def jd() -> Edition:
    return editions()["jd-2017"]


def beijing(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def with_window(edition: Edition, hours: int) -> Edition:
    timing = edition.timing.model_copy(update={"window_hours": Cited[int](value=hours, rule="D-01")})
    return edition.model_copy(update={"timing": timing})


@pytest.fixture
def short(jd: Edition) -> Edition:
    """An edition with a window of 24 hours."""
    return with_window(jd, 24)


@pytest.mark.rule("C-03")
def test_first_sending_is_five_minutes_after_the_submission(jd: Edition) -> None:
    submitted = datetime(2017, 12, 20, 23, 58, 30, tzinfo=SHANGHAI)
    assert first_sending(jd, submitted_at=submitted) == datetime(2017, 12, 21, 0, 3, 30, tzinfo=SHANGHAI)


@pytest.mark.rule("D-01")
def test_deadline_is_48_hours_after_the_first_sending(jd: Edition) -> None:
    sent = datetime(2017, 12, 20, 10, 5, tzinfo=SHANGHAI)
    assert deadline(jd, first_sent_at=sent) == datetime(2017, 12, 22, 10, 5, tzinfo=SHANGHAI)


@pytest.mark.rule("C-04")
@pytest.mark.parametrize(
    ("sent", "noon"),
    [
        pytest.param("2017-12-20 00:00", "2017-12-21 12:00", id="as the day begins"),
        pytest.param("2017-12-20 11:59:59", "2017-12-21 12:00", id="just before noon"),
        pytest.param("2017-12-20 12:00", "2017-12-21 12:00", id="at noon"),
        pytest.param("2017-12-20 23:59:59.999999", "2017-12-21 12:00", id="as the day ends"),
        pytest.param("2017-12-31 15:00", "2018-01-01 12:00", id="across the year"),
    ],
)
def test_noon_is_that_of_the_day_after_the_first_sending(jd: Edition, sent: str, noon: str) -> None:
    assert noon_resend(jd, first_sent_at=beijing(sent)) == beijing(noon)


@pytest.mark.rule("C-04")
def test_noon_and_the_day_are_those_of_beijing_whatever_the_zone(jd: Edition) -> None:
    sent = datetime(2017, 12, 20, 16, 30, tzinfo=UTC)  # half past midnight of the 21st in Beijing
    assert noon_resend(jd, first_sent_at=sent) == datetime(2017, 12, 22, 12, tzinfo=SHANGHAI)


@pytest.mark.rule("C-04")
def test_noon_that_is_not_before_a_deadline_of_24_hours_brings_nothing(short: Edition) -> None:
    noon = datetime(2018, 9, 20, 12, tzinfo=SHANGHAI)
    assert noon_resend(short, first_sent_at=noon - INSTANT) is None
    assert noon_resend(short, first_sent_at=noon) is None
    second = timedelta(seconds=1)
    assert noon_resend(short, first_sent_at=noon + second - INSTANT) is None  # the deadline is a whole second
    assert noon_resend(short, first_sent_at=noon + second) == noon + timedelta(days=1)


moments = st.floats(0, 4000).map(lambda days: beijing("2017-12-18 09:00") + timedelta(days=days))


@pytest.mark.rule("C-04", "D-01")
@given(sent=moments, zone=st.sampled_from([SHANGHAI, UTC]), hours=st.sampled_from([24, 48]))
def test_noon_lies_between_the_first_sending_and_the_deadline(sent: datetime, zone: tzinfo, hours: int) -> None:
    sent = sent.astimezone(zone)
    edition = with_window(editions()["jd-2017"], hours)
    noon = noon_resend(edition, first_sent_at=sent)
    end = deadline(edition, first_sent_at=sent)
    assert timedelta(hours=hours, seconds=-1) < end - sent <= timedelta(hours=hours)
    assert end.microsecond == 0
    if noon is None:
        assert hours == 24
        assert sent.astimezone(SHANGHAI).hour <= 12
    else:
        assert sent < noon < end
        assert noon.astimezone(SHANGHAI).time().isoformat() == "12:00:00"
        assert noon.astimezone(SHANGHAI).date() - sent.astimezone(SHANGHAI).date() == timedelta(days=1)


@pytest.mark.rule("T-13")
@pytest.mark.parametrize(
    ("at", "days", "due"),
    [
        pytest.param("2017-12-20 09:30", 1, "2017-12-21 09:30", id="the next day"),
        pytest.param("2017-12-22 17:00", 1, "2017-12-25 17:00", id="over a weekend"),
        pytest.param("2017-12-20 09:30", 20, "2018-01-17 09:30", id="four weeks"),
        pytest.param("2017-12-23 10:00", 1, "2017-12-25 10:00", id="from a Saturday"),
        pytest.param("2017-12-24 23:59:59", 2, "2017-12-26 23:59:59", id="from a Sunday"),
        pytest.param("2017-12-24 00:00", 5, "2017-12-29 00:00", id="from a Sunday to the Friday"),
        pytest.param("2017-12-29 12:00", 1, "2018-01-01 12:00", id="a public holiday counts"),
        pytest.param("2017-12-20 09:30:00.999999", 1, "2017-12-21 09:30:00", id="to a whole second"),
    ],
)
def test_working_days_are_monday_to_friday_and_the_first_does_not_count(at: str, days: int, due: str) -> None:
    assert working_days_later(beijing(at), days) == beijing(due)


def test_working_days_are_those_of_shanghai() -> None:
    friday_in_london = datetime(2017, 12, 22, 16, 30, tzinfo=UTC)  # half past midnight on Saturday
    assert working_days_later(friday_in_london, 1) == beijing("2017-12-25 00:30")
