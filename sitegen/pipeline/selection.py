"""`--only`: which pages and files one run makes, and which it takes over from the published site."""

from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from sitegen.errors import SitegenError
from sitegen.output import OutputFile

# Which pages and files belong to which section: their first path parts.
_OWNERS = {
    "metrics": ("metrics",),
    "traces": ("traces", "deps"),
    "logs": ("logs",),
    "availability": ("slo",),
    "": ("", "follow"),
}


def _section_of(path: str) -> str:
    """Return the section of a page or file; what no other one has is the author's, and what stands at the root is no section's."""
    first = path.strip("/").partition("/")[0]
    return next(
        (section for section, parts in _OWNERS.items() if first in parts), "" if "." in first else "content"
    )


class Selection(NamedTuple):
    """The sections that one run makes anew; none named means all. `output` is the published site."""

    only: tuple[str, ...]
    output: Path

    def holds(self, path: str) -> bool:
        """Return whether a page or file is made by this run."""
        return not self.only or _section_of(path) in self.only

    def has(self, file: str) -> bool:
        """Return whether a file that this run does not make is on the published site."""
        return bool(self.only) and not self.holds(file) and (self.output / file).is_file()

    def carry(self, made: Collection[str]) -> list[OutputFile]:
        """Take every file that this run does not make from the published site, as it is.

        Raises SitegenError where nothing is published yet.
        """
        if not self.only:
            return []
        paths = sorted(path for path in self.output.rglob("*") if path.is_file())
        if not paths:
            raise SitegenError(f"{self.output} holds no site yet; run `sitegen build` without --only first")
        kept = [(path.relative_to(self.output).as_posix(), path) for path in paths]
        return [
            OutputFile(name, path.read_bytes())
            for name, path in kept
            if name not in made and not self.holds(name)
        ]
