"""The supervisor with small parts: what it says, starts again, ends, and what a watchdog does without it."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tools import supervisor as supervising
from tools.places import ROOT, Refusal
from tools.screen import Screen
from tools.supervisor import Lines, Part, Step, Supervisor, describe_end

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
WITH_CHILD = (
    "import subprocess, sys, time; child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    "print('child', child.pid, flush=True); time.sleep(60)"
)


def python(program: str) -> list[str]:
    return [sys.executable, "-c", program]


class Finished(Exception):
    """Ends the loop of a test."""


def until(text: str, out: io.StringIO) -> Callable[[], bool]:
    """Something for `watch` to ask: ends it once the log holds the text."""
    give_up = time.monotonic() + 20

    def ask() -> bool:
        if text in out.getvalue():
            raise Finished
        assert time.monotonic() < give_up, out.getvalue()
        return False

    return ask


def nothing() -> None:
    """Do nothing when all is ready."""


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def screen(out: io.StringIO) -> Screen:
    return Screen(out)


@pytest.fixture(autouse=True)
def no_signal_handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave pytest's own handling of Ctrl-C alone."""
    monkeypatch.setattr(supervising.signal, "signal", lambda *_: None)


def test_lines_are_cut_wherever_the_chunks_end() -> None:
    got: list[str] = []
    lines = Lines(got.append)
    for chunk in (b"on", b"e\ntwo\r\nthr", "三".encode()[:1], "三".encode()[1:], b"ee"):
        lines.feed(chunk)
    assert got == ["one", "two"]
    lines.finish()
    assert got == ["one", "two", "thr三ee"]
    lines.finish()
    assert got == ["one", "two", "thr三ee"]


@pytest.mark.parametrize(("code", "words"), [(3, "ended with exit code 3"), (-9, "was ended by SIGKILL")])
def test_describe_end_in_words(code: int, words: str) -> None:
    assert describe_end(code) == words


def test_log_has_a_prefix_for_each_part(screen: Screen, out: io.StringIO) -> None:
    with pytest.raises(Finished), Supervisor(screen) as supervisor:
        supervisor.start(Part("web", python("print('hello', flush=True); import time; time.sleep(60)"), {}))
        supervisor.watch(until("hello", out), nothing)
    assert out.getvalue() == "web    | hello\n"


def test_part_that_dies_is_started_again_after_a_growing_pause(screen: Screen, out: io.StringIO) -> None:
    with pytest.raises(Finished), Supervisor(screen) as supervisor:
        supervisor.start(Part("web", python("print('up', flush=True); raise SystemExit(3)"), {}))
        supervisor.watch(until("again in 2 s", out), nothing)
    assert out.getvalue().splitlines() == [
        "web    | up",
        "run    | web ended with exit code 3; it is started again in 0.5 s",
        "web    | up",
        "run    | web ended with exit code 3; it is started again in 1 s",
        "web    | up",
        "run    | web ended with exit code 3; it is started again in 2 s",
    ]


def test_part_that_never_gets_ready_is_given_up(
    screen: Screen, out: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervising, "LONGEST_PAUSE", 0.01)
    monkeypatch.setattr(supervising, "GIVE_UP_AFTER", 3)
    with pytest.raises(Refusal, match="The web part ended with exit code 3 3 times"), Supervisor(screen) as supervisor:
        supervisor.start(Part("web", python("raise SystemExit(3)"), {}))
        supervisor.watch(until("never", out), nothing)


def test_end_takes_the_children_of_a_part_along(screen: Screen, out: io.StringIO) -> None:
    with pytest.raises(Finished), Supervisor(screen) as supervisor:
        supervisor.start(Part("worker", python(WITH_CHILD), {}))
        supervisor.watch(until("child", out), nothing)
    give_up = time.monotonic() + 10
    with suppress(psutil.NoSuchProcess):
        child = psutil.Process(int(out.getvalue().split()[-1]))
        while child.status() != psutil.STATUS_ZOMBIE:  # what was killed may take a moment to be gone
            assert time.monotonic() < give_up
            with suppress(psutil.TimeoutExpired):
                child.wait(0.1)


def test_end_kills_a_part_that_does_not_listen(
    screen: Screen, out: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervising, "STOP_GRACE", 0.3)
    with pytest.raises(Finished), Supervisor(screen) as supervisor:
        supervisor.start(Part("web", python(STUBBORN), {}))
        process = supervisor.parts["web"].process
        supervisor.watch(until("up", out), nothing)
    assert process is not None
    assert process.returncode == -9


