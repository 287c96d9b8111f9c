"""What the tools show: steps with their duration, and one log with a prefix for each part."""

import io
import os
import shutil
import sys
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

COLOURS = {"web": 34, "worker": 32, "beat": 35, "redis": 33, "run": 36}
GREEN, RED, YELLOW, BOLD, GREY = 32, 31, 33, 1, 90


class Screen:
    """The terminal, or the file that stands in for it: colours and moving lines on a terminal only."""

    def __init__(self, out: TextIO | None = None) -> None:
        self.out = out or sys.stdout
        if isinstance(self.out, io.TextIOWrapper):
            self.out.reconfigure(errors="replace")  # a terminal that lacks a character shows another
        self.is_terminal = self.out.isatty() and os.environ.get("TERM") != "dumb"
        self.has_colour = self.is_terminal and "NO_COLOR" not in os.environ

    def paint(self, text: str, colour: int) -> str:
        """The text in a colour, where the terminal has colours."""
        return f"\033[{colour}m{text}\033[0m" if self.has_colour else text

    def say(self, text: str = "") -> None:
        """One line."""
        self.out.write(text + "\n")
        self.out.flush()

    def log(self, part: str, line: str) -> None:
        """One line of one part."""
        self.say(f"{self.paint(f'{part:<6} |', COLOURS.get(part, GREY))} {line}")

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        """Show what is being done, for how long, and how it ended. Yields what takes a word on the progress."""
        began = time.monotonic()
        note = ""
        done = threading.Event()

        def show(detail: str) -> None:
            nonlocal note
            note = detail

        def move() -> None:
            while not done.wait(0.2):
                self._overwrite(f"… {title} {time.monotonic() - began:.0f} s {note}")

        mover = threading.Thread(target=move, daemon=True)
        if self.is_terminal:
            mover.start()
        else:
            self.say(f"… {title}")
        worked = False
        try:
            yield show
            worked = True
        finally:
            done.set()
            if self.is_terminal:
                mover.join()
                self._overwrite("")
            mark = self.paint("✓", GREEN) if worked else self.paint("✗", RED)
            self.say(f"{mark} {title} ({time.monotonic() - began:.1f} s)")

    def _overwrite(self, text: str) -> None:
        self.out.write(f"\r\033[K{fit(text, shutil.get_terminal_size().columns - 1)}")
        self.out.flush()


def fit(text: str, columns: int) -> str:
    """As much of the text as fits into so many columns; a Chinese character takes two."""
    for place, character in enumerate(text):
        columns -= 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if columns < 0:
            return text[:place]
    return text
