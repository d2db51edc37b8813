"""The timer that ends requests: at its limit a connection is shut down, whatever the server sends until then."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock, Timer

from sitegen.instrumentation.clock import Deadline

_SLACK = 0.001
"""A timer is not set anew for an end that is so few seconds sooner."""


class Watch:
    """One request, bounded from the TLS handshake to the last byte.

    The handle that is shut down is a duplicate: TLS takes over the first one, and a number
    that another thread has closed may belong to another connection by then.
    """

    def __init__(self, limit: Deadline, lock: Lock) -> None:
        self.limit = limit
        self._lock = lock
        self._handle: socket.socket | None = None

    def begin(self, live: socket.socket) -> None:
        """Bound this connection from now on; raises TimeoutError where the limit has passed."""
        with self._lock:
            self.close()
            self._handle = socket.socket(live.family, live.type, live.proto, os.dup(live.fileno()))
        if self.limit.passed:
            raise TimeoutError("the time for this answer is over")

    def shut_down(self) -> None:
        """End the connection for both sides. The lock is held, as for close."""
        if self._handle is not None:
            with suppress(OSError):  # the server may have been faster
                self._handle.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the connection."""
        if self._handle is not None:
            self._handle.close()
            self._handle = None


class Watchdog:
    """Bounds the requests to one source, with one timer for the limit that comes first. Threads may share it.

    A socket's own timeout starts anew with every byte, so a server that drips beats it.
    Whoever waits for a socket that was shut down reads its end, or an error; what that
    means is told from the request's limit.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._watches = set[Watch]()
        self._timer: Timer | None = None
        self._ends: Deadline | None = None

    @contextmanager
    def watch(self, limit: Deadline) -> Iterator[Watch]:
        """Bound the request that is made inside by `limit`."""
        watch = Watch(limit, self._lock)
        with self._lock:
            self._watches.add(watch)
            if self._ends is None or limit.remaining() < self._ends.remaining() - _SLACK:
                self._set(limit)
        try:
            yield watch
        finally:
            with self._lock:
                self._watches.discard(watch)
                watch.close()

    def close(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()

    def _set(self, limit: Deadline) -> None:
        self.close()
        self._ends = limit
        self._timer = Timer(limit.remaining(), self._end_requests)
        self._timer.daemon = True
        # Where the system has no thread to give, the socket's own timeout has to do.
        with suppress(RuntimeError):
            self._timer.start()

    def _end_requests(self) -> None:
        with self._lock:
            for watch in self._watches:
                if watch.limit.passed:
                    watch.shut_down()
            left = [watch.limit for watch in self._watches if not watch.limit.passed]
            self._ends = None
            if left:
                self._set(min(left, key=Deadline.remaining))
