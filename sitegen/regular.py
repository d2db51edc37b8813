"""Reads files by names that may stand for anything: a pipe or a device would be waited for without end."""

import errno
import glob
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_MOST_FOLDERS = 20_000


def real_path(path: Path) -> Path:
    """Return where a path leads, its links followed; one that leads in a circle stays, where `Path.resolve` raises before Python 3.13."""
    return Path(os.path.realpath(path))


def open_regular(path: Path) -> BinaryIO:
    """Open a file for reading. Raises OSError, also for what is no regular file, and never waits."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        check_regular(descriptor)
    except OSError:
        os.close(descriptor)
        raise
    return os.fdopen(descriptor, "rb")


def read_regular(path: Path, most: int = -1) -> bytes:
    """Return the bytes of a file, at most so many. Raises OSError as `open_regular` does."""
    with open_regular(path) as stream:
        return stream.read(most)


def check_regular(descriptor: int) -> None:
    """Raise OSError where what is open is a folder, a pipe, a device or a socket."""
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, "it is no regular file")


def find_newest(pattern: str) -> list[Path]:
    """Return the regular files that match a glob (`/var/log/**/*.log`), the newest first.

    A folder below `**` is looked through once, whatever links lead back to it; `**` is that once in a pattern.
    """
    head, deep, tail = pattern.partition("/**/")
    names = (
        (name for base in glob.iglob(head) for folder in _folders(base) for name in _matching(folder, tail))  # noqa: PTH207 - the pattern is absolute
        if deep
        else glob.iglob(pattern)  # noqa: PTH207 - as above
    )
    found = []
    for name in dict.fromkeys(names):
        try:
            status = os.stat(name)  # noqa: PTH116 - the name is text
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode):
            found.append((-status.st_mtime_ns, name))
    return [Path(name) for _, name in sorted(found)]


def _matching(folder: str, pattern: str) -> list[str]:
    return [os.path.join(folder, name) for name in glob.glob(pattern, root_dir=folder)]  # noqa: PTH118, PTH207 - names are text here


def _folders(base: str) -> Iterator[str]:
    """Yield a folder and all below it that are not hidden, each once."""
    seen, waiting = set[tuple[int, int]](), [base]
    while waiting and len(seen) < _MOST_FOLDERS:
        folder = waiting.pop()
        try:
            status = os.stat(folder)  # noqa: PTH116 - as above
            if (status.st_dev, status.st_ino) in seen:
                continue
            below = [os.path.join(folder, name) for name in os.listdir(folder) if name[:1] != "."]  # noqa: PTH118, PTH208 - as above
        except OSError:
            continue
        seen.add((status.st_dev, status.st_ino))
        waiting += filter(os.path.isdir, below)
        yield folder
