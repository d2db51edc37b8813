"""What a copy holds now: its manifest, or where that cannot be believed, the copy itself.

A cycle reads one object of each copy, its manifest, and only where that has changed since the last deploy. The whole
copy is listed once an hour, when other hands were met in it, when the user asks for it, and when a site is there
without a manifest; then what the manifest does not vouch for is asked for one by one.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, TypeVar

import msgspec

from sitegen.deployment.headers import is_key, kinds_of, path_for
from sitegen.deployment.memory import Memory, Remembered
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
from sitegen.deployment.ownership import refuse_overlap, without_others
from sitegen.deployment.store import Remote, Store
from sitegen.errors import SitegenError
from sitegen.state.layouts import refuse_newer

RECONCILE_EVERY = 3600.0

T = TypeVar("T")
R = TypeVar("R")


class _Numbered(msgspec.Struct, frozen=True):
    """What the manifest of every layout has."""

    version: Annotated[int, msgspec.Meta(ge=1)] = MANIFEST_LAYOUT


class RemoteState(msgspec.Struct, frozen=True):
    """One copy of the site: its manifest and the ETag that this was read with; None where there is none.

    `manifest` says what is there, `claimed` what was there before other hands changed it; the two differ
    only where the copy was `listed`. `restored` is True where that found the manifest wrong.
    """

    manifest: RemoteManifest | None
    etag: str | None
    claimed: RemoteManifest | None
    listed: bool = False
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
    store: Store,
    memory: Memory,
    files: Sequence[LocalFile],
    release: Release,
    run_all: RunAll,
    *,
    reconcile: bool,
) -> RemoteState:
    """Find out what a store holds. Raises SitegenError where that cannot be known."""
    known = memory.recall()
    manifest, etag, sound = _read_manifest(store, known)
    if etag and known.lacks is None:
        store.try_conditions(MANIFEST_KEY)
    confirmed = memory.confirmed(etag)
    if manifest is None and sound and (known.named or (not confirmed and store.read(INDEX) is not None)):
        sound = False  # a manifest was lost; without the overview, nothing is there yet
        store.try_conditions(INDEX)
    if confirmed:
        base = manifest or RemoteManifest(generation=0, built_at=0.0, entries={})
        manifest = msgspec.structs.replace(base, entries=base.entries | confirmed, pending=base.pending or 1)
    if sound and not (reconcile or known.doubtful or _is_due(known, manifest, release.now)):
        return RemoteState(manifest, etag, manifest)
    named = {**known.named, **(manifest.entries if manifest else {})}
    claimed = msgspec.structs.replace(
        manifest or known.manifest or RemoteManifest(generation=0, built_at=0.0, entries={}), entries=named
    )
    return _look(store, RemoteState(manifest, etag, claimed), files, release, run_all)


def _is_due(known: Remembered, manifest: RemoteManifest | None, now: float) -> bool:
    """Whether a copy has not been listed for an hour; a first deploy finds nothing to list."""
    return manifest is not None and abs(now - known.reconciled_at) >= RECONCILE_EVERY


def _read_manifest(store: Store, known: Remembered) -> tuple[RemoteManifest | None, str | None, bool]:
    """Return a store's manifest, its ETag, and whether it can be believed.

    Raises NewerLayoutError for one of a newer sitegen.
    """
    if known.etag and known.manifest and store.is_unchanged(MANIFEST_KEY, known.etag):
        return known.manifest, known.etag, True
    stored = store.read(MANIFEST_KEY)
    if stored is None:
        return None, None, True
    content, etag = stored
    place = f"{store.place.rstrip('/')}/{MANIFEST_KEY}"
    try:
        layout = msgspec.json.decode(content, type=_Numbered).version
        refuse_newer(place, layout, MANIFEST_LAYOUT, "deploy to another place")
        manifest = msgspec.json.decode(content, type=RemoteManifest)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None, etag, False
    # A manifest is read back from outside: a key that sitegen cannot have written is not followed.
    entries = {key: entry for key, entry in manifest.entries.items() if is_key(key)}
    return msgspec.structs.replace(manifest, entries=entries), etag, True


def _look(
    store: Store, known: RemoteState, files: Sequence[LocalFile], release: Release, run_all: RunAll
) -> RemoteState:
    """List a store, ask for what may be the site's and the manifest does not vouch for, and describe it as it is."""
    claimed = known.claimed or RemoteManifest(generation=0, built_at=0.0, entries={})
    listing = store.list()
    refuse_overlap(store, listing, files)
    listing = without_others(listing)
    local = {file.key: file for file in files}
    questions = [
        key
        for key, there in listing.items()
        if (key in claimed.entries or key in local) and there != _etag(claimed, key)
    ]
    answers = run_all(as_result(store.head), questions)
    remotes: dict[str, Remote] = {}
    for key, answer in zip(questions, answers, strict=True):
        if isinstance(answer, SitegenError):
            raise answer
        if answer is not None:
            remotes[key] = answer
    manifest = _rebuild(claimed, listing, remotes, local, release)
    restored = known.manifest is None or manifest.entries != known.manifest.entries
    # What a newer build left there, though it was cut off before it could say so, is newer all the same.
    claimed = msgspec.structs.replace(claimed, built_at=manifest.built_at)
    return RemoteState(manifest, known.etag, claimed, listed=True, restored=restored)


def _etag(manifest: RemoteManifest, key: str) -> str | None:
    entry = manifest.entries.get(key)
    return entry.etag if entry else None


def _rebuild(
    claimed: RemoteManifest,
    listing: Mapping[str, str],
    remotes: Mapping[str, Remote],
    local: Mapping[str, LocalFile],
    release: Release,
) -> RemoteManifest:
    """Describe a store as it is: what the manifest vouches for, and what was asked for and is the site's."""
    old = claimed.entries
    entries = {key: entry for key, entry in old.items() if listing.get(key) == entry.etag}
    kinds = kinds_of(path_for(key) for key in listing)
    for key, remote in remotes.items():
        before, file = old.get(key), local.get(key)
        # What no manifest of this site named is somebody else's, whatever its metadata say,
        # unless it is what would be written there.
        if before is not None or (file is not None and remote.sha256 == file.sha256):
            entries[key] = _entry(remote, kinds[path_for(key)], before, file, release)
    stamps = [remote.built_at or 0.0 for key, remote in remotes.items() if key in entries]
    built_at = max([claimed.built_at, *filter(release.is_possible, stamps)])
    return msgspec.structs.replace(claimed, entries=dict(sorted(entries.items())), built_at=built_at)


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
