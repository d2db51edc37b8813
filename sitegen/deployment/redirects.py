"""Pages at the address without its last slash, `/metrics`, that lead to `/metrics/`: a bucket has no rule that would."""

from collections.abc import Iterable
from hashlib import sha256
from html import escape

from sitegen.deployment.headers import headers_for
from sitegen.deployment.model import Kind, LocalFile


def redirects_to(files: Iterable[LocalFile], base_url: str) -> list[LocalFile]:
    """Return a redirect for each page whose key ends with a slash; it changes only where the page's address does."""
    return [_redirect(file.key.removesuffix("/"), base_url) for file in files if file.key.endswith("/")]


def _redirect(key: str, base_url: str) -> LocalFile:
    body = page_for(key, base_url).encode()
    return LocalFile(
        path=key,
        key=key,
        kind=Kind.REDIRECT,
        sha256=sha256(body).hexdigest(),
        size=len(body),
        headers=headers_for(f"{key}.html", Kind.REDIRECT),
        body=body,
    )


def page_for(key: str, base_url: str) -> str:
    """Format the redirect that lies at a key: `posts/first` leads to `first/` beside it, below whatever prefix.

    The canonical address (RFC 6596) is whole where the site's own is known.
    """
    place = f"{key.rpartition('/')[2]}/"
    canonical = f"{base_url.rstrip('/')}/{key}/" if base_url else place
    here, there = escape(canonical), escape(place)
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        f'<title>{there}</title>\n<link rel="canonical" href="{here}">\n'
        f'<meta http-equiv="refresh" content="0; url={there}">\n<p><a href="{there}">{there}</a></p>\n</html>\n'
    )
