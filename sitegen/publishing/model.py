"""The manifest of a generation: what it consists of."""

from collections.abc import Mapping
from hashlib import sha256
from types import MappingProxyType

import msgspec

from sitegen.output import OutputFile


class ManifestEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """The digest and size of one published file, and where its life is declared, its end in POSIX seconds."""

    sha256: str
    size: int
    ends: float | None = None


class Manifest(msgspec.Struct, frozen=True):
    """What one generation consists of; `built_at` in POSIX seconds, `files` by path, sorted."""

    generation: int
    built_at: float
    files: dict[str, ManifestEntry]

    @classmethod
    def of(
        cls,
        generation: int,
        built_at: float,
        files: tuple[OutputFile, ...],
        ends: Mapping[str, float] = MappingProxyType({}),
    ) -> "Manifest":
        """Describe these files; `ends` has the declared end of those below a folder: `{"traces/4bf9.../": 1763883810.0}`."""
        entries = {
            file.path: ManifestEntry(
                sha256=sha256(file.body).hexdigest(),
                size=len(file.body),
                ends=ends.get("/".join(file.path.split("/")[:2]) + "/") if ends else None,
            )
            for file in sorted(files, key=lambda file: file.path)
        }
        return cls(generation=generation, built_at=built_at, files=entries)
