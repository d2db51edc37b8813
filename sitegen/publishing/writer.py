"""The one writer: it publishes a whole generation of the site in one step, or nothing.

    stage     <state>/staging: new files written, unchanged ones hard-linked, all synced
    announce  <state>/manifest.next.json says what is about to be live
    swap      staging and the output trade places
    settle    the old tree becomes <state>/previous, the announced manifest becomes manifest.json

A kill between any two steps leaves one whole generation live, and the next
publication finishes or forgets what it finds. Where the state folder is on another
file system than the output, the folders lie beside the output instead, as
`.<output>.staging` and so on: trees can only trade places within one file system.

The caller holds the lock of the state folder.
"""

import contextlib
import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import msgspec

from sitegen.errors import ConfigError, Problem, SitegenError
from sitegen.output import OutputFile
from sitegen.publishing.admission import check_output, check_paths
from sitegen.publishing.exchange import exchange
from sitegen.publishing.model import Manifest
from sitegen.publishing.trees import build_tree, is_same, remove_tree, sizes_of
from sitegen.state.files import remove_strays, sync_folder, write_atomically
from sitegen.state.layouts import ELSEWHERE, refuse_newer

__all__ = ["Published", "check_layout", "publish", "publish_apart", "read_manifest"]


_LAYOUT = 1
"""The number that the manifest carries; a later one needs a way to read this one."""


class Published(msgspec.Struct, frozen=True):
    """What a publication did: paths that are new or differ, paths that are gone, the size of the whole tree in bytes.

    The problems are what could not be tidied up behind the swap; the next publication does it.
    """

    changed: tuple[str, ...]
    removed: tuple[str, ...]
    bytes: int
    problems: tuple[Problem, ...] = ()


class _Record(msgspec.Struct, frozen=True):
    """`manifest.json` of the state folder: which tree lies where. The first layout had no number."""

    output: str
    manifest: Manifest
    layout: int = _LAYOUT


class _Numbered(msgspec.Struct, frozen=True):
    """What the manifest of every layout has."""

    layout: Annotated[int, msgspec.Meta(ge=1)] = 1


class _Places(msgspec.Struct, frozen=True):
    """Where the trees of one output lie. `aside` and `retired` exist only during a swap."""

    output: Path
    staging: Path
    previous: Path
    aside: Path
    retired: Path


def publish(files: Sequence[OutputFile], output: Path, state: Path, manifest: Manifest) -> Published:
    """Make `output` hold exactly these files, all at once; a tree that is the same already is left alone.

    `manifest` describes the same files. An output that is a symbolic link is followed.
    Raises SitegenError when it cannot be done (the old site is untouched), ConfigError
    for folders that lie in each other, and RefusedError for a folder that holds
    something else than a site of sitegen.
    """
    check_paths(files)
    output, state = output.resolve(), state.resolve()
    try:
        places = _prepare(output, state)
        _recover(places, state)
        known = _read(_settled(state))
        check_output(output, known.output if known else None, known.manifest if known else None)
        return _replace(files, places, state, _Record(output=str(output), manifest=manifest))
    except OSError as error:
        raise SitegenError(
            f"The site could not be published to {output} ({error.strerror or error}); the old one is untouched. "
            f"See that {output.parent} and {state} can be written and have space."
        ) from error


def publish_apart(files: Sequence[OutputFile], output: Path, manifest: Manifest) -> Published:
    """Publish likewise, without a state folder: what the exchange needs lies beside the output until it is over."""
    output = output.resolve()
    state = output.with_name(f".{output.name}.{os.urandom(4).hex()}")
    try:
        return publish(files, output, state, manifest)
    finally:
        remove_tree(state)


def check_layout(state: Path) -> None:
    """Raise NewerLayoutError where a newer sitegen published from this state folder; nothing is touched."""
    for path in (_announced(state), _settled(state)):
        _read(path)


def read_manifest(state: Path) -> Manifest | None:
    """Return the manifest of the tree that is live, also right after a publication that was killed; None if unknown.

    Raises NewerLayoutError where a newer sitegen wrote it.
    """
    announced = _read(_announced(state))
    if announced and _holds(Path(announced.output), announced.manifest):
        return announced.manifest
    settled = _read(_settled(state))
    return settled.manifest if settled else None


# --- The steps ----------------------------------------------------------------


def _prepare(output: Path, state: Path) -> _Places:
    if state.is_relative_to(output) or output.is_relative_to(state):
        raise ConfigError(
            f"The output {output} and the state folder {state} lie in each other; "
            "give them folders of their own with `output` and `state` under [site]."
        )
    state.mkdir(parents=True, exist_ok=True)
    output.parent.mkdir(parents=True, exist_ok=True)
    return _places(output, state)


