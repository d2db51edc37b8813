"""Trees of files: what is in one, and building the next one beside it.

Unchanged files of the next tree are hard links to those of the live one, so a
generation costs what changed in it, and both stay whole whatever happens to one.
"""

import contextlib
import errno
import os
import shutil
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from sitegen.state.files import sync_folder, write_all

_NO_LINKS = (
    errno.EPERM,
    errno.EACCES,
    errno.EXDEV,
    errno.EMLINK,
    errno.ENOSYS,
    errno.ENOTSUP,
    errno.EOPNOTSUPP,
)
FILE_MODE, FOLDER_MODE = 0o644, 0o755
"""Of all that is published: it is for a web server of another user to read."""


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


def find_closed(root: Path) -> Iterator[str]:
    """Yield what others than its owner cannot read: the paths of files, and of folders that they cannot enter."""
    for path in (root, *sorted(root.rglob("*"))):
        needed = FOLDER_MODE if path.is_dir() else FILE_MODE
        if path.lstat().st_mode & needed & 0o007 != needed & 0o007 and not path.is_symlink():
            yield path.relative_to(root).as_posix()


def is_same(root: Path, sizes: Mapping[str, int], path: str, body: bytes) -> bool:
    """Whether a tree of these sizes has these bytes at a path; of what cannot be read nobody knows."""
    try:
        return sizes.get(path) == len(body) and (root / path).read_bytes() == body
    except OSError:
        return False


def build_tree(root: Path, bodies: Mapping[str, bytes], live: Path, changed: Collection[str]) -> None:
    """Build a tree at `root` from bodies by path; all of it is on the disk afterwards, and others may read it.

    Files not in `changed` are linked from `live`, or written again where the file
    system has no links. Whatever the umask, files have the mode 644 and folders 755; the group is that
    of `live`, where there is one and its owner may give it. Raises OSError and leaves what there is.
    """
    group = live.stat().st_gid if live.is_dir() else -1
    folders, written = folders_of(bodies), []
    for folder in ("", *folders):
        (root / folder).mkdir()
        open_to_others(root / folder, FOLDER_MODE, group)
    for path, body in bodies.items():
        if path in changed or not _link(live / path, root / path):
            _write(root / path, body)
            written.append(root / path)
        open_to_others(root / path, FILE_MODE, group)
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


def lacks_links(error: OSError) -> bool:
    """Whether a link could not be made because there can be none here: the bytes may still be copied."""
    return error.errno in _NO_LINKS


def open_to_others(path: Path, mode: int, group: int) -> None:
    """Set the mode of a file or a folder, and its group where this user may."""
    now = path.stat()
    if group not in {-1, now.st_gid}:
        with contextlib.suppress(OSError):
            os.chown(path, -1, group)
    if stat.S_IMODE(now.st_mode) != mode:
        path.chmod(mode)


def _link(live: Path, path: Path) -> bool:
    """Make a file that is another name of the live one; False where there can be none, or its mode is another."""
    try:
        if stat.S_IMODE(live.stat().st_mode) != FILE_MODE:
            return False
        path.hardlink_to(live)
    except OSError as error:
        if not lacks_links(error):
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
