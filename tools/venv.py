"""The virtual environment of the checkout: made when missing, filled when the pinned packages have changed."""

import hashlib
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tools.places import ROOT, VAR, VENV, VENV_PYTHON, Refusal

Run = Callable[[list[str], Callable[[str], None]], tuple[int, str]]
"""Runs a command, hands each line of its output on, and returns its exit code and output."""


def is_complete(requirements: str) -> bool:
    """Say whether the environment holds what the file asks for, and works with this Python."""
    return (
        VENV_PYTHON.exists()
        and _stamp(requirements).exists()
        and _stamp(requirements).read_text() == _fingerprint(requirements)
    )


def make(requirements: str, run: Run, show: Callable[[str], None]) -> None:
    """Make the environment complete."""
    _install([], requirements, run, show)
    for old in VENV.glob(".complete-*"):
        old.unlink()
    for name in _included(requirements):
        _stamp(name).write_text(_fingerprint(name))


def add_beside(folder: Path, requirements: str, run: Run, show: Callable[[str], None]) -> None:
    """Put what a file asks for into a folder of its own, for programs that are told to look there, if it is not there.

    The environment itself, which is complete, stays as it is.
    """
    stamp = folder / ".complete"
    if stamp.exists() and stamp.read_text() == _fingerprint(requirements):
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    _install(["--target", str(folder)], requirements, run, show)
    stamp.write_text(_fingerprint(requirements))


def _install(where: list[str], requirements: str, run: Run, show: Callable[[str], None]) -> None:
    total = sum(1 for line in _all_lines(requirements) if "==" in line)
    seen: set[str] = set()

    def follow(line: str) -> None:
        if found := re.match(r"(?:Collecting|Requirement already satisfied:) ([\w.-]+)", line):
            seen.add(found[1].lower())
            show(f"{min(len(seen), total)}/{total} {found[1]}")
        elif line.startswith("Installing collected packages"):
            show("unpacking")

    options = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off", *where]
    command = [*_pip_of_environment(run), "install", *options, "-r", str(ROOT / requirements)]
    code, output = run(command, follow)
    if code != 0:
        raise Refusal(_explain(output))


def _pip_of_environment(run: Run) -> list[str]:
    """The command that installs into the environment, which is made where it is missing or of another Python."""
    pip = [str(VENV_PYTHON), "-m", "pip"]
    if VENV_PYTHON.exists() and _version_of(VENV_PYTHON) == sys.version_info[:2]:
        if run([*pip, "--version"], _ignore)[0] == 0:
            return pip
        if foreign := _foreign_pip(run):
            return foreign
    code, output = run([sys.executable, "-m", "venv", "--clear", str(VENV)], _ignore)
    if code == 0:
        return pip
    # Debian's python3 comes without ensurepip, so the environment must be made without pip and filled from outside.
    foreign = _foreign_pip(run)
    if foreign and run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(VENV)], _ignore)[0] == 0:
        return foreign
    if "ensurepip" in output or "No module named venv" in output:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise Refusal(
            "This Python cannot make virtual environments. On Debian or Ubuntu: "
            f"sudo apt-get install python{version}-venv, then try again. / 缺少 venv 组件，请安装 python3-venv 后重试。"
        )
    raise Refusal(f"The virtual environment could not be made:\n{_tail(output)}")


def _foreign_pip(run: Run) -> list[str]:
    """A pip (or uv) from outside that can install into the environment; empty if there is none."""
    candidates = [[sys.executable, "-m", "pip"]]
    candidates += [[found] for name in ("pip3", "pip") if (found := shutil.which(name))]
    for command in candidates:
        if run([*command, "--python", sys.executable, "--version"], _ignore)[0] == 0:
            return [*command, "--python", str(VENV_PYTHON)]
    return []


def _explain(output: str) -> str:
    """A sentence for what kept the packages from being installed."""
    log = VAR / "setup.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text(output, encoding="utf-8")
    if found := re.search(r"No matching distribution found for (\S+)", output):
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        return (
            f"There is no ready-made package {found[1]} for Python {version} on this machine ({sys.platform}), or the "
            f"package index cannot be reached. Python 3.11 on Linux or macOS is known to work. The whole output is in "
            f"{log}. / 没有适用于本机的安装包，或无法访问软件源。"
        )
    return f"The packages could not be installed; the whole output is in {log}:\n{_tail(output)}"


def _included(requirements: str) -> list[str]:
    """The file and those that it takes in with -r."""
    names = [requirements]
    for line in (ROOT / requirements).read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            names += _included(line.removeprefix("-r ").strip())
    return names


def _all_lines(requirements: str) -> list[str]:
    return [line for name in _included(requirements) for line in (ROOT / name).read_text(encoding="utf-8").splitlines()]


def _fingerprint(requirements: str) -> str:
    text = "\n".join([str(sys.version_info[:2]), str(VENV), *_all_lines(requirements)])
    return hashlib.sha256(text.encode()).hexdigest()


def _stamp(requirements: str) -> Path:
    return VENV / f".complete-{requirements}"


def _version_of(python: Path) -> tuple[int, int] | None:
    program = "import sys; print(*sys.version_info[:2])"
    done = subprocess.run([python, "-c", program], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return None
    major, minor = done.stdout.split()
    return int(major), int(minor)


def _tail(output: str, lines: int = 12) -> str:
    return "\n".join(output.strip().splitlines()[-lines:])


def _ignore(line: str) -> None:
    """Take a line of output and do nothing."""
