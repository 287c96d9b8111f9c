"""Posting to an address that a stranger gave: checked, bounded in time and size, no redirects.

The name is resolved once, and the very address that was checked is connected to, so that it cannot lead elsewhere in
between.
"""

import contextlib
import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import certifi
import httpcore
import httpx
from django.conf import settings

from verification.refusals import Refused

#: How long a receiver may take in all, in seconds.
DEADLINE = 10.0
#: How many bytes of an answer's body are read.
LONGEST_ANSWER = 2000
LONGEST_URL = 500
#: Where something is received: the web's own ports, and those that anybody may listen on. Below lie mail, shells and
#: other services that must not get a stranger's text.
_WEB_PORTS, _LOWEST_FREE_PORT, _HIGHEST_PORT = (80, 443), 1024, 65535

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_IPV4_BEHIND_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME_FORM = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*", re.ASCII)


class Unreachable(Exception):
    """Nothing was sent, or no answer came; the message says why, in a sentence."""


class TooLate(Unreachable):
    """No complete answer came in time."""


@dataclass(frozen=True)
class Answer:
    """What the receiver answered: status line and headers as text, and the beginning of the body."""

    status: int
    head: str
    body: str


# ── Addresses ────────────────────────────────────────────────────────────────


def checked_url(text: str) -> httpx.URL:
    """The address as one can post to it. Raises :class:`Refused` for what is none, and for what is plainly private.

    Looks no name up, so that no form waits for a name server: where a name leads is checked at each sending.
    """
    try:
        url = httpx.URL(text.strip())
        host = url.host  # an international name is read here
    except (httpx.InvalidURL, ValueError) as error:
        raise _refuse_form() from error
    is_web = url.scheme in ("http", "https") and _is_host(url.raw_host.decode("ascii"))
    if not is_web or url.userinfo or url.fragment or len(str(url)) > LONGEST_URL:
        raise _refuse_form()
    if url.port is not None and url.port not in _WEB_PORTS and not _LOWEST_FREE_PORT <= url.port <= _HIGHEST_PORT:
        raise Refused(
            f"接收地址的端口只能是 80、443 或 {_LOWEST_FREE_PORT} 至 {_HIGHEST_PORT}，请换一个端口后重新提交。",
            code="invalid_url",
        )
    if not settings.WEBHOOK_ALLOW_PRIVATE and _is_plainly_private(host):
        raise Refused("接收地址指向内部网络，请填写互联网上可以访问的地址。", code="private_address")
    return url


def _refuse_form() -> Refused:
    return Refused(
        "接收地址应以 http:// 或 https:// 开头，主机名填写正确，不含用户名和 # 部分，"
        f"最长 {LONGEST_URL} 个字符，请修改后重新提交。",
        code="invalid_url",
    )


def _is_host(host: str) -> bool:
    """Whether that is an address or a name as it travels, of labels that a name server can be asked for."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return _NAME_FORM.fullmatch(host.removesuffix(".")) is not None
    return True


def _is_plainly_private(host: str) -> bool:
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        # The resolver's own reading of what stands for an address: 127.1 and 0x7f000001 do too.
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return False
    return not all(is_public(ipaddress.ip_address(info[4][0])) for info in found)


def addresses_of(host: str) -> list[str]:
    """The addresses of a host. Raises :class:`Unreachable` where there are none, or one of them is private."""
    try:
        found = [str(info[4][0]) for info in socket.getaddrinfo(host.strip("[]"), None, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise Unreachable("主机名无法解析") from error
    if not settings.WEBHOOK_ALLOW_PRIVATE and not all(is_public(ipaddress.ip_address(one)) for one in found):
        raise Unreachable("接收地址指向内部网络，已拒绝发送")
    return list(dict.fromkeys(found))


def is_public(address: Address) -> bool:
    """Whether an address is reached through the Internet only, whatever it is wrapped in."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _IPV4_BEHIND_NAT64:
            inner = ipaddress.IPv4Address(address.packed[-4:])
        if inner is not None:
            return is_public(inner)
    return address.is_global and not address.is_multicast


# ── Posting ──────────────────────────────────────────────────────────────────


class _Bounded(httpcore.NetworkStream):
    """A connection whose every wait ends at one common deadline, so that no receiver can drip its answer for ever."""

    def __init__(self, stream: httpcore.NetworkStream, ends_at: float) -> None:
        self._stream = stream
        self._ends_at = ends_at

    def _left(self) -> float:
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, timeout=self._left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout=self._left())

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._stream.start_tls(ssl_context, server_hostname=server_hostname, timeout=self._left())
        return _Bounded(inner, self._ends_at)


class _Checked(httpcore.NetworkBackend):
    """Connects to checked addresses only, and within the deadline."""

    def __init__(self, ends_at: float) -> None:
        self._network = httpcore.SyncBackend()
        self._ends_at = ends_at

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        *others, last = self._addresses_of(host)
        for address in others:
            with contextlib.suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return self._connect(address, port)
        return self._connect(last, port)

    def _addresses_of(self, host: str) -> list[str]:
        try:
            return addresses_of(host)
        finally:
            if time.monotonic() >= self._ends_at:  # a resolver takes as long as it likes
                raise httpcore.ConnectTimeout

    def _connect(self, address: str, port: int) -> httpcore.NetworkStream:
        left = max(self._ends_at - time.monotonic(), 0.001)  # 0 would mean not to wait at all, None for ever
        return _Bounded(self._network.connect_tcp(address, port, timeout=left), self._ends_at)


_tls = ssl.create_default_context(cafile=certifi.where())


def post(url: str, *, headers: Mapping[str, str], body: bytes, deadline: float | None = None) -> Answer:
    """Post and wait for the answer, by default for :data:`DEADLINE`; a redirect is an answer like any other.

    Raises :class:`Unreachable` if no answer came, :class:`TooLate` if none came in time.
    """
    deadline = DEADLINE if deadline is None else deadline
    target = httpx.URL(url)
    network = _Checked(time.monotonic() + deadline)
    try:
        with (
            httpcore.ConnectionPool(ssl_context=_tls, network_backend=network) as pool,
            pool.stream("POST", str(target), headers=list(headers.items()), content=body) as answer,
        ):
            return Answer(status=answer.status, head=_head(answer), body=_beginning(answer))
    except (httpcore.TimeoutException, TimeoutError) as error:
        raise TooLate(f"{deadline:g} 秒内没有收到完整的回答") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
        raise Unreachable(f"{type(error).__name__}: {error}") from error


def _head(answer: httpcore.Response) -> str:
    lines = [f"HTTP/1.1 {answer.status}"]
    lines += [f"{name.decode('latin-1')}: {value.decode('latin-1')}" for name, value in answer.headers]
    return "\n".join(lines)[:LONGEST_ANSWER]


def _beginning(answer: httpcore.Response) -> str:
    found = b""
    for chunk in answer.iter_stream():
        found += chunk
        if len(found) >= LONGEST_ANSWER:
            break
    # The tables hold no NUL.
    return found[:LONGEST_ANSWER].decode("utf-8", "replace").replace("\0", "\ufffd")
