"""The one writer: it publishes a whole generation of the site in one step, or nothing.

    stage     <state>/staging: new files written, unchanged ones hard-linked, all synced
    announce  <state>/manifest.next.json says what is about to be live
    swap      staging and the output trade places
    settle    what somebody else put into the old tree goes to <state>/foreign/<generation>, the tree becomes
              <state>/previous, the announced manifest becomes manifest.json

A kill between any two steps leaves one whole generation live, and the next
publication finishes or forgets what it finds. Where the state folder is on another
file system than the output, or in another mount of it, the folders lie beside the output instead, as
`.<output>.staging` and so on: trees can only trade places within one.

The caller holds the lock of the state folder.
"""

import contextlib
import errno
import os
import shutil
from collections.abc import Sequence
from hashlib import sha256
from itertools import chain, count
from pathlib import Path
from typing import Annotated

import msgspec

from sitegen.errors import ConfigError, Problem, RefusedError, SitegenError
from sitegen.output import OutputFile
from sitegen.publishing.admission import NOTHING, check_output, check_paths, find_foreign, mounted
from sitegen.publishing.exchange import exchange, mount_of
from sitegen.publishing.model import Manifest
from sitegen.publishing.trees import build_tree, is_same, remove_tree, sizes_of
from sitegen.regular import read_regular, real_path
from sitegen.state.files import remove_strays, sync_folder, write_atomically
from sitegen.state.layouts import ELSEWHERE, refuse_newer

_NO_FILE = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.EINVAL)
_NOT_MINE = (errno.EACCES, errno.EPERM, None)
"""What the system says of somebody else's files; `shutil` says it of several without a number."""

_PUT_ASIDE = "held files of somebody else, which were put aside"
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
    """`manifest.json` of the state folder: which tree lies where. The first layout had no number.

    `beside` is the way from the state to the output, which stays when a project is moved or copied.
    """

    output: str
    manifest: Manifest
    layout: int = _LAYOUT
    beside: str = ""

    def is_of(self, output: Path, state: Path) -> bool:
        """Whether this was published to that output from that state."""
        return self.output == str(output) or self.beside == os.path.relpath(output, state)


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
    output, state = real_path(output), real_path(state)
    try:
        places = _prepare(output, state)
        recovered = _recover(places, state)
        known = _known(state)
        is_own = bool(known) and known[0].is_of(output, state)
        check_output(output, [record.manifest for record in known], is_own=is_own)
        done = _replace(
            files, places, state, _Record(str(output), manifest, beside=os.path.relpath(output, state))
        )
        return msgspec.structs.replace(done, problems=(*recovered, *done.problems))
    except OSError as error:
        if error.errno == errno.EBUSY:
            raise RefusedError(mounted(output)) from error
        raise SitegenError(
            f"The site could not be published to {output} ({error.strerror or error}); the old one is untouched. "
            f"See that {output.parent} and {state} can be written and have space."
        ) from error


def publish_apart(
    files: Sequence[OutputFile], output: Path, manifest: Manifest, site_state: Path | None
) -> Published:
    """Publish likewise, from no state of its own: what the exchange needs lies beside the output until it is over.

    An output that is not empty is replaced only where all of it is of this manifest, or of those that the state
    of the site knows, which stays as it is.
    """
    output = real_path(output)
    state = output.with_name(f".{output.name}.{os.urandom(4).hex()}")
    known = [manifest, *(record.manifest for record in (_known(site_state) if site_state else ()))]
    try:
        for one in known:
            if output.is_dir() and next(find_foreign(output, one.files), None) is None:
                state.mkdir()
                write_atomically(_settled(state), msgspec.json.encode(_Record(str(output), one)))
                break
        return publish(files, output, state, manifest)
    except OSError as error:
        raise SitegenError(
            f"{output} cannot be replaced ({error.strerror}); the old one is untouched"
        ) from error
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
    if parent.is_dir() and mount_of(parent) != mount_of(state):
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
    found: tuple[Problem, ...] = ()
    try:
        sync_folder(places.output.parent)
        for old in (places.staging, places.aside):
            if old.is_dir():
                found += _keep_foreign(old, places.output, state)
            if old.is_dir():
                if places.previous.is_dir():
                    places.previous.rename(places.retired)
                old.rename(places.previous)
                sync_folder(old.parent)
        if _read(_settled(state)) is not None:
            _settled(state).rename(_before(state))
        _announced(state).rename(_settled(state))
        if not _before(state).exists():
            write_atomically(_before(state), _settled(state).read_bytes())
        sync_folder(state)
        remove_tree(places.retired)
    except (OSError, SitegenError) as error:
        reason = getattr(error, "strerror", None) or error
        message = f"The last generation could not be put away ({reason}); the next build does it."
        return (*found, Problem(where="site.writer", message=message))
    return found


