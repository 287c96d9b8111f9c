"""Moments as people type them."""

import pytest
from django import forms

from portal.shared.clock.fields import MomentField
from tests.world import moment


class OneMoment(forms.Form):
    """A form with nothing else."""

    at = MomentField()


@pytest.mark.parametrize(
    "typed",
    [
        "2017-12-20 09:30",
        " 2017-12-20  9:30 ",
        "2017/12/20 09:30",
        "2017.12.20 09:30:00",
        "２０１７－１２－２０ ０９：３０",
        "2017年12月20日 9时30分",
        "2017-12-20T09:30",
    ],
)
def test_moment_is_read_however_people_write_it(typed: str) -> None:
    form = OneMoment({"at": typed})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["at"] == moment("2017-12-20 09:30")


def test_day_alone_begins_at_midnight() -> None:
    form = OneMoment({"at": "2017-12-20"})
    assert form.is_valid()
    assert form.cleaned_data["at"] == moment("2017-12-20 00:00")


@pytest.mark.parametrize("typed", ["12/20/2017 09:30 AM", "2017-02-30 09:30", "明天", "2017-12-20 25:00", "9:30"])
def test_what_is_no_moment_stays_as_it_was_typed(typed: str) -> None:
    form = OneMoment({"at": typed})
    assert list(form.errors) == ["at"]
    assert form["at"].value() == typed


@pytest.mark.parametrize(
    ("at", "shown"), [("2017-12-20 09:30", "2017-12-20 09:30"), ("2017-12-20 09:30:05.123456", "2017-12-20 09:30:05")]
)
def test_moment_is_shown_without_what_nobody_types(at: str, shown: str) -> None:
    assert f'value="{shown}"' in str(OneMoment(initial={"at": moment(at)})["at"])
