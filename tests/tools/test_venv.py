"""The virtual environment: when it is made, how it is filled, and what is said when that does not work."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import venv
from tools.places import Refusal

OK = (0, "")


class Commands:
    """Stands in for running programs: notes each, and answers by a word of its command line."""

    def __init__(self, answers: dict[str, tuple[int, str]]) -> None:
        self.answers = answers
        self.seen: list[str] = []

    def __call__(self, command: list[str], on_line: Callable[[str], None]) -> tuple[int, str]:
        line = " ".join(command)
        self.seen.append(line)
        answer = next((answer for words, answer in self.answers.items() if words in line), OK)
        for text in answer[1].splitlines():
            on_line(text)
        if answer[0] == 0 and "-m venv" in line:
            venv.VENV_PYTHON.parent.mkdir(parents=True, exist_ok=True)
            venv.VENV_PYTHON.symlink_to(sys.executable)
        return answer


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with nothing but requirements."""
    monkeypatch.setattr(venv, "ROOT", tmp_path)
    monkeypatch.setattr(venv, "VAR", tmp_path / "var")
    monkeypatch.setattr(venv, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(venv, "VENV_PYTHON", tmp_path / ".venv" / "bin" / "python")
    (tmp_path / "requirements.txt").write_text("Django==5\ncelery==5\n")
    (tmp_path / "requirements-dev.txt").write_text("-r requirements.txt\npytest==9\n")
    return tmp_path


def make(commands: Commands, requirements: str = "requirements.txt") -> list[str]:
    shown: list[str] = []
    venv.make(requirements, commands, shown.append)
    return shown


def test_environment_is_complete_only_for_the_pins_it_was_made_from(checkout: Path) -> None:
    assert not venv.is_complete("requirements.txt")
    make(Commands({}))
    assert venv.is_complete("requirements.txt")
    assert not venv.is_complete("requirements-dev.txt")
    (checkout / "requirements.txt").write_text("Django==6\n")
    assert not venv.is_complete("requirements.txt")


def test_environment_for_tests_is_complete_for_the_site_too(checkout: Path) -> None:
    make(Commands({}), "requirements-dev.txt")
    assert venv.is_complete("requirements-dev.txt")
    assert venv.is_complete("requirements.txt")
    (checkout / "requirements.txt").write_text("Django==6\n")
    assert not venv.is_complete("requirements-dev.txt"), "what a file takes in with -r counts too"


def test_packages_beside_the_environment_are_brought_once_and_change_nothing_in_it(checkout: Path) -> None:
    (checkout / "requirements-load.txt").write_text("locust==2\n")
    make(Commands({}), "requirements-dev.txt")
    folder, commands = checkout / ".venv" / "load", Commands({})

    venv.add_beside(folder, "requirements-load.txt", commands, str)
    assert [line for line in commands.seen if f"--target {folder}" in line] == commands.seen[-1:]
    count = len(commands.seen)
    venv.add_beside(folder, "requirements-load.txt", commands, str)
    assert len(commands.seen) == count
    assert venv.is_complete("requirements-dev.txt")
    (checkout / "requirements-load.txt").write_text("locust==3\n")
    with pytest.raises(Refusal):
        venv.add_beside(folder, "requirements-load.txt", Commands({"--target": (1, "no such package")}), str)
    assert not (folder / ".complete").exists()


def test_progress_counts_the_packages() -> None:
    output = "Collecting Django==5 (from -r …)\nCollecting celery==5\nInstalling collected packages: Django, celery\n"
    assert make(Commands({"pip install": (0, output)})) == ["1/2 Django", "2/2 celery", "unpacking"]


def test_python_without_ensurepip_is_filled_by_a_pip_from_outside() -> None:
    commands = Commands({"-m venv --clear --without-pip": OK, "-m venv": (1, "ensurepip is not available")})
    make(commands)
    assert commands.seen[-1].startswith(f"{sys.executable} -m pip --python {venv.VENV_PYTHON} install")
    assert venv.is_complete("requirements.txt")


def test_python_without_ensurepip_and_without_any_pip_is_a_clear_sentence() -> None:
    commands = Commands({"-m venv": (1, "ensurepip is not available"), "--version": (1, "No module named pip")})
    with pytest.raises(Refusal, match=r"sudo apt-get install python3\.\d+-venv"):
        make(commands)


def test_missing_wheel_is_a_clear_sentence(checkout: Path) -> None:
    output = "ERROR: No matching distribution found for granian==2.8.7\n"
    with pytest.raises(Refusal, match=r"There is no ready-made package granian==2\.8\.7 for Python"):
        make(Commands({"pip install": (1, output)}))
    assert (checkout / "var" / "setup.log").read_text() == output
    assert not venv.is_complete("requirements.txt")


def test_other_trouble_shows_the_end_of_the_output() -> None:
    with pytest.raises(Refusal, match="No space left on device"):
        make(Commands({"pip install": (1, "ERROR: No space left on device")}))
