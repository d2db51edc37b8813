"""Files that are whole or not there: written beside their place, synced, and renamed into it.

The order is the one that survives a power cut (Pillai et al., "All File Systems Are
Not Created Equal", OSDI 2014): write, fsync the file, rename, fsync the folder.
"""

import contextlib
import os
import re
from enum import StrEnum
from pathlib import Path

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


class Owner(StrEnum):
    """Who writes a file of the state folder: builds and deploys run side by side, each with a lock of its own."""

    BUILD = "build"
    DEPLOY = "deploy"

    def owns(self, name: str) -> bool:
        """Whether a file or folder of the state folder is theirs: the deploy's names begin with `deploy`."""
        return name.lstrip(".").startswith("deploy") == (self is Owner.DEPLOY)


def remove_strays(folder: Path, owner: Owner = Owner.BUILD) -> None:
    """Remove what a killed `write_atomically` of this owner left in this folder and in the folders right below it.

    Only whoever holds the owner's lock may call this: a file of a living run looks the same.
    """
    for name in filter(owner.owns, _names_in(folder)):
        _remove_stray(folder / name)
        if not (folder / name).is_symlink():
            for below in _names_in(folder / name):
                _remove_stray(folder / name / below)


def _remove_stray(path: Path) -> None:
    if _STRAY.fullmatch(path.name):
        with contextlib.suppress(OSError):
            path.unlink()


def _names_in(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208  # names are all that is needed
    except OSError:
        return []
