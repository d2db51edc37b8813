"""One run at a time: a lock on the state folder that the kernel frees when its holder is gone.

It is flock(2) on `.sitegen/lock`, so a killed run leaves nothing behind that could go
stale: the number of the process in the file is for people. The descriptor is not
inherited by programs that the run starts; a child that outlives it holds nothing.
"""

import contextlib
import errno
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from sitegen.errors import BusyError, SitegenError
from sitegen.state.files import remove_strays
from sitegen.units import rfc3339

__all__ = ["hold"]


@contextlib.contextmanager
def hold(folder: Path, now: float) -> Iterator[None]:
    """Hold the lock of a state folder, which is made where it is missing; never waits.

    Whoever holds it also sweeps up the half-written files of a run that was killed.
    Raises BusyError at once when another run holds it, and SitegenError when the
    folder cannot be written or its file system knows no locks.
    """
    descriptor = _open(folder / "lock")
    try:
        _take(descriptor, folder)
        _sign(descriptor, now)
        remove_strays(folder)
        yield
    finally:
        os.close(descriptor)


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        raise SitegenError(
            f"The state folder {path.parent} cannot be written ({error.strerror}); "
            "give sitegen a folder of its own with `state` under [site]."
        ) from error


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


def _holder(descriptor: int) -> str:
    """Read who holds it: `process 4711 since 2026-11-23T07:43:30Z`."""
    text = os.pread(descriptor, 80, 0).decode("ascii", "replace").strip()
    return (
        " ".join(text.split())
        if text.isprintable() and text.startswith("process ")
        else "it has not said which"
    )


def _sign(descriptor: int, now: float) -> None:
    # Only people read it: a full disk must not stop a run here. Always as long, so that it covers the last one.
    with contextlib.suppress(OSError):
        os.pwrite(descriptor, f"process {os.getpid():<10} since {rfc3339(now)}\n".encode("ascii"), 0)
