"""What cannot be read is moved aside, never deleted: people may want to look at it, or to repair it.

state.db  ->  state.db.corrupt-20261123T074330Z
"""

import contextlib
import os
import re
from pathlib import Path

from sitegen.state.files import sync_folder
from sitegen.units import rfc3339

_KEPT = 3
_COMPANIONS = ("-journal", "-wal", "-shm")
"""What SQLite keeps beside a database: without its journal a copy could not be repaired."""


def set_aside(path: Path, now: float) -> Path:
    """Rename the database at `path` with its companions and say what it is called now; the three newest stay.

    Raises OSError where the folder cannot be written.
    """
    stamp = re.sub(r"[-:]", "", rfc3339(now))
    target = path.with_name(f"{path.name}.corrupt-{stamp}")
    count = 1
    while os.path.lexists(target):
        count += 1
        target = path.with_name(f"{path.name}.corrupt-{stamp}.{count}")
    for companion in _COMPANIONS:
        with contextlib.suppress(FileNotFoundError):
            Path(f"{path}{companion}").rename(f"{target}{companion}")
    with contextlib.suppress(FileNotFoundError):
        path.rename(target)
    _drop_oldest(path)
    sync_folder(path.parent)
    return target


def _drop_oldest(path: Path) -> None:
    copies = [
        copy
        for copy in path.parent.glob(f"{path.name}.corrupt-*")
        if not copy.name.endswith(_COMPANIONS) and copy.is_file()
    ]
    # The change of a file's name counts, not the name: the clock may have been wrong then.
    copies.sort(key=lambda copy: (copy.stat().st_ctime_ns, copy.name))
    for copy in copies[:-_KEPT]:
        for old in (copy, *(Path(f"{copy}{companion}") for companion in _COMPANIONS)):
            old.unlink(missing_ok=True)
