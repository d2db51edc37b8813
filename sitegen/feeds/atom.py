"""`/feed.xml`: changes of state and posts, as Atom (RFC 4287)."""

from collections.abc import Sequence
from hashlib import sha256

import msgspec

from sitegen.output import OutputFile
from sitegen.units import rfc3339
from sitegen.visualization.primitives.svg import escape


class FeedEntry(msgspec.Struct, frozen=True):
    """One change of a service's state, or one post; `key` is what never changes of it: that of no other entry of the site."""

    title: str
    text: str
    path: str
    at: float
    key: str


class FeedIds(msgspec.Struct, frozen=True):
    """What ids are made of: the site's own id, hexadecimal, and since when; the instant of its first build. POSIX seconds."""

    site: str
    since: float
    began: float


def digest_of(base_url: str) -> str:
    """Return what a site that is known by its address alone has for its id."""
    return sha256((base_url or "/").encode()).hexdigest()


def write_feed(title: str, base_url: str, entries: Sequence[FeedEntry], ids: FeedIds) -> OutputFile:
    """`/feed.xml`: Atom (RFC 4287), newest first; `updated` is the newest entry's instant, so that the feed rests when nothing happens.

    A feed is no older than the site's first build. An id is of what never changes (4.2.6); one that an earlier sitegen
    published stays.
    """
    ordered = sorted(entries, key=lambda entry: (-entry.at, entry.path, entry.title, entry.key))[:50]
    updated = rfc3339(max([ids.began, *(entry.at for entry in ordered)]))
    base = base_url or "/"
    parts = [
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n',
        f"<title>{escape(title)}</title>\n<id>urn:sha256:{ids.site}</id>\n<updated>{updated}</updated>\n",
        f"<author><name>{escape(title)}</name></author>\n",
        # Relative to where the feed was fetched from, it leads to the feed itself whatever the site is called.
        f'<link rel="self" href="feed.xml"/>\n<link href="{escape(base)}"/>\n',
    ]
    for entry, identity in zip(ordered, _identify(ordered, ids), strict=True):
        parts.append(
            f"<entry><title>{escape(entry.title)}</title><id>urn:sha256:{identity}</id>"
            f'<updated>{rfc3339(entry.at)}</updated><link href="{escape(base + entry.path.removeprefix("/"))}"/>'
            f"<summary>{escape(entry.text)}</summary></entry>\n"
        )
    return OutputFile("feed.xml", ("".join(parts) + "</feed>\n").encode())


def _identify(entries: Sequence[FeedEntry], ids: FeedIds) -> list[str]:
    """Return the id of each entry; of two that an earlier sitegen gave one id the first has it."""
    found: dict[str, None] = {}
    for entry in entries:
        former = sha256(f"{entry.path}\0{entry.title}\0{entry.at}".encode()).hexdigest()
        own = sha256(f"{ids.site}\0{entry.key}".encode()).hexdigest()
        found[own if entry.at >= ids.since or former in found else former] = None
    return list(found)
