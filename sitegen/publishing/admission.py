"""What may be published, and over what: the paths of a site, and the folder that it would replace."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from sitegen.errors import RefusedError, SitegenError
from sitegen.output import OutputFile
from sitegen.publishing.model import Manifest
from sitegen.publishing.trees import folders_of

__all__ = ["check_output", "check_paths"]

_NAME = re.compile(r"[a-z0-9._-]{1,200}")


def check_paths(files: Sequence[OutputFile]) -> None:
    """Refuse two files at one path, and every path that could leave the root or mean two things.

    Lower case only: on file systems that ignore case (macOS) or normalise names, `A` and
    `a` would be one file.
    """
    if not files:
        raise SitegenError("The site has no files, so it was not published; the old one is untouched.")
    seen: set[str] = set()
    for file in files:
        parts = file.path.split("/")
        if not all(_NAME.fullmatch(part) and part.strip(".") for part in parts):
            raise SitegenError(
                f"The site cannot have a file at {file.path!r}: paths are relative and made of "
                "lower-case letters, digits, dots, dashes and underscores. Rename what it is made from."
            )
        if file.path in seen:
            raise SitegenError(
                f"Two files of the site claim the path {file.path!r}; rename one of their sources."
            )
        seen.add(file.path)
    for path in sorted(seen.intersection(folders_of(seen))):
        raise SitegenError(
            f"{path!r} would be a file and a folder of the site at once; rename one of their sources."
        )


def check_output(output: Path, known: str | None, manifest: Manifest | None) -> None:
    """Refuse to replace a folder that sitegen did not make: `-o ~` must not cost a home.

    `known` is the output that the state folder knows, `manifest` what it held last.
    """
    if not os.path.lexists(output):
        return
    if not output.is_dir():
        raise RefusedError(f"The output {output} is a file; name a folder with --output.")
    if output.is_mount():
        raise RefusedError(
            f"The output {output} is a mount point, and a site is published by swapping its whole folder; "
            "name a folder inside it with --output."
        )
    names = {entry.name for entry in output.iterdir()} - {".DS_Store"}
    if not names or known == str(output) or _is_site(output):
        return
    # A project that was moved: everything in it is of the generation that the state knows.
    if manifest and names <= {path.partition("/")[0] for path in manifest.files}:
        return
    raise RefusedError(
        f"The folder {output} is not empty and holds no site that sitegen made, so it was not replaced. "
        "Name another folder with --output, or empty this one first."
    )


class _Status(msgspec.Struct):
    """What `status.json` of every site has at least."""

    version: int
    generated_at: str
    services: list[msgspec.Raw]
    sources: list[msgspec.Raw]


def _is_site(output: Path) -> bool:
    """Whether a tree is a site of sitegen, though the state that made it is lost."""
    try:
        msgspec.json.decode((output / "status.json").read_bytes(), type=_Status)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return False
    return (output / "index.html").is_file() and (output / "404.html").is_file()
