"""A Chromium and a Chinese font for the browser tests: found, or installed where this may be done, or asked for."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tools.places import Refusal
from tools.screen import Screen
from tools.supervisor import Supervisor

#: The first is Chromium without a window, and takes less time for the same.
NAMES = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
MAC_CHROME = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
DEBIAN_PACKAGES = ["chromium", "fontconfig", "fonts-wqy-zenhei"]
#: Instead of the first of these, where Debian has it.
DEBIAN_HEADLESS = "chromium-headless-shell"


def find() -> str | None:
    """The program named by CHROMIUM, else the first one found."""
    if chosen := os.environ.get("CHROMIUM"):
        return chosen
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    return found or (str(MAC_CHROME) if MAC_CHROME.exists() else None)


def has_chinese_font() -> bool:
    """Say whether pages can show Chinese; macOS always can."""
    if sys.platform == "darwin":
        return True
    if not shutil.which("fc-list"):
        return False
    return bool(subprocess.run(["fc-list", ":lang=zh-cn"], capture_output=True, check=False).stdout.strip())


def set_up(supervisor: Supervisor, screen: Screen) -> None:
    """Install what is missing, as root on Debian; elsewhere say what to install."""
    if find() and has_chinese_font():
        return
    if not (sys.platform == "linux" and os.geteuid() == 0 and shutil.which("apt-get")):
        raise Refusal(
            "The browser tests need Chromium and a Chinese font. On Debian or Ubuntu: "
            f"sudo apt-get install {' '.join(DEBIAN_PACKAGES)}; elsewhere install Chromium or Chrome and any Chinese "
            "font, and set CHROMIUM to the program if it is not on the PATH."
        )
    with screen.step("Installing Chromium and a Chinese font") as show:
        _run(supervisor, show, "apt-get", "update")
        install = ("apt-get", "install", "--yes", "--no-install-recommends")
        try:
            _run(supervisor, show, *install, DEBIAN_HEADLESS, *DEBIAN_PACKAGES[1:])
        except Refusal:
            _run(supervisor, show, *install, *DEBIAN_PACKAGES)


def _run(supervisor: Supervisor, show: Callable[[str], None], *command: str) -> None:
    code, output = supervisor.run_step(command, {"DEBIAN_FRONTEND": "noninteractive"}, show)
    if code != 0:
        raise Refusal(f"{' '.join(command)} failed:\n{output[-2000:]}")
