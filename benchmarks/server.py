"""The site on its web server, asked over one connection, with what each request costs it in processor time."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from html import unescape
from http import HTTPStatus, client
from http.cookies import SimpleCookie
from itertools import cycle
from pathlib import Path
from urllib.parse import urlencode

import psutil
from django.conf import settings
from django.core.management import call_command
from redis import Redis

from tools.places import ROOT

LOOPBACK = "127.0.0.1"
HOST = "localhost"
START_SECONDS = 30.0


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes
    headers: Message

    def attribute(self, name: str) -> str:
        """The value of the only attribute of this name."""
        (found,) = re.findall(rb'%s="([^"]*)"' % name.encode(), self.body)
        return unescape(str(found.decode()))

    def field(self, name: str) -> str:
        """The value of a hidden field."""
        found = re.search(rb'name="%s" value="([^"]*)"' % name.encode(), self.body)
        assert found, f"no field {name}"
        return found[1].decode()


class Browser:
    """A connection that stays open, with cookies."""

    def __init__(self, port: int, cookies: Mapping[str, str] | None = None) -> None:
        self._connection = client.HTTPConnection(LOOPBACK, port, timeout=30)
        self._addresses = cycle(range(1, 255))
        self.cookies = dict(cookies or {})

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Ask for a page."""
        return self._ask("GET", path, None, headers)

    def post(self, path: str, fields: Mapping[str, str]) -> Answer:
        """Send a form."""
        return self._ask("POST", path, urlencode(fields))

    def _ask(self, method: str, path: str, body: str | None, further: Mapping[str, str] | None = None) -> Answer:
        # From another address each time: what an address may do in a minute is not what is measured.
        headers = {"Host": HOST, "X-Forwarded-For": f"192.0.2.{next(self._addresses)}", **(further or {})}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        answer = Answer(response.status, response.read(), response.headers)
        for line in response.headers.get_all("Set-Cookie", []):
            self.cookies.update({name: morsel.value for name, morsel in SimpleCookie(line).items()})
        if answer.status not in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED):
            raise RuntimeError(f"{method} {path}: {answer.status}")
        return answer


@dataclass(frozen=True)
class Server:
    """A web server with one worker, so that what one request costs is not hidden by another core."""

    port: int
    process: psutil.Process

    def cost(self, work: Callable[[], object], times: int) -> float:
        """Seconds of processor time for doing ``work`` once: of the web server and the Redis server together."""
        before = self._used()
        for _ in range(times):
            work()
        return (self._used() - before) / times

    def _used(self) -> float:
        parts = [self.process, *self.process.children(recursive=True)]
        of_web = sum(sum(part.cpu_times()[:2]) for part in parts)
        with Redis.from_url(settings.REDIS_URL) as redis:
            of_redis = redis.info("cpu")
        return float(of_web + of_redis["used_cpu_user"] + of_redis["used_cpu_sys"])


@contextmanager
def running(folder: Path, **environment: str) -> Iterator[Server]:
    """The site with the compared pages, on the database and the Redis server of this process."""
    call_command("collectstatic", interactive=False, verbosity=0)
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        LOOPBACK,
        "--port",
        str(port),
        "--no-ws",
    ]
    command += ["--workers", "1", "--blocking-threads", "1", "--log-level", "warning"]
    command += ["portal.wsgi:application"]
    ours = {"DJANGO_SETTINGS_MODULE": "benchmarks.site.settings", "LOG_LEVEL": "ERROR", "BEHIND_PROXY": "1"}
    with (folder / "web.log").open("ab") as log:
        started = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **ours, **environment}, stdout=log, stderr=log)
    try:
        _wait_for(port, started)
        yield Server(port, psutil.Process(started.pid))
    finally:
        started.terminate()
        started.wait(20)


def _wait_for(port: int, started: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + START_SECONDS
    while True:
        try:
            Browser(port).get("/healthz")
        except OSError:
            assert started.poll() is None, "the web server ended"
            assert time.monotonic() < give_up, "the web server does not answer"
            time.sleep(0.05)
        else:
            return
