"""What is wrong in a text of somebody's own: in Chinese, with the key and the line at which it is put right.

The checker speaks English, to whoever writes the fixed exercises; here each of its sentences has its Chinese.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from training.files import SENTENCES
from training.toml_lines import Key

#: The table of a text that holds its sentences.
SAID = "zh"


@dataclass(frozen=True)
class Mistake:
    """What is wrong, and where; ``line`` is 0 and ``key`` blank where it is the text as a whole."""

    line: int
    key: str
    says: str


#: What the checker says of a value, by the name that pydantic gives it, with what it names.
_OF_VALUE = {
    "missing": "缺少这一项。",
    "extra_forbidden": "没有这个键，请检查拼写，或者删去。",
    "string_type": "这里应该是一段文字，写在引号里。",
    "int_type": "这里应该是一个整数，不加引号。",
    "int_parsing": "这里应该是一个整数，不加引号。",
    "bool_type": "这里应该写 true 或者 false。",
    "bool_parsing": "这里应该写 true 或者 false。",
    "mapping_type": "这里应该是一张表，写成 { … } 或者 [小节]。",
    "dict_type": "这里应该是一张表，写成 { … } 或者 [小节]。",
    "model_type": "这里应该是一张表，写成 { … } 或者 [小节]。",
    "model_attributes_type": "这里应该是一张表，写成 { … } 或者 [小节]。",
    "tuple_type": "这里应该是一个列表，写成 [ … ] 或者 [[小节]]。",
    "timezone_aware": "时刻要写明时区，例如 2026-05-21T10:00:00+08:00。",
    "datetime_type": "这里应该是一个时刻，例如 2026-05-21T10:00:00+08:00。",
    "date_type": "这里应该是一个日期，例如 2026-05-21。",
    "greater_than_equal": "这个数太小了，最小是 {ge}。",
    "less_than_equal": "这个数太大了，最大是 {le}。",
    "too_short": "这里至少要有 {min_length} 项。",
    "string_pattern_mismatch": "写法不对，应该符合 {pattern}。",
    "literal_error": "只能是其中一个：{expected}。",
    "enum": "只能是其中一个：{expected}。",
    "union_tag_invalid": "没有“{tag}”这个词，只能是其中一个：{expected_tags}。",
    "union_tag_not_found": "缺少 {discriminator}，它说明这是哪一种。",
}
#: What the checker says about several things together.
_OF_SENSE = [
    (re.compile(pattern), chinese)
    for pattern, chinese in (
        (r"there is no '(.*)' in the opening", "开局里没有“{0}”。"),
        (r"there is no '(.*)' in places\.toml", "没有“{0}”这个地方，写法说明里列出了所有地方。"),
        (r"there is no '(.*)'", "没有“{0}”。"),
        (r"(.+) stands twice", "“{0}”重复了，每一个都要不同。"),
        (r"missing", "还没有写这一段文字。"),
        (r"there is no such one", "没有这个步骤或结局，请检查拼写，或者删去这一段。"),
        (r"it goes with predict, and predict with it", "ask 和步骤的 predict 要么都写，要么都不写。"),
        (r"the step makes no entry", "这一步不填核验，不能预测填写的结果。"),
        (r"predict needs it", "有 predict 的步骤要写明是哪份申请。"),
        (r"(\S+) needs it", "步骤的地方是“{0}”，要写明这一项。"),
        (r"give a value or a slip", "value 和 slip 写其中一个，而且只写一个。"),
        (r"give a filing or filings", "filing 和 filings 写其中一个，而且只写一个。"),
        (
            r"give subject, name and services, or record and picks",
            "要么写 subject、name 和 services，要么写 record 和 picks（或 other_phone），不能混用，也不能缺。",
        ),
        (r"no answer is (.+)", "网站的回答里没有“{0}”。"),
        (r"no bureau finds '(.*)' wrong", "管局不会指出“{0}”这一项。"),
    )
]


@dataclass(frozen=True)
class Places:
    """Where the keys of a text are: its ``content``, and the ``lines`` of all keys."""

    content: Mapping[str, Any]
    lines: Mapping[Key, int]

    def mistake(self, where: Sequence[str | int], says: str) -> Mistake:
        """A mistake at the nearest key there is; what the checker adds to a way, as the sort of a word, is left out."""
        key: Key = ()
        for part in where:
            if (*key, part) in self.lines:
                key = (*key, part)
        if where and where[-1] not in key and says == _OF_VALUE["missing"]:
            says = f"缺少 {where[-1]}。"
        return Mistake(self.lines[key], _written(key), says)

    def way_to(self, dotted: str) -> Iterator[str | int]:
        """The way to what the checker names: in a list by its id, its label, or its number."""
        there: Any = self.content
        for name in dotted.split("."):
            part: str | int = name
            if isinstance(there, list):
                known = [each.get("id", each.get("label")) if isinstance(each, dict) else None for each in there]
                part = known.index(name) if name in known else int(name) - 1 if name.isdigit() else name
            yield part
            try:
                there = there[part]
            except (KeyError, IndexError, TypeError):
                there = None


def _written(key: Key) -> str:
    """A key as people count: the first in a list is number 1."""
    return "".join(f" 第 {part + 1} 项" if isinstance(part, int) else f".{part}" for part in key).lstrip(". ")


def of_checker(error: ValidationError, places: Places) -> Iterator[Mistake]:
    """All that the checker has found, each at its line."""
    found = error.errors(include_url=False, include_input=False)
    for item in found:
        if item["type"] == "too_short" and any(_is_inside(each["loc"], item["loc"]) for each in found):
            continue  # what is wrong in a list was not counted
        where = [SAID if part == "sentences" else part for part in item["loc"]]
        said = str(item["ctx"]["error"]) if item["type"] == "value_error" else ""
        if said and not where:
            yield from (_of_sense(line, places) for line in said.splitlines())
        else:
            yield places.mistake(where, _chinese(said) if said else _of_value(item))


def _is_inside(way: Sequence[int | str], above: Sequence[int | str]) -> bool:
    return len(way) > len(above) and way[: len(above)] == above


def _of_value(item: Mapping[str, Any]) -> str:
    known = _OF_VALUE.get(item["type"])
    return known.format(**item.get("ctx", {})) if known else str(item["msg"])


def _of_sense(line: str, places: Places) -> Mistake:
    """A line of the checker's: a way, perhaps a key there, and what is wrong."""
    *way, says = line.split(": ")
    if way[0] == SENTENCES:
        way = [f"{SAID}.{way[1]}", *way[2:]]
    where = [*places.way_to(way[0]), *way[1:]]
    return places.mistake(where, _chinese(says))


def _chinese(says: str) -> str:
    for pattern, chinese in _OF_SENSE:
        if match := pattern.fullmatch(says):
            return chinese.format(*match.groups())
    return says


_AT = re.compile(r"(.*) \(at (?:line (\d+), column \d+|end of document)\)", re.DOTALL)


def of_toml(error: Exception, *, last_line: int) -> Mistake:
    """What the parser has found, which it finds one at a time."""
    match = _AT.fullmatch(str(error))
    said, line = (match[1], int(match[2] or last_line)) if match else (str(error), last_line)
    return Mistake(line, "", f"这一行不合 TOML 的写法，请检查引号、等号和括号（{said}）。")
