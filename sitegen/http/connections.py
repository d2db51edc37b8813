"""Connections to the addresses of a host that may be asked, each bounded by the watch over its request."""

import http.client
import ssl
from collections.abc import Callable
from functools import partial
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool  # noqa: TID251 - part of the door
from urllib3.connection import HTTPConnection, HTTPSConnection  # noqa: TID251 - part of the door
from urllib3.exceptions import NewConnectionError  # noqa: TID251 - part of the door

from sitegen.http.certificates import read_chain
from sitegen.http.dialling import dial
from sitegen.http.model import Certificate
from sitegen.http.watchdog import Watch
from sitegen.instrumentation.clock import Clock, Deadline


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


class _HeadFile:
    """The lines of a head, which does not end without an empty line."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._begun = False
        self.close = file.close

    def readline(self, size: int) -> bytes:
        """Read a line; raises IncompleteRead where the head breaks off."""
        line: bytes = self._file.readline(size)
        if len(line) < size and not line.endswith(b"\n") and (line or self._begun):
            raise http.client.IncompleteRead(line)
        self._begun = True
        return line


class _Response(http.client.HTTPResponse):
    """An answer whose head must be whole.

    http.client takes the end of the stream for the end of the head, and what was cut there
    for a good answer with an empty body.
    """

    def begin(self) -> None:
        """Read the head."""
        file: Any = self.fp
        head: Any = _HeadFile(file)
        self.fp = head
        try:
            super().begin()
        finally:
            if self.fp is not None:
                self.fp = file


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
