"""The preview server itself: connections on loopback, and an end in good order."""

import contextlib
import errno
import ipaddress
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from urllib.parse import urlsplit

from sitegen.errors import SitegenError
from sitegen.instrumentation.clock import Clock
from sitegen.redaction import visible
from sitegen.server.access_log import AccessLog, Request
from sitegen.server.answers import Answer, answer, is_expected, is_known, part, security_headers
from sitegen.server.rebuild import Rebuilder

_FILES = 10_240
"""Files that the server may have open; macOS takes no more."""


class PreviewServer(ThreadingHTTPServer):
    """Serves a folder; port 0 takes a free one (`server_port`). Raises SitegenError where it cannot listen."""

    daemon_threads = True
    block_on_close = False
    # Clients that the system keeps waiting while threads start; beyond it a connection is lost.
    request_queue_size = 1024

    def __init__(
        self, dist: Path, address: tuple[str, int], *, log: AccessLog, clock: Clock, echo: Callable[[str], None],
        base_url: str = "",
    ) -> None:  # fmt: skip
        self.dist, self.log, self.clock = dist, log, clock
        self._echo = echo
        self._names = {address[0].lower(), (urlsplit(base_url).hostname or "").lower(), "localhost"}
        self.base = urlsplit(base_url).path or "/"
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
        return f"http://{host}:{self.server_port}{self.base}"

    def is_named(self, host: str) -> bool:
        """Whether a Host header names this server: by an address, by --host, or by the host of `base_url`.

        A page of somebody else's whose name leads to this machine could read the site otherwise (DNS rebinding).
        Listening for other machines, names that no public resolver holds are ours as well (a container's, `.local`).
        """
        name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        with contextlib.suppress(ValueError):
            return bool(ipaddress.ip_address(name))
        return name in self._names or name.endswith(".localhost") or (
            not self._is_loopback and ("." not in name or name.endswith(".local"))
        )  # fmt: skip

    @property
    def _is_loopback(self) -> bool:
        return ipaddress.ip_address(self.server_name.partition("%")[0]).is_loopback

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
        """Answer with a file or a range of it; HEAD with its headers alone."""
        start = self.server.clock.monotonic()
        hosts = self.headers.get_all("Host", [])
        if len(hosts) > 1 or (not hosts and self.request_version > "HTTP/1.0"):
            self.send_error(HTTPStatus.BAD_REQUEST)
            return
        if hosts and not self._is_ours(hosts[0]):
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
            return
        asked = {name.title(): value for name, value in self.headers.items()}
        reply = answer(self.server.dist, self.path, asked, self.server.base)
        if reply.status == 200 and not is_expected(reply.headers["ETag"], asked.get("If-Match", "*")):
            reply = Answer(412, reply.headers, b"")
        elif reply.status == 200 and is_known(reply.headers["ETag"], asked.get("If-None-Match", "")):
            reply = Answer(304, reply.headers, b"")
        elif reply.status == 200 and self.command == "GET":
            reply = part(reply, asked)
        # A body that nobody reads would be taken for the next request.
        self.close_connection |= "Content-Length" in self.headers or "Transfer-Encoding" in self.headers
        self._send(reply, start)

    do_HEAD = do_GET  # noqa: N815 - http.server's name

    def _is_ours(self, host: str) -> bool:
        try:
            return self.server.is_named(host.strip())
        except ValueError:
            return False

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
    clock: Clock, echo: Callable[[str], None], base_url: str = "",
) -> None:  # fmt: skip
    """Serve `dist` until told to stop, running the command `rebuild` at every slot of `cycle` seconds.

    SIGTERM ends it; SIGINT does too, as KeyboardInterrupt. A build that is under way is ended with it.
    Raises SitegenError where it cannot listen.
    """
    _allow_files()
    log = AccessLog(access_log, echo)
    server = PreviewServer(dist, (host, port), log=log, clock=clock, echo=echo, base_url=base_url)
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


def _allow_files() -> None:
    """Open as many files as the system lets this user: each client is one, and the usual 1,024 are soon used up."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


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
