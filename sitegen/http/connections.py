"""Connections that keep to a deadline and to a cap, whatever the server does.

A read timeout starts anew with every byte, so a server that drips beats it. Here
every receive, of the head as of the body, is bounded by what is left until one
instant on the monotonic clock; so are the addresses of a host that are tried in turn.
"""

import http.client
import io
import socket
import ssl
from functools import partial
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool  # noqa: TID251 - part of the door
from urllib3.connection import HTTPConnection, HTTPSConnection  # noqa: TID251 - part of the door

from sitegen.http.address import is_forbidden_address
from sitegen.http.body import PIECE
from sitegen.http.faults import DoorError
from sitegen.http.model import FaultKind
from sitegen.instrumentation.clock import Clock, Deadline
from sitegen.units import format_bytes

__all__ = ["pool_classes"]


def pool_classes(clock: Clock, wire_cap: int) -> dict[str, Any]:
    """Give urllib3's PoolManager its pools: scheme -> what makes one.

    `wire_cap` bounds the bytes of one answer on the wire, head and framing included.
    """
    plain = partial(_Connection, clock=clock, wire_cap=wire_cap)
    secure = partial(_TlsConnection, clock=clock, wire_cap=wire_cap)
    return {
        "http": partial(_pool, HTTPConnectionPool, plain),
        "https": partial(_pool, HTTPSConnectionPool, secure),
    }


def _pool(
    kind: type[HTTPConnectionPool], make: Any, host: str, port: int, **options: Any
) -> HTTPConnectionPool:
    pool = kind(host, port, **options)
    pool.ConnectionCls = make
    return pool


class _Connection(HTTPConnection):
    """A connection that spends one allowance of time on all addresses of its host, the head and the body."""

    def __init__(self, *args: Any, clock: Clock, wire_cap: int, **options: Any) -> None:
        super().__init__(*args, **options)
        self._clock = clock
        self._wire_cap = wire_cap

    def _new_conn(self) -> socket.socket:
        return _dial(self._dns_host, self.port, Deadline(self._clock, _seconds(self.timeout)))

    def getresponse(self) -> Any:
        """Read the head of an answer; from here on `timeout` is what is left of the whole."""
        deadline = Deadline(self._clock, _seconds(self.timeout))
        paced: Any = partial(_response, deadline, self._wire_cap)
        self.response_class = paced
        return super().getresponse()


class _TlsConnection(_Connection, HTTPSConnection):
    """The same over TLS; it remembers when the server's certificate ends."""

    certificate_ends: float | None = None

    def connect(self) -> None:
        """Connect, shake hands, and read the certificate (empty where it was not verified)."""
        super().connect()
        live: Any = self.sock
        ends = (live.getpeercert() or {}).get("notAfter")
        self.certificate_ends = float(ssl.cert_time_to_seconds(ends)) if ends else None
        # Else urllib3 warns on stderr where verification is off; Session.warnings says so on the page.
        self.is_verified = True


def _seconds(timeout: Any) -> float:
    """Give what urllib3 keeps as a connection's timeout; this door always sets one."""
    return float(timeout)


def _dial(host: str, port: int, deadline: Deadline) -> socket.socket:
    """Connect to the first address that answers; each address gets its share of the time that is left."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:  # a label of more than 63 characters
        raise socket.gaierror(socket.EAI_NONAME, "not a host name") from None
    failure: OSError = OSError(f"{host} has no address")
    for index, (family, kind, protocol, _, address) in enumerate(found):
        if is_forbidden_address(str(address[0])):
            raise DoorError(
                FaultKind.REFUSED,
                "has a name that leads to a link-local or metadata address, which is never asked; correct its url",
            )
        dialled = socket.socket(family, kind, protocol)
        try:
            dialled.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            dialled.settimeout(max(0.001, deadline.remaining() / (len(found) - index)))
            dialled.connect(address)
        except OSError as error:
            dialled.close()
            failure = error
        else:
            dialled.settimeout(max(0.001, deadline.remaining()))
            return dialled
    raise failure


class _PacedReader(io.RawIOBase):
    """A socket's bytes, each receive bounded by what is left until the deadline, all of them by a cap."""

    def __init__(self, live: socket.socket, deadline: Deadline, cap: int) -> None:
        self._live = live
        self._raw: Any = live.makefile("rb", buffering=0)
        self._deadline = deadline
        self._left = cap
        self._cap = cap

    def readable(self) -> bool:
        """Say so to io.BufferedReader."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Receive; raises TimeoutError once the deadline has passed, DoorError beyond the cap."""
        left = self._deadline.remaining()
        if left <= 0:
            raise TimeoutError("the time for this answer is over")
        self._live.settimeout(left)
        count: int | None = self._raw.readinto(buffer)
        self._left -= count or 0
        if self._left < 0:
            raise DoorError(
                FaultKind.TOO_LARGE, f"sends more than {format_bytes(self._cap)}; ask it for less"
            )
        return count

    def close(self) -> None:
        """Let go of the socket."""
        if not self.closed:
            self._raw.close()
        super().close()


class _PacedFile(io.BufferedReader):
    """Such bytes buffered. While a head is read, its end without an empty line is an error.

    http.client takes the end of the stream for the end of the head, and what was cut
    there for a good answer with an empty body.
    """

    lines = 0
    in_head = True

    def readline(self, size: int | None = -1, /) -> bytes:
        """Read a line; raises IncompleteRead where a head breaks off."""
        line = super().readline(size)
        broken = not line.endswith(b"\n") and (size is None or size < 0 or len(line) < size)
        if self.in_head and broken and (line or self.lines):
            raise http.client.IncompleteRead(line)
        self.lines += 1
        return line


class _PacedSocket:
    """The one method of a socket that http.client reads an answer through."""

    def __init__(self, live: socket.socket, deadline: Deadline, cap: int) -> None:
        self._reader = partial(_PacedReader, live, deadline, cap)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Open the socket for reading."""
        return _PacedFile(self._reader(), PIECE)


class _Response(http.client.HTTPResponse):
    """An answer whose head must be whole."""

    def begin(self) -> None:
        """Read the head."""
        file: Any = self.fp
        super().begin()
        file.in_head = False


def _response(deadline: Deadline, cap: int, live: socket.socket, **options: Any) -> http.client.HTTPResponse:
    paced: Any = _PacedSocket(live, deadline, cap)
    return _Response(paced, **options)
