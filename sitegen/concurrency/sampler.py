"""A thread that reads something at a steady pace, beside everything else that a build does."""

from collections import deque
from collections.abc import Callable
from threading import Event, Thread
from typing import Generic, Self, TypeVar

from sitegen.instrumentation.clock import Clock

T = TypeVar("T")

_MOST = 4_000


class Sampler(Generic[T]):
    """Calls `read` every `pace` seconds from now until it is stopped, which leaving it as a context manager does too.

    `read` must not raise. The last 4,000 readings are kept.
    """

    def __init__(self, read: Callable[[], T], pace: float, clock: Clock) -> None:
        self._read, self._pace, self._clock = read, pace, clock
        self._readings: deque[T] = deque(maxlen=_MOST)
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="sitegen-sampler", daemon=True)
        try:
            self._thread.start()
        except RuntimeError:  # the system has no thread to give: then it is read at the start and at the end
            self._readings.append(self._read())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> tuple[T, ...]:
        """Read once more, end the thread, and return all readings in order; at least two."""
        if not self._stopped.is_set():
            self._stopped.set()
            if self._thread.ident is not None:
                self._thread.join()
            self._readings.append(self._read())
        return tuple(self._readings)

    def _run(self) -> None:
        due = self._clock.monotonic()
        while True:
            self._readings.append(self._read())
            # What was slept through is not made up for: readings would come all at once.
            late = max(0.0, self._clock.monotonic() - due)
            due += self._pace * (1 + late // self._pace)
            if self._stopped.wait(due - self._clock.monotonic()):
                return