def _keep_foreign(old: Path, output: Path, state: Path) -> tuple[Problem, ...]:
    """Keep what others put into the old tree, and return that as a problem. Raises OSError where the disk fails."""
    try:
        return _move_foreign(old, output, state)
    except OSError as error:
        if error.errno not in _NOT_MINE:
            raise
        kept = _free(old.parent, f"{old.name}.kept")
        old.rename(kept)
        message = (
            f"{output} held what this user may not move ({error}); the whole generation before is kept in {kept}. "
            "Each build replaces the whole folder: put such files elsewhere."
        )
        return (Problem("site.output", message, _PUT_ASIDE),)


def _move_foreign(old: Path, output: Path, state: Path) -> tuple[Problem, ...]:
    # The output may be that of a publication before the last one.
    known = [record.manifest for record in _known(state)] or [NOTHING]
    found, generation = min(
        (([*find_foreign(old, one.files, output)], one.generation) for one in known),
        key=lambda seen: len(seen[0]),
    )
    if not found:
        return ()
    kept = _free(state / "foreign", str(generation))
    for path in found:
        (kept / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.move(old / path, kept / path)
    sync_folder(kept)
    message = (
        f"{output} held what sitegen did not write ({len(found)}, the first is {found[0]!r}); it is kept in {kept}. "
        "Each build replaces the whole folder: put such files elsewhere."
    )
    return (Problem("site.output", message, _PUT_ASIDE),)


def _free(folder: Path, name: str) -> Path:
    """Return a name in a folder that nothing has yet."""
    names = chain([name], (f"{name}.{number}" for number in count(2)))
    return next(path for path in map(folder.joinpath, names) if not os.path.lexists(path))


def _recover(places: _Places, state: Path) -> tuple[Problem, ...]:
    """Finish what a killed publication had announced and swapped, and forget what it had not."""
    remove_strays(state)
    found: tuple[Problem, ...] = ()
    announced = _read(_announced(state))
    if announced is not None:
        there = _places(Path(announced.output), state)
        if there.aside.is_dir() and not there.output.exists():
            # Killed between the two renames of a file system that cannot exchange.
            whole = _holds(there.staging, announced.manifest)
            (there.staging if whole else there.aside).rename(there.output)
        if _holds(there.output, announced.manifest):
            found = _settle(there, state)
        _forget(there, state)
    _forget(places, state)
    return found


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


def _before(state: Path) -> Path:
    """Where the manifest before the settled one lies: one that was damaged must not stop a site for ever."""
    return state / "manifest.previous.json"


def _known(state: Path) -> list[_Record]:
    """Return what is known of the last publications, the last one first. Raises SitegenError as `_read` does."""
    return [record for path in (_settled(state), _before(state)) if (record := _read(path)) is not None]


def _read(path: Path) -> _Record | None:
    """Return a record, None where there is none or it is damaged. Raises SitegenError where the system cannot read it."""
    try:
        body = read_regular(path)
        refuse_newer(str(path), msgspec.json.decode(body, type=_Numbered).layout, _LAYOUT, ELSEWHERE)
        return msgspec.json.decode(body, type=_Record)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    except OSError as error:
        if error.errno in _NO_FILE:
            return None
        raise SitegenError(
            f"{path}, which tells what was published last, cannot be read ({error.strerror}), so nothing was replaced; "
            "the old one is untouched. See that this user may read it."
        ) from error


def _holds(root: Path, manifest: Manifest) -> bool:
    """Whether a tree is exactly this generation."""
    entries = manifest.files
    if sizes_of(root) != {path: entry.size for path, entry in entries.items()}:
        return False
    return all(
        sha256((root / path).read_bytes()).hexdigest() == entry.sha256 for path, entry in entries.items()
    )
