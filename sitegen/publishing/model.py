"""The manifest of a generation: what it consists of."""

from hashlib import sha256

import msgspec

from sitegen.output import OutputFile

__all__ = ["Manifest", "ManifestEntry"]


class ManifestEntry(msgspec.Struct, frozen=True):
    """The digest and size of one published file."""

    sha256: str
    size: int


class Manifest(msgspec.Struct, frozen=True):
    """What one generation consists of; `built_at` in POSIX seconds, `files` by path, sorted."""

    generation: int
    built_at: float
    files: dict[str, ManifestEntry]

    @classmethod
    def of(cls, generation: int, built_at: float, files: tuple[OutputFile, ...]) -> "Manifest":
        """Describe these files."""
        entries = {
            file.path: ManifestEntry(sha256=sha256(file.body).hexdigest(), size=len(file.body))
            for file in sorted(files, key=lambda file: file.path)
        }
        return cls(generation=generation, built_at=built_at, files=entries)
