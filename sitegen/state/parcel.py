"""What the next build needs of the state folder, as one compressed piece: for machines that start empty.

A parcel is a line with its layout, the SHA-256 of what follows, and a compressed map from names to bytes.
It may come from anybody who can write to the bucket: names are those of a list, sizes have a limit before
anything is unpacked, and no byte is written before all of it was looked at.
"""

import contextlib
import re
import sqlite3
import zlib
from collections.abc import Iterable, Mapping
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import msgspec

from sitegen.errors import SitegenError
from sitegen.regular import read_regular
from sitegen.state.files import write_atomically
from sitegen.state.layouts import refuse_newer
from sitegen.state.opening import connect
from sitegen.state.schema import APPLICATION, LAYOUT

MOST_BYTES = 8 * 2**20
"""The largest parcel."""

_MOST_UNPACKED = 256 * 2**20
_PARCEL_LAYOUT = 1
_HEAD = re.compile(rb"sitegen-state (\d{1,6})\n")
_DIGEST = 32
_DATABASE = "state.db"
_NEEDED = ("manifest.json", "manifest.previous.json", "report.json", "deployed/*.json", "deployed/*.journal")
_SHOWN = ("log/sitegen.jsonl", "traces/*.json")
_NAME = re.compile(
    r"state\.db|manifest(\.previous)?\.json|report\.json|deployed/[\w.-]{1,80}\.(json|journal)"
    r"|log/sitegen\.jsonl|traces/[\w-]{1,80}\.json"
)


class _Content(msgspec.Struct, array_like=True, frozen=True, forbid_unknown_fields=True):
    """Whose state it is, and its files by their names below the state folder."""

    site: str
    files: dict[str, bytes]


def pack(folder: Path, site: str) -> bytes:
    """Return the parcel of a state folder; without what pages merely show where it would be too large.

    Nobody may be building. Raises SitegenError where there is nothing to pack, or too much.
    """
    needed = {_DATABASE: _copy_database(folder / _DATABASE), **_read(folder, _NEEDED)}
    for files in ({**needed, **_read(folder, _SHOWN)}, needed):
        parcel = _close(_Content(site, files))
        if len(parcel) <= MOST_BYTES:
            return parcel
    raise SitegenError(
        f"The state in {folder} takes {len(parcel) / 2**20:.1f} MB compressed, and {MOST_BYTES // 2**20} MB is the limit; "
        "keep the state in the CI's own cache, or build on a machine that keeps its disk."
    )


def unpack(parcel: bytes, site: str, place: str) -> Mapping[str, bytes]:
    """Return the files of a parcel that came from `place`. Raises SitegenError where it is not this site's state, whole."""
    head = _HEAD.match(parcel)
    if head is None:
        raise SitegenError(
            f"{place} is no state that sitegen wrote; remove it, and the next push makes a new one"
        )
    refuse_newer(place, int(head[1]), _PARCEL_LAYOUT, f"remove {place}")
    digest, packed = parcel[head.end() :][:_DIGEST], parcel[head.end() + _DIGEST :]
    if sha256(packed).digest() != digest:
        raise SitegenError(f"{place} is truncated or damaged; remove it, or put its version before back")
    content = _open(packed, place)
    if content.site != site:
        raise SitegenError(
            f"{place} is the state of another site ({content.site!r}, and this one is {site!r}); "
            "correct the target, or remove it if the site has a new address"
        )
    _check_files(content.files, place)
    return content.files


def put_down(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files of a parcel into a state folder, the database last. Raises SitegenError."""
    try:
        for name in sorted(files, key=lambda name: name == _DATABASE):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            write_atomically(folder / name, files[name])
    except OSError as error:
        raise SitegenError(f"The state folder {folder} cannot be written ({error.strerror})") from error


def _copy_database(path: Path) -> bytes:
    if not path.is_file():
        raise SitegenError(f"There is no state in {path.parent} yet; run `sitegen build` first.")
    try:
        with closing(connect(path)) as connection:
            return connection.serialize()
    except (sqlite3.DatabaseError, OSError) as error:
        raise SitegenError(f"{path} cannot be read ({error}); the next build starts a new one.") from error


def _read(folder: Path, patterns: Iterable[str]) -> dict[str, bytes]:
    """Return the files that have a name of these; what cannot be read is left out."""
    found = {}
    for path in sorted(path for pattern in patterns for path in folder.glob(pattern)):
        name = path.relative_to(folder).as_posix()
        if _NAME.fullmatch(name):
            with contextlib.suppress(OSError):
                found[name] = read_regular(path)
    return found


def _close(content: _Content) -> bytes:
    packed = zlib.compress(msgspec.msgpack.encode(content))
    return b"sitegen-state %d\n" % _PARCEL_LAYOUT + sha256(packed).digest() + packed


def _open(packed: bytes, place: str) -> _Content:
    """Unpack a bounded number of bytes into a map of names and bytes, and nothing else."""
    unpacking = zlib.decompressobj()
    try:
        plain = unpacking.decompress(packed, _MOST_UNPACKED)
        if unpacking.unconsumed_tail or not unpacking.eof:
            raise SitegenError(f"{place} would unpack to more than {_MOST_UNPACKED // 2**20} MB; remove it")
        return msgspec.msgpack.decode(plain, type=_Content)
    except (zlib.error, msgspec.DecodeError) as error:
        raise SitegenError(f"{place} is damaged; remove it, or put its version before back") from error


def _check_files(files: Mapping[str, bytes], place: str) -> None:
    """Raise SitegenError where a name is none of the state's, or the database is none, or is of a newer layout."""
    for name in files:
        if not _NAME.fullmatch(name) or ".." in name:
            raise SitegenError(f"{place} holds a file that is none of a state ({name[:80]!r}); remove it")
    database = files.get(_DATABASE, b"")
    if not database.startswith(b"SQLite format 3\0") or int.from_bytes(database[68:72]) != APPLICATION:
        raise SitegenError(f"{place} holds no database of sitegen; remove it, or put its version before back")
    refuse_newer(place, int.from_bytes(database[60:64]), LAYOUT, f"remove {place}")
