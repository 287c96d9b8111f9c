"""Chromium and a Chinese font: found, installed, or asked for."""

import io
import os
from pathlib import Path

import pytest

from tools import browser
from tools.places import Refusal
from tools.screen import Screen
from tools.supervisor import Supervisor


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with nothing on it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(browser, "MAC_CHROME", tmp_path / "none")
    monkeypatch.setattr(browser.sys, "platform", "linux")
    return tmp_path


def put(folder: Path, name: str, script: str) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


class Installer(Supervisor):
    """Notes what would be run."""

    def __init__(self, folder: Path, *, fails: str = "nothing") -> None:
        super().__init__(Screen(io.StringIO()))
        self.folder, self.fails, self.seen = folder, fails, list[str]()

    def run_step(self, command: object, environment: object, on_line: object, **_: object) -> tuple[int, str]:  # type: ignore[override]
        self.seen.append(" ".join(command))  # type: ignore[arg-type]
        return (100 if self.fails in self.seen[-1] else 0), "E: no such thing"


def test_nothing_is_installed_where_all_is_there(programs: Path) -> None:
    put(programs, "chromium", "")
    put(programs, "fc-list", "echo font")
    installer = Installer(programs)
    browser.set_up(installer, installer.screen)
    assert browser.find() == str(programs / "chromium")
    assert installer.seen == []


def test_root_on_debian_installs_packages(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(programs, "apt-get", "")
    put(programs, "chromium", "")
    put(programs, "fc-list", "")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    installer = Installer(programs)
    browser.set_up(installer, installer.screen)
    assert installer.seen == [
        "apt-get update",
        "apt-get install --yes --no-install-recommends chromium-headless-shell fontconfig fonts-wqy-zenhei",
    ]


def test_chromium_with_a_window_is_installed_where_there_is_no_other(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(programs, "apt-get", "")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    installer = Installer(programs, fails="headless")
    browser.set_up(installer, installer.screen)
    assert installer.seen[-1] == "apt-get install --yes --no-install-recommends chromium fontconfig fonts-wqy-zenhei"


def test_failed_installation_shows_what_apt_said(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(programs, "apt-get", "")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    installer = Installer(programs, fails="update")
    with pytest.raises(Refusal, match="apt-get update failed:\nE: no such thing"):
        browser.set_up(installer, installer.screen)


def test_others_are_told_what_to_install(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(programs, "apt-get", "")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    installer = Installer(programs)
    with pytest.raises(Refusal, match="sudo apt-get install chromium fontconfig fonts-wqy-zenhei"):
        browser.set_up(installer, installer.screen)
    assert installer.seen == []


def test_chromium_variable_comes_first(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(programs, "chromium", "")
    monkeypatch.setenv("CHROMIUM", "/opt/chrome")
    assert browser.find() == "/opt/chrome"
