"""What crawlers read: `/sitemap.xml` and `/robots.txt`."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from sitegen.output import OutputFile
from sitegen.visualization.primitives.svg import escape


def write_sitemap(base_url: str, paths: Sequence[str]) -> OutputFile:
    """`/sitemap.xml` (sitemaps.org 0.9) without dates: it changes only when a page comes or goes."""
    urls = "".join(
        f"<url><loc>{escape((base_url or '/') + path.removeprefix('/'))}</loc></url>\n"
        for path in sorted(paths)
    )
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}</urlset>\n'
    return OutputFile("sitemap.xml", body.encode())


def write_robots(base_url: str) -> OutputFile:
    """`/robots.txt` (RFC 9309), whose rules are paths from the host's root."""
    base = urlsplit(base_url).path or "/"
    sitemap = f"Sitemap: {base_url}sitemap.xml\n" if base_url else ""
    return OutputFile("robots.txt", f"User-agent: *\nDisallow: {base}follow/\n{sitemap}".encode())
