"""A proxy between sitegen and the store: it records every request and can make any of them fail."""

import http.client
import socket
import struct
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from types import SimpleNamespace
from urllib.parse import unquote

BEFORE, AFTER = "never arrived", "answer lost"
HANG, DRIP, RESET, PORTAL = "no answer", "an answer that drips", "connection reset", "a portal's page"
PAGE = b"<!doctype html><html><title>Please sign in</title></html>"
DENIED = b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>"


class Call(SimpleNamespace):
    """One request as the store saw it: method, bucket, key, query, headers, status."""


class Wire:
    """Stands between sitegen and the store; `fails` says of each request whether and how it fails."""

    def __init__(self, upstream: int) -> None:
        self.upstream = upstream
        self.calls: list[Call] = []
        self.fails: Callable[[Call], str | None] = lambda call: None
        self.arrives: Callable[[Call], None] = lambda call: None
        self.answer = (403, DENIED)
        self.takes: Callable[[Call], float] = lambda call: 0.0
        self.stored: Callable[[Call, bytes], None] = lambda call, body: None
        self.lock = threading.Lock()
        self.released = threading.Event()

    def forget(self) -> None:
        self.calls.clear()
        self.answer = (403, DENIED)
        self.released.set()  # who still hangs in a request of the last test
        self.released = threading.Event()
        self.takes = lambda call: 0.0
        self.fails = lambda call: None
        self.arrives = lambda call: None

    def of(self, *methods: str) -> list[Call]:
        return [call for call in self.calls if call.method in methods]

    def keys(self, *methods: str) -> list[str]:
        return [call.key for call in self.of(*methods)]


def handler_of(wire: Wire) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            path, _, query = self.path.partition("?")
            _, bucket, *key = unquote(path).split("/", 2)
            call = Call(
                method=self.command, bucket=bucket, key="".join(key), query=query, headers=dict(self.headers)
            )
            with wire.lock:
                wire.calls.append(call)
                failure = wire.fails(call)
                wire.arrives(call)
                released = wire.released
            time.sleep(wire.takes(call))
            if failure in {HANG, DRIP, RESET}:
                self.break_off(failure, released)
                return
            if failure not in {BEFORE, PORTAL}:
                status, headers, content = self.forward(body)
                if call.method in {"PUT", "DELETE"} and status in {200, 204}:
                    wire.stored(call, body)
            if failure == PORTAL:
                status, content, headers = 200, PAGE, [("Content-Type", "text/html")]
            elif failure:
                (status, content), headers = wire.answer, []
            call.status = status
            self.send_response_only(status)
            for name, value in headers:
                if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                    self.send_header(name, value)
            length = dict(headers).get("Content-Length") if self.command == "HEAD" else None
            self.send_header("Content-Length", length or str(len(content)))
            self.end_headers()
            if self.command != "HEAD" and status != 304:
                self.wfile.write(content)

        def break_off(self, failure: str, released: threading.Event) -> None:
            """Give no whole answer, until the test is over."""
            self.close_connection = True
            if failure == RESET:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                return
            if failure == DRIP:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\nX-Drip: ")
            while not released.wait(0.2):
                if failure == DRIP:
                    self.wfile.write(b"x")

        def forward(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
            upstream = http.client.HTTPConnection("127.0.0.1", wire.upstream, timeout=10)
            try:
                headers = {name: value for name, value in self.headers.items() if name.lower() != "expect"}
                upstream.request(self.command, self.path, body=body, headers=headers)
                answer = upstream.getresponse()
                return answer.status, answer.getheaders(), answer.read()
            finally:
                upstream.close()

        do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = handle_any  # noqa: N815

        def log_message(self, *_) -> None:
            pass

    return Handler
