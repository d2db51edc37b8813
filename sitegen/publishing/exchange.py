"""Two folders trade places in one step, so that there is no moment without either.

Linux: renameat2(2) with RENAME_EXCHANGE (since 3.15; ext4, xfs, btrfs, tmpfs, overlayfs).
macOS: renamex_np(2) with RENAME_SWAP (APFS). Where the C library or the file system
knows neither (some network and FUSE file systems), two renames follow each other: a
reader may then find nothing for an instant, and a kill between them is made good by
the next run.
"""

import errno
import os
import sys
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_RENAME_SWAP = 2
_UNKNOWN = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP)


def mount_of(folder: Path) -> tuple[int, str]:
    """Return what two folders share whose trees can trade places: the file system, and on Linux its mount (proc(5), fdinfo).

    Two volumes of a container are often two mounts of one file system, between which nothing is renamed.
    """
    handle = os.open(folder, getattr(os, "O_PATH", os.O_RDONLY))
    try:
        said = Path(f"/proc/self/fdinfo/{handle}").read_text(encoding="ascii").split()
        mount = said[said.index("mnt_id:") + 1]
    except (OSError, ValueError):
        mount = ""
    finally:
        os.close(handle)
    return folder.stat().st_dev, mount


def exchange(new: Path, old: Path, aside: Path) -> None:
    """Put `new` in the place of `old`; what was there lies at `new` then, or at `aside` where it takes two steps.

    All three must be on one file system, in one mount of it. Raises OSError, and everything is as before.
    """
    try:
        _exchange_at_once(new, old)
    except OSError as error:
        if error.errno not in _UNKNOWN:
            raise
        _exchange_in_two_steps(new, old, aside)


def _exchange_at_once(new: Path, old: Path) -> None:
    import ctypes  # noqa: PLC0415  # needed once in a build that changes something, and slow to load

    library = ctypes.CDLL(None, use_errno=True)
    try:
        if sys.platform == "darwin":
            failed = library.renamex_np(os.fsencode(new), os.fsencode(old), _RENAME_SWAP)
        else:
            failed = library.renameat2(
                _AT_FDCWD, os.fsencode(new), _AT_FDCWD, os.fsencode(old), _RENAME_EXCHANGE
            )
    except AttributeError as error:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS)) from error
    if failed:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), str(new), None, str(old))


def _exchange_in_two_steps(new: Path, old: Path, aside: Path) -> None:
    old.rename(aside)
    try:
        new.rename(old)
    except OSError:
        aside.rename(old)
        raise
