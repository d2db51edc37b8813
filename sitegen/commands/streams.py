"""The standard streams of a process, as a timer, a pipe and a full disk leave them.

What a stream does not take is lost and nothing else: the work goes on, and the exit code tells how it ended.
"""

import errno
import io
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING, NoReturn, TextIO

from sitegen.commands.reporter import fail

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class Outlet(io.FileIO):
    """A descriptor that takes everything; `lost` is why it took no more, and stays empty where only the reader left."""

    lost = ""

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write as much as is taken. What is not is thrown away, and all that comes after it."""
        try:
            return super().write(data)
        except OSError as error:
            if error.errno != errno.EPIPE:
                self.lost = error.strerror or type(error).__name__
            os.dup2(os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC), self.fileno())
            return memoryview(data).nbytes


def open_streams() -> None:
    """Put streams in the place of standard output and error that never raise.

    A descriptor that is closed is taken first: else the next file that is opened would have its number, and hear
    what a child process or the interpreter has to say.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    sys.stdout, sys.stderr = _open(sys.stdout, 1), _open(sys.stderr, 2)


def _open(known: TextIO | None, number: int) -> TextIO:
    outlet = Outlet(number, "w", closefd=False)
    # A name that is not UTF-8, or a character that the terminal's encoding lacks, is no reason to end.
    return io.TextIOWrapper(
        io.BufferedWriter(outlet),
        encoding=getattr(known, "encoding", None) or "utf-8",
        errors="backslashreplace",
        line_buffering=number == 2 or outlet.isatty(),
    )


def leave(code: int) -> NoReturn:
    """End the process and what is left of its own; tell what the standard output did not take."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
    sys.stdout.flush()
    if lost := getattr(getattr(sys.stdout.buffer, "raw", None), "lost", ""):
        fail(f"standard output cannot be written ({lost}); what it was to say is lost", code)
    sys.stderr.flush()
    if (pools := sys.modules.get("sitegen.concurrency.processes")) is not None:
        pools.clear_up()
    os._exit(code)
