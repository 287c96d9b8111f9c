"""A provider's receiver of webhooks: a small HTTP server in a thread, which answers what the test tells it to."""

import contextlib
import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from standardwebhooks import Webhook


@dataclass(frozen=True)
class Received:
    """One request that came in."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """The message's id, the same at every attempt."""
        return self.headers["webhook-id"]

    @property
    def content(self) -> Any:
        """What it says."""
        return json.loads(self.body)

    @property
    def kind(self) -> str:
        """What happened."""
        return str(self.content["type"])

    def verified(self, secret: str) -> Any:
        """What it says, after the standard's own library has verified its signature."""
        return Webhook(secret).verify(self.body, self.headers)


#: Status, headers, body (or its pieces) of an answer; ``None`` drops the connection without one.
Reply = tuple[int, dict[str, str], bytes | Iterable[bytes]] | None
OK: Reply = (200, {}, b"thanks")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # many may call at the same instant


class Receiver:
    """Listens on a free port of this machine; ``reply`` decides what each request gets."""

    def __init__(self, reply: Callable[[Received], Reply] = lambda _: OK) -> None:
        self.received: list[Received] = []
        self.reply = reply
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                got = Received(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
                outer.received.append(got)
                if (answer := outer.reply(got)) is None:
                    return
                status, headers, content = answer
                self.send_response(status)
                if isinstance(content, bytes):
                    headers, content = {"content-length": str(len(content)), **headers}, [content]
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                with contextlib.suppress(OSError):  # whoever asked has gone
                    for piece in content:
                        self.wfile.write(piece)

            def log_message(self, *args: object) -> None:
                """Quiet."""

        self.server = _Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/hook"

    def __enter__(self) -> "Receiver":
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def kinds(self) -> list[str]:
        """What happened, in the order of the requests."""
        return [got.kind for got in self.received]

    @property
    def ids(self) -> list[str]:
        """The messages' ids, in the order of the requests."""
        return [got.id for got in self.received]
