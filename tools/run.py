"""make run: from a fresh checkout to the running site, and back to nothing at the end."""

import hashlib
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from tools import stack, venv
from tools.places import ROOT, VENV_PYTHON, Refusal
from tools.screen import BOLD, Screen
from tools.supervisor import Stopped, Supervisor

STATIC_FOLDERS = ["static"]


def main() -> int:
    """Set up what is missing, start every part, and stay until asked to end."""
    screen = Screen()
    choices = stack.Choices.from_environment()
    with stack.lock(choices):
        stack.check_port(choices)
        try:
            with Supervisor(screen) as supervisor:
                set_up(supervisor, screen, "requirements.txt")
                redis_url = stack.start_redis(choices, supervisor)
                env = stack.environment(choices, redis_url)
                notes = prepare(supervisor, screen, choices, env)
                for part in stack.site_parts(choices, env):
                    supervisor.start(part)
                probe = ReadyProbe(choices)
                supervisor.watch(probe.is_ready, lambda: show_addresses(screen, choices, notes))
        except Stopped:
            screen.say("All parts have ended. / 已全部停止。")
            return 0
    return 0


def set_up(supervisor: Supervisor, screen: Screen, requirements: str) -> None:
    """Make the virtual environment complete, if it is not."""
    if venv.is_complete(requirements):
        return

    def run(command: list[str], on_line: Callable[[str], None]) -> tuple[int, str]:
        return supervisor.run_step(command, {}, on_line)

    with screen.step("Installing packages / 安装软件包") as show:
        venv.make(requirements, run, show)


def prepare(supervisor: Supervisor, screen: Screen, choices: stack.Choices, env: dict[str, str]) -> str:
    """Bring database, demo data and static files up to date; what the demo data has to say to the user."""

    def manage(title: str, *arguments: str) -> str:
        with screen.step(title) as show:
            code, output = supervisor.run_step([str(VENV_PYTHON), "manage.py", *arguments], env, show)
            if code != 0:
                screen.say(output.rstrip())
                raise Refusal(f"manage.py {arguments[0]} failed; the lines above say why.")
            return output.strip()

    manage("Database / 数据库", "migrate", "--noinput", "--verbosity", "1")
    notes = manage("Demo data / 演示数据", "demo")
    stamp = choices.data_dir / "static" / ".complete"
    fingerprint = _fingerprint_of_static_files()
    if not stamp.exists() or stamp.read_text(encoding="ascii") != fingerprint:
        manage("Static files / 静态文件", "collectstatic", "--noinput", "--clear", "--verbosity", "0")
        stamp.write_text(fingerprint, encoding="ascii")
    return notes


def _fingerprint_of_static_files() -> str:
    """Changes when a static file of ours or the set of packages (which bring some of their own) does."""
    files: list[Path] = [ROOT / "requirements.txt"]
    for folder in STATIC_FOLDERS:
        files += sorted(path for path in (ROOT / folder).rglob("*") if path.is_file())
    text = "\n".join(f"{path.relative_to(ROOT)} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files)
    return hashlib.sha256(text.encode()).hexdigest()


class ReadyProbe:
    """Asks /readyz beside the supervisor's loop, which must not wait for an answer."""

    def __init__(self, choices: stack.Choices) -> None:
        self._ready = threading.Event()
        threading.Thread(target=self._ask, args=(choices,), daemon=True).start()

    def is_ready(self) -> bool:
        """Say whether the site was ready once."""
        return self._ready.is_set()

    def _ask(self, choices: stack.Choices) -> None:
        while not stack.ask_ready(choices)[0]:
            time.sleep(0.2)
        self._ready.set()


def show_addresses(screen: Screen, choices: stack.Choices, notes: str) -> None:
    """Say what to open, and with which demo data."""
    pages = [
        (choices.address(), "全国门户 national portal"),
        (choices.address("/lobby/"), "开始演练 start here"),
        (choices.address(host="gscainfo.localhost"), "甘肃省管局网站 a province's portal"),
        (choices.address("/provider/"), "接入商 provider"),
        (choices.address("/bureau/"), "管局 bureau"),
        (choices.address("/clock/"), "时钟 clock"),
    ]
    screen.say()
    screen.say(screen.paint("备案短信核验演练平台 is running. Ctrl-C ends it. / 已启动，按 Ctrl-C 结束。", BOLD))
    for address, meaning in pages:
        screen.say(f"  {address:<36} {meaning}")
    for note in notes.splitlines():
        screen.say(f"  {note}")
    if os.environ.get("DATABASE_URL"):
        screen.say("  The database is the one of DATABASE_URL.")
    screen.say()
