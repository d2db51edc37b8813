"""`/feed.xml`: changes of state and posts, as Atom (RFC 4287)."""

from collections.abc import Sequence
from hashlib import sha256

import msgspec

from sitegen.output import OutputFile
from sitegen.units import rfc3339
from sitegen.visualization.primitives.svg import escape


class FeedEntry(msgspec.Struct, frozen=True):
    """One change of a service's state, or one post."""

    title: str
    text: str
    path: str
    at: float


def write_feed(title: str, base_url: str, entries: Sequence[FeedEntry]) -> OutputFile:
    """`/feed.xml`: Atom (RFC 4287), newest first; `updated` is the newest entry's instant, so that the feed rests when nothing happens."""
    ordered = sorted(entries, key=lambda entry: (-entry.at, entry.path, entry.title))[:50]
    updated = rfc3339(ordered[0].at if ordered else 0.0)
    base = base_url or "/"
    identity = f"urn:sha256:{sha256(base.encode()).hexdigest()}"
    parts = [
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n',
        f"<title>{escape(title)}</title>\n<id>{identity}</id>\n<updated>{updated}</updated>\n",
        f"<author><name>{escape(title)}</name></author>\n",
        # Relative to where the feed was fetched from, it leads to the feed itself whatever the site is called.
        f'<link rel="self" href="feed.xml"/>\n<link href="{escape(base)}"/>\n',
    ]
    for entry in ordered:
        entry_id = sha256(f"{entry.path}\0{entry.title}\0{entry.at}".encode()).hexdigest()
        parts.append(
            f"<entry><title>{escape(entry.title)}</title><id>urn:sha256:{entry_id}</id>"
            f'<updated>{rfc3339(entry.at)}</updated><link href="{escape(base + entry.path.removeprefix("/"))}"/>'
            f"<summary>{escape(entry.text)}</summary></entry>\n"
        )
    return OutputFile("feed.xml", ("".join(parts) + "</feed>\n").encode())
