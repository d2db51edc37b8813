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
from urllib.parse import unquote, urlsplit

import msgspec

from sitegen.aws import Addressing
from sitegen.deployment.invalidation import Invalidation
from sitegen.keys import Form, Key
from sitegen.units import rfc3339

MANIFEST_KEY = "_sitegen/manifest.json"
MANIFEST_LAYOUT = 1
"""The `version` of a manifest; a later one needs a way to read this one."""
INDEX = "index.html"
STATUS = "status.json"

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
    endpoint_url: Annotated[str | None, Key("The address of the S3-compatible store that it lies in, where that is not the target's.", "http://127.0.0.1:9001", Form.URL)] = None


class Index(StrEnum):
    """Under which key the page at `/metrics/` is stored."""

    FOLDER = "folder"
    """`metrics/`, which is what CloudFront asks a bucket for."""
    FILE = "index.html"
    """`metrics/index.html`, which is what a website endpoint looks for, and what stores can hold that know no key with a slash at its end."""
    BOTH = "both"


class Target(msgspec.Struct, frozen=True):
    """A place to deploy to: one or two buckets, the folder `path`, or a `branch` of the repository `git`.

    `endpoint_url` names an S3-compatible store; `prefix` goes before every key.
    """

    name: str
    buckets: Annotated[tuple[Bucket, ...], Key("One bucket, or two that are to hold the same.", {"name": "obs-a"})] = ()
    distribution_id: Annotated[str | None, Key("The CloudFront distribution in front of the buckets.", "E123EXAMPLE")] = None
    endpoint_url: Annotated[str | None, Key("The address of an S3-compatible store.", "http://127.0.0.1:9000", Form.URL)] = None
    prefix: Annotated[str, Key("What goes before every key.", "status/")] = ""
    addressing: Annotated[Addressing | None, Key("Where a bucket's name stands in a request: in its path, or before the host's name.", "virtual", absent="as AWS takes it; the path for a store of one's own")] = None
    index: Annotated[Index, Key("Under which key a page is stored: CloudFront asks for `metrics/`, website endpoints for `metrics/index.html`.", "both")] = Index.FOLDER
    path: Annotated[Path | None, Key("A folder to deploy to, in place of buckets.", "/srv/www/status", Form.PATH)] = None
    git: Annotated[str | None, Key("A repository to deploy to, in place of buckets: what `git push` is given.", "git@github.com:me/me.github.io.git")] = None
    branch: Annotated[str, Key("The branch of that repository, which is replaced by one commit, every ten minutes at most.", "main")] = "gh-pages"


# fmt: on


def endpoint_fault(endpoint_url: str, buckets: Sequence[str]) -> str | None:
    """Return why an endpoint is none: a console shows it with the bucket's name, which would be taken twice.

    >>> endpoint_fault("https://acc.example/obs-web/", ["obs-web"])
    "ends with the bucket's name, obs-web; leave it out"
    """
    parts = urlsplit(endpoint_url)
    folders = unquote(parts.path).rstrip("/").split("/")
    for name in buckets:
        if folders[-1] == name:
            return f"ends with the bucket's name, {name}; leave it out"
        if name in folders:
            return f"goes on after the bucket's name, {name}; leave both out, and write what follows it as `prefix`"
        if (parts.hostname or "").startswith(f"{name}."):
            return f"begins with the bucket's name, {name}; leave it out"
    return None


class DeployOptions(msgspec.Struct, frozen=True):
    """What the user asked for.

    `force` goes past the guards for size and cost and past a newer generation;
    `max_deletes` replaces the limit of the deletion guard, `max_shrink` is the least share of the last generation's size; `base_url` is the site's, to
    tell local links; `cycle` is how often a deploy runs, for the projected cost; `min_interval` how seldom which paths are sent, `invalidation` when the edge
    is told to forget. `redirects` asks for pages that lead from `/metrics` to `/metrics/`, in buckets.
    """

    dry_run: bool = False
    force: bool = False
    max_deletes: int | None = None
    max_shrink: float = 0.5
    reconcile: bool = False
    purge: bool = False
    cost_cap_usd_month: float | None = None
    base_url: str = ""
    cycle: float = 30.0
    min_interval: tuple[tuple[str, float], ...] = ()
    invalidation: Invalidation = Invalidation.NEVER
    redirects: bool = False


class Release(msgspec.Struct, frozen=True):
    """The generation that is being deployed: its number, when it was built, and the time now.

    `cycle` is how often builds are made, in seconds.
    """

    generation: int
    built_at: float
    now: float
    cycle: float = 30.0

    def is_possible(self, stamp: float) -> bool:
        """Whether something can have been built at this instant: a clock that runs ahead must not hold up all others."""
        return stamp <= self.now + 2 * self.cycle

    def is_older(self, stamp: float) -> bool:
        """Whether what was built then is newer than this."""
        return self.built_at < stamp and self.is_possible(stamp)

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
    REDIRECT = "redirect"
    """What leads from an address without its last slash to the page: no build made it, and none is counted."""


class Headers(msgspec.Struct, frozen=True):
    """The HTTP headers that an object is stored with."""

    content_type: str
    cache_control: str

    @property
    def digest(self) -> str:
        """Sixteen hex digits that change whenever a header does."""
        return sha256(f"{self.content_type}\n{self.cache_control}".encode()).hexdigest()[:16]


class LocalFile(msgspec.Struct, frozen=True):
    """A file of `dist/`: `path` below it, the key it gets, its digest, size and headers, the declared end of its life.

    It lies `at` another place where that says so; what the deploy makes itself has its `body` here.
    """

    path: str
    key: str
    kind: Kind
    sha256: str
    size: int
    headers: Headers
    ends: float | None = None
    at: str = ""
    body: bytes | None = None


class Entry(msgspec.Struct, frozen=True, omit_defaults=True, rename={"kind": "class"}):
    """What the manifest knows about one object of a bucket.

    `etag` and `version_id` are what S3 answered when it was written. `changed_at` is the
    build that last changed its bytes and `interval` the seconds between its last two
    changes, None until it has changed once.
    `unreferenced_since` is when it left the tree, `ends` when its declared life is over.
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
    ends: float | None = None

    def has_ended(self, now: float) -> bool:
        """Whether it may go without a word, for its declared life is over."""
        return self.ends is not None and self.ends <= now


class RemoteManifest(msgspec.Struct, frozen=True):
    r"""What a bucket holds, as stored in it under `_sitegen/manifest.json`.

    It lists only objects whose upload S3 confirmed, so it may lag behind the bucket but
    never run ahead of it. `purges` counts the invalidated paths by month (`2026-11`).
    `pending` objects of the generation were still to be written. `site` is the site's own address, `states` those of its
    services.

    {"version": 1, "generation": 42, "built_at": 1763883810.012, "purges": {}, "entries":
    {"index.html": {"sha256": "9f86...", "headers_digest": "a1b2c3d4e5f60718", "etag":
    "\"5d41...\"", "size": 24399, "class": "hub", "changed_at": 1763883810.012}}}
    """

    generation: int
    built_at: float
    entries: dict[str, Entry]
    purges: dict[str, int] = {}
    version: int = MANIFEST_LAYOUT
    pending: int = 0
    site: str = ""
    states: str = ""

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
