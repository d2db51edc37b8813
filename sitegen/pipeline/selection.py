"""`--only`: which pages and files one run makes, and which it takes over from the published site."""

from collections.abc import Collection, Sequence
from pathlib import Path

from sitegen.errors import SitegenError
from sitegen.output import OutputFile

__all__ = ["carry", "is_chosen"]

# Which pages and files belong to which section: their first path parts.
_OWNERS = {
    "metrics": ("metrics",),
    "traces": ("traces", "deps"),
    "logs": ("logs",),
    "availability": ("slo",),
    "content": ("about", "projects", "posts", "techniques", "_a"),
}


def is_chosen(path: str, only: Sequence[str]) -> bool:
    """Say whether a page or file is made by a run of these sections; no sections named means all."""
    parts = {part for section in only for part in _OWNERS[section]}
    return not only or path.strip("/").partition("/")[0] in parts


def carry(root: Path, made: Collection[str], only: Sequence[str]) -> list[OutputFile]:
    """Take every file that this run does not make from the published site, as it is.

    Raises SitegenError where nothing is published yet.
    """
    if not only:
        return []
    paths = sorted(path for path in root.rglob("*") if path.is_file())
    if not paths:
        raise SitegenError(f"{root} holds no site yet; run `sitegen build` without --only first")
    kept = [(path.relative_to(root).as_posix(), path) for path in paths]
    return [
        OutputFile(name, path.read_bytes())
        for name, path in kept
        if name not in made and not is_chosen(name, only)
    ]
