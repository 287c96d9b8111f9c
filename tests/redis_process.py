"""A Redis-compatible server that the tests may kill and start again, on the same port; it forgets all when it ends."""

import subprocess

from tools.redis_server import RedisServer


class RedisProcess:
    """A server and its process."""

    def __init__(self, server: RedisServer) -> None:
        self.server = server
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of its first database."""
        return self.server.url

    def start(self) -> None:
        """Start it, and return once it answers; nothing if it runs already."""
        if self._process is None:
            output = subprocess.DEVNULL
            self._process = subprocess.Popen(self.server.command, stdout=output, stderr=output)
            self.server.wait(seconds=10)

    def kill(self) -> None:
        """End it at once; nothing if it does not run."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
