"""Spans of time in words, as the countdowns begin with them."""

from datetime import timedelta

import pytest

from portal.shared.clock.spans import is_soon, time_since, time_until
from tests.world import moment

NOW = moment("2017-12-20 09:30")


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (timedelta(days=2), "2 天 0 小时"),
        (timedelta(days=1, hours=23, minutes=59), "1 天 23 小时"),
        (timedelta(hours=23, minutes=59, seconds=59), "23 小时 59 分"),
        (timedelta(minutes=5), "5 分 0 秒"),
        (timedelta(seconds=59.9), "59 秒"),
        (timedelta(), "已到"),
        (timedelta(seconds=-1), "已到"),
    ],
)
def test_time_until_names_the_two_largest_units(ahead: timedelta, words: str) -> None:
    assert time_until(NOW + ahead, NOW) == words


@pytest.mark.parametrize(("ago", "words"), [(timedelta(hours=26), "1 天 2 小时"), (timedelta(seconds=-3), "0 秒")])
def test_time_since_never_lies_ahead(ago: timedelta, words: str) -> None:
    assert time_since(NOW - ago, NOW) == words


@pytest.mark.parametrize(("ahead", "soon"), [(timedelta(hours=2), False), (timedelta(hours=1, minutes=59), True)])
def test_last_two_hours_are_soon(ahead: timedelta, soon: bool) -> None:
    assert is_soon(NOW + ahead, NOW) is soon
