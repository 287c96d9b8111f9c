"""An exercise of somebody's own, read from one text: by the checker of the fixed ones, and within bounds.

The sentences stand under ``[zh]``. Counted and measured is before anything dear is done with what a stranger wrote.
"""

import hashlib
import time
import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from training.files import Exercise, made_of
from training.mistakes import SAID, Mistake, Places, of_checker, of_toml
from training.toml_lines import Key, TooDeep, lines_of
from verification.law.times import SHANGHAI

MOST_BYTES = 64 * 1024
MOST_FILINGS, MOST_STEPS = 20, 40
#: A judge asks all of them at each look.
MOST_CONDITIONS = 300
#: Of this thread alone, so that it does not matter what else the machine is at.
MOST_SECONDS = 0.1
#: So many mistakes are told at once.
MOST_TOLD = 50

#: What there may be so many of, by the way to it.
_MOST: Mapping[tuple[str, ...], tuple[int, str]] = {
    ("opening", "filings"): (MOST_FILINGS, "份申请"),
    ("steps",): (MOST_STEPS, "个步骤"),
    ("ends",): (12, "个没有达到目标的结局"),
    ("opening", "persons"): (40, "个人"),
    ("opening", "records"): (10, "个已备案的主体"),
    ("opening", "submissions"): (10, "份要提交的申请"),
    ("opening", "papers"): (40, "份材料"),
    ("proof", "provinces"): (8, "个省份"),
}
#: Lists inside of others, by their names.
_MOST_EACH = {"services": 10, "websites": 10, "mistakes": 10, "play": 12, "of": 20, "filings": MOST_FILINGS}
#: How long texts may be, by the last name of the way to them.
_LONGEST = {"title": 20, "name": 60, "provider": 60, "company": 60, "holder": 60, "says": 500}
_LONGEST_SAID, _LONGEST_ELSE = 300, 200
_EARLIEST, _LATEST = datetime(2017, 12, 1, tzinfo=SHANGHAI), datetime(2100, 1, 1, tzinfo=SHANGHAI)
_LONGEST_OPENING = timedelta(days=366)
#: What the site itself gives an exercise.
_GIVEN = ("name", "digest", "sentences")


class Unreadable(Exception):
    """A text is no exercise; ``mistakes`` are what is wrong, in the order of the lines."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__(f"{len(mistakes)} mistakes")
        self.mistakes = sorted(mistakes, key=lambda each: each.line)[:MOST_TOLD]


def digest_of(text: str) -> str:
    """By what a text is known."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def read(text: str, *, name: str) -> tuple[Exercise, Places]:
    """The exercise, and where its keys stand. Raises :class:`Unreadable` for one that is wrong, or beyond bounds."""
    if (size := len(text.encode())) > MOST_BYTES:
        raise _whole(f"最多 {MOST_BYTES // 1024} kB，这里有 {-(-size // 1024)} kB，请缩短。")
    begun = time.thread_time()
    content, places = _parsed(text)
    if too_many := list(_beyond(content, places)):
        raise Unreadable(too_many)
    sentences = content.pop(SAID, None)
    if not isinstance(sentences, dict):
        raise _whole(f"缺少 [{SAID}]：文字写在它下面，例如 [{SAID}] 的 title、[{SAID}.steps.步骤] 的 do。")
    try:
        exercise = made_of({"place": 1, **content}, sentences, name=name, digest=digest_of(text))
    except ValidationError as error:
        raise Unreadable(list(of_checker(error, places))) from error
    if time.thread_time() - begun > MOST_SECONDS:
        raise _whole("读这个练习花的时间太长了，请删去一些步骤、申请或条件，再试一次。")
    return exercise, places


def _whole(says: str) -> Unreadable:
    return Unreadable([Mistake(0, "", says)])


def _parsed(text: str) -> tuple[dict[str, Any], Places]:
    try:
        lines = lines_of(text)
    except TooDeep as error:
        raise Unreadable([Mistake(error.line, "", "括号套得太深，或者键里的点太多，请写得简单一些。")]) from error
    try:
        content = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a number of thousands of digits is a ValueError of its own
        raise Unreadable([of_toml(error, last_line=text.rstrip("\n").count("\n") + 1)]) from error
    return content, Places(dict(content), lines)


# ── Bounds ───────────────────────────────────────────────────────────────────


def _beyond(content: Mapping[str, Any], places: Places) -> Iterator[Mistake]:
    """What is too many, too long, or at no time; anything else is the checker's to judge."""
    for given in _GIVEN:
        if given in content:
            yield places.mistake([given], f"没有 {given} 这个键，请删去。")
    for way, (most, what) in _MOST.items():
        if (count := _count(_at(content, way))) > most:
            yield places.mistake(way, f"最多 {most} {what}，这里有 {count}，请删去一些。")
    for key, value in _values(content, ()):
        last = next((part for part in reversed(key) if isinstance(part, str)), "")
        if isinstance(value, list) and len(value) > _MOST_EACH.get(last, MOST_STEPS):
            yield places.mistake(key, f"这里最多 {_MOST_EACH.get(last, MOST_STEPS)} 项，请删去一些。")
        elif isinstance(value, str) and (says := _wrong_text(key, last, value)):
            yield places.mistake(key, says)
    conditions = sum(isinstance(value, dict) and "what" in value for _, value in _values(content, ()))
    if conditions > MOST_CONDITIONS:
        yield Mistake(0, "", f"最多 {MOST_CONDITIONS} 个条件（what），这里有 {conditions} 个，请删去一些。")
    yield from _wrong_times(content, places)


def _at(content: Any, way: tuple[str, ...]) -> Any:
    for name in way:
        content = content.get(name) if isinstance(content, dict) else None
    return content


def _count(value: object) -> int:
    return len(value) if isinstance(value, list | dict) else 0


def _values(value: object, key: Key) -> Iterator[tuple[Key, object]]:
    """Whatever stands in a text, tables and lists too."""
    yield key, value
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _values(inner, (*key, name))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _values(inner, (*key, place))


def _wrong_text(key: Key, last: str, text: str) -> str:
    is_said = key[:1] == (SAID,)
    longest = _LONGEST.get(last, _LONGEST_SAID if is_said else _LONGEST_ELSE)
    if len(text) > longest:
        return f"这段文字最多 {longest} 个字，这里有 {len(text)} 个，请缩短。"
    if any(not sign.isprintable() and not (is_said and sign == "\n") for sign in text):
        return "文字里有看不见的控制字符，请删去。"
    return ""


def _wrong_times(content: Mapping[str, Any], places: Places) -> Iterator[Mistake]:
    begins = _at(content, ("opening", "starts_at"))
    if not _is_moment(begins):
        return  # the checker says so
    if not _EARLIEST <= begins < _LATEST:
        yield places.mistake(["opening", "starts_at"], "开局的时刻要在 2017 年 12 月到 2099 年之间。")
    filings = _at(content, ("opening", "filings"))
    for place, filing in enumerate(filings if isinstance(filings, list) else ()):
        at = filing.get("at") if isinstance(filing, dict) else None
        if _is_moment(at) and not begins <= at <= begins + _LONGEST_OPENING:
            yield places.mistake(["opening", "filings", place, "at"], "提交的时刻要在开局之后的一年以内。")


def _is_moment(value: Any) -> bool:
    return isinstance(value, datetime) and value.tzinfo is not None