def test_end_stops_the_foundation_last(screen: Screen, out: io.StringIO) -> None:
    program = (
        "import os, signal, sys, time\n"
        # Not by print: the signal may come while the line below is still being printed.
        "def end(*_): time.sleep(float(sys.argv[1])); os.write(1, b'bye\\n'); os._exit(0)\n"
        "signal.signal(signal.SIGTERM, end); print('up', flush=True); time.sleep(60)"
    )
    with pytest.raises(Finished), Supervisor(screen) as supervisor:
        supervisor.start(Part("redis", [*python(program), "0"], {}, is_foundation=True))
        while "up" not in out.getvalue():
            supervisor._pass_on_output(0.1)
        supervisor.start(Part("web", [*python(program), "0.5"], {}))
        supervisor.watch(until("up\nweb    | up\n", out), nothing)
    assert out.getvalue().splitlines()[-2:] == ["web    | bye", "redis  | bye"]


def test_step_returns_code_and_output_and_passes_lines_on(screen: Screen) -> None:
    seen: list[str] = []
    with Supervisor(screen) as supervisor:
        code, output = supervisor.run_step(python("print('a'); print('b'); raise SystemExit(2)"), {}, seen.append)
    assert (code, output, seen) == (2, "a\nb", ["a", "b"])


def test_step_is_ended_after_its_time(screen: Screen) -> None:
    with Supervisor(screen) as supervisor:
        code, output = supervisor.run_step(python("import time; time.sleep(60)"), {}, lambda _: None, seconds=0.3)
    assert code == -9
    assert output == "Ended after 0.3 seconds."


def test_steps_run_side_by_side_and_each_tells_its_code(screen: Screen, tmp_path: Path) -> None:
    meet = "import pathlib, sys, time; mine, theirs, code = sys.argv[1:]; pathlib.Path(mine).touch()"
    meet += "; [time.sleep(0.01) for _ in iter(pathlib.Path(theirs).exists, True)]; print(code); sys.exit(int(code))"
    first, second = str(tmp_path / "first"), str(tmp_path / "second")
    seen: list[str] = []
    with Supervisor(screen) as supervisor:
        steps = [
            Step([*python(meet), first, second, "3"], {}, seen.append),
            Step([*python(meet), second, first, "0"], {}, seen.append),
        ]
        codes = supervisor.run_steps(steps, seconds=20)
    assert codes == [3, 0]
    assert sorted(seen) == ["0", "3"]


def test_steps_that_are_not_done_in_time_are_ended_together(screen: Screen) -> None:
    seen: list[str] = []
    with Supervisor(screen) as supervisor:
        steps = [Step(python(f"import time; time.sleep({nap})"), {}, seen.append) for nap in (0, 60, 60)]
        codes = supervisor.run_steps(steps, seconds=0.5)
    assert codes == [0, -9, -9]
    assert seen == ["Ended after 0.5 seconds."] * 2


def test_watchdog_ends_the_groups_on_its_list_when_its_input_ends() -> None:
    sleepers = [subprocess.Popen(["sleep", "60"], start_new_session=True) for _ in range(2)]
    watchdog = subprocess.Popen(
        [sys.executable, "-m", "tools.watchdog"], cwd=ROOT, stdin=subprocess.PIPE, start_new_session=True
    )
    threading.Thread(target=sleepers[0].wait, daemon=True).start()  # it has no supervisor left to bury it
    try:
        lines = f"+{sleepers[0].pid}\n+{sleepers[1].pid}\n-{sleepers[1].pid}\n"
        watchdog.communicate(lines.encode(), timeout=20)
        assert sleepers[0].wait(5) == -15
        assert sleepers[1].poll() is None, "a group that was taken off the list must be left alone"
    finally:
        for sleeper in sleepers:
            sleeper.kill()
            sleeper.wait()


def test_step_runs_in_the_root_folder_with_its_own_environment(screen: Screen) -> None:
    program = "import os; print(os.getcwd(), os.environ['WORD'])"
    with Supervisor(screen) as supervisor:
        _, output = supervisor.run_step(python(program), {"WORD": "here"}, lambda _: None)
    assert output == f"{Path(ROOT)} here"
    assert "WORD" not in os.environ


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_ends_the_supervisor_and_its_parts(number: signal.Signals) -> None:
    program = (
        "from tools.screen import Screen\n"
        "from tools.supervisor import Part, Stopped, Supervisor\n"
        "try:\n"
        "    with Supervisor(Screen()) as supervisor:\n"
        "        supervisor.start(Part('web', ['sh', '-c', 'echo $$; exec sleep 60'], {}))\n"
        "        supervisor.watch(lambda: False, print)\n"
        "except Stopped:\n"
        "    print('ended')\n"
    )
    with subprocess.Popen(python(program), cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        part = int(process.stdout.readline().split()[-1])
        process.send_signal(number)
        assert process.stdout.read() == "ended\n"
    assert process.returncode == 0
    assert not psutil.pid_exists(part)


def test_line_that_concerns_nobody_is_not_shown(screen: Screen, out: io.StringIO) -> None:
    program = "print('WARNING overcommit', flush=True); print('a word of its own', flush=True); input()"
    with pytest.raises(Finished), Supervisor(screen) as supervisor:
        supervisor.start(Part("talker", python(program), {}, unsaid="overcommit"))
        supervisor.watch(until("a word of its own", out), nothing)
    assert "overcommit" not in out.getvalue()
