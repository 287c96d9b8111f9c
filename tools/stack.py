"""What the running site is made of: its parts, their commands and their environment."""

import fcntl
import json
import os
import socket
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tools import redis_server
from tools.places import ROOT, VAR, VENV_PYTHON, Refusal
from tools.supervisor import Part, Supervisor

LOOPBACK = "127.0.0.1"
WEB_WORKERS = 2
WEB_THREADS = 4  # for each worker; a request mostly waits for the database
JOB_PROCESSES = 2
WEBHOOK_THREADS = 2  # they only wait, and each sends several at a time


@dataclass(frozen=True)
class Choices:
    """What the user chose by PORT, DATA_DIR, DATABASE_URL and REDIS_URL."""

    port: int
    data_dir: Path
    redis_url: str

    @classmethod
    def from_environment(cls) -> "Choices":
        """Read the choices; refuse nonsense."""
        port = os.environ.get("PORT", "").strip() or "8000"
        if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
            raise Refusal(f"PORT={port} is not a port: use a number from 1 to 65535. / 端口号无效。")
        data_dir = Path(os.environ.get("DATA_DIR", "").strip() or VAR).absolute()
        return cls(port=int(port), data_dir=data_dir, redis_url=os.environ.get("REDIS_URL", "").strip())

    def address(self, path: str = "/", host: str = "localhost") -> str:
        """An address of the site for a browser."""
        return f"http://{host}:{self.port}{path}"


def lock(choices: Choices) -> IO[str]:
    """Take the data folder for this run; the lock ends with the process, however it ends."""
    try:
        choices.data_dir.mkdir(parents=True, exist_ok=True)
        file = (choices.data_dir / "run.lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise Refusal(
            f"The data folder {choices.data_dir} cannot be used: {error.strerror}. / 数据目录不可用。"
        ) from error
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        other = file.read().strip() or "another process"
        raise Refusal(
            f"The site is already running with the data in {choices.data_dir} ({other}). Stop it first, or choose "
            "another folder: make run DATA_DIR=… PORT=… / 该数据目录的演练平台已在运行。"
        ) from None
    file.truncate(0)
    file.write(f"process {os.getpid()}, {choices.address()}\n")
    file.flush()
    return file


def check_port(choices: Choices) -> None:
    """Refuse a port that somebody listens on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, choices.port))
        except PermissionError:
            raise Refusal(f"Port {choices.port} needs more rights than you have: choose one above 1023.") from None
        except OSError:
            raise Refusal(
                f"Port {choices.port} is taken by another program. Stop that, or choose another port: "
                f"make run PORT={choices.port + 1} / 端口已被占用，请换一个端口。"
            ) from None


def start_redis(choices: Choices, supervisor: Supervisor) -> str:
    """Start a Redis-compatible server unless the user has one; the address of the one to use."""
    if choices.redis_url:
        return choices.redis_url
    server = redis_server.prepare(choices.data_dir / "redis")
    # It warns about the kernel's overcommit, which concerns background saves, and those are off.
    supervisor.start(Part("redis", server.command, {}, is_foundation=True, unsaid="overcommit"))
    server.wait(seconds=30)
    return server.url


def environment(choices: Choices, redis_url: str) -> dict[str, str]:
    """The environment of every part, and of the commands that prepare for them."""
    return {
        "DATA_DIR": str(choices.data_dir),
        "REDIS_URL": redis_url,
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(ROOT),
    }


def site_parts(choices: Choices, env: dict[str, str]) -> list[Part]:
    """Web server, a worker for what is due, one for the webhooks, and beat."""
    python = str(VENV_PYTHON)
    web = [python, "-m", "granian", "--interface", "wsgi", "--host", LOOPBACK, "--port", str(choices.port), "--no-ws"]
    web += ["--workers", str(WEB_WORKERS), "--blocking-threads", str(WEB_THREADS), "--respawn-failed-workers"]
    web += ["--workers-kill-timeout", "5", "--log-level", "warning", "portal.wsgi:application"]
    celery = [python, "-m", "celery", "--app", "portal", "--quiet"]
    worker = [*celery, "worker", "--loglevel", "info", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    due = [*worker, "--hostname", "due@%h", "--queues", "celery", "--concurrency", str(JOB_PROCESSES)]
    webhooks = [*worker, "--hostname", "webhooks@%h", "--queues", "webhooks"]
    webhooks += ["--pool", "threads", "--concurrency", str(WEBHOOK_THREADS)]
    beat = [*celery, "beat", "--loglevel", "info"]
    return [
        Part("web", web, env),
        Part("worker", due, env),
        Part("webhooks", webhooks, env),
        Part("beat", beat, env),
    ]


def ask_ready(choices: Choices) -> tuple[bool, str]:
    """Ask /readyz: whether everything is ready, and what is missing."""
    try:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{choices.port}/readyz", timeout=3) as answer:
            return answer.status == 200, ""
    except urllib.error.HTTPError as error:
        with suppress(ValueError, KeyError):
            parts = json.loads(error.read())["parts"]
            return False, ", ".join(f"{name}: {part['problem']}" for name, part in parts.items() if not part["ok"])
        return False, f"/readyz answers {error.code}"
    except OSError as error:
        return False, str(error)
