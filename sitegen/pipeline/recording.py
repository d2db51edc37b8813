"""A recording: everything that one build gathered, in one file, from which the same site is built again anywhere.

    sitegen recording, layout 1
    <gzip (RFC 1952) of MessagePack: {"site": {...}, "findings": {...}}>

MessagePack keeps every double as it is, NaN and the infinities too, and columns of
samples as their bytes. What is in it was redacted when it was gathered; it names no
folder, no host, no query. A field that an older sitegen does not know is passed over, one
that it lacks has its default: only what breaks that takes another layout.
"""

import re
import zlib
from array import array
from gzip import compress
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from sitegen.config.schema import Site
from sitegen.errors import SitegenError
from sitegen.findings import Findings
from sitegen.metrics.model import Overview, pack_column, unpack_column
from sitegen.state.files import write_atomically
from sitegen.state.layouts import refuse_newer
from sitegen.templating.palette import Mode

LAYOUT = 1
PACKAGED = "terminal"
_HEAD = re.compile(rb"sitegen recording, layout ([1-9][0-9]{0,8})\n")
_MOST, _MOST_UNPACKED = 100_000_000, 1_000_000_000
"""Bytes of a file, and of what it unpacks to: over ten times what a large site has."""


class PublicSite(msgspec.Struct, frozen=True):
    """What pages show of `[site]`; `theme` is empty for one of the user's own, which is not recorded."""

    title: str
    description: str
    base_url: str
    language: str
    mode: Mode | None
    palette: str | dict[str, str]
    theme: str
    follow: bool = True

    @classmethod
    def of(cls, site: Site) -> "PublicSite":
        """Return the public part of these settings."""
        theme = site.theme if site.theme == PACKAGED else ""
        shown = {name: getattr(site, name) for name in cls.__struct_fields__ if name != "theme"}
        return cls(**shown, theme=theme)

    def put_into(self, site: Site) -> Site:
        """Return settings that show the same, in the folders of `site`, and with its theme where none was recorded."""
        shown = msgspec.structs.asdict(self)
        return replace(site, **shown | {"theme": self.theme or site.theme})


class Recording(msgspec.Struct, frozen=True):
    """What one build gathered, and how its site presents itself; `is_new` as in a `Plan`."""

    site: PublicSite
    findings: Findings
    overview: Overview = Overview()
    is_new: bool = False


def write_recording(path: Path, recording: Recording) -> None:
    """Keep a recording at `path`. Raises SitegenError where that cannot be written."""
    try:
        write_atomically(path, encode(recording))
    except OSError as error:
        raise SitegenError(
            f"{path}: the recording cannot be written ({error.strerror}); name another file with --record"
        ) from None


def read_recording(path: Path) -> Recording:
    """Return what was recorded. Raises SitegenError for a file that is missing, damaged, too large or something else.

    Raises NewerLayoutError for one that a newer sitegen recorded.
    """
    try:
        # Anything but a regular file may have no end.
        data = b"" if path.exists() and not path.is_file() else _read(path)
    except OSError as error:
        raise SitegenError(
            f"{path} cannot be read ({error.strerror}); name a recording with --replay"
        ) from None
    if len(data) > _MOST:
        raise SitegenError(f"{path} is larger than a recording can be ({_MOST // 1_000_000} MB)")
    return decode(data, str(path))


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_MOST + 1)


def is_recording(path: Path) -> bool:
    """Return whether there is a recording at `path`, of whatever layout. Raises OSError where that cannot be read."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return _HEAD.match(file.readline(80)) is not None


def encode(recording: Recording) -> bytes:
    """Format a recording as a file; the same one gives the same bytes."""
    body = msgspec.msgpack.encode(recording, enc_hook=_pack)
    return b"sitegen recording, layout %d\n" % LAYOUT + compress(body, 6, mtime=0)


def decode(data: bytes, place: str) -> Recording:
    """Parse the file at `place`. Raises as `read_recording` does."""
    head = _HEAD.match(data)
    if head is None:
        raise SitegenError(f"{place} is no recording; `sitegen build --record FILE` makes one")
    refuse_newer(place, int(head[1]), LAYOUT, "record it again")
    try:
        return msgspec.msgpack.decode(_unpack(data[head.end() :]), type=Recording, dec_hook=_unpack_field)
    except (zlib.error, ValueError, RecursionError) as error:
        raise SitegenError(f"{place} is damaged ({error}); fetch it again, or record it again") from None


def _unpack(packed: bytes) -> bytes:
    stream = zlib.decompressobj(wbits=31)
    body = stream.decompress(packed, _MOST_UNPACKED)
    if stream.unconsumed_tail:
        raise ValueError("it unpacks to more than a recording can be")
    if not stream.eof:
        raise ValueError("its end is missing")
    return body


def _pack(value: object) -> bytes:
    if not isinstance(value, array):
        raise NotImplementedError(f"a recording cannot hold a {type(value).__name__}")
    return pack_column(value)


def _unpack_field(_: type, value: Any) -> "array[float]":
    return unpack_column(value)
