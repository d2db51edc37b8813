"""What a deploy needs of a place that holds the site: a bucket (`bucket.py`) or a folder (`folder.py`).

A store reads and writes single objects under conditions. What it refuses because the
object is not as expected is a SupersededError; every other failure is a SitegenError
with a sentence. All its methods may be called by many threads at once.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Protocol

import msgspec

from sitegen.deployment.model import Headers
from sitegen.errors import SitegenError
from sitegen.instrumentation.clock import Deadline


class SupersededError(SitegenError):
    """The object is no longer what the write expected to replace."""


class DeadlineError(SitegenError):
    """There was no time left to begin the request."""


class Body(msgspec.Struct, frozen=True):
    """Bytes on their way to a key, with their digest, their headers, and the build and the site that they come from."""

    key: str
    content: bytes
    sha256: str
    headers: Headers
    built_at: float
    generation: int
    site: str


class Written(msgspec.Struct, frozen=True):
    """What a store answered to a write; `version_id` where the bucket keeps versions."""

    etag: str
    version_id: str | None = None


class Remote(msgspec.Struct, frozen=True):
    """An object as a store has it.

    `sha256` is of its bytes, or "" where the store cannot tell; `headers_digest` likewise.
    `built_at` is None for an object that sitegen did not write, `site` is "" where it does not say whose it is.
    """

    written: Written
    size: int
    sha256: str
    headers_digest: str
    built_at: float | None
    site: str = ""


class Lack(StrEnum):
    """What a store cannot do, which is found out one by one; a deploy does without it."""

    CHECKSUMS = "checksums"
    CONDITIONS = "conditions"


class Store(Protocol):
    """One copy of the site: a bucket or a folder. What it `lacks` is found out as it is used."""

    name: str
    place: str
    meter: "Meter"
    lacks: set[Lack]

    def ask_gently(self) -> None:
        """Ask one small question, and wait for the answer but shortly. Raises SitegenError where there is none."""
        ...

    def try_conditions(self, key: str) -> None:
        """Find out whether conditions are kept, of an object that is there."""
        ...

    def read(self, key: str) -> tuple[bytes, str] | None:
        """Return an object's bytes and ETag, or None where there is none."""
        ...

    def is_unchanged(self, key: str, etag: str | None) -> bool:
        """Whether the object still has this ETag (None: whether there still is none)."""
        ...

    def head(self, key: str) -> Remote | None:
        """Describe an object, or give None where there is none."""
        ...

    def list(self) -> dict[str, str]:
        """Return the ETag of every object with a key that sitegen could have written, but for the manifest."""
        ...

    def manifests_above(self) -> Iterator[tuple[str, str, bytes]]:
        """Yield the manifests of sites above this place: their place, this one's path below it, the bytes."""
        ...

    def put(self, body: Body, expected: str | None) -> Written:
        """Write an object that replaces the one with the ETag `expected`, or that is new."""
        ...

    def delete(self, key: str, etag: str) -> None:
        """Delete an object that still has this ETag; one that is gone or has changed is left alone."""
        ...


class Meter:
    """Counts the requests of a store by operation, and lets none begin after the deadline."""

    def __init__(self, deadline: Deadline, place: str) -> None:
        self._deadline = deadline
        self._place = place
        self._lock = threading.Lock()
        self.counts: Counter[str] = Counter()

    def begin(self, operation: str) -> None:
        """Count a request (`put`, `get`, `head`, `list`, `delete`), or raise DeadlineError."""
        if self._deadline.passed:
            raise DeadlineError(
                f"{self._place}: the deadline passed before everything was written; "
                "the next deploy goes on from there, or give this one more time with --deadline"
            )
        with self._lock:
            self.counts[operation] += 1


def write(
    store: Store,
    body: Body,
    expected: str | None,
    *,
    replaces: Callable[[Remote], bool],
) -> Written:
    """Put an object, and find out what a refused condition means.

    It may have been our own earlier attempt whose answer was lost, or a run that was cut
    off: then the object is there already. Another one is replaced under its own ETag, once, where `replaces` says so,
    which may raise. Raises SupersededError where it is to stay or it changes yet again.
    """
    try:
        _check_condition(store, body.key, expected)
        return store.put(body, expected)
    except SupersededError:
        remote = store.head(body.key)
        if remote is not None and _is_same(remote, body):
            return remote.written
        if remote is not None and not replaces(remote):
            raise
    return store.put(body, remote.written.etag if remote else None)


def _check_condition(store: Store, key: str, expected: str | None) -> None:
    """Ask first what a store that keeps no conditions has; between this and the write others may still come."""
    if Lack.CONDITIONS in store.lacks:
        remote = store.head(key)
        if (remote.written.etag if remote else None) != expected:
            raise SupersededError(f"{store.place}{key} is not what it was")


def _is_same(remote: Remote, body: Body) -> bool:
    return remote.sha256 == body.sha256 and remote.headers_digest in ("", body.headers.digest)
