"""Runs the parts of the site: one log, a part that dies is started again, and none outlives the supervisor.

Each part is the leader of a session and process group of its own, so that Ctrl-C reaches the supervisor alone, and a
part can be ended together with its children.
"""

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from tools.places import ROOT, Refusal
from tools.screen import Screen
from tools.watchdog import Watchdog, kill_group

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before a part that died is started again; doubled each time
STEADY_AFTER = 30.0  # seconds after which a part counts as well, and the pause begins anew
GIVE_UP_AFTER = 5  # deaths of one part before everything was ready once
STOP_GRACE = 10.0  # seconds between asking a part to end and killing it
LOOK_EVERY = 0.1  # seconds


class Stopped(BaseException):
    """The supervisor was asked to end: Ctrl-C, SIGTERM or the terminal closed."""


@dataclass(frozen=True)
class Part:
    """A program that belongs to the site. The others stand on a foundation, so it stops last."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    is_foundation: bool = False
    user: str | None = None  # for a program that refuses to run as root
    unsaid: str = ""  # a word: lines with it say nothing that concerns us, and are not shown


@dataclass(frozen=True)
class Step:
    """A command that is run to its end, and what takes its lines."""

    command: Sequence[str]
    environment: Mapping[str, str]
    on_line: Callable[[str], None]


class Lines:
    """Cuts a stream of bytes into lines and hands each of them on."""

    def __init__(self, on_line: Callable[[str], None]) -> None:
        self._on_line = on_line
        self._unfinished = b""

    def feed(self, chunk: bytes) -> None:
        """Take what was read."""
        *lines, self._unfinished = (self._unfinished + chunk).split(b"\n")
        for line in lines:
            self._on_line(line.decode(errors="replace").rstrip())

    def finish(self) -> None:
        """The stream has ended, perhaps in the middle of a line."""
        if self._unfinished:
            self.feed(b"\n")


@dataclass
class Running:
    """A part, its present process, and what has become of the earlier ones."""

    part: Part
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    start_again_at: float | None = None
    pause: float = FIRST_PAUSE
    deaths: int = 0


@dataclass
class Supervisor:
    """Use it in a `with` statement: whatever happens inside, every part has ended behind it."""

    screen: Screen
    parts: dict[str, Running] = field(default_factory=dict)
    is_stopping: bool = False
    is_hurried: bool = False

    def __enter__(self) -> Self:
        self._watchdog = Watchdog()
        self._selector = selectors.DefaultSelector()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.is_stopping = True
        try:
            self._stop_all()
        finally:
            self._watchdog.close()
            self._selector.close()

    def _on_signal(self, *_: object) -> None:
        if self.is_stopping:
            self.is_hurried = True  # asked a second time: no more grace
        else:
            self.is_stopping = True
            raise Stopped

    # ── Starting and watching ────────────────────────────────────────────────────────────────────────────────────────

    def start(self, part: Part) -> None:
        """Start a part; it is watched, and started again when it dies, as long as `watch` runs."""
        self.parts[part.name] = Running(part)
        self._launch(self.parts[part.name])

    def stop(self, name: str) -> None:
        """End one part; nothing if there is none of this name."""
        if running := self.parts.pop(name, None):
            if running.process is not None:
                kill_group(running.process.pid, signal.SIGTERM)
            self._wait_for([running])
            self._close(running)

    def run_step(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        on_line: Callable[[str], None],
        *,
        seconds: float | None = None,
    ) -> tuple[int, str]:
        """Run a command to its end, or for so many seconds at most; its exit code and its output."""
        output: list[str] = []

        def take(line: str) -> None:
            output.append(line)
            on_line(line)

        (code,) = self.run_steps([Step(command, environment, take)], seconds=seconds)
        return code, "\n".join(output)

    def run_steps(self, steps: Sequence[Step], *, seconds: float | None = None) -> list[int]:
        """Run commands side by side to the end of all, or for so many seconds at most; their exit codes."""
        give_up = time.monotonic() + seconds if seconds else None
        running: list[tuple[Step, subprocess.Popen[bytes]]] = []
        try:
            for step in steps:
                part = Part("step", step.command, step.environment)
                running.append((step, self._spawn(part, Lines(step.on_line))))
            while unfinished := [(step, process) for step, process in running if process.poll() is None]:
                self._pass_on_output(LOOK_EVERY)
                if give_up and time.monotonic() > give_up:
                    for step, process in unfinished:
                        step.on_line(f"Ended after {seconds:g} seconds.")
                        kill_group(process.pid, signal.SIGKILL)
                    give_up = None
        finally:
            for _, process in running:
                self._bury(process)
        return [process.returncode for _, process in running]

    def watch(self, is_ready: Callable[[], bool], on_ready: Callable[[], None]) -> None:
        """Keep the parts running until somebody stops us. `on_ready` is called once, when `is_ready` first says so."""
        ready = False
        while True:
            self._pass_on_output(LOOK_EVERY)
            for running in self.parts.values():
                self._look_after(running, give_up=not ready)
            if not ready and is_ready():
                ready = True
                on_ready()

    def _look_after(self, running: Running, *, give_up: bool) -> None:
        now = time.monotonic()
        if running.process is None:
            if running.start_again_at is not None and now >= running.start_again_at:
                self._launch(running)
            return
        if running.process.poll() is None:
            return
        ended = describe_end(running.process.returncode)
        self._close(running)
        if now - running.started_at >= STEADY_AFTER:
            running.pause, running.deaths = FIRST_PAUSE, 0
        running.deaths += 1
        if give_up and running.deaths >= GIVE_UP_AFTER:
            raise Refusal(f"The {running.part.name} part {ended} {running.deaths} times; the log above says why.")
        self.screen.log("run", f"{running.part.name} {ended}; it is started again in {running.pause:g} s")
        running.start_again_at = now + running.pause
        running.pause = min(running.pause * 2, LONGEST_PAUSE)

    def _launch(self, running: Running) -> None:
        name = running.part.name
        unsaid = running.part.unsaid

        def show(line: str) -> None:
            if not (unsaid and unsaid in line):
                self.screen.log(name, line)

        running.process = self._spawn(running.part, Lines(show))
        running.started_at, running.start_again_at = time.monotonic(), None

    def _spawn(self, part: Part, lines: Lines) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            part.command,
            cwd=ROOT,
            env={**os.environ, **part.environment},
            user=part.user,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._watchdog.add(process.pid)
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        self._selector.register(process.stdout, selectors.EVENT_READ, lines)
        return process

    def _pass_on_output(self, seconds: float) -> None:
        """Wait so long for output and pass on what came."""
        if not self._selector.get_map():
            time.sleep(seconds)
        for key, _ in self._selector.select(seconds):
            if chunk := os.read(key.fd, 65536):
                key.data.feed(chunk)
            else:
                key.data.finish()
                self._selector.unregister(key.fileobj)

    # ── Ending ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _stop_all(self) -> None:
        """End what stands on the foundations together, then the foundations."""
        for is_foundation in (False, True):
            group = [running for running in self.parts.values() if running.part.is_foundation is is_foundation]
            for running in group:
                if running.process is not None:
                    kill_group(running.process.pid, signal.SIGTERM)
            self._wait_for(group)
            for running in group:
                self._close(running)

    def _wait_for(self, group: list[Running]) -> None:
        give_up = time.monotonic() + STOP_GRACE
        while any(running.process is not None and running.process.poll() is None for running in group):
            if self.is_hurried or time.monotonic() > give_up:
                return
            self._pass_on_output(LOOK_EVERY)

    def _close(self, running: Running) -> None:
        process, running.process = running.process, None
        if process is not None:
            self._bury(process)

    def _bury(self, process: subprocess.Popen[bytes]) -> None:
        """End a process and what it left behind, pass on its last words, and forget it."""
        kill_group(process.pid, signal.SIGKILL)
        process.wait()
        assert process.stdout is not None
        if process.stdout in self._selector.get_map():
            with contextlib.suppress(BlockingIOError):  # a grandchild that left the group may hold the other end
                while chunk := os.read(process.stdout.fileno(), 65536):
                    self._selector.get_key(process.stdout).data.feed(chunk)
            self._selector.get_key(process.stdout).data.finish()
            self._selector.unregister(process.stdout)
        process.stdout.close()
        self._watchdog.remove(process.pid)


def describe_end(code: int) -> str:
    """In words, how a process ended."""
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
