"""Whether visitors get what was deployed: pages by their digests, at the site's own address. Pure, but for asking.

A cache may serve the bytes before for s-maxage + stale-while-revalidate = 20 s after they were replaced, so a page is
good with this generation's digest or with one that was replaced lately. Everything else is wrong: an error, a third
digest, another type, a policy that forbids the page its style.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum

import msgspec

from sitegen.deployment.edge import Edge, Served
from sitegen.deployment.headers import headers_for, key_for, kinds_of
from sitegen.deployment.model import INDEX, Kind, Reason, RunAll
from sitegen.publishing.model import Manifest
from sitegen.templating.policy import style_hashes

PAGES = 8
AGAIN = 5.0
"""Seconds between two looks at a page that is wrong."""
PATIENCE = 60.0
"""Seconds after which a page that is still old is a problem."""
CACHED = 25.0
"""Seconds after which no cache has what was replaced: s-maxage and stale-while-revalidate, and some to spare."""


ABSENT = ""
"""What stands for the digest of an object that was not there."""


class Change(msgspec.Struct, frozen=True):
    """An object that was uploaded: its digest and type, and the digest that it replaced, None where it is new."""

    key: str
    sha256: str
    content_type: str
    kind: Kind
    reason: Reason
    before: str | None = None


class Verdict(StrEnum):
    """What a look at a page came to."""

    GOOD = "good"
    OLD = "still old"
    WRONG = "wrong"
    UNKNOWN = "not reached"


class Look(msgspec.Struct, frozen=True):
    """What visitors get for a key, and in a sentence why that is not good."""

    key: str
    verdict: Verdict
    why: str = ""


def choose(changes: Iterable[Change]) -> list[Change]:
    """Return what is looked at after a deploy: the overview, then new assets, then pages; what never changed is not."""
    order = {Kind.ASSET: 1, Kind.LEAF: 2, Kind.HUB: 3, Kind.FILE: 4}
    return sorted(changes, key=lambda one: (one.key != INDEX, order[one.kind], one.key))[:PAGES]


def changes_of_files(manifest: Manifest) -> list[Change]:
    """Return a whole generation as what visitors should get of it."""
    kinds = kinds_of(manifest.files)
    return [
        Change(
            key=key_for(path),
            sha256=file.sha256,
            content_type=headers_for(path, kinds[path]).content_type,
            kind=kinds[path],
            reason=Reason.NEW,
            before=file.sha256,
        )
        for path, file in manifest.files.items()
    ]


def judge(change: Change, served: Served, recent: Mapping[str, float]) -> Look:
    """Compare what was served with what was uploaded; `recent` are digests that a cache may still have."""
    if served.status == 0:
        return Look(change.key, Verdict.UNKNOWN, f"/{_shown(change.key)} {served.reason}")
    if served.status == 404 and (change.before is None or ABSENT in recent):
        return Look(change.key, Verdict.OLD)  # somebody may have asked for it before it was there
    if served.status != 200:
        return Look(change.key, Verdict.WRONG, f"/{_shown(change.key)} is answered with {served.status}")
    if served.sha256 != change.sha256:
        if served.sha256 == change.before or served.sha256 in recent:
            return Look(change.key, Verdict.OLD)
        return Look(
            change.key, Verdict.WRONG, f"/{_shown(change.key)} is served with other bytes than were deployed"
        )
    if _plain(served.content_type) != _plain(change.content_type):
        why = f"/{_shown(change.key)} is served as {served.content_type or 'nothing'}, not as {change.content_type}"
        return Look(change.key, Verdict.WRONG, why)
    return Look(change.key, Verdict.GOOD)


def _plain(content_type: str) -> str:
    return content_type.replace(" ", "").lower()


def _shown(key: str) -> str:
    return "" if key == INDEX else key


def look(
    edge: Edge, changes: Sequence[Change], recent: Mapping[str, Mapping[str, float]], run_all: RunAll
) -> list[Look]:
    """Fetch each of these as a visitor does, and judge it."""
    return run_all(lambda one: judge(one, edge.fetch(one.key), recent.get(one.key, {})), changes)


def look_twice(
    edge: Edge,
    changes: Sequence[Change],
    recent: Mapping[str, Mapping[str, float]],
    run_all: RunAll,
    pause: Callable[[float], None],
) -> list[Look]:
    """Look, and where something is wrong look at that once more a while later: the second look counts."""
    first = look(edge, changes, recent, run_all)
    wrong = [one for one, seen in zip(changes, first, strict=True) if seen.verdict is Verdict.WRONG]
    if not wrong:
        return first
    pause(AGAIN)
    second = {seen.key: seen for seen in look(edge, wrong, recent, run_all)}
    return [second.get(seen.key, seen) for seen in first]


def forbidden_styles(policy: str, pages: Iterable[bytes]) -> list[str]:
    """Return the digests of the pages' style sheets that a Content-Security-Policy forbids; none where there is no policy.

    A header may hold several policies, all of which count (CSP Level 3, section 3).
    """
    needed = {digest for page in pages for digest in style_hashes(page)}
    forbidden: set[str] = set()
    for one in filter(None, (part.strip() for part in policy.split(","))):
        directives = dict(_directive(text) for text in one.split(";") if text.strip())
        allowed = next(
            (
                directives[name]
                for name in ("style-src-elem", "style-src", "default-src")
                if name in directives
            ),
            None,
        )
        if allowed is None:
            continue
        hashes = {source.strip("'") for source in allowed if source.startswith("'sha")}
        if "'unsafe-inline'" not in allowed or hashes:
            forbidden |= needed - hashes
    return sorted(forbidden)


def _directive(text: str) -> tuple[str, list[str]]:
    name, *sources = text.split()
    return name.lower(), sources
