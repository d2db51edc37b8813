"""One copy of the site on its way to the new generation: uploads in waves, then the manifest, then the deletes.

Whatever a deploy dies of and wherever, each copy stays whole: what a page
refers to is there before the page, lists follow the pages that they list, and the
manifest never speaks of an object that was not confirmed.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from hashlib import sha256
from typing import TypeVar

import msgspec

from sitegen.deployment.barrier import Barrier
from sitegen.deployment.gathering import RemoteState
from sitegen.deployment.headers import MANIFEST_HEADERS, key_for
from sitegen.deployment.memory import Memory, Remembered
from sitegen.deployment.model import (
    MANIFEST_KEY,
    Delete,
    Entry,
    Kind,
    LocalFile,
    Plan,
    Reason,
    Release,
    RemoteManifest,
    RunAll,
    Upload,
)
from sitegen.deployment.ownership import folders_of, new_folders, overlap
from sitegen.deployment.plan import FIRST_PAGES, Holds, wave_of
from sitegen.deployment.store import Body, DeadlineError, Remote, Store, SupersededError, write
from sitegen.deployment.tree import Tree, read_file
from sitegen.deployment.verification import Change
from sitegen.errors import BusyError, RefusedError, SitegenError
from sitegen.instrumentation.clock import Deadline

T = TypeVar("T")
R = TypeVar("R")

_RESERVE, _RESERVED_SHARE = 2.0, 0.2
"""Seconds before the deadline in which only the manifest is still written, and their largest share of all."""


class Errand(msgspec.Struct, frozen=True):
    """What is to be brought to every copy: the tree, its build, whose site it is; `force` replaces what is newer.

    `base_url` is the site's address, `holds` what is not sent, `run_all` does a list of things at once.
    """

    tree: Tree
    release: Release
    base_url: str
    force: bool
    holds: Holds
    run_all: RunAll

    def body(self, store: Store, key: str, content: bytes, file: LocalFile | None = None) -> Body:
        """Return an object as it is written."""
        return Body(
            key=key,
            content=content,
            sha256=file.sha256 if file else sha256(content).hexdigest(),
            headers=file.headers if file else MANIFEST_HEADERS,
            built_at=self.release.built_at,
            generation=self.release.generation,
            site=self.site(store),
        )

    def site(self, store: Store) -> str:
        """Name the site in a copy: sixteen hex digits of its address and its place."""
        return sha256(f"{self.base_url}\n{store.place}".encode()).hexdigest()[:16]


class Copy:
    """One copy and how far it is.

    The one record that changes here: `written` and `deleted` grow as the store confirms,
    `fault` is set by the first failure, after which the copy takes no further part; `spaced` says why nothing
    is written yet, for that would cost too much.
    """

    def __init__(self, number: int, store: Store, memory: Memory, deadline: Deadline) -> None:
        self.number = number
        self.store = store
        self.memory = memory
        left = deadline.remaining()
        self.uploading = deadline.sooner(left - min(_RESERVE, _RESERVED_SHARE * left))
        self.known = RemoteState(None, None, None)
        last = memory.recall()
        self.resumes = last.unfinished
        self.tried = last.lacks is not None
        store.lacks.update(last.lacks or ())
        self.plan: Plan | None = None
        self.etag: str | None = None
        self.written: dict[str, Entry] = {}
        self.deleted: tuple[str, ...] = ()
        self.fault: SitegenError | None = None
        self.spaced = ""
        self.committed: RemoteManifest | None = None

    def fail(self, fault: SitegenError) -> None:
        """Take the copy out; the first fault is kept, but none hides that a newer deploy won."""
        if self.fault is None or isinstance(fault, BusyError):
            self.fault = fault

    def begin(self) -> None:
        """Remember that a deploy is under way; without room for that, the next one asks the copy."""
        with suppress(OSError):
            self.memory.begin()

    @property
    def purges(self) -> dict[str, int]:
        """How many paths were invalidated, by month."""
        return self.known.manifest.purges if self.known.manifest else {}

    def manifest(self, plan: Plan, release: Release, site: str, purges: int, states: str) -> RemoteManifest:
        """Describe what is there now; `purges` paths are to be invalidated on top of those counted."""
        entries = {key: entry for key, entry in (plan.kept | self.written).items() if key not in self.deleted}
        # What is not written yet is there as it was.
        before = self.known.manifest.entries if self.known.manifest else {}
        open_keys = [one.key for one in plan.uploads if one.key not in self.written]
        entries |= {key: before[key] for key in open_keys if key in before}
        month = release.month
        counted = {month: self.purges.get(month, 0) + purges}
        return RemoteManifest(
            generation=release.generation,
            built_at=release.built_at,
            entries=dict(sorted(entries.items())),
            purges=counted if counted[month] else {},
            pending=len(open_keys),
            site=site,
            states=states,
        )

    def remember(self, release: Release, *, failing: bool) -> None:
        """Keep what is known of the copy now for the next deploy. Raises OSError."""
        last = self.memory.recall()
        raced = bool(self.written) and isinstance(self.fault, BusyError | SupersededError)
        if self.fault is not None and self.committed is None:
            doubtful = last.doubtful or raced
            self.memory.keep(
                msgspec.structs.replace(last, doubtful=doubtful, failing=failing, unfinished=False)
            )
            return
        first = self.known.etag is None
        self.memory.keep(
            Remembered(
                place=last.place,
                etag=self.etag,
                manifest=self.committed or self.known.manifest,
                reconciled_at=release.now if self.known.listed or first else last.reconciled_at,
                doubtful=raced,
                failing=failing,
                lacks=tuple(sorted(self.store.lacks)) if self.tried else None,
            )
        )


def changes_of(copies: Sequence[Copy]) -> tuple[Change, ...]:
    """Return what visitors should see of a deploy: what the copies have that it reached, each file of the build once."""
    whole = [copy for copy in copies if copy.fault is None and copy.plan is not None]
    changes: dict[str, Change] = {}
    for copy in whole:
        before = copy.known.manifest.entries if copy.known.manifest else {}
        for upload in copy.plan.uploads if copy.plan else ():
            if upload.file.kind is Kind.REDIRECT:
                continue
            old = before.get(upload.key)
            changes[upload.file.path] = Change(
                key=key_for(upload.file.path),
                sha256=upload.file.sha256,
                content_type=upload.file.headers.content_type,
                kind=upload.file.kind,
                reason=upload.reason,
                before=old.sha256 if old else None,
            )
    return tuple(changes.values())


class Progress:
    """Carries the plan of a copy out."""

    def __init__(self, copy: Copy, plan: Plan, errand: Errand, barrier: Barrier) -> None:
        self._copy = copy
        self._plan = plan
        self._errand = errand
        self._barrier = barrier
        self._sites: dict[str, bool] = {}

    def upload(self, purges: int, states: str) -> None:
        """Upload wave by wave, and commit; what the deadline left of it is told by the manifest, and done by the next deploy."""
        copy, plan = self._copy, self._plan
        try:
            self._begin()
            for wave in sorted({wave_of(upload) for upload in plan.uploads}):
                self._barrier.reach(copy.number, wave)
                self._upload_wave(wave)
        except DeadlineError:
            if copy.written:
                self._commit(purges, states)
            raise
        self._barrier.reach(copy.number, (float("inf"),))
        named = copy.known.manifest.site if copy.known.manifest else ""
        if plan.rewrite or copy.known.restored or purges or named != self._errand.base_url:
            self._commit(purges, states)

    def delete(self, purges: int, states: str) -> None:
        """Delete what nobody can be referred to any more, unless it was written again meanwhile; what pages need after them."""
        copy, entries = self._copy, self._plan.kept

        def delete(item: Delete) -> str:
            if not self._is_of_another(item.key):
                copy.store.delete(item.key, item.etag)
            return item.key

        for kinds in ({Kind.REDIRECT}, {Kind.LEAF, Kind.HUB}, {Kind.FILE, Kind.ASSET}):
            wave = [one for one in self._plan.deletes if entries[one.key].kind in kinds]
            copy.deleted += tuple(key for key in self._each(delete, wave) if key is not None)
            self._stop_at_faults()
        self._commit(purges, states)

    def _begin(self) -> None:
        """Remember that something will be written. Raises RefusedError where a new key lies in another site's folder."""
        copy = self._copy
        known = copy.known.manifest.entries if copy.known.manifest else {}
        new = [upload.key for upload in self._plan.uploads if upload.reason is Reason.NEW]
        folders = [folder for folder in new_folders(new, known) if not folder.startswith("_a/")]
        taken = self._each(self._holds_site, folders)
        self._stop_at_faults()
        for folder, is_taken in zip(folders, taken, strict=True):
            if is_taken:
                raise overlap(copy.store, next(key for key in new if key.startswith(folder)))
        if new:
            copy.begin()

    def _holds_site(self, folder: str) -> bool:
        """Whether another site is deployed to a folder; asked once."""
        if folder not in self._sites:
            self._sites[folder] = self._copy.store.read(folder + MANIFEST_KEY) is not None
        return self._sites[folder]

    def _is_of_another(self, key: str) -> bool:
        return any(self._holds_site(folder) for folder in folders_of(key))

    def _each(self, function: Callable[[T], R], jobs: Iterable[T]) -> list[R | None]:
        """Do all jobs; after one that failed, the others are not begun, and their results are None."""
        copy = self._copy

        def attempt(job: T) -> R | None:
            if copy.fault is not None:
                return None
            try:
                self._barrier.check()
                return function(job)
            except SitegenError as error:
                copy.fail(error)
                return None

        return self._errand.run_all(attempt, list(jobs))

    def _stop_at_faults(self) -> None:
        if self._copy.fault is not None:
            raise self._copy.fault

    def _upload_wave(self, wave: tuple[int, bool, int]) -> None:
        """Upload everything of one wave, and wait for it."""
        copy = self._copy
        if wave[0] >= FIRST_PAGES and not copy.store.is_unchanged(MANIFEST_KEY, copy.etag):
            raise BusyError(
                f"{copy.store.place} was deployed to by another run meanwhile; this one stops here"
            )
        self._each(self._upload, [one for one in self._plan.uploads if wave_of(one) == wave])
        self._stop_at_faults()

    def _upload(self, upload: Upload) -> None:
        copy, file = self._copy, upload.file
        if copy.uploading.passed:
            raise DeadlineError(
                f"{copy.store.place}: the deadline passed before everything was written; "
                "the next deploy goes on from there, or give this one more time with --deadline"
            )
        body = self._errand.body(copy.store, file.key, read_file(self._errand.tree.root, file), file)
        written = write(
            copy.store, body, upload.expected, replaces=lambda remote: self._replaces(upload, body, remote)
        )
        entry = Entry(
            sha256=file.sha256,
            headers_digest=file.headers.digest,
            etag=written.etag,
            version_id=written.version_id,
            size=file.size,
            kind=file.kind,
            changed_at=upload.changed_at,
            interval=upload.interval,
            ends=file.ends,
        )
        copy.memory.note(copy.etag, file.key, entry)
        copy.written[file.key] = entry

    def _replaces(self, upload: Upload, body: Body, remote: Remote) -> bool:
        """Whether an object that is not what was expected gives way. Raises where it is another site's, or newer."""
        store, errand = self._copy.store, self._errand
        if self._is_of_another(upload.key):
            raise overlap(store, upload.key)
        if upload.expected is None and not errand.force and self._is_foreign(remote, body.site):
            raise RefusedError.of(
                "ownership",
                f"{store.place}{upload.key} is there already, and this site has not written it; nothing replaces it: "
                "move it away, or give the site a bucket or a prefix of its own",
            )
        if errand.release.is_older(remote.built_at or 0.0) and not errand.force:
            raise BusyError(f"{store.place}{upload.key} comes from a newer build; this deploy stops")
        return True

    def _is_foreign(self, remote: Remote, site: str) -> bool:
        """Whether somebody else wrote an object that no manifest of this site names."""
        if remote.site:
            return remote.site != site
        # A deploy of ours that was cut off may have written it, and an earlier sitegen named no site.
        return remote.built_at is None and not self._copy.resumes

    def _commit(self, purges: int, states: str) -> None:
        """Write the manifest over the one that was read, and over no other."""
        copy, errand = self._copy, self._errand
        self._barrier.check()
        manifest = copy.manifest(self._plan, errand.release, errand.base_url, purges, states)
        body = errand.body(copy.store, MANIFEST_KEY, msgspec.json.encode(manifest))

        def replaces(remote: Remote) -> bool:
            if errand.release.is_older(remote.built_at or 0.0) and not errand.force:
                raise BusyError(f"{copy.store.place} was deployed to from a newer build; this deploy stops")
            return False

        copy.etag = write(copy.store, body, copy.etag, replaces=replaces).etag
        copy.committed = manifest
        if not copy.tried:
            copy.store.try_conditions(MANIFEST_KEY)
            copy.tried = True
