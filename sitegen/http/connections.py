"""Connections to the addresses of a host that may be asked, each bounded by the watch over its request."""

import http.client
import re
import ssl
from collections.abc import Callable, Iterable
from functools import partial
from io import BytesIO
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool  # noqa: TID251 - part of the door
from urllib3.connection import HTTPConnection, HTTPSConnection  # noqa: TID251 - part of the door
from urllib3.exceptions import NewConnectionError  # noqa: TID251 - part of the door

from sitegen.http.certificates import read_chain
from sitegen.http.dialling import dial
from sitegen.http.failures import DoorError, Failure
from sitegen.http.model import Certificate
from sitegen.http.watchdog import Watch
from sitegen.instrumentation.clock import Clock, Deadline
from sitegen.units import format_bytes

MAX_HEAD = 256 * 1024
"""How many bytes the heads before a body may have together, as in Chromium."""

_FRAMING = frozenset({"transfer-encoding", "content-length", "connection", "keep-alive", "proxy-connection"})
_BODILESS = frozenset({b"204", b"304"})
_STATUS = re.compile(rb"HTTP/(\d)(?:\.(\d+))?\s+(\d{3})(?!\d)(.*)", re.IGNORECASE | re.DOTALL)
"""A status line as browsers take it: `http/1.1 200OK` and `HTTP/2 200` are as good as `HTTP/1.1 200 OK`."""


def pool_classes(clock: Clock, watch: Callable[[], Watch]) -> dict[str, Any]:
    """Return urllib3's pools by scheme; `watch` returns that over the calling thread's request."""
    return {
        "http": partial(_pool, HTTPConnectionPool, partial(_Connection, clock=clock, watch=watch)),
        "https": partial(_pool, HTTPSConnectionPool, partial(_TlsConnection, clock=clock, watch=watch)),
    }


def _pool(
    kind: type[HTTPConnectionPool], make: Any, host: str, port: int, **options: Any
) -> HTTPConnectionPool:
    pool = kind(host, port, **options)
    pool.ConnectionCls = make
    return pool


class _Response(http.client.HTTPResponse):
    """An answer whose head must be whole, however many lines it has; interim answers before it are passed over.

    http.client takes the end of the stream for the end of a head, ends with the first interim
    answer that is not a 100, and with the hundredth line. RFC 9110 knows no such number, and in
    15.2 lets any number of 1xx come first; what bounds a head here are its bytes.
    """

    def begin(self) -> None:
        """Read the heads up to that of the final answer, which is what http.client then reads."""
        file: Any = self.fp
        left = MAX_HEAD
        while True:
            lines = _read_head(file, left)
            left -= sum(map(len, lines))
            status = _STATUS.match(lines[0]) if lines else None
            if status is None or not status[3].startswith(b"1") or status[3] == b"101":
                break
        first = b"".join(lines[:1])
        fields = parse_fields(lines[1:])
        if status is not None:
            version = b"1.0" if status[1] == b"1" and status[2] == b"0" else b"1.1"
            first = b"HTTP/%b %b %b\r\n" % (version, status[3], status[4].strip())
            if status[3] in _BODILESS:
                fields = [one for one in fields if one[0].lower() != "transfer-encoding"]
        framing = "".join(f"{name}: {value}\r\n" for name, value in fields if name.lower() in _FRAMING)
        head: Any = BytesIO(first + framing.encode("iso-8859-1") + (b"\r\n" if lines else b""))
        self.fp = head
        try:
            super().begin()
        finally:
            self.fp = file
        self.headers = self.msg = http.client.HTTPMessage()
        for name, value in fields:
            self.headers[name] = value


def parse_fields(lines: Iterable[bytes]) -> list[tuple[str, str]]:
    r"""Parse the field lines of a head as browsers do, `b"Content-Length: 8, 8\r\n"` as `("Content-Length", "8")`.

    A line without a colon is none and costs no other; a folded one belongs to the one before it (RFC 9112, 5.2). A length
    may be told several times (RFC 9110, 8.6), and one that is no number of bytes says nothing; raises HTTPException where
    two differ.
    """
    found: list[tuple[str, str]] = []
    for line in lines:
        text = line.decode("iso-8859-1")
        name, colon, value = text.partition(":")
        if text.startswith((" ", "\t")) and found:
            name, value = found[-1]
            found[-1] = name, f"{value} {text.strip()}".strip()
        elif colon and name.strip():
            found.append((name.strip(), value.strip()))
    told = ",".join(value for name, value in found if name.lower() == "content-length").split(",")
    lengths = {int(one) for one in map(str.strip, told) if re.fullmatch(r"[0-9]{1,18}", one)}
    if len(lengths) > 1 and "chunked" not in {value.lower() for _, value in found}:
        raise http.client.HTTPException("its lengths differ")
    others = [one for one in found if one[0].lower() != "content-length"]
    return [*others, *(("Content-Length", str(one)) for one in lengths)]


def _read_head(file: Any, most: int) -> list[bytes]:
    """Read the lines of one head, without the empty one that ends it; none where the stream has ended before.

    Raises IncompleteRead where it breaks off, DoorError where it has more than `most` bytes.
    """
    lines: list[bytes] = []
    while line := file.readline(most + 1):
        most -= len(line)
        if most < 0:
            raise DoorError(Failure.LONG_HEAD, cap=format_bytes(MAX_HEAD))
        if not line.endswith(b"\n"):
            raise http.client.IncompleteRead(line)
        if not line.strip(b"\r\n"):
            return lines
        lines.append(line)
        if lines[0][:5].upper() != b"HTTP/":
            return lines  # whoever speaks something else may wait for an answer now
    if lines:
        raise http.client.IncompleteRead(b"")
    return lines


class _Connection(HTTPConnection):
    """A connection that spends one allowance of time on all addresses of its host, and is watched from then on."""

    response_class = _Response

    def __init__(
        self, host: str, *args: Any, clock: Clock, watch: Callable[[], Watch], **options: Any
    ) -> None:
        super().__init__(host, *args, **options)
        self._full_host = host  # `host` has lost the dot that ends a full name, which a resolver needs
        self._clock = clock
        self._watch = watch

    def connect(self) -> None:
        """Connect; raises NewConnectionError, or DoorError for an address that is never asked."""
        seconds: Any = self.timeout  # the door always sets one
        try:
            self.sock = dial(self._full_host, self.port, Deadline(self._clock, float(seconds)))
        except OSError as error:
            raise NewConnectionError(self, "no connection") from error
        self._watch().begin(self.sock)

    def request(self, *args: Any, **options: Any) -> None:
        """Send a request, which is watched where it finds the connection open."""
        if self.sock is not None:
            self._watch().begin(self.sock)
        super().request(*args, **options)


class _TlsConnection(_Connection, HTTPSConnection):
    """The same over TLS; it remembers the server's certificates."""

    chain: tuple[Certificate, ...] = ()

    def connect(self) -> None:
        """Connect, shake hands, and read the certificates."""
        _Connection.connect(self)
        context: Any = self.ssl_context  # the door always sets one
        # An IPv6 address stands in brackets, with the interface that it is asked through.
        name = (self.server_hostname or self.host).strip("[]").partition("%")[0]
        live: ssl.SSLSocket = context.wrap_socket(self.sock, server_hostname=name)
        self.sock = live
        self.chain = read_chain(live, self._clock.now())
        # Else urllib3 warns on stderr where verification is off; Session.warnings says so on the page.
        self.is_verified = True
