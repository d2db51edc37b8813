"""The preview server itself: connections on loopback, and an end in good order."""

import contextlib
import errno
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer

from sitegen.errors import SitegenError
from sitegen.instrumentation.clock import Clock
from sitegen.redaction import visible
from sitegen.server.access_log import AccessLog, Request
from sitegen.server.answers import Answer, answer, is_known, security_headers
from sitegen.server.rebuild import Rebuilder

__all__ = ["PreviewServer", "serve"]


class PreviewServer(ThreadingHTTPServer):
    """Serves a folder; port 0 takes a free one (`server_port`). Raises SitegenError where it cannot listen."""

    daemon_threads = True
    block_on_close = False

    def __init__(
        self, dist: Path, address: tuple[str, int], *, log: AccessLog, clock: Clock, echo: Callable[[str], None],
        redirects: bool = False,
    ) -> None:  # fmt: skip
        self.dist, self.log, self.clock, self.redirects = dist, log, clock, redirects
        self._echo = echo
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        try:
            super().__init__(address, _Handler)
        except (OSError, OverflowError) as error:
            raise SitegenError(_refusal(address, error)) from None

    def server_bind(self) -> None:
        """Bind without asking the name service for the machine's name, as http.server would."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    @property
    def url(self) -> str:
        """Where it listens."""
        host = f"[{self.server_name}]" if ":" in self.server_name else self.server_name
        return f"http://{host}:{self.server_port}/"

    def handle_error(self, request: object, client_address: object) -> None:
        """Pass a bug on as one line; a visitor who hangs up is none."""
        del request, client_address
        error = sys.exception()
        if not isinstance(error, (ConnectionError, TimeoutError)):
            self._echo(visible(f"a request failed: {type(error).__name__}: {error}"))


def _refusal(address: tuple[str, int], error: Exception) -> str:
    where = f"{address[0]}:{address[1]}"
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return f"{where} is in use; stop the other server, or choose another port with --port"
    if isinstance(error, PermissionError):
        return f"{where} needs more rights; choose a port of 1024 or above with --port"
    return f"{where} cannot be listened on ({error}); choose another with --host and --port"


class _Handler(BaseHTTPRequestHandler):
    """One connection. GET and HEAD only; every answer, refusals too, carries the security headers."""

    server: PreviewServer
    protocol_version = "HTTP/1.1"
    timeout = 15
    # One segment an answer: written in two, the second waits for an acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer with a file; HEAD with its headers alone."""
        start = self.server.clock.monotonic()
        reply = answer(
            self.server.dist,
            self.path,
            self.headers.get("Accept-Encoding", ""),
            redirects=self.server.redirects,
        )
        if reply.status == 200 and is_known(reply.headers["ETag"], self.headers.get("If-None-Match", "")):
            reply = Answer(304, reply.headers, b"")
        # A body that nobody reads would be taken for the next request.
        self.close_connection |= "Content-Length" in self.headers or "Transfer-Encoding" in self.headers
        self._send(reply, start)

    do_HEAD = do_GET  # noqa: N815 - http.server's name

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse in plain text what http.server cannot read, and every other method."""
        del message, explain
        status = HTTPStatus.METHOD_NOT_ALLOWED if code == HTTPStatus.NOT_IMPLEMENTED else HTTPStatus(code)
        self.close_connection = True
        headers = security_headers(b"") | {
            "Content-Type": "text/plain; charset=utf-8",
            "Cache-Control": "no-store",
        }
        if status is HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = "GET, HEAD"
        body = f"sitegen: {status.value}: {status.phrase.lower()}\n".encode()
        self._send(Answer(status, headers, body), self.server.clock.monotonic())

    def _send(self, reply: Answer, start: float) -> None:
        method = self.command or ""
        body = b"" if method == "HEAD" else reply.body
        # First of all, so that whoever has an answer stands in the log, even where the server ends at once.
        path = getattr(self, "path", "").partition("?")[0]
        now, seconds = self.server.clock.now(), self.server.clock.monotonic() - start
        self.server.log.append(Request(now, method, path, int(reply.status), len(body), seconds))
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 304:
            self.send_header("Content-Length", str(len(reply.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def version_string(self) -> str:
        """Name no version: it helps nobody but an attacker."""
        return "sitegen"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server names it
        """Print nothing on the terminal; the access log has it all."""


class _Terminated(BaseException):
    """SIGTERM came: leave in order."""


def serve(
    dist: Path, *, host: str, port: int, access_log: Path, rebuild: Sequence[str] | None, cycle: float,
    clock: Clock, echo: Callable[[str], None], redirects: bool = False,
) -> None:  # fmt: skip
    """Serve `dist` until told to stop, running the command `rebuild` at every slot of `cycle` seconds.

    SIGTERM ends it; SIGINT does too, as KeyboardInterrupt. A build that is under way is ended with it.
    Raises SitegenError where it cannot listen.
    """
    log = AccessLog(access_log, echo)
    server = PreviewServer(dist, (host, port), log=log, clock=clock, echo=echo, redirects=redirects)
    rebuilder = Rebuilder(rebuild, cycle, clock, echo) if rebuild else None
    try:
        with _ending_on_sigterm():
            if rebuilder:
                rebuilder.start()
            echo(f"serving {dist} on {server.url} (Ctrl-C stops)")
            server.serve_forever()
    finally:
        server.server_close()
        if rebuilder:
            rebuilder.stop()


@contextlib.contextmanager
def _ending_on_sigterm() -> Iterator[None]:
    """Leave the block when SIGTERM comes; only the main thread can be told so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def terminate(*_: object) -> None:
        raise _Terminated

    before = signal.signal(signal.SIGTERM, terminate)
    try:
        with contextlib.suppress(_Terminated):
            yield
    finally:
        signal.signal(signal.SIGTERM, before)
