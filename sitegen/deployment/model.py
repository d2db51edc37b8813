"""The records of a deploy: where to, what is there, what to do, what was done.

Instants are POSIX seconds, durations seconds, sizes bytes, costs US dollars a month.
A key is the URL path without its leading slash (`metrics/`); a target's prefix is
added by the store alone.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Protocol, TypeVar

import msgspec

from sitegen.keys import Form, Key
from sitegen.units import rfc3339

__all__ = [
    "INDEX", "MANIFEST_KEY", "MANIFEST_LAYOUT", "Bucket", "Delete", "DeployOptions", "Entry", "Headers", "Kind",
    "LocalFile", "Plan", "Reason", "Release", "RemoteManifest", "Requests", "RunAll", "Target", "Upload",
]  # fmt: skip

MANIFEST_KEY = "_sitegen/manifest.json"
MANIFEST_LAYOUT = 1
"""The `version` of a manifest; a later one needs a way to read this one."""
INDEX = "index.html"

T = TypeVar("T")
R = TypeVar("R")


class RunAll(Protocol):
    """Calls the function for every item, at once as far as it can, and gives the results in the items' order."""

    def __call__(self, function: Callable[[T], R], items: Sequence[T], /) -> list[R]:
        """Run them all."""
        ...


# fmt: off
class Bucket(msgspec.Struct, frozen=True):
    """One S3 bucket and the region it lies in."""

    name: Annotated[str, Key("The bucket's name.", "obs-a", Form.BUCKET)]
    region: Annotated[str, Key("The region that it lies in.", "us-east-2", Form.REGION)] = "us-east-1"


class Target(msgspec.Struct, frozen=True):
    """A place to deploy to: one or two buckets, or the folder `path`.

    `endpoint_url` names an S3-compatible store; `prefix` goes before every key.
    """

    name: str
    buckets: Annotated[tuple[Bucket, ...], Key("One bucket, or two that are to hold the same.", {"name": "obs-a"})] = ()
    distribution_id: Annotated[str | None, Key("The CloudFront distribution in front of the buckets.", "E123EXAMPLE")] = None
    endpoint_url: Annotated[str | None, Key("The address of an S3-compatible store.", "http://127.0.0.1:9000", Form.URL)] = None
    prefix: Annotated[str, Key("What goes before every key.", "status/")] = ""
    path: Annotated[Path | None, Key("A folder to deploy to, in place of buckets.", "/srv/www/status", Form.PATH)] = None


# fmt: on


class DeployOptions(msgspec.Struct, frozen=True):
    """What the user asked for.

    `force` goes past the guards for size and cost and past a newer generation;
    `max_deletes` replaces the limit of the deletion guard; `base_url` is the site's, to
    tell local links; `cycle` is how often a deploy runs, for the projected cost.
    """

    dry_run: bool = False
    force: bool = False
    max_deletes: int | None = None
    reconcile: bool = False
    purge: bool = False
    cost_cap_usd_month: float | None = None
    base_url: str = ""
    cycle: float = 30.0


class Release(msgspec.Struct, frozen=True):
    """The generation that is being deployed: its number, when it was built, and the time now."""

    generation: int
    built_at: float
    now: float

    @property
    def id(self) -> str:
        """Name this deploy, uniquely enough for CloudFront's CallerReference: `sitegen-42-1763883810012`."""
        return f"sitegen-{self.generation}-{round(self.now * 1000)}"

    @property
    def month(self) -> str:
        """The month that it falls in: `2026-11`."""
        return rfc3339(self.now)[:7]


class Kind(StrEnum):
    """What a file is to the deploy, in the order of upload: nothing is uploaded before what it refers to."""

    ASSET = "asset"
    """Named after its bytes below `_a/`: written once, cached for ever."""
    FILE = "file"
    """What pages refer to under a lasting name: pictures, CSV files."""
    LEAF = "leaf"
    """A page that lists no others."""
    HUB = "hub"
    """The overview, lists, feeds, the site map, 404.html: what links to leaves."""


class Headers(msgspec.Struct, frozen=True):
    """The HTTP headers that an object is stored with."""

    content_type: str
    cache_control: str

    @property
    def digest(self) -> str:
        """Sixteen hex digits that change whenever a header does."""
        return sha256(f"{self.content_type}\n{self.cache_control}".encode()).hexdigest()[:16]


class LocalFile(msgspec.Struct, frozen=True):
    """A file of `dist/`: `path` below it, the key it gets, its digest, size and headers."""

    path: str
    key: str
    kind: Kind
    sha256: str
    size: int
    headers: Headers


class Entry(msgspec.Struct, frozen=True, omit_defaults=True, rename={"kind": "class"}):
    """What the manifest knows about one object of a bucket.

    `etag` and `version_id` are what S3 answered when it was written. `changed_at` is the
    build that last changed its bytes and `interval` the seconds between its last two
    changes, None until it has changed once: from them follows what it costs a month.
    `unreferenced_since` is when it left the tree.
    """

    sha256: str
    headers_digest: str
    etag: str
    size: int
    kind: Kind
    changed_at: float
    version_id: str | None = None
    interval: float | None = None
    unreferenced_since: float | None = None


class RemoteManifest(msgspec.Struct, frozen=True):
    r"""What a bucket holds, as stored in it under `_sitegen/manifest.json`.

    It lists only objects whose upload S3 confirmed, so it may lag behind the bucket but
    never run ahead of it. `purges` counts the invalidated paths by month (`2026-11`).

    {"version": 1, "generation": 42, "built_at": 1763883810.012, "purges": {}, "entries":
    {"index.html": {"sha256": "9f86...", "headers_digest": "a1b2c3d4e5f60718", "etag":
    "\"5d41...\"", "size": 24399, "class": "hub", "changed_at": 1763883810.012}}}
    """

    generation: int
    built_at: float
    entries: dict[str, Entry]
    purges: dict[str, int] = {}
    version: int = MANIFEST_LAYOUT

    @property
    def live(self) -> dict[str, Entry]:
        """The objects of the last generation, without those that only wait for their deletion."""
        return {key: entry for key, entry in self.entries.items() if entry.unreferenced_since is None}


class Reason(StrEnum):
    """Why an object is uploaded."""

    NEW = "new"
    CHANGED = "changed"
    HEADERS = "headers changed"
    DRIFTED = "changed in the bucket"


class Upload(msgspec.Struct, frozen=True):
    """A file to upload, why, and the ETag that it replaces (None: the key must be free).

    `changed_at` and `interval` are for its entry in the manifest.
    """

    file: LocalFile
    reason: Reason
    expected: str | None
    changed_at: float
    interval: float | None = None

    @property
    def key(self) -> str:
        """The key it gets."""
        return self.file.key


class Delete(msgspec.Struct, frozen=True):
    """An object to delete, as long as it still has this ETag."""

    key: str
    etag: str


class Plan(msgspec.Struct, frozen=True):
    """What one bucket needs: uploads in their order, deletes, and the entries that stay as they are.

    `newly_unreferenced` are the keys that left the tree with this generation; they are
    among `kept` until their grace is over. `rewrite` says that the manifest changes.
    """

    uploads: tuple[Upload, ...]
    deletes: tuple[Delete, ...]
    kept: dict[str, Entry]
    newly_unreferenced: tuple[str, ...]
    rewrite: bool


class Requests(msgspec.Struct, frozen=True):
    """How many requests really left, retries included."""

    put: int = 0
    get: int = 0
    head: int = 0
    list: int = 0
    delete: int = 0
