"""Applying plans: uploads in stages with a barrier after each, then the manifest, then the deletes.

Whatever a deploy dies of and wherever, each copy of the site stays whole: what a page
refers to is there before the page, lists follow the pages that they list, and the
manifest never speaks of an object that was not confirmed.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import TypeVar

import msgspec

from sitegen.deployment.gathering import RemoteState
from sitegen.deployment.headers import MANIFEST_HEADERS
from sitegen.deployment.model import (
    MANIFEST_KEY,
    Delete,
    Entry,
    LocalFile,
    Plan,
    Release,
    RemoteManifest,
    RunAll,
    Upload,
)
from sitegen.deployment.plan import STAGES, stage_of
from sitegen.deployment.store import Body, Store, Written, write
from sitegen.deployment.tree import Tree, read_file
from sitegen.errors import BusyError, SitegenError

__all__ = ["Progress", "TargetState"]

_FIRST_PAGES = 2
"""The first of STAGES that visitors can notice."""

T = TypeVar("T")
R = TypeVar("R")


class TargetState:
    """One copy of the site on its way to the new generation.

    The one record that changes here: `written` and `deleted` grow as the store confirms,
    `fault` is set by the first failure, after which the copy takes no further part.
    """

    def __init__(self, known: RemoteState, plan: Plan) -> None:
        self.store: Store = known.store
        self.plan = plan
        self.etag = known.etag
        self.purges = known.manifest.purges if known.manifest else {}
        self.due = plan.rewrite or known.restored
        self.written: dict[str, Entry] = {}
        self.deleted: tuple[str, ...] = ()
        self.fault: SitegenError | None = None

    def fail(self, fault: SitegenError) -> None:
        """Take the copy out; the first fault is kept, but none hides that a newer deploy won."""
        if self.fault is None or isinstance(fault, BusyError):
            self.fault = fault

    def manifest(self, release: Release, purges: int) -> RemoteManifest:
        """Describe what is there now; `purges` paths are to be invalidated on top of those counted."""
        entries = {
            key: entry for key, entry in (self.plan.kept | self.written).items() if key not in self.deleted
        }
        month = release.month
        counted = {month: self.purges.get(month, 0) + purges}
        return RemoteManifest(
            generation=release.generation,
            built_at=release.built_at,
            entries=dict(sorted(entries.items())),
            purges=counted if counted[month] else {},
        )


class Progress:
    """Carries plans out on all copies side by side."""

    def __init__(
        self,
        copies: Sequence[TargetState],
        tree: Tree,
        release: Release,
        run_all: RunAll,
        *,
        force: bool = False,
    ) -> None:
        self._copies = copies
        self._tree = tree
        self._release = release
        self._run_all = run_all
        self._force = force

    def apply(self, *, purges: int = 0) -> None:
        """Upload, commit, delete; how far each copy came stands in it afterwards.

        Nothing is deleted unless all copies are whole. Raises BusyError, with whatever
        has been written by then, where a newer deploy is met.
        """
        for stage in range(len(STAGES)):
            self._upload_stage(stage)
        self._commit([copy for copy in self._copies if copy.due or purges], purges)
        if any(copy.fault for copy in self._copies):
            return
        if deleting := [copy for copy in self._copies if copy.plan.deletes]:
            self._delete(deleting)
            self._commit(deleting, purges)

    def _each(
        self, function: Callable[[TargetState, T], R], jobs: Iterable[tuple[TargetState, T]]
    ) -> list[R | None]:
        """Run all jobs of healthy copies; one that fails takes its copy out, and its result is None."""

        def attempt(job: tuple[TargetState, T]) -> R | None:
            copy, item = job
            if copy.fault is not None:
                return None
            try:
                return function(copy, item)
            except SitegenError as error:
                copy.fail(error)
                return None

        results = self._run_all(attempt, list(jobs))
        for copy in self._copies:
            if isinstance(copy.fault, BusyError):
                raise copy.fault
        return results

    def _upload_stage(self, stage: int) -> None:
        """Upload everything of one stage to all healthy copies, and wait for it."""
        jobs = [
            (copy, upload)
            for copy in self._copies
            for upload in copy.plan.uploads
            if copy.fault is None and stage_of(upload.file) == stage
        ]
        if not jobs:
            return
        if stage >= _FIRST_PAGES:
            self._each(_check_fence, [(copy, None) for copy in dict.fromkeys(copy for copy, _ in jobs)])
        for (copy, upload), entry in zip(jobs, self._each(self._upload, jobs), strict=True):
            if entry is not None:
                copy.written[upload.key] = entry

    def _upload(self, copy: TargetState, upload: Upload) -> Entry:
        file = upload.file
        content = read_file(self._tree.root, file)
        body = self._body(file.key, content, file)
        written = write(copy.store, body, upload.expected, force=self._force)
        return Entry(
            sha256=file.sha256,
            headers_digest=file.headers.digest,
            etag=written.etag,
            version_id=written.version_id,
            size=file.size,
            kind=file.kind,
            changed_at=upload.changed_at,
            interval=upload.interval,
        )

    def _body(self, key: str, content: bytes, file: LocalFile | None = None) -> Body:
        return Body(
            key=key,
            content=content,
            sha256=file.sha256 if file else sha256(content).hexdigest(),
            headers=file.headers if file else MANIFEST_HEADERS,
            built_at=self._release.built_at,
            generation=self._release.generation,
        )

    def _commit(self, copies: Sequence[TargetState], purges: int) -> None:
        """Write the manifests, each over the one that was read, and over no other."""

        def commit(copy: TargetState, purges: int) -> Written:
            content = msgspec.json.encode(copy.manifest(self._release, purges))
            body = self._body(MANIFEST_KEY, content)
            return write(copy.store, body, copy.etag, force=self._force, replace_older=False)

        results = self._each(commit, [(copy, purges) for copy in copies])
        for copy, written in zip(copies, results, strict=True):
            if written is not None:
                copy.etag = written.etag

    def _delete(self, copies: Sequence[TargetState]) -> None:
        """Delete what nobody can be referred to any more, unless it was written again meanwhile."""

        def delete(copy: TargetState, item: Delete) -> str:
            copy.store.delete(item.key, item.etag)
            return item.key

        jobs = [(copy, item) for copy in copies for item in copy.plan.deletes]
        for (copy, _), key in zip(jobs, self._each(delete, jobs), strict=True):
            if key is not None:
                copy.deleted = (*copy.deleted, key)


def _check_fence(copy: TargetState, _: None) -> None:
    """Raise BusyError when another deploy has committed its manifest since ours was read."""
    if not copy.store.is_unchanged(MANIFEST_KEY, copy.etag):
        raise BusyError(f"{copy.store.place} was deployed to by another run meanwhile; this one stops here")
