"""Texts of people's own exercises: read as the fixed ones are, each mistake at its line, and within bounds."""

import time
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from training.files import exercises
from training.one_text import text_of
from training.reading import MOST_BYTES, MOST_FILINGS, MOST_SECONDS, MOST_STEPS, Unreadable, read
from training.toml_lines import Key, lines_of

NAME = "own-test"
TEXT = text_of("two-codes")


def line_of(text: str, found: str, *, after: str = "") -> int:
    """The number of the first line in which something stands."""
    return text[: text.index(found, text.index(after))].count("\n") + 1


def told(text: str) -> list[tuple[int, str, str]]:
    """What is wrong with a text."""
    with pytest.raises(Unreadable) as raised:
        read(text, name=NAME)
    return [(each.line, each.key, each.says) for each in raised.value.mistakes]


def keys_of(value: Any, way: Key = ()) -> Iterator[Key]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inner:
        yield (*way, name)
        yield from keys_of(each, (*way, name))


@pytest.mark.parametrize("name", exercises())
def test_fixed_exercise_as_one_text_says_the_same(name: str) -> None:
    text = text_of(name)
    exercise, places = read(text, name=NAME)
    fixed = exercises()[name]
    assert exercise.model_copy(update={"name": name, "digest": fixed.digest, "place": fixed.place}) == fixed
    assert set(places.lines) == {(), *keys_of(tomllib.loads(text))}


def test_lines_are_those_of_the_keys() -> None:
    text = (
        '# a\n[x]\n"q.r" = """\n[no]\n"""\nl = [\n  { a = 1 }, # [\n  2,\n]\n[[x.t]]\nv = \'"\'\n[[x.t]]\nd.e = 1.5\n'
    )
    found = lines_of(text)
    assert found[("x", "q.r")] == 3
    assert (found[("x", "l", 0, "a")], found[("x", "l", 1)]) == (7, 8)
    assert (found[("x", "t", 0, "v")], found[("x", "t", 1, "d", "e")]) == (11, 13)
    assert set(found) == {(), *keys_of(tomllib.loads(text))}


#: What stands in the place of what, by the key, what is said, and what stands in the line that it is said of.
WRONG = {
    "too great": ("level = 2", "level = 7", "level", "这个数太大了，最大是 3。", "level = 7"),
    "of another type": ("minutes = 7", 'minutes = "x"', "minutes", "这里应该是一个整数，不加引号。", "minutes ="),
    "missing": ('id = "which"\n', "", "steps 第 3 项", "缺少 id。", "[[steps]]\nact = {"),
    "unknown key": ("owner = { serial", "owner = { seral = 1, serial", "", "没有这个键", "seral"),
    "unknown word": ('do = "move_clock"', 'do = "shout"', "", "没有“shout”这个词", 'do = "shout"'),
    "no such person": ('subject = "owner"', 'subject = "nobody"', "", "开局里没有“nobody”。", "nobody"),
    "no such place": ('place = "provider.list"', 'place = "nowhere"', "", "没有“nowhere”这个地方", "nowhere"),
    "no province": ('province = "gs"', 'province = "zz"', "opening.province", "没有“zz”。", "zz"),
    "no sentence": ("[zh.ends.both-failed]", "[zh.ends.both]", "zh.ends.both", "没有这个步骤或结局", "[zh.ends.both]"),
    "a given key": ("level = 2", 'level = 2\nname = "four-wrong"', "name", "没有 name 这个键，请删去。", "name = "),
    "too long": ('title = "', f'title = "{"长" * 20}', "zh.title", "最多 20 个字", "title ="),
    "control": ('title = "', 'title = "\\u0007', "zh.title", "看不见的控制字符", "title ="),
    "long ago": ("2026-05-20", "1926-05-20", "opening.starts_at", "2017 年 12 月", "starts_at"),
    "no zone": ("T09:30:00+08:00", "T09:30:00", "opening.starts_at", "时刻要写明时区", "starts_at"),
    "no TOML": ("level = 2", "level =", "", "这一行不合 TOML 的写法", "level ="),
    "never ends": ('title = "', 'title = """', "", "这一行不合 TOML 的写法", ""),
    "deep": ("level = 2", f"level = {'[' * 60}", "", "括号套得太深", "level = ["),
}


