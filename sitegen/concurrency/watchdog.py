"""The end of a build whose main thread hears nothing: in C code, in a system call of a disk that hangs."""

import contextlib
import faulthandler
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from sitegen.instrumentation.clock import Deadline

LATE, LATER, LATEST = 0.3, 0.6, 1.0
"""Seconds beyond a build's deadline: when its main thread is interrupted, when another one ends the process in an
orderly way, and when the kernel ends it, whatever holds the interpreter."""


@contextlib.contextmanager
def watch(deadline: Deadline, give_up: Callable[[], None]) -> Iterator[None]:
    """Call `give_up` in a thread of its own where what is done inside has not ended by LATER.

    It is to end the process; where it has not by LATEST, the process ends at once, with exit code 1.
    """
    left = deadline.remaining()
    timer = threading.Timer(left + LATER, give_up)
    timer.daemon = True
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        # Where there is no further thread, the alarm of the main thread has to do.
        with contextlib.suppress(RuntimeError):
            timer.start()
            # This one is written in C and needs no interpreter.
            faulthandler.dump_traceback_later(left + LATEST, exit=True, file=nowhere)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()
            timer.cancel()
