"""Trees of files: what is in one, and building the next one beside it.

Unchanged files of the next tree are hard links to those of the live one, so a
generation costs what changed in it, and both stay whole whatever happens to one.
"""

import contextlib
import errno
import os
import shutil
import stat
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from sitegen.state.files import sync_folder, write_all

__all__ = ["build_tree", "folders_of", "is_same", "remove_tree", "sizes_of"]

_NO_LINKS = (
    errno.EPERM,
    errno.EACCES,
    errno.EXDEV,
    errno.EMLINK,
    errno.ENOSYS,
    errno.ENOTSUP,
    errno.EOPNOTSUPP,
)


def sizes_of(root: Path) -> dict[str, int]:
    """Return the size of every file of a tree by its path below it; of what is no regular file, -1.

    No tree has no files. Links are not followed.
    """
    found: dict[str, int] = {}
    start = len(f"{root}/")
    for folder, folders, names in os.walk(root):
        for name in (*names, *folders):
            path = f"{folder}/{name}"
            seen = os.lstat(path)
            if not stat.S_ISDIR(seen.st_mode):
                found[path[start:]] = seen.st_size if stat.S_ISREG(seen.st_mode) else -1
    return found


def folders_of(paths: Iterable[str]) -> list[str]:
    """Return the folders that files need, by their paths below a root, every one after the one it lies in.

    a/b/c.html, d.html -> a, a/b.
    """
    found: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return sorted(found)


def is_same(root: Path, sizes: Mapping[str, int], path: str, body: bytes) -> bool:
    """Whether a tree of these sizes has these bytes at a path."""
    return sizes.get(path) == len(body) and (root / path).read_bytes() == body


def build_tree(root: Path, bodies: Mapping[str, bytes], live: Path, changed: Collection[str]) -> None:
    """Build a tree at `root` from bodies by path; all of it is on the disk afterwards.

    Files not in `changed` are linked from `live`, or written again where the file
    system has no links. Raises OSError and leaves what there is.
    """
    root.mkdir()
    if live.is_dir():
        root.chmod(stat.S_IMODE(live.stat().st_mode))
    folders, written = folders_of(bodies), []
    for folder in folders:
        (root / folder).mkdir()
    for path, body in bodies.items():
        if path in changed or not _link(live / path, root / path):
            _write(root / path, body)
            written.append(root / path)
    # After all are written: the first sync then takes most of the others with it.
    for file in written:
        _sync_file(file)
    for folder in (*folders, "", ".."):
        sync_folder(root / folder)


def remove_tree(root: Path) -> None:
    """Remove a tree as far as that can be done; what stays is removed by the next try."""
    if root.is_dir() and not root.is_symlink():
        shutil.rmtree(root, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            root.unlink(missing_ok=True)


def _link(live: Path, path: Path) -> bool:
    try:
        path.hardlink_to(live)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        return False
    return True


def _write(path: Path, body: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        write_all(descriptor, body)
    finally:
        os.close(descriptor)


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