@pytest.mark.parametrize("case", WRONG)
def test_mistake_stands_at_its_line_in_chinese(case: str) -> None:
    old, new, key, says, found = WRONG[case]
    assert old in TEXT
    text = TEXT.replace(old, new, 1)
    mistakes = told(text)
    matching = [each for each in mistakes if says in each[2] and key in each[1]]
    assert matching, mistakes
    if found:
        assert matching[0][0] == line_of(text, found)
    assert not [each for each in mistakes if each[2].isascii()]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_lines() -> None:
    wrong = TEXT.replace("level = 2", "level = 7").replace("why = ", "wy = ").replace("minutes = 14", "minutes = 0")
    lines = [line for line, *_ in told(wrong)]
    assert len(lines) == 2 + 2 * 4
    assert lines == sorted(lines)


def many(what: str, count: int) -> str:
    """The text with so many more of something, all of them alike."""
    heading = f"[[{what}]]"
    begin = TEXT.index(heading)
    one = TEXT[begin : TEXT.index("\n\n", begin) + 2]
    return TEXT[:begin] + one * count + TEXT[begin:]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (TEXT + "#" * MOST_BYTES, "最多 64 kB，这里有 69 kB，请缩短。"),
        (many("opening.filings", MOST_FILINGS - 1), "最多 20 份申请，这里有 21，请删去一些。"),
        (many("steps", MOST_STEPS - 3), "最多 40 个步骤，这里有 41，请删去一些。"),
        (many("ends", 11), "最多 12 个没有达到目标的结局，这里有 13，请删去一些。"),
        (TEXT.replace("[zh]", "[en]").replace("[zh.", "[en."), "缺少 [zh]"),
        ("", "缺少 [zh]"),
    ],
    ids=["bytes", "filings", "steps", "ends", "no sentences", "blank"],
)
def test_what_is_beyond_bounds_is_refused_with_a_sentence(text: str, says: str) -> None:
    assert says in told(text)[0][2]


#: As large as it may be, and as odd as TOML and what is none can be.
HOSTILE = {
    "arrays": "a = " + "[" * 60_000,
    "tables": "a = " + "{b=" * 20_000,
    "dots": "a." * 30_000 + "a = 1",
    "headings": "[" + "a." * 7 + "a]\n" + "[a]\n" * 15_000,
    "short headings": "".join(f"[a{number}]\n" for number in range(8_000)),
    "numbers": "a = " + "9" * 60_000,
    "hexadecimal": "a = 0x" + "f" * 60_000,
    "quotes": '"' * 64_000,
    "escapes": 'a = """' + '\\"""' * 15_000,
    "apostrophes": "a = '''" + "''" * 30_000,
    "keys": "".join(f"k{number} = 1\n" for number in range(6_000)),
    "labels": "[opening]\nstarts_at = 1\n[opening.persons]\n" + "".join(f"p{n} = {{}}\n" for n in range(6_000)),
    "conditions": "[goal]\nwhat = 'all'\nof = [" + "{ what = 'seen' }," * 3_500 + "]",
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_text_is_refused_in_no_time(case: str) -> None:
    begun = time.thread_time()
    assert told(HOSTILE[case])
    assert time.thread_time() - begun < 5 * MOST_SECONDS


def test_largest_text_is_read_in_time() -> None:
    steps = "".join(
        f'[[steps]]\nid = "s{n}"\nact = {{ do = "read" }}\ndone = {{ what = "seen" }}\nrule = "W-18"\n'
        'place = "provider.list"\n\n'
        for n in range(MOST_STEPS - 4)
    )
    said = "".join(
        f'[zh.steps.s{n}]\ndo = "{"做" * 200}"\nwhy = "{"为" * 100}"\nlook = "看"\nhow = "怎"\n\n'
        for n in range(MOST_STEPS - 4)
    )
    begin = TEXT.index("[[opening.filings]]")
    filing = TEXT[begin : TEXT.index("\n\n", begin) + 2]
    filings = "".join(filing.replace("bakery", f"f{n}", 1) for n in range(MOST_FILINGS - 2))
    text = TEXT.replace("[[opening.filings]]", f"{filings}[[opening.filings]]", 1).replace(
        "[goal]", f"{steps}[goal]", 1
    )
    text = f"{text}\n{said}"
    text += f"# {'x' * (MOST_BYTES - len(text.encode()) - 2)}"
    begun = time.thread_time()
    exercise, _ = read(text, name=NAME)
    assert time.thread_time() - begun < MOST_SECONDS
    assert (len(exercise.steps), len(exercise.opening.filings)) == (MOST_STEPS, MOST_FILINGS)
