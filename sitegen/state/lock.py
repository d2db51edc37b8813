"""One build and one deploy at a time: locks of the state folder that the kernel frees when their holder is gone.

Each is flock(2) on a file, `.sitegen/lock` for builds and `.sitegen/deploy.lock` for deploys, so a killed run leaves nothing behind that could go
stale: the number of the process in the file is for people. Behind it the file counts the runs in a row that
were busy, each of which began after the one before had left: from the fifth on they fail, for then
nothing is being done, and a timer takes busy runs for good ones. The descriptor is not
inherited by programs that the run starts; a child that outlives it holds nothing.
"""

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from sitegen.errors import BusyError, SitegenError
from sitegen.instrumentation.clock import SystemClock, process_start
from sitegen.regular import check_regular
from sitegen.state.files import Owner, remove_strays
from sitegen.units import rfc3339

_TOO_OFTEN = 5
_COUNT_AT, _COUNT_SIZE = 80, 60
_TICK = 0.01  # the start of a process is told to the hundredth of a second below it
_NAMES = {Owner.BUILD: "lock", Owner.DEPLOY: "deploy.lock"}


class StuckError(SitegenError):
    """Run after run is busy: what a single one may take for well is none."""

    reason = "busy"


@contextlib.contextmanager
def hold(folder: Path, now: float, owner: Owner = Owner.BUILD) -> Iterator[None]:
    """Hold a lock of a state folder, which is made where it is missing; never waits.

    Whoever holds it also sweeps up the half-written files of a run of its own kind that was killed.
    Raises BusyError at once when another run of that kind holds it (from the fifth time in a row on StuckError), and SitegenError when the
    folder cannot be written or its file system knows no locks.
    """
    descriptor = _open(folder / _NAMES[owner])
    count = 0
    try:
        _take(descriptor, folder)
        _sign(descriptor, now)
        remove_strays(folder, owner)
        yield
    except BusyError as error:
        count = _count_busy(descriptor)
        if count < _TOO_OFTEN:
            raise
        raise StuckError(
            f"{error} It is the {owner} number {count} in a row that left so, and nothing is done meanwhile: "
            "see what the other run waits for, and end it if it hangs."
        ) from error
    finally:
        if not count:
            _write_count(descriptor, 0)
        os.close(descriptor)


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, 0o666)
        check_regular(descriptor)
    except OSError as error:
        raise SitegenError(
            f"The state folder {path.parent} cannot be written ({error.strerror}); "
            "give sitegen a folder of its own with `state` under [site]."
        ) from error
    return descriptor


def _take(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            raise BusyError(
                f"Another sitegen run is at work in {folder} ({_holder(descriptor)}); "
                "this one leaves without touching anything. Try again when it is done."
            ) from error
        raise SitegenError(
            f"The file system of {folder} cannot lock a file ({error.strerror}); "
            "put the state folder on a local disk with `state` under [site]."
        ) from error


def _count_busy(descriptor: int) -> int:
    """Return how many runs in a row were busy, this one included; runs side by side are one."""
    now = SystemClock().monotonic()
    with contextlib.suppress(OSError, ValueError):
        count, left = os.pread(descriptor, _COUNT_SIZE, _COUNT_AT).decode("ascii").split()[1::2]
        if process_start() + _TICK < float(left) <= now:
            return int(count)
        if float(left) <= now:  # else the machine was started anew since
            _write_count(descriptor, int(count) + 1)
            return int(count) + 1
    _write_count(descriptor, 1)
    return 1


def _write_count(descriptor: int, count: int) -> None:
    """Keep the count with the time now; a count of none is written over another one alone."""
    with contextlib.suppress(OSError):
        if count or os.fstat(descriptor).st_size > _COUNT_AT:
            line = f"busy {count:<10} left {SystemClock().monotonic():<20.3f}\n"
            os.pwrite(descriptor, line.encode("ascii"), _COUNT_AT)


def _holder(descriptor: int) -> str:
    """Read who holds it: `process 4711 since 2026-11-23T07:43:30Z`."""
    text = os.pread(descriptor, _COUNT_AT, 0).decode("ascii", "replace").partition("\n")[0].strip()
    return (
        " ".join(text.split())
        if text.isprintable() and text.startswith("process ")
        else "it has not said which"
    )


def _sign(descriptor: int, now: float) -> None:
    # Only people read it: a full disk must not stop a run here. Always as long, so that it covers the last one.
    with contextlib.suppress(OSError):
        os.pwrite(descriptor, f"process {os.getpid():<10} since {rfc3339(now)}\n".encode("ascii"), 0)