def _places(output: Path, state: Path) -> _Places:
    parent = output.parent
    if parent.is_dir() and parent.stat().st_dev != state.stat().st_dev:
        start = f"{parent}/.{output.name}."
    else:
        start = f"{state}/"
    staging, previous, aside, retired = (
        Path(start + name) for name in ("staging", "previous", "aside", "retired")
    )
    return _Places(output=output, staging=staging, previous=previous, aside=aside, retired=retired)


def _replace(files: Sequence[OutputFile], places: _Places, state: Path, record: _Record) -> Published:
    live = sizes_of(places.output)
    changed = {file.path for file in files if not is_same(places.output, live, file.path, file.body)}
    removed = live.keys() - {file.path for file in files}
    problems: tuple[Problem, ...] = ()
    if changed or removed:
        try:
            build_tree(places.staging, {file.path: file.body for file in files}, places.output, changed)
            write_atomically(_announced(state), msgspec.json.encode(record))
            _swap(places)
        except OSError:
            _forget(places, state)
            raise
        problems = _settle(places, state)
    elif not _is_known(record, state):
        write_atomically(_settled(state), msgspec.json.encode(record))
    return Published(
        changed=tuple(sorted(changed)),
        removed=tuple(sorted(removed)),
        bytes=sum(len(file.body) for file in files),
        problems=problems,
    )


def _is_known(record: _Record, state: Path) -> bool:
    known = _read(_settled(state))
    return known is not None and (known.output, known.manifest.files) == (
        record.output,
        record.manifest.files,
    )


def _swap(places: _Places) -> None:
    if places.output.is_dir() and any(places.output.iterdir()):
        exchange(places.staging, places.output, places.aside)
    else:
        places.staging.rename(places.output)  # over nothing, or over an empty folder: one step as well


def _settle(places: _Places, state: Path) -> tuple[Problem, ...]:
    """Put the old tree away and make the announced manifest the one that counts. The new site is live already."""
    try:
        sync_folder(places.output.parent)
        for old in (places.staging, places.aside):
            if old.is_dir():
                if places.previous.is_dir():
                    places.previous.rename(places.retired)
                old.rename(places.previous)
                sync_folder(old.parent)
        _announced(state).rename(_settled(state))
        sync_folder(state)
        remove_tree(places.retired)
    except OSError as error:
        message = f"The last generation could not be put away ({error.strerror}); the next build does it."
        return (Problem(where="site.writer", message=message),)
    return ()


def _recover(places: _Places, state: Path) -> None:
    """Finish what a killed publication had announced and swapped, and forget what it had not."""
    remove_strays(state)
    announced = _read(_announced(state))
    if announced is not None:
        there = _places(Path(announced.output), state)
        if there.aside.is_dir() and not there.output.exists():
            # Killed between the two renames of a file system that cannot exchange.
            whole = _holds(there.staging, announced.manifest)
            (there.staging if whole else there.aside).rename(there.output)
        if _holds(there.output, announced.manifest):
            _settle(there, state)
        _forget(there, state)
    _forget(places, state)


def _forget(places: _Places, state: Path) -> None:
    """Remove what no swap needs any more. A tree that was set aside goes back first if nothing took its place."""
    if places.aside.is_dir() and not places.output.exists():
        with contextlib.suppress(OSError):
            places.aside.rename(places.output)
    for folder in (places.staging, places.retired):
        remove_tree(folder)
    if places.output.exists():
        remove_tree(places.aside)
    with contextlib.suppress(OSError):
        _announced(state).unlink(missing_ok=True)


# --- Files --------------------------------------------------------------------


def _announced(state: Path) -> Path:
    return state / "manifest.next.json"


def _settled(state: Path) -> Path:
    return state / "manifest.json"


def _read(path: Path) -> _Record | None:
    try:
        body = path.read_bytes()
        refuse_newer(str(path), msgspec.json.decode(body, type=_Numbered).layout, _LAYOUT, ELSEWHERE)
        return msgspec.json.decode(body, type=_Record)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):
        return None


def _holds(root: Path, manifest: Manifest) -> bool:
    """Whether a tree is exactly this generation."""
    entries = manifest.files
    if sizes_of(root) != {path: entry.size for path, entry in entries.items()}:
        return False
    return all(
        sha256((root / path).read_bytes()).hexdigest() == entry.sha256 for path, entry in entries.items()
    )
