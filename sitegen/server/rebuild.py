"""Builds the site anew at every slot, in a process of its own, never two at a time."""

import contextlib
import os
import signal
import subprocess  # noqa: TID251 - a build is a process of its own, so that its faults are not the server's
import threading
from collections.abc import Callable, Sequence

from sitegen.instrumentation.clock import Clock
from sitegen.redaction import visible
from sitegen.scheduler.tick import next_due, tick

_PATIENCE = 120.0
_GRACE = 5.0


class Rebuilder:
    """Runs a command at every slot, one at a time, and passes its last line on."""

    def __init__(
        self, command: Sequence[str], cycle: float, clock: Clock, echo: Callable[[str], None]
    ) -> None:
        self._command, self._cycle, self._clock, self._echo = tuple(command), cycle, clock, echo
        self._stopped = threading.Event()
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._loop, daemon=True)  # noqa: TID251 - it waits, and owns no work

    def start(self) -> None:
        """Begin with a build at once."""
        self._thread.start()

    def stop(self) -> None:
        """End the loop, and a build that is under way: first kindly, then not."""
        self._stopped.set()
        with self._lock:
            process = self._process
        if process is not None:
            _end(process)
        self._thread.join(2 * _GRACE)

    def _loop(self) -> None:
        while not self._stopped.is_set():
            self._run()
            now = self._clock.now()
            self._stopped.wait(next_due(tick(now, self._cycle, None).slot, self._cycle) - now)

    def _run(self) -> None:
        try:
            with self._lock:
                if self._stopped.is_set():
                    return
                # A group of its own: Ctrl-C reaches the build through stop(), once, and with its children.
                self._process = subprocess.Popen(  # noqa: S603 - the command is sitegen's own
                    self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                    text=True, errors="replace", start_new_session=True,
                )  # fmt: skip
            output = self._wait(self._process)
        except OSError as error:
            self._echo(f"the build cannot be started: {error.strerror}")
            return
        lines = [line for line in output.splitlines() if line.strip()]
        if lines and not self._stopped.is_set():
            self._echo(visible(lines[-1]))

    def _wait(self, process: subprocess.Popen[str]) -> str:
        patience = max(_PATIENCE, 2 * self._cycle)
        try:
            return process.communicate(timeout=patience)[0]
        except subprocess.TimeoutExpired:
            _end(process)
            process.communicate()
            return f"the build was stopped: it had not ended after {patience:.0f} s"


def _end(process: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
