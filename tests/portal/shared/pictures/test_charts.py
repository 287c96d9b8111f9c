"""What stands where in the pictures of a class, from numbers alone."""

import re
from datetime import datetime, timedelta

import pytest

from portal.shared.pictures.bars import Bar, bars_of, of_funnel
from portal.shared.pictures.heat import QUICK, Sort, heat_of, sort_of
from portal.shared.pictures.progress import WIDTH, progress_of
from training.courses import Task
from training.files import exercises
from training.overviews import Doing, Overview, Took
from training.words import Way
from verification.asking.funnel import Funnel
from verification.law.times import SHANGHAI
from verification.models import ReturnReason

EXERCISE = exercises()["four-wrong"]
TASK = Task(1, EXERCISE, Way.PRACTICE, None, is_done=False, is_tried=True)
START = datetime(2026, 5, 21, 9, 58, tzinfo=SHANGHAI)


def doing(member: int, *took: Took | None, good_after: int | None = None) -> Doing:
    """Somebody who began a minute after the one before, and is so far."""
    begun = START + timedelta(minutes=member)
    good_at = START + timedelta(minutes=good_after) if good_after is not None else None
    steps = dict(zip((step.id for step in EXERCISE.steps), took, strict=False))
    return Doing(member, TASK, begun, good_at, "goal" if good_at else "", steps)


def overview(*doings: Doing, minutes: int) -> Overview:
    """Of these, so many minutes after the beginning."""
    names = {each.member: f"学员{each.member}" for each in doings}
    return Overview([TASK], names, doings, (), Funnel(), START + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("took", "sort"),
    [
        (None, Sort.UNKNOWN),
        (Took(QUICK), Sort.QUICK),
        (Took(QUICK + 1), Sort.SOME),
        (Took(181), Sort.LONG),
        (Took(5, is_open=True), Sort.OPEN),
        (Took(5, is_given_up=True), Sort.GIVEN_UP),
    ],
)
def test_bar_says_how_long_a_step_took(took: Took | None, sort: Sort) -> None:
    assert sort_of(took) == sort


@pytest.mark.parametrize("count", [1, 40, 300])
def test_heat_has_a_bar_for_each_and_fits_into_its_width(count: int) -> None:
    people = [doing(each, Took(30), Took(200, is_given_up=True)) for each in range(count - 1)]
    heat = heat_of(EXERCISE, [*people, doing(count, Took(100, is_open=True))], str)
    first, second, third = heat.rows
    assert [(row.done, row.at_it, row.given_up) for row in heat.rows] == [
        (count - 1, 1, 0),
        (0, 0, count - 1),
        (0, 0, 0),
    ]
    assert third.shades == []
    assert sum(shade.path.count("M") for row in (first, second) for shade in row.shades) == 2 * count - 1
    xs = [float(x) for row in heat.rows for shade in row.shades for x in re.findall(r"M([\d.]+)", shade.path)]
    assert 0 <= min(xs) <= max(xs) < heat.strip <= WIDTH
    assert heat.people[0].cells[0] == ("0:30" if count > 1 else "在做 1:40")


def test_progress_climbs_one_up_for_each_and_names_round_moments() -> None:
    progress = progress_of(overview(doing(0, good_after=10), doing(4), minutes=20))
    assert progress is not None
    (row,) = progress.rows
    assert (row.begun, row.good, progress.members) == (2, 1, 2)
    assert [tick.says for tick in progress.ticks] == ["10:00", "10:05", "10:10", "10:15"]
    assert list(row.at_ticks) == [(1, 0), (2, 0), (2, 1), (2, 1)]
    half = (row.plot_y + row.ground_y) / 2
    assert row.good_path == f"M0 {row.ground_y}H{WIDTH // 2}V{half}H{WIDTH}V{row.ground_y}Z"
    assert progress_of(overview(minutes=20)) is None


@pytest.mark.parametrize(("minutes", "says"), [(0, "09:58"), (600, "10:00"), (60 * 24 * 12, "05-24")])
def test_axis_names_few_moments_however_long_it_is(minutes: int, says: str) -> None:
    progress = progress_of(overview(doing(0), minutes=minutes))
    assert progress is not None
    assert progress.ticks[0].says == says
    assert 2 <= len(progress.ticks) <= 6
    assert all(0 <= tick.x <= WIDTH for tick in progress.ticks)


def test_bars_are_as_long_as_they_are_large_and_leave_room_for_their_notes() -> None:
    first, second, third = bars_of(
        "", [Bar("甲", 4, "注"), Bar("乙", 1), Bar("丙", 0)], of="", counted="", unit=""
    ).rows
    assert (first.length, second.length, third.length) == (WIDTH, WIDTH / 4, 0)
    assert second.y - first.y > third.y - second.y
    assert bars_of("", [Bar("甲", 0)], of="", counted="", unit="").rows[0].length == 0


def test_funnel_says_why_filings_went_back() -> None:
    funnel = Funnel(9, 8, 5, 4, 1, {ReturnReason.DEADLINE: 2, ReturnReason.FAILED: 1})
    bars = of_funnel("", funnel)
    assert [(row.label, row.count) for row in bars.rows] == [
        ("提交", 9),
        ("下发验证码", 8),
        ("核验通过", 5),
        ("审核通过", 4),
        ("退回", 3),
    ]
    assert bars.rows[0].note == "1 份不用核验，直接转管局"
    assert bars.rows[-1].note == "超过时限未核验 2、短信核验失败 1"
    assert bars.rows[-1].is_aside
