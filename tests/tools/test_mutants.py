"""The mistakes that `make mutants` makes, how it goes on where it stopped, and its list of equivalent ones."""

import json
from pathlib import Path

import pytest

from tests.mutants.runner import FOLDERS
from tools import mutants, mutations
from tools.mutants import Result
from tools.mutations import Mutant
from tools.places import ROOT, Refusal
from tools.screen import Screen

CODE, LAW = "verification/asking/records.py", "verification/law/times.py"


def mutated(source: str, path: str = CODE) -> list[str]:
    """The changed line of each mutant."""
    return [mutant.mutated for mutant in mutations.mutants_of(path, source.encode())]


def in_function(*lines: str, returns: str = "None") -> str:
    body = "".join(f"    {line}\n" for line in lines)
    return f"def work(a: int = ..., b: bool = ...) -> {returns}:\n{body}"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("x = a < b", ["x = a <= b"]),
        ("x = a >= b != 'a < b'", ["x = a > b != 'a < b'", "x = a >= b == 'a < b'"]),
        ("x = a is not b", ["x = a is b"]),
        ("x = a in b", ["x = a not in b"]),
        ("x = a and b or 3", ["x = a or b or 3", "x = a and b and 3"]),
        ("x = not a", ["x = a"]),
        ("x = Q(a=1) | ~Q(b=2)", ["x = Q(a=1) & ~Q(b=2)", "x = Q(a=1) | Q(b=2)"]),
        ("x = a if b else 3", ["x = a if not (b) else 3"]),
        ("x = [one for one in a if one.b]", ["x = [one for one in a if not (one.b)]"]),
        ("a.save()", ["pass"]),
        ("yield '域名'", ["yield from ()"]),
        ("return a", ["return None"]),
        ("return None", []),
        ("assert a < b, 'never'", []),
        ("log.info('%s', a < b)", []),
        ("x: 'a < b' = f'{a < b}'", []),
    ],
)
def test_mutants_of_a_line(line: str, expected: list[str]) -> None:
    assert mutated(in_function(line)) == expected


@pytest.mark.parametrize(
    ("returns", "expected"),
    [
        ("bool", "return not (a)"),
        ("int", "return (a) + 1"),
        ("str", 'return ""'),
        ("list[str]", "return []"),
        ("QuerySet[Filing]", "return (a).none()"),
        ("str | None", "return None"),
    ],
)
def test_returned_value_is_replaced_by_one_of_its_kind(returns: str, expected: str) -> None:
    assert mutated(in_function("return a", returns=returns)) == [expected]


def test_numbers_are_changed_where_they_have_a_name_and_everywhere_in_the_law() -> None:
    source = "LIMIT = 5\nSTRICT = True\n" + in_function("x = 7", "y = False")
    assert mutated(source) == ["LIMIT = 6"]
    assert mutated(source, LAW) == ["LIMIT = 6", "STRICT = False", "x = 8", "y = True"]


def test_fields_of_the_tables_and_decorators_are_left_alone() -> None:
    source = "@dataclass(frozen=1 < 2)\nclass Filing:\n    number = CharField(max_length=20)\n"
    assert mutated(source, "verification/models/filing.py") == []
    assert mutated(source) == ["number = CharField(max_length=21)"]


def test_values_of_an_edition_are_changed_and_its_texts_are_not() -> None:
    source = """
since = 2017-12-18T09:00:00+08:00
[timing]
noon_hour = { value = 12, rule = "C-04" } # 12
hint = { value = "12 = 12", rule = "C-04" }
[kinds.first_filing]
prereview = { value = true, rule = "W-23" }
situations = [{ when = "always", verify = ["subject", "website"], mode = "any", rule = "W-01" }]
"""
    assert mutated(source, "verification/law/editions/new.toml") == [
        "since = 2017-12-18T09:00:01+08:00",
        'noon_hour = { value = 11, rule = "C-04" } # 12',
        'noon_hour = { value = 13, rule = "C-04" } # 12',
        'prereview = { value = false, rule = "W-23" }',
        'situations = [{ when = "always", verify = ["subject"], mode = "any", rule = "W-01" }]',
        'situations = [{ when = "always", verify = ["website"], mode = "any", rule = "W-01" }]',
        'situations = [{ when = "always", verify = ["subject", "website"], mode = "all", rule = "W-01" }]',
    ]


def test_key_stays_as_long_as_the_function_does() -> None:
    def keys(source: str) -> list[str]:
        return [mutant.key for mutant in mutations.mutants_of(CODE, source.encode())]

    function = in_function("x = a < b", "y = a < b")
    assert len(set(keys(function))) == 2
    assert keys("LATER: str\n\n" + function) == keys(function)
    assert set(keys(function.replace("y", "z"))) & set(keys(function)) == set()


