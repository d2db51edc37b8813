"""Connections to the addresses of a host that may be asked, each bounded by the watch over its request."""

import http.client
import re
import ssl
from collections.abc import Callable
from email.parser import Parser
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

_FRAMING = frozenset(
    {b"transfer-encoding", b"content-length", b"connection", b"keep-alive", b"proxy-connection"}
)
_INTERIM = re.compile(rb"HTTP/\S+\s+1(?!01)\d\d\b")


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
            if not (lines and _INTERIM.match(lines[0])):
                break
        framing = [line for line in lines[1:] if line.partition(b":")[0].strip().lower() in _FRAMING]
        head: Any = BytesIO(b"".join([*lines[:1], *framing, b"\r\n" if lines else b""]))
        self.fp = head
        try:
            super().begin()
        finally:
            self.fp = file
        fields = b"".join(lines[1:]).decode("iso-8859-1")
        self.headers = self.msg = Parser(_class=http.client.HTTPMessage).parsestr(fields)


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
        if not lines[0].startswith(b"HTTP/"):
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
