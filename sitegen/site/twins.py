"""The site for machines and terminals: text, JSON, feed, badge, sitemap. Pure; the same facts as the pages."""

from collections.abc import Sequence
from hashlib import sha256

import msgspec

from sitegen.availability.model import ServiceState, ServiceStatus
from sitegen.redaction import visible
from sitegen.site.model import OutputFile
from sitegen.site.views import OverviewView, SourceRow
from sitegen.units import plain, rfc3339
from sitegen.visualization.svg import escape

__all__ = [
    "FeedEntry",
    "draw_badge",
    "write_feed",
    "write_index",
    "write_robots",
    "write_sitemap",
    "write_status",
]

_WORST_FIRST = (
    ServiceState.DOWN,
    ServiceState.DEGRADED,
    ServiceState.NO_DATA,
    ServiceState.UP,
    ServiceState.MAINTENANCE,  # planned, so it counts only where there is nothing else
)
_GLYPHS = {"up": "●", "degraded": "▲", "down": "✖", "maintenance": "■", "no data": "○"}


class _Service(msgspec.Struct, frozen=True):
    id: str
    title: str
    status: str
    since: str | None


class _Source(msgspec.Struct, frozen=True):
    name: str
    status: str
    fetched_at: str | None


class _Status(msgspec.Struct, frozen=True):
    version: int
    generated_at: str
    next_due: str
    status: str
    services: tuple[_Service, ...]
    sources: tuple[_Source, ...]


def write_status(
    status: str,
    services: Sequence[ServiceStatus],
    sources: Sequence[SourceRow],
    generated_at: float,
    next_due: float,
) -> OutputFile:
    """`/status.json`, as the command line's contract shapes it; `status` is ok, degraded or failed."""
    document = _Status(
        version=1,
        generated_at=rfc3339(generated_at),
        next_due=rfc3339(next_due),
        status=status,
        services=tuple(
            _Service(
                id=service.id,
                title=visible(service.title),
                status=str(service.state),
                since=None if service.since is None else rfc3339(service.since),
            )
            for service in services
        ),
        sources=tuple(
            _Source(
                name=visible(source.name),
                status=str(source.status),
                fetched_at=None if source.fetched is None else source.fetched.raw,
            )
            for source in sources
        ),
    )
    return OutputFile("status.json", msgspec.json.encode(document) + b"\n")


def write_index(view: OverviewView, site_title: str) -> OutputFile:
    """`/index.txt`: the overview for `curl`, with the same figures in the same order."""
    built = view.shell.built
    lines = [f"{visible(site_title)}", plain(view.shell.sentence), ""]
    lines += ["SERVICES"]
    for row in view.services:
        glyph = _GLYPHS.get(str(row.status.state), "○")
        lines.append(f"  {glyph} {row.status.state:<12} {row.latency.text:>9}  {visible(row.status.title)}")
    lines += ["", "KEY METRICS"]
    lines += [f"  {visible(stat.value.text):>24}  {visible(stat.link.text)}" for stat in view.stats]
    lines += ["", "SOURCES"]
    for source in view.sources:
        fetched = source.fetched.text if source.fetched else "never"
        lines.append(f"  {source.status:<8} {fetched:<24} {visible(source.name)}")
        lines += [f"           ! {visible(message)}" for message in source.messages]
    if built is not None:
        lines += ["", f"built {built.at.text}, next due {built.next_due.text}"]
    return OutputFile("index.txt", ("\n".join(lines) + "\n").encode())


def draw_badge(services: Sequence[ServiceStatus]) -> OutputFile:
    """`/badge.svg`: one word for the whole site; it changes only with that word."""
    states = {service.state for service in services}
    worst = next((state for state in _WORST_FIRST if state in states), ServiceState.NO_DATA)
    colour = {ServiceState.UP: "#2f7a5c", ServiceState.DEGRADED: "#9a5f00", ServiceState.DOWN: "#a11226"}.get(
        worst, "#4a5751"
    )
    word = escape(str(worst))
    width = 52 + 7 * len(word) + 14
    body = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-labelledby="t">'
        f'<title id="t">status: {word}</title><path fill="#0b0e0d" d="M0 0h52v20H0z"/>'
        f'<path fill="{colour}" d="M52 0h{width - 52}v20H52z"/>'
        '<g fill="#fff" font-family="ui-monospace,Menlo,Consolas,monospace" font-size="12">'
        f'<text x="6" y="14">status</text><text x="59" y="14">{word}</text></g></svg>\n'
    )
    return OutputFile("badge.svg", body.encode())


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


def write_sitemap(base_url: str, paths: Sequence[str]) -> OutputFile:
    """`/sitemap.xml` (sitemaps.org 0.9) without dates: it changes only when a page comes or goes."""
    urls = "".join(
        f"<url><loc>{escape((base_url or '/') + path.removeprefix('/'))}</loc></url>\n"
        for path in sorted(paths)
    )
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}</urlset>\n'
    return OutputFile("sitemap.xml", body.encode())


def write_robots(base_url: str) -> OutputFile:
    """`/robots.txt` (RFC 9309)."""
    sitemap = f"Sitemap: {base_url}sitemap.xml\n" if base_url else ""
    return OutputFile("robots.txt", f"User-agent: *\nDisallow: /follow/\n{sitemap}".encode())