def test_mutant_stands_where_it_says() -> None:
    source = ("@cache\n" + in_function("return a  # 备案", "# 主体", "x = '主体' < b")).encode()
    found = mutations.mutants_of(CODE, source)[-1]
    assert (found.place, found.function, found.function_line) == (f"{CODE}:5", "work", 1)
    assert found.applied_to(source).decode() == source.decode().replace("<", "<=")


def test_project_has_mutants_with_keys_of_their_own() -> None:
    found = mutations.all_mutants()
    assert len({mutant.key for mutant in found}) == len(found)
    assert {mutant.path for mutant in found} >= {CODE, LAW, "verification/law/editions/jd-2017.toml"}
    assert {mutant.path for mutant in mutations.all_mutants(["verification/law/"])} < {one.path for one in found}


def test_project_lists_equivalent_mutants_that_there_are() -> None:
    mutants.equivalent_among(mutations.all_mutants(), mutants.EQUIVALENT)


# ── Results ──────────────────────────────────────────────────────────────────


@pytest.fixture
def two() -> list[Mutant]:
    """Two mutants."""
    return mutations.mutants_of(CODE, in_function("x = a < b", "y = a > b").encode())


def result(mutant: Mutant, outcome: str) -> Result:
    return Result(mutant.key, outcome, "tests/law/test_times.py::test", seconds=1.5, proof="p")


def test_results_are_read_again_and_the_last_one_counts(tmp_path: Path, two: list[Mutant]) -> None:
    file = tmp_path / "results.jsonl"
    assert mutants.read_results(file) == {}
    for outcome in ("survived", "killed"):
        mutants.keep(result(two[0], outcome), file)
    with file.open("a") as cut_off:
        cut_off.write('{"key": "' + two[1].key)
    assert mutants.read_results(file) == {two[0].key: result(two[0], "killed")}


def write_list(path: Path, mutant: Mutant, **changes: str) -> Path:
    entry = {
        "module": mutant.path,
        "function": mutant.function,
        "line": mutant.text,
        "mutant": mutant.mutated,
        "reason": "equal anyway",
    } | changes
    path.write_text("[[equivalent]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in entry.items()))
    return path


def test_equivalent_mutants_are_found_by_their_line(tmp_path: Path, two: list[Mutant]) -> None:
    path = write_list(tmp_path / "equivalent.toml", two[0])
    assert mutants.equivalent_among(two, path) == {two[0].key}


@pytest.mark.parametrize(
    ("changes", "mistake"),
    [
        ({"line": "x = a == b"}, "there is no mutant 'x = a <= b' in verification/asking/records.py"),
        ({"reason": ""}, "an entry has module, function, line, mutant, reason"),
        ({"because": "?"}, "this one has module, function, line, mutant, reason, because"),
    ],
)
def test_equivalent_list_refuses_an_entry_that_is_wrong(
    tmp_path: Path, two: list[Mutant], changes: dict[str, str], mistake: str
) -> None:
    path = write_list(tmp_path / "equivalent.toml", two[0], **changes)
    with pytest.raises(Refusal) as refusal:
        mutants.equivalent_among(two, path)
    assert mistake in str(refusal.value)


def test_summary_names_survivors_and_fails_under_the_bar(two: list[Mutant], capsys: pytest.CaptureFixture[str]) -> None:
    results = {two[0].key: result(two[0], "timeout"), two[1].key: result(two[1], "survived")}
    assert mutants.summarise(Screen(), two, [], results) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].split() == [CODE, "2", "1", "1", "0", "50.0", "%"]
    assert lines[5:8] == [f"{CODE}:3 (comparison)", "  - y = a > b", "  + y = a >= b"]
    assert mutants.summarise(Screen(), two, [two[1].key], results) == 0


def test_summary_fails_where_an_equivalent_one_is_killed(two: list[Mutant], capsys: pytest.CaptureFixture[str]) -> None:
    results = {mutant.key: result(mutant, "killed") for mutant in two}
    assert mutants.summarise(Screen(), two, [two[0].key], results) == 1
    assert f"{CODE}:2 is listed as equivalent, and tests/law/test_times.py::test tells it" in capsys.readouterr().out


def test_mutants_are_no_part_of_the_tests() -> None:
    assert not list((ROOT / "tests" / "mutants").glob("test_*.py"))


def test_mutants_are_tried_by_tests_of_every_folder_named() -> None:
    assert [folder for folder in FOLDERS if not any((ROOT / folder).rglob("test_*.py"))] == []
