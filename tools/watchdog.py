"""Ends the process groups of a supervisor that can no longer do it itself: killed, or crashed.

It reads lines from its standard input: `+123` a group to watch, `-123` one that has ended. When the input ends,
its supervisor is gone, and what is left on the list ends with it. It lives in a session of its own, so that neither
Ctrl-C nor the closing of the terminal reaches it.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

GRACE_SECONDS = 5.0


def kill_group(group: int, signal_number: int) -> bool:
    """Send the signal to the group; say whether there was anybody to take it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal_number)
        return True
    return False


def watch() -> None:
    """Follow the list until the input ends, then end what is on it."""
    groups: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line.startswith("+"):
            groups.add(group)
        else:
            groups.discard(group)
    for group in groups:
        kill_group(group, signal.SIGTERM)
    give_up = time.monotonic() + GRACE_SECONDS
    while groups and time.monotonic() < give_up:
        groups = {group for group in groups if kill_group(group, 0)}
        time.sleep(0.05)
    for group in groups:
        kill_group(group, signal.SIGKILL)


class Watchdog:
    """The supervisor's end of the line."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tools.watchdog"],
            cwd=Path(__file__).resolve().parent.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    def add(self, group: int) -> None:
        """Watch this process group from now on."""
        self._tell(f"+{group}\n")

    def remove(self, group: int) -> None:
        """This process group has ended."""
        self._tell(f"-{group}\n")

    def close(self) -> None:
        """End the watch, and what is still on its list."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(line.encode())
            self._process.stdin.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    watch()
