"""Names and headers: which key a file of `dist/` gets, what it is to the deploy, how it may be cached.

S3 behind CloudFront's origin access control has no index documents, so the page
`metrics/index.html` is stored under the key that its URL asks for, `metrics/`.
"""

import re
from collections.abc import Iterable

from sitegen.deployment.model import INDEX, Headers, Index, Kind

IMMUTABLE = "public, max-age=31536000, immutable"
FRESH = "public, max-age=0, s-maxage=10, stale-while-revalidate=10, stale-if-error=604800"
"""30 s of cycle, 8 s of build and upload, and 10 + 10 s at the edge keep a page under a minute old;
for seven days (RFC 5861) the edge answers with what it has when no bucket does."""

_LASTING = "public, max-age=0, s-maxage=300, stale-if-error=604800"
"""Where a redirect leads to never changes; once its page is gone, the edge may know for five minutes."""

MANIFEST_HEADERS = Headers(content_type="application/json", cache_control="no-store")

# The media types of IANA's registry that a site has. Not Python's `mimetypes`: it also reads
# the machine's tables, and headers that differ between machines would upload everything again.
_UTF8 = "; charset=utf-8"
_TYPES = {
    "html": "text/html" + _UTF8,
    "htm": "text/html" + _UTF8,
    "css": "text/css" + _UTF8,
    "csv": "text/csv" + _UTF8,
    "js": "text/javascript" + _UTF8,
    "mjs": "text/javascript" + _UTF8,
    "txt": "text/plain" + _UTF8,
    "log": "text/plain" + _UTF8,
    "md": "text/markdown" + _UTF8,
    "ics": "text/calendar" + _UTF8,
    "vtt": "text/vtt" + _UTF8,
    # Not application/atom+xml: CloudFront compresses application/xml but not that.
    "xml": "application/xml" + _UTF8,
    "rss": "application/rss+xml" + _UTF8,
    "atom": "application/atom+xml" + _UTF8,
    "json": "application/json",
    "map": "application/json",
    "jsonl": "application/jsonl",
    "webmanifest": "application/manifest+json",
    "pdf": "application/pdf",
    "wasm": "application/wasm",
    "zip": "application/zip",
    "gz": "application/gzip",
    "tar": "application/x-tar",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "ico": "image/x-icon",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "ttf": "font/ttf",
    "otf": "font/otf",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "webm": "video/webm",
}
_UNKNOWN = "application/octet-stream"

_KEY = re.compile(r"[a-z0-9._/-]{1,900}")
_HUBS = frozenset({INDEX, "404.html", "follow/index.html"})
_CACHING = {Kind.ASSET: IMMUTABLE, Kind.REDIRECT: _LASTING}
_LISTING = (".xml", ".rss", ".atom", ".json", ".txt")


def is_key(key: str) -> bool:
    """Whether the key can be written, linked and invalidated without any escaping.

    CloudFront's invalidation takes some escaped characters and then misses the object.
    """
    return (
        _KEY.fullmatch(key) is not None
        and not key.startswith("/")
        and not any(part in ("", ".", "..") for part in key.removesuffix("/").split("/"))
    )


def key_for(path: str) -> str:
    """Return the key of a path below `dist/`: `metrics/index.html` -> `metrics/`; the root's `index.html` stays."""
    folder, slash, name = path.rpartition("/")
    return folder + slash if slash and name == INDEX else path


def keys_for(path: str, index: Index) -> list[str]:
    """Return the keys that a path below `dist/` is stored under: both of them where both are asked for."""
    return {
        Index.FOLDER: [key_for(path)],
        Index.FILE: [path],
        Index.BOTH: list(dict.fromkeys([path, key_for(path)])),
    }[index]


def path_for(key: str) -> str:
    """Return the path below `dist/` of a key, as a plain web server wants it: `metrics/` -> `metrics/index.html`."""
    return key + INDEX if key.endswith("/") else key


def kinds_of(paths: Iterable[str]) -> dict[str, Kind]:
    """Return the kind of each path of a tree; a page is a hub when other pages lie below it."""
    paths = list(paths)
    parents: set[str] = set()
    for path in paths:
        if path.endswith("/" + INDEX):
            folders = path.split("/")[:-2]
            parents.update("/".join(folders[: depth + 1]) for depth in range(len(folders)))
    return {path: _kind(path, parents) for path in paths}


def _kind(path: str, parents: set[str]) -> Kind:
    folder, _, name = path.rpartition("/")
    if path.startswith("_a/"):
        return Kind.ASSET
    if path in _HUBS or (not folder and path.endswith(_LISTING)):
        return Kind.HUB
    if not name.endswith((".html", ".htm")):
        return Kind.FILE
    return Kind.HUB if name == INDEX and folder in parents else Kind.LEAF


def headers_for(path: str, kind: Kind) -> Headers:
    """Return the headers of a file; a type that is not known is `application/octet-stream`."""
    _, dot, extension = path.rpartition("/")[2].rpartition(".")
    return Headers(
        content_type=_TYPES.get(extension, _UNKNOWN) if dot else _UNKNOWN,
        cache_control=_CACHING.get(kind, FRESH),
    )
