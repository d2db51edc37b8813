"""Files that are whole or not there: written beside their place, synced, and renamed into it.

The order is the one that survives a power cut (Pillai et al., "All File Systems Are
Not Created Equal", OSDI 2014): write, fsync the file, rename, fsync the folder.
"""

import contextlib
import os
import re
from pathlib import Path

__all__ = ["remove_strays", "sync_folder", "write_all", "write_atomically"]

_STRAY = re.compile(r"\..+\.[0-9a-f]{8}\.tmp")


def write_atomically(path: Path, body: bytes) -> None:
    """Put `body` at `path`: readers see the old file or the new one, also after a power cut.

    Raises OSError; the old file is then untouched and nothing is left beside it.
    """
    temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            write_all(descriptor, body)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.rename(temporary, path)  # noqa: PTH104  # the three system calls of the recipe, side by side
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_all(descriptor: int, body: bytes) -> None:
    """Write every byte: one call may take only a part, at the end of a disk or a quota."""
    rest = memoryview(body)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_strays(folder: Path) -> None:
    """Remove what a killed `write_atomically` left in this folder and in the folders right below it.

    Only whoever holds the lock may call this: a file of a living run looks the same.
    """
    for place in (folder, *_folders_in(folder)):
        for name in _names_in(place):
            if _STRAY.fullmatch(name):
                with contextlib.suppress(OSError):
                    (place / name).unlink()


def _folders_in(folder: Path) -> list[Path]:
    return [
        folder / name
        for name in _names_in(folder)
        if (folder / name).is_dir() and not (folder / name).is_symlink()
    ]


def _names_in(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208  # names are all that is needed
    except OSError:
        return []
