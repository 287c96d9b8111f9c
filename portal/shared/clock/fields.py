"""A moment as people type it: 2017-12-20 09:30, whatever language their browser speaks."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.timezone import localtime

from verification.law.identity import fold

_WRITTEN_OTHERWISE = str.maketrans(
    {"年": "-", "月": "-", "日": " ", "/": "-", ".": "-", "T": " ", "时": ":", "分": " "}
)


def written(moment: datetime) -> str:
    """The moment as a field shows it; seconds only where there are some."""
    local = localtime(moment)
    return f"{local:%Y-%m-%d %H:%M:%S}" if local.second else f"{local:%Y-%m-%d %H:%M}"


class MomentField(forms.DateTimeField):
    """A moment in Asia/Shanghai. The browser's own field would show it in the order of the browser's language.

    A script puts a calendar beside it (static/shared/clock/calendar.js).
    """

    input_formats = ("%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d")
    widget = forms.TextInput

    def __init__(self, **options: Any) -> None:
        attributes = {"data-moment": "", "placeholder": "2017-12-20 09:30", "autocomplete": "off", "maxlength": "40"}
        super().__init__(widget=forms.TextInput(attrs=attributes), **options)

    def prepare_value(self, value: Any) -> Any:
        """What the field shows: a moment in its form, and what was typed as it was typed."""
        return written(value) if isinstance(value, datetime) else value

    def to_python(self, value: Any) -> datetime | None:
        """Read what was typed, full-width and with strokes, dots or characters between as people write it."""
        if isinstance(value, str):
            day, _, time = " ".join(value.translate(_WRITTEN_OTHERWISE).split()).partition(" ")
            value = f"{fold(day)} {fold(time)}".strip()
        return super().to_python(value)
