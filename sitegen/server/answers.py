"""What is answered for an address: the file that a deploy would have stored, with production's headers.

What is the same as in S3 behind CloudFront: the paths that exist (`/metrics/` does, `/metrics` and
`/metrics/index.html` do not), status, content types, caching and security headers. What is not: there is no TLS,
so no Strict-Transport-Security. A range is answered from the file as it is, uncompressed (RFC 9110, 14).
"""

import contextlib
import gzip
import os
import re
import stat
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote_to_bytes

import msgspec

from sitegen.deployment.headers import headers_for, is_key, key_for, kinds_of, path_for
from sitegen.regular import real_path
from sitegen.templating.policy import policy, style_hashes

# CloudFront compresses what has between 1,000 and 10,000,000 bytes.
_LEAST_COMPRESSED, _MOST_COMPRESSED = 1000, 10_000_000
_COMPRESSED_TYPES = ("text/", "application/json", "application/xml", "image/svg+xml")
_CODING = re.compile(r"\s*([\w*-]+)\s*(?:;\s*q\s*=\s*([\d.]+)\s*)?", re.ASCII)
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
_SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(),"
    " microphone=(), payment=(), usb=()",
}


class Answer(msgspec.Struct, frozen=True):
    """What goes back for a request; `body` also where HEAD or 304 leaves it out."""

    status: int
    headers: dict[str, str]
    body: bytes


def answer(dist: Path, target: str, headers: Mapping[str, str], base: str = "/") -> Answer:
    """Answer a request for `target` (`/obs/metrics/?x`) from the files that `dist` holds now.

    The folder is looked up by its path each time, so a generation that was swapped in is served at once.
    The site stands at the path `base`, as it will at its address; `/` leads there. A page asked for without
    its last slash is missing, as in the bucket.
    """
    key = _key(target, base)
    body = _read(dist, key) if key else None
    if key and body is not None:
        return _found(200, path_for(key), body, headers)
    if base != "/" and target.partition("?")[0] in ("/", base[:-1]):
        return Answer(302, _headers("x.html", b"") | {"Location": base}, b"")
    missing = _read(dist, "404.html")
    if missing is not None:
        return _found(404, "404.html", missing, headers)
    sentence = (
        "sitegen: 404: no such page\n"
        if _read(dist, "index.html")
        else "sitegen: there is no site yet; `sitegen build` makes it\n"
    )
    return _found(404, "404.txt", sentence.encode(), {})


def _key(target: str, base: str) -> str | None:
    """Return the key that a deploy would have stored for the target; None where it never stores one."""
    path = unquote_to_bytes(target.partition("?")[0].partition("#")[0])
    if not path.startswith(base.encode()) or not path.isascii():
        return None
    key = path[len(base) :].decode() or "index.html"
    return key if is_key(key) and key_for(path_for(key)) == key else None


def _read(dist: Path, key: str) -> bytes | None:
    """Read the regular file of a key, without following a link out of the folder."""
    root = real_path(dist)
    path = root / path_for(key)
    try:
        if Path(os.path.realpath(path, strict=True)) != path:
            return None
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
        with open(handle, "rb") as stream:  # noqa: PTH123 - a handle has no path
            return stream.read() if stat.S_ISREG(os.fstat(handle).st_mode) else None
    except OSError:
        return None


def _found(status: int, path: str, body: bytes, asked: Mapping[str, str]) -> Answer:
    headers = _headers(path, body)
    if status == 200:
        headers["Accept-Ranges"] = "bytes"
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    if headers["Content-Type"].startswith(_COMPRESSED_TYPES):
        headers["Vary"] = "Accept-Encoding"
        compressible = _LEAST_COMPRESSED <= len(body) <= _MOST_COMPRESSED and "Range" not in asked
        coding = _coding(asked.get("Accept-Encoding", "")) if compressible else ""
        if coding:
            body, tag = _compress(body, coding), f"W/{tag}"
            headers["Content-Encoding"] = coding
    return Answer(status, headers | {"ETag": tag}, body)


def _headers(path: str, body: bytes) -> dict[str, str]:
    stored = headers_for(path, kinds_of([path])[path])
    return {
        "Content-Type": stored.content_type,
        "Cache-Control": stored.cache_control,
        **security_headers(body if path.endswith((".html", ".svg")) else b""),
    }


def security_headers(page: bytes) -> dict[str, str]:
    """Return the headers that keep a page from doing anything but being read."""
    return {"Content-Security-Policy": f"{policy(style_hashes(page))}; frame-ancestors 'none'", **_SECURITY}


def _coding(accepted: str) -> str:
    """Choose br, gzip or nothing by Accept-Encoding (RFC 9110, 12.5.3)."""
    weights: dict[str, float] = {}
    for item in accepted.split(","):
        match = _CODING.fullmatch(item)
        if match:
            with contextlib.suppress(ValueError):
                weights[match[1].lower()] = float(match[2] or 1)
    ranked = [(weights.get(coding, weights.get("*", 0.0)), coding) for coding in ("gzip", "br")]
    weight, coding = max(ranked, key=lambda pair: (pair[0], pair[1] == "br"))
    return coding if weight > 0 else ""


def _compress(body: bytes, coding: str) -> bytes:
    if coding == "gzip":
        return gzip.compress(body, 6, mtime=0)
    import brotli  # noqa: PLC0415 - a server without a browser before it never needs it

    return bytes(brotli.compress(body, quality=5))


def is_known(tag: str, if_none_match: str) -> bool:
    """Whether If-None-Match names the tag: compared weakly, as RFC 9110, 13.1.2 asks."""
    known = {item.strip().removeprefix("W/") for item in if_none_match.split(",")}
    return "*" in known or tag.removeprefix("W/") in known


def is_expected(tag: str, if_match: str) -> bool:
    """Whether If-Match names the tag: compared strongly, so that a weak one never is (RFC 9110, 13.1.1)."""
    expected = {item.strip() for item in if_match.split(",")}
    return "*" in expected or (tag in expected and not tag.startswith("W/"))


def part(whole: Answer, asked: Mapping[str, str]) -> Answer:
    """Answer with the range of bytes that a request asks for (RFC 9110, 14.2); several at once, or none: with it all.

    A range of what has changed meanwhile (If-Range) is all of it too.
    """
    match = _RANGE.fullmatch(asked.get("Range", "").strip())
    size, tag = len(whole.body), whole.headers["ETag"]
    if match is None or not any(match.groups()) or asked.get("If-Range", tag) != tag:
        return whole
    first = int(match[1]) if match[1] else max(0, size - int(match[2]))
    last = min(int(match[2]), size - 1) if match[1] and match[2] else size - 1
    if match[1] and match[2] and int(match[2]) < first:
        return whole
    if first >= size:
        return Answer(416, whole.headers | {"Content-Range": f"bytes */{size}"}, b"")
    where = {"Content-Range": f"bytes {first}-{last}/{size}"}
    return Answer(206, whole.headers | where, whole.body[first : last + 1])
