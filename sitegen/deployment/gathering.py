"""What the target holds now: each copy's manifest, or where it cannot be believed, the copy itself.

A cycle reads one object of each copy, its manifest. Only when the user asks to
reconcile, or when a site is there without a manifest, is everything listed, and what
the manifest does not vouch for is asked for one by one.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, TypeVar

import msgspec

from sitegen.deployment.headers import is_key, kinds_of, path_for
from sitegen.deployment.model import (
    INDEX,
    MANIFEST_KEY,
    MANIFEST_LAYOUT,
    Entry,
    Kind,
    LocalFile,
    Release,
    RemoteManifest,
    RunAll,
)
from sitegen.deployment.store import Remote, Store
from sitegen.errors import SitegenError
from sitegen.state.layouts import refuse_newer

__all__ = ["RemoteState", "as_result", "gather"]

T = TypeVar("T")
R = TypeVar("R")


class _Numbered(msgspec.Struct, frozen=True):
    """What the manifest of every layout has."""

    version: Annotated[int, msgspec.Meta(ge=1)] = MANIFEST_LAYOUT


class RemoteState(msgspec.Struct, frozen=True):
    """One copy of the site: its manifest and the ETag that this was read with; None where there is none.

    `believed` is False where the manifest must be rebuilt from the copy itself;
    `restored` is True once that has found it wrong.
    """

    store: Store
    manifest: RemoteManifest | None
    etag: str | None
    believed: bool
    restored: bool = False


def as_result(function: Callable[[T], R]) -> Callable[[T], R | SitegenError]:
    """Make a function give its SitegenError back instead of raising it."""

    def call(item: T) -> R | SitegenError:
        try:
            return function(item)
        except SitegenError as error:
            return error

    return call


def gather(
    stores: Sequence[Store], files: Sequence[LocalFile], release: Release, run_all: RunAll, *, reconcile: bool
) -> list[RemoteState | SitegenError]:
    """Find out what each store holds; the answers come in the stores' order."""

    def read(store: Store) -> RemoteState:
        return read_manifest(store, reconcile=reconcile)

    answers = run_all(as_result(read), stores)
    doubtful = [known for known in answers if isinstance(known, RemoteState) and not known.believed]
    if not doubtful:
        return answers
    rebuilt = {
        known.store.name: copy
        for known, copy in zip(doubtful, _look(doubtful, files, release, run_all), strict=True)
    }
    return [
        rebuilt.get(known.store.name, known) if isinstance(known, RemoteState) else known for known in answers
    ]


def read_manifest(store: Store, *, reconcile: bool = False) -> RemoteState:
    """Read a store's manifest.

    Raises NewerLayoutError for one of a newer sitegen. Without one, the overview tells an empty store from one whose manifest was lost: a
    first deploy lists nothing.
    """
    stored = store.read(MANIFEST_KEY)
    if stored is None:
        empty = not reconcile and store.read(INDEX) is None
        return RemoteState(store=store, manifest=None, etag=None, believed=empty)
    content, etag = stored
    place = f"{store.place.rstrip('/')}/{MANIFEST_KEY}"
    try:
        layout = msgspec.json.decode(content, type=_Numbered).version
        refuse_newer(place, layout, MANIFEST_LAYOUT, "deploy to another place")
        manifest = msgspec.json.decode(content, type=RemoteManifest)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return RemoteState(store=store, manifest=None, etag=etag, believed=False)
    # A manifest is read back from outside: a key that sitegen cannot have written is not followed.
    entries = {key: entry for key, entry in manifest.entries.items() if is_key(key)}
    manifest = msgspec.structs.replace(manifest, entries=entries)
    return RemoteState(store=store, manifest=manifest, etag=etag, believed=not reconcile)


def _look(
    doubtful: Sequence[RemoteState], files: Sequence[LocalFile], release: Release, run_all: RunAll
) -> list[RemoteState | SitegenError]:
    """List the stores, ask for every object that the manifest does not vouch for, and rebuild."""
    listings = run_all(as_result(lambda known: known.store.list()), doubtful)
    questions = [
        (known.store, key)
        for known, listing in zip(doubtful, listings, strict=True)
        if isinstance(listing, dict)
        for key, etag in listing.items()
        if etag != _etag(known.manifest, key)
    ]
    answers = run_all(as_result(lambda question: question[0].head(question[1])), questions)
    found: dict[str, dict[str, Remote | SitegenError | None]] = {known.store.name: {} for known in doubtful}
    for (store, key), answer in zip(questions, answers, strict=True):
        found[store.name][key] = answer
    return [
        listing
        if isinstance(listing, SitegenError)
        else _rebuild(known, listing, found[known.store.name], files, release)
        for known, listing in zip(doubtful, listings, strict=True)
    ]


def _etag(manifest: RemoteManifest | None, key: str) -> str | None:
    entry = manifest.entries.get(key) if manifest else None
    return entry.etag if entry else None


def _rebuild(
    known: RemoteState,
    listing: Mapping[str, str],
    answers: Mapping[str, Remote | SitegenError | None],
    files: Sequence[LocalFile],
    release: Release,
) -> RemoteState | SitegenError:
    """Describe a store as it is: what the manifest vouches for, and what was asked for."""
    if failed := next((answer for answer in answers.values() if isinstance(answer, SitegenError)), None):
        return failed
    remotes = {key: answer for key, answer in answers.items() if isinstance(answer, Remote)}
    old = known.manifest or RemoteManifest(generation=0, built_at=0.0, entries={})
    entries = {key: entry for key, entry in old.entries.items() if listing.get(key) == entry.etag}
    local = {file.key: file for file in files}
    kinds = kinds_of(path_for(key) for key in listing)
    for key, remote in remotes.items():
        before = old.entries.get(key)
        # What somebody else put beside the site is left alone for ever.
        if remote.built_at is not None or before is not None or key in local:
            entries[key] = _entry(remote, kinds[path_for(key)], before, local.get(key), release)
    built_at = max([old.built_at, *(remote.built_at or 0.0 for remote in remotes.values())])
    manifest = msgspec.structs.replace(old, entries=dict(sorted(entries.items())), built_at=built_at)
    return msgspec.structs.replace(known, manifest=manifest, restored=entries != old.entries)


def _entry(
    remote: Remote, kind: Kind, before: Entry | None, file: LocalFile | None, release: Release
) -> Entry:
    """Describe an object that is not what the manifest says of it; unless it is right, its digest stays open."""
    drifted = before is not None and file is not None and remote.sha256 != file.sha256
    return Entry(
        sha256="" if drifted else remote.sha256,
        headers_digest=remote.headers_digest or (file.headers.digest if file else ""),
        etag=remote.written.etag,
        version_id=remote.written.version_id,
        size=remote.size,
        kind=kind,
        changed_at=remote.built_at or release.built_at,
        unreferenced_since=before.unreferenced_since if before else None,
    )
