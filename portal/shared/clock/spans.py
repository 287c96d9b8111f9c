"""Spans of a sandbox's time, for templates: ``{{ filing.deadline_at|time_until:visit.now }}``."""

import itertools
from datetime import datetime, timedelta

from django import template

register = template.Library()

SOON = timedelta(hours=2)


def _in_words(span: timedelta) -> str:
    """The two largest units, as static/shared/clock/countdown.js writes them."""
    seconds = int(span.total_seconds())
    units = ((86_400, "天"), (3_600, "小时"), (60, "分"), (1, "秒"))
    for (size, name), (next_size, next_name) in itertools.pairwise(units):
        if seconds >= size:
            return f"{seconds // size} {name} {seconds % size // next_size} {next_name}"
    return f"{seconds} 秒"


@register.filter
def time_until(moment: datetime, now: datetime) -> str:
    """How long it is from ``now`` to ``moment``; 已到 once it has come."""
    return _in_words(moment - now) if moment > now else "已到"


@register.filter
def time_since(moment: datetime, now: datetime) -> str:
    """How long it has been since ``moment``."""
    return _in_words(max(now - moment, timedelta()))


@register.filter
def is_soon(moment: datetime, now: datetime) -> bool:
    """Whether ``moment`` is so near that a countdown to it warns."""
    return moment - now < SOON
