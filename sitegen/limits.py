"""Limits on what may not end by itself: a call under an interval timer, and the regular expressions that authors wrote.

Python's engine backtracks: `(a+)+$` needs time exponential in its input, and a lexer of Pygments is made of such
expressions. The engine looks for signals while it works, so an alarm whose handler raises ends it: in the main
thread of a process, and nowhere else.
"""

import signal
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")

TASK_SECONDS = 2.0
"""CPU seconds of one task."""

RECORD_SECONDS = 0.05
"""CPU seconds of an author's expression for one text."""

_AGAIN = 0.25
_LEAST = 0.001
_MOST_LATE = 3


class OutOfTimeError(KeyboardInterrupt):
    """Ends a call whose time is over, as Ctrl-C would: what catches every `Exception` does not hold it up."""


class LateExpressionError(Exception):
    """An expression of an author's did not end in its time."""


class Limit:
    """The CPU seconds of the main thread, and the seconds by the clock, that one call may take; limits nest."""

    def __init__(self, *, cpu: float | None = None, wall: float | None = None) -> None:
        self._cpu, self._wall = cpu, wall
        self._outer: Limit | None = None
        self._before: object = None
        self._cpu_end: float | None = None
        self._wall_end: float | None = None
        self.passed = False

    def lift(self) -> None:
        """Let the call take as long as it takes from here on."""
        self._cpu_end = self._wall_end = None

    @property
    def sentence(self) -> str:
        """How a task ended whose time is over."""
        late = self._cpu is None or time.thread_time() < (self._cpu_end or 0)
        return "not finished by the deadline" if late else f"not finished after {self._cpu:g} s of work"

    def run(self, call: Callable[[], T]) -> T:
        """Return what the call returns. Raises OutOfTimeError in it, and `passed` is true, when its time is over.

        Outside the main thread nothing can be interrupted: there the call takes as long as it takes.
        """
        if threading.current_thread() is not threading.main_thread():
            return call()
        self._begin()
        try:
            try:
                return call()
            finally:
                self._end()
        except OutOfTimeError:
            self._end()  # the alarm may have come in the middle of the first one
            raise

    def _begin(self) -> None:
        self._before = signal.getsignal(signal.SIGALRM)
        outer = getattr(self._before, "__self__", None)
        self._outer = outer if isinstance(outer, Limit) else None
        self._cpu_end = None if self._cpu is None else time.thread_time() + self._cpu
        self._wall_end = None if self._wall is None else time.perf_counter() + self._wall
        signal.signal(signal.SIGALRM, self._ring)
        self._set()

    def _end(self) -> None:
        if self._outer is None:
            signal.setitimer(signal.ITIMER_REAL, 0)
        else:
            self._outer._set()  # noqa: SLF001 - of its own kind
        signal.signal(signal.SIGALRM, self._before or signal.SIG_DFL)  # type: ignore[arg-type]  # what getsignal gave

    def _left(self) -> float:
        """Return the seconds until this limit, or one around it, may be passed; below zero where it is."""
        own = self._own_left()
        return own if self._outer is None else min(own, self._outer._left())  # noqa: SLF001 - of its own kind

    def _own_left(self) -> float:
        ends = (
            None if self._cpu_end is None else self._cpu_end - time.thread_time(),
            None if self._wall_end is None else self._wall_end - time.perf_counter(),
        )
        return min((left for left in ends if left is not None), default=_AGAIN)

    def _set(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, max(self._left(), _LEAST), _AGAIN)

    def _ring(self, *_: object) -> None:
        outer = self._outer
        if outer is not None and outer._left() <= 0:  # noqa: SLF001 - of its own kind
            outer._ring()  # noqa: SLF001
        # Its own time alone: that of the outer one may have ended since, and then rings again at once.
        if self._own_left() > 0:
            self._set()  # the thread had waited, or another process had its turn
            return
        self.passed = True
        raise OutOfTimeError


main_thread: ContextVar[Callable[[Callable[[], object]], object]] = ContextVar("main_thread")
"""How a thread of a pool has something called in the main thread: it waits for what that returns, or raises."""


class Patience:
    """The time that regular expressions of an author get: RECORD_SECONDS of the main thread for a text.

    Where that was too little a few times, nothing is tried any more.
    """

    def __init__(self) -> None:
        self._late = 0

    def run(self, call: Callable[[], T]) -> T:
        """Return what the call returns, which is made in the main thread. Raises LateExpressionError."""
        elsewhere = main_thread.get(None)
        if elsewhere is None or threading.current_thread() is threading.main_thread():
            return self._limited(call)
        return elsewhere(lambda: self._limited(call))  # type: ignore[return-value]  # it returns what the call does

    def _limited(self, call: Callable[[], T]) -> T:
        if self._late >= _MOST_LATE:
            raise LateExpressionError
        limit = Limit(cpu=RECORD_SECONDS)
        try:
            return limit.run(call)
        except OutOfTimeError:
            if not limit.passed:
                raise
            self._late += 1
            raise LateExpressionError from None
