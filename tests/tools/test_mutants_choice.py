"""Which tests `make mutants` runs against a mistake, and when what it knows of a test is out of date."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.mutants import choice
from tests.mutants.choice import Choice, Records, proof_of
from tests.mutants.runner import Recorded
from tools.mutants import Result
from tools.mutations import Mutant, mutants_of

MODULE = "verification/guards.py"
CODE = """LIMIT = 5


def allow(tries):
    return tries < LIMIT


def forget(tries):
    tries.clear()
"""
ALLOWS, FORGETS, SLOW = (f"tests/law/test_{name}" for name in ("guards.py::test_a[1]", "b.py::test_b", "c.py::test_c"))


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Writes a file of a small project, of which nothing is remembered then."""
    monkeypatch.setattr(choice, "ROOT", tmp_path)

    def write(path: str, text: str) -> None:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
        for remembering in (choice.digest_of, choice._tests_in, choice._bytes_digest):
            remembering.cache_clear()

    write(MODULE, CODE)
    for test in (ALLOWS, FORGETS, SLOW):
        path, _, name = test.partition("::")
        write(path, f"def {name.partition('[')[0]}(): ...\n")
    return write


def recorded(*lines: int, seconds: float = 0.1) -> Recorded:
    return Recorded(passed=True, seconds=seconds, lines={MODULE: lines}, sections=[])


@pytest.fixture
def chosen(write: Callable[[str, str], None]) -> Choice:
    """A choice among three tests; line 9 has run before any of them."""
    records = {ALLOWS: recorded(5), FORGETS: recorded(9), SLOW: recorded(5, 9, seconds=2)}
    return Choice(records, {MODULE: [1, 9]})


def mutant(line: int) -> Mutant:
    return next(one for one in mutants_of(MODULE, CODE.encode()) if one.line == line)


def test_tests_are_those_that_ran_the_line_the_likely_ones_first(chosen: Choice) -> None:
    assert chosen.tests_of(mutant(5)) == [ALLOWS, SLOW]
    chosen.note(mutant(5), Result("key", "killed", SLOW, 1.0, "proof"))
    assert chosen.tests_of(mutant(5)) == [SLOW, ALLOWS]


def test_tests_of_a_value_are_those_that_run_what_names_it(chosen: Choice) -> None:
    assert chosen.tests_of(mutant(1)) == [ALLOWS, SLOW]


def test_what_has_run_before_the_tests_is_read_anew(chosen: Choice) -> None:
    assert [chosen.is_cold(mutant(line)) for line in (1, 5, 9)] == [True, False, True]


def test_tests_take_no_longer_than_the_budget(chosen: Choice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "BUDGET", 1.0)
    assert chosen.tests_of(mutant(5)) == [ALLOWS]


@pytest.mark.parametrize(
    ("changed", "text", "is_good"),
    [
        ("tests/law/test_guards.py", "import re\n\n\ndef test_a(): ...\n\n\ndef test_new(): ...\n", True),
        ("tests/law/test_guards.py", "def test_a(): assert 1\n", False),
        ("tests/law/test_guards.py", "TRIES = 3\n\n\ndef test_a(): ...\n", False),
        (MODULE, CODE + "\n", False),
        ("tests/law/conftest.py", "...", False),
        ("tests/world.py", "...", False),
    ],
)
def test_record_is_good_until_something_in_it_changes(
    tmp_path: Path, write: Callable[[str, str], None], changed: str, text: str, is_good: bool
) -> None:
    file = tmp_path / "records.jsonl"
    Records(file).add(ALLOWS, recorded(5))
    assert Records(file).missing([ALLOWS, FORGETS]) == [FORGETS]
    write(changed, text)
    assert Records(file).missing([ALLOWS]) == ([] if is_good else [ALLOWS])


def test_result_rests_on_the_test_that_killed_or_on_all_that_did_not(write: Callable[[str, str], None]) -> None:
    def proofs() -> tuple[str, str]:
        return proof_of(ALLOWS, [ALLOWS, FORGETS], is_killed=True), proof_of("", [ALLOWS, FORGETS], is_killed=False)

    killed, survived = proofs()
    write("tests/law/test_b.py", "def test_b(): assert 1")
    assert (proofs()[0] == killed, proofs()[1] == survived) == (True, False)
