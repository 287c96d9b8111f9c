"""make fuzz: which rounds are run, and from where it goes on."""

from pathlib import Path

import pytest

from tools import fuzz, test
from tools.fuzz import Progress
from tools.places import Refusal
from tools.screen import Screen
from tools.test import Result


class Rounds:
    """Runs no round, and notes the seeds; the first that is to fail does."""

    def __init__(self, failing: int = 0) -> None:
        self.failing, self.seeds = failing, list[int]()

    def __call__(self, supervisor: object, screen: Screen, group: test.Group, *, budget: float) -> Result:
        (seed,) = [int(option.partition("=")[2]) for option in group.options if "seed" in option]
        self.seeds.append(seed)
        return Result(group, budget, 0, is_good=seed != self.failing)


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Rounds:
    """There is nothing to set up and nothing kept, and nobody asks for anything."""
    for name in ("SEED", "MINUTES", "FUZZ_SECONDS"):
        monkeypatch.setenv(name, "")
    monkeypatch.setattr(fuzz, "PROGRESS", tmp_path / "fuzz" / "progress.json")
    monkeypatch.setattr(test, "RESULTS", tmp_path)
    monkeypatch.setattr(fuzz.run, "set_up", lambda *_: None)
    runner = Rounds()
    monkeypatch.setattr(test, "run_group", runner)
    return runner


def test_each_round_has_the_next_seed(rounds: Rounds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEED", "7")
    monkeypatch.setenv("MINUTES", "8")
    assert fuzz.main() == 0
    assert rounds.seeds == [7, 8, 9, 10]
    assert fuzz.kept(fuzz.PROGRESS) is None


def test_run_that_nobody_describes_takes_a_quarter_of_an_hour(rounds: Rounds) -> None:
    assert fuzz.main() == 0
    assert len(rounds.seeds) == 6


def test_failing_round_ends_the_run_and_says_how_to_have_it_again(
    rounds: Rounds, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SEED", "7")
    rounds.failing = 9
    assert fuzz.main() == 1
    assert fuzz.kept(fuzz.PROGRESS) == Progress(seed=7, rounds=6, done=2)
    assert "The same again: make fuzz SEED=9" in capsys.readouterr().out


def test_next_run_goes_on_with_the_round_at_which_the_last_one_ended(rounds: Rounds) -> None:
    fuzz.keep(Progress(seed=7, rounds=6, done=4), fuzz.PROGRESS)
    assert fuzz.main() == 0
    assert rounds.seeds == [11, 12]


def test_broken_file_is_as_good_as_none(tmp_path: Path) -> None:
    for text in ("", "{", "[]", '{"seed": 1}', '{"other": 1}'):
        (tmp_path / "progress.json").write_text(text)
        assert fuzz.kept(tmp_path / "progress.json") is None


@pytest.mark.parametrize("text", ["x", "-1", "0", "1.5", "٣"])
@pytest.mark.parametrize("name", ["SEED", "MINUTES"])
def test_what_is_no_number_is_refused(name: str, text: str) -> None:
    with pytest.raises(Refusal, match="are to be whole numbers"):
        fuzz.asked_for({name: text})
