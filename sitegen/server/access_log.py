"""The preview server's access log: a log source like any other, in which no visitor and no query stands.

{"time":"2026-11-23T07:43:30.012Z","level":"info","service":"serve","message":"GET /metrics/ 200",
"method":"GET","path":"/metrics/","status":200,"bytes":5123,"duration_ms":1.2}
"""

import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from sitegen.instrumentation.journal import append_rotating
from sitegen.redaction import Redactor, visible
from sitegen.units import rfc3339

LOG_LIMIT = 10_000_000
"""Bytes at which the log becomes `<name>.1`."""


class Request(msgspec.Struct, frozen=True):
    """One request and its answer: when (POSIX seconds), what, how many bytes of body, made in how many seconds."""

    at: float
    method: str
    path: str
    status: int
    size: int
    seconds: float


class AccessLog:
    """Appends lines to a file, which becomes `<name>.1` when it is full. A log that fails stops no request."""

    def __init__(self, path: Path, echo: Callable[[str], None]) -> None:
        self._path = path
        self._echo = echo
        self._lock = threading.Lock()
        self._redactor = Redactor()
        self._failed = False

    def append(self, request: Request) -> None:
        """Write one line."""
        path = visible(self._redactor.text(request.path[:2000]))
        method = visible(request.method[:20]) or "-"
        line = {
            "time": rfc3339(request.at, digits=3), "level": "info", "service": "serve",
            "message": f"{method} {path} {request.status}", "method": method, "path": path, "status": request.status,
            "bytes": request.size, "duration_ms": round(request.seconds * 1000, 3),
        }  # fmt: skip
        try:
            with self._lock:
                append_rotating(self._path, msgspec.json.encode(line) + b"\n", LOG_LIMIT)
            self._failed = False
        except OSError as error:
            if not self._failed:
                self._echo(f"the access log {self._path} cannot be written: {error.strerror}")
            self._failed = True
