"""The published generation, held still while it is sent: hard links to its files below `.sitegen/deploying/`.

A build may publish meanwhile: it puts a whole tree in the place of the old one, whose files live on in the links.
Only what the build's manifest lists goes out. Whoever holds the deploy's lock makes the links and removes them, also
those that a killed deploy left.
"""

import contextlib
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, NamedTuple

import msgspec

from sitegen.deployment.tree import holds_script, is_markup, refuse
from sitegen.errors import ConfigError, Problem, RefusedError, SitegenError
from sitegen.publishing.model import Manifest
from sitegen.publishing.trees import lacks_links, remove_tree
from sitegen.publishing.writer import read_manifest

FOLDER = "deploying"
_TRIES = 5
"""How often a build may publish while the links are made."""
_LEAST_SHARE = 0.5
"""Of a tree with no more of its files than this, somebody has removed the rest."""


class Snapshot(msgspec.Struct, frozen=True):
    """A generation at rest: below which folder its files lie, what it is, what else lay beside them and is left out.

    `places` has the name there of each path: all lie in one folder, for many folders take long to make and to remove.
    """

    root: Path
    manifest: Manifest
    left_out: tuple[str, ...]
    places: dict[str, str] = {}

    def read(self, path: str) -> bytes:
        """Return the bytes of a file."""
        return (self.root / self.places[path]).read_bytes()

    @property
    def ends(self) -> dict[str, float]:
        """The declared end of each file that has one."""
        return {path: entry.ends for path, entry in self.manifest.files.items() if entry.ends is not None}

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is told of that."""
        return tuple(
            Problem("deploy.dist", f"{name!r} was not written by a build, so it was left out")
            for name in self.left_out
        )


@contextlib.contextmanager
def hold_still(output: Path, state: Path) -> Iterator[Snapshot]:
    """Keep the generation that is published at `output` as it is, until the context ends.

    Raises ConfigError where there is none, SitegenError where it is unknown or cannot be linked or copied, GateError
    where its files are not those that the build wrote, RefusedError where half of them or more are gone.
    """
    root = state / FOLDER
    remove_tree(root)
    try:
        yield _take(output, state, root)
    finally:
        remove_tree(root)


class _Links(NamedTuple):
    """What was linked of a generation, what of it is missing or changed, and what else there is, with whether it holds a script."""

    manifest: Manifest
    foreign: dict[str, bool]
    missing: list[str]
    changed: list[str]
    places: dict[str, str]


def _take(output: Path, state: Path, root: Path) -> Snapshot:
    links = _link_generation(output, state, root)
    for _ in range(_TRIES):
        if not links.missing and not links.changed:
            break
        links = _link_generation(output, state, root)
    _refuse_size(output, links)
    refuse([*(f"{path} is missing" for path in links.missing), *links.changed], output)
    refuse(
        [fault for name, script in links.foreign.items() for fault in _dangers(name, script=script)], output
    )
    return Snapshot(root, links.manifest, tuple(sorted(links.foreign)), links.places)


def _link_generation(output: Path, state: Path, root: Path) -> _Links:
    """Link the generation that the manifest speaks of; where a build publishes meanwhile, some of it is missing or changed."""
    manifest = read_manifest(state)
    if manifest is None:
        raise SitegenError(f"{output} has no generation that sitegen knows; run `sitegen build` first")
    places = {path: str(number) for number, path in enumerate(manifest.files)}
    foreign = _link_all(output, root, places)
    missing = [path for path, place in places.items() if not (root / place).is_file()]
    there = {path: root / place for path, place in places.items() if path not in missing}
    return _Links(manifest, foreign, missing, _changed(there, manifest), places)


def _link_all(output: Path, root: Path, places: Mapping[str, str]) -> dict[str, bool]:
    """Link the files that have a place below `root`; return all else, with whether it is a page that holds a script.

    The folder is opened once: whatever takes its name meanwhile, all files are of one tree.
    """
    remove_tree(root)
    root.mkdir()
    foreign = {}
    try:
        tree = os.open(output, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        raise ConfigError(
            f"{output} is not a folder; run `sitegen build` first, or name another with --output"
        ) from None
    try:
        for place, folders, names, descriptor in os.fwalk(".", dir_fd=tree):
            for name in (*names, *folders):
                path = os.path.normpath(f"{place}/{name}")
                kind = os.stat(name, dir_fd=descriptor, follow_symlinks=False).st_mode
                if stat.S_ISREG(kind) and path in places:
                    _link(name, descriptor, root / places[path])
                elif not stat.S_ISDIR(kind):
                    foreign[path] = stat.S_ISREG(kind) and is_markup(path) and _has_script(name, descriptor)
    except FileNotFoundError:
        return {}  # a build removed this tree meanwhile: what is missing now is looked for again
    except OSError as error:
        raise SitegenError(f"{output} cannot be held still in {root}: {error.strerror}") from error
    finally:
        os.close(tree)
    return foreign


def _link(name: str, folder: int, path: Path) -> None:
    """Link a file of an open folder, or copy it where that cannot be done."""
    try:
        os.link(name, path, src_dir_fd=folder, follow_symlinks=False)
    except OSError as error:
        if not lacks_links(error):
            raise
        with _open(name, folder) as source, path.open("xb") as copy:
            shutil.copyfileobj(source, copy)


def _has_script(name: str, folder: int) -> bool:
    with _open(name, folder) as source:
        return holds_script(source.read())


def _open(name: str, folder: int) -> BinaryIO:
    return os.fdopen(os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder), "rb")


def _changed(there: Mapping[str, Path], manifest: Manifest) -> list[str]:
    """Return what is wrong with the files that are there: their bytes are not the build's."""
    faults = []
    for path, place in there.items():
        body = place.read_bytes()
        if sha256(body).hexdigest() != manifest.files[path].sha256:
            script = " and holds a script element" if is_markup(path) and holds_script(body) else ""
            faults.append(f"{path} has other bytes than the build gave it{script}")
    return faults


def _refuse_size(output: Path, links: _Links) -> None:
    """Raise RefusedError where all that is wrong with a tree is that half of it is gone."""
    built = len(links.manifest.files)
    there = built - len(links.missing)
    if not links.changed and "index.html" not in links.missing and there <= _LEAST_SHARE * built:
        raise RefusedError.of(
            "size",
            f"{output} holds {there} of the {built} files that were built; bring them back with `sitegen build`",
            "build",
        )


def _dangers(name: str, *, script: bool) -> Iterator[str]:
    """Yield why a file that no build wrote is more than a stray one."""
    if script:
        yield f"{name} holds a script element, and no build wrote it"
    if name.startswith("_sitegen/"):
        yield f"{name!r} lies where the deploy keeps its own manifest, and no build wrote it"
