"""A server that fails on purpose, in this process and on loopback: the eight faults of Toxiproxy, and `down`.

    with FaultyServer() as server:
        server.then(Reply(body=b"first"), Reply(fault=Failure.RESET, at=Position.BODY))
        ... server.url ... server.requests

Replies are used up in order; the last one is repeated. A fault takes hold before the
head of the answer, in the middle of it, or in the middle of the body. Nothing here
sleeps longer than until the server is closed.
"""

import contextlib
import enum
import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Self


class Failure(enum.StrEnum):
    """What goes wrong from the chosen position on."""

    LATENCY = "latency"
    DRIP = "drip"
    SLOW_CLOSE = "slow close"
    HANG = "hang"
    RESET = "reset"
    SLICED = "sliced"
    TRUNCATED = "truncated"
    DOWN = "down"


class Position(enum.StrEnum):
    """Where in an answer it goes wrong."""

    BEFORE = "before the head"
    HEAD = "in the head"
    BODY = "in the body"


@dataclass(frozen=True)
class Reply:
    """One answer. `delay` is the latency, the pause between dripped bytes, or how slow a slow close is.

    It is withheld until `after` requests have come in all.
    """

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b"hello, world"
    fault: Failure | None = None
    at: Position = Position.BODY
    delay: float = 0.05
    length: bool = True
    raw: bytes | None = None
    after: int = 0

    def wire(self) -> tuple[bytes, int]:
        """Give the bytes of the answer, and where its body begins."""
        if self.raw is not None:
            return self.raw, len(self.raw)
        lines = [f"HTTP/1.1 {self.status} Status"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.length:
            lines.append(f"Content-Length: {len(self.body)}")
        lines.append("Connection: close")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        return head + self.body, len(head)


@dataclass(frozen=True)
class Request:
    """What was received: the first line, the headers (lower-case names), the body."""

    line: str
    headers: dict[str, str]
    body: bytes = b""
    raw: bytes = field(default=b"", repr=False)

    @property
    def method(self) -> str:
        return self.line.split(" ")[0]

    @property
    def path(self) -> str:
        return self.line.split(" ")[1]


class FaultyServer:
    """Listens from `with` on; `tls` is a server-side context."""

    def __init__(self, *replies: Reply, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        self._replies = list(replies) or [Reply()]
        self._tls = tls
        self._host = host
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        self._connections: list[socket.socket] = []
        self.requests: list[Request] = []
        self.connections = 0

    @property
    def port(self) -> int:
        return self._port

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://{self._host}:{self._port}"

    def then(self, *replies: Reply) -> None:
        """Answer with these from now on."""
        with self._lock:
            self._replies = list(replies)

    def __enter__(self) -> Self:
        self._listener = socket.create_server((self._host, 0), backlog=64)
        self._port = self._listener.getsockname()[1]
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._stop_listening()
        with self._lock:
            open_ones = list(self._connections)
        for connection in open_ones:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def _start(self, target, *args) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _stop_listening(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._start(self._serve, connection)

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.closing(connection):
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with self._lock:
                self._connections.append(connection)
            with contextlib.closing(connection):
                request = _receive(connection)
                if request is None:
                    return
                with self._lock:
                    self.requests.append(request)
                    reply = self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]
                while len(self.requests) < reply.after and not self._over.wait(0.005):
                    pass
                self._answer(connection, reply, head_only=request.method == "HEAD")

    def _answer(self, connection: socket.socket, reply: Reply, *, head_only: bool) -> None:
        wire, body_at = reply.wire()
        if head_only:
            wire = wire[:body_at]
        cut = {Position.BEFORE: 0, Position.HEAD: body_at // 2, Position.BODY: (body_at + len(wire)) // 2}[
            reply.at
        ]
        if reply.fault is None:
            cut = len(wire)
        connection.sendall(wire[:cut])
        self._go_wrong(connection, reply, wire[cut:])

    def _go_wrong(self, connection: socket.socket, reply: Reply, rest: bytes) -> None:
        match reply.fault:
            case Failure.LATENCY:
                self._over.wait(reply.delay)
                connection.sendall(rest)
            case Failure.DRIP:
                for index in range(len(rest)):
                    if self._over.wait(reply.delay):
                        return
                    connection.sendall(rest[index : index + 1])
            case Failure.SLICED:
                for index in range(0, len(rest), 3):
                    connection.sendall(rest[index : index + 3])
            case Failure.SLOW_CLOSE:
                connection.sendall(rest if reply.at is Position.BODY else b"")
                self._over.wait(reply.delay)
            case Failure.HANG:
                self._over.wait()
            case Failure.RESET:
                _reset(connection)
            case Failure.DOWN:
                self._stop_listening()
                _reset(connection)
            case Failure.TRUNCATED | None:
                pass


@contextlib.contextmanager
def silent_port() -> Iterator[int]:
    """A port of loopback that takes no connection and refuses none, like one behind a firewall: its queue is full."""
    with contextlib.ExitStack() as held:
        listener = held.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            waiting = held.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield int(listener.getsockname()[1])


def _reset(connection: socket.socket) -> None:
    """Close so that the kernel sends RST: a linger time of zero throws away what is unsent."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _receive(connection: socket.socket) -> Request | None:
    received = b""
    while b"\r\n\r\n" not in received:
        piece = connection.recv(65536)
        if not piece:
            return None
        received += piece
        if received[0] == 0x16:  # a TLS client hello on a plain port: answer it as such servers do
            return Request(line="? ?", headers={}, raw=received)
    head, _, body = received.partition(b"\r\n\r\n")
    line, *rest = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (header.partition(":") for header in rest)}
    while len(body) < int(headers.get("content-length", "0")):
        body += connection.recv(65536)
    return Request(line=line, headers=headers, body=body, raw=received)
