"""What may be published, and over what: the paths of a site, and the folder that it would replace."""

import errno
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from sitegen.errors import RefusedError, SitegenError
from sitegen.output import OutputFile
from sitegen.publishing.model import Manifest, ManifestEntry
from sitegen.publishing.trees import folders_of
from sitegen.regular import read_regular

NOTHING = Manifest(generation=0, built_at=0.0, files={})
"""What is known of a folder that no state published to."""

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


def check_output(output: Path, manifests: Sequence[Manifest], *, is_own: bool) -> None:
    """Refuse to replace a folder that sitegen did not make: `-o ~` must not cost a home.

    `is_own` tells that this state published there last. Another folder is taken over only where it is empty,
    or all that is in it is of one of these manifests, by path and digest: a project that was moved.
    """
    if not os.path.lexists(output):
        return
    if not output.is_dir():
        raise RefusedError(f"The output {output} is a file; name a folder with --output.")
    if output.is_mount():
        raise RefusedError(mounted(output))
    if is_own:
        return
    found = [next(find_foreign(output, manifest.files), None) for manifest in (*manifests, NOTHING)]
    if None not in found:
        raise RefusedError(
            f"The folder {output} was not published from this state and holds {_first(output, found[0])!r}, which sitegen did not "
            "write, so nothing was replaced. Name another folder with --output, or empty this one first."
        )


def _first(output: Path, path: str | None) -> str | None:
    """Return the first file of a folder that is foreign as a whole, or what is foreign itself."""
    for folder, inner, names in os.walk(output / (path or "")):
        inner.sort()
        if names:
            return Path(folder, min(names)).relative_to(output).as_posix()
    return path


def mounted(output: Path) -> str:
    """Return the sentence for an output that is mounted, which some mounts tell only when they are swapped."""
    return (
        f"The output {output} is a mount point, and a site is published by swapping its whole folder; name a "
        'folder inside it with --output, or deploy to it: [deploy.targets.www] with path = "...".'
    )


def find_foreign(root: Path, files: Mapping[str, ManifestEntry], twin: Path | None = None) -> Iterator[str]:
    """Yield by its path what sitegen did not write into a tree: a file, a link, a whole folder; or changed since.

    A file that is another name of the one in the tree `twin` needs no look. Raises OSError, at the end, where a folder
    cannot be looked into: nobody knows whose that is.
    """
    folders, unseen = {*folders_of(files)}, list[OSError]()
    for folder, inner, names in os.walk(root, onerror=unseen.append):
        prefix = "" if Path(folder) == root else f"{Path(folder).relative_to(root).as_posix()}/"
        for name in sorted(inner):
            if f"{prefix}{name}" not in folders or Path(folder, name).is_symlink():
                inner.remove(name)
                yield f"{prefix}{name}"
        inner.sort()
        for name in sorted(names):
            path = f"{prefix}{name}"
            if path not in files or not _is_as_written(root / path, files[path], twin and twin / path):
                yield path
    if unseen:
        raise unseen[0]


def _is_as_written(file: Path, entry: ManifestEntry, twin: Path | None) -> bool:
    """Whether a file has its bytes; one that this user may not read has not. Raises OSError where the disk fails."""
    try:
        if twin is not None and twin.exists() and file.samefile(twin) and not file.is_symlink():
            return True
        return not file.is_symlink() and sha256(read_regular(file)).hexdigest() == entry.sha256
    except OSError as error:
        if error.errno in {errno.EACCES, errno.EPERM, errno.EINVAL, errno.ELOOP, errno.ENOENT}:
            return False
        raise
