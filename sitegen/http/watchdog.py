"""The timer that ends a request: at its limit the connection is shut down, whatever the server sends until then."""

import os
import socket
from contextlib import suppress
from threading import Lock, Timer
from typing import Self

from sitegen.instrumentation.clock import Deadline

__all__ = ["Watchdog"]


class Watchdog:
    """Bounds one request, from the TLS handshake to the last byte, by `limit`.

    A socket's own timeout starts anew with every byte, so a server that drips beats it.
    Whoever waits for the socket then reads its end, or an error; what that means is told
    from `limit`. The handle that is shut down is a duplicate: TLS takes over the first one,
    and a number that another thread has closed may belong to another connection by then.
    """

    def __init__(self, limit: Deadline) -> None:
        self._limit = limit
        self._lock = Lock()
        self._handle: socket.socket | None = None
        self._timer = Timer(limit.remaining(), self._shut_down)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            self._close()

    def watch(self, live: socket.socket) -> None:
        """Bound this connection from now on; raises TimeoutError where the limit has passed."""
        with self._lock:
            self._close()
            self._handle = socket.socket(fileno=os.dup(live.fileno()))
        if self._limit.passed:
            raise TimeoutError("the time for this answer is over")

    def _shut_down(self) -> None:
        with self._lock, suppress(OSError):  # the server may have been faster
            if self._handle is not None:
                self._handle.shutdown(socket.SHUT_RDWR)

    def _close(self) -> None:
        if self._handle is not None:
            self._handle.close()
            self._handle = None
