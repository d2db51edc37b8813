"""Bodies with a checksum before them, so that a flipped bit is known for one.

SQLite has no checksums: what changes inside a cell reads as well as before, and a cached
page with a letter turned into a bracket would be refused by the gate for ever.

b"body" -> 16 bytes of BLAKE2b (RFC 7693), then b"body"
"""

from hashlib import blake2b

_SIZE = 16


def add_checksum(body: bytes) -> bytes:
    """Return `body` with its digest before it."""
    return _digest(body) + body


def verify_checksum(stored: bytes) -> bytes | None:
    """Return the body of what `add_checksum` made; None where a bit of it has changed."""
    digest, body = stored[:_SIZE], stored[_SIZE:]
    return body if digest == _digest(body) else None


def _digest(body: bytes) -> bytes:
    return blake2b(body, digest_size=_SIZE).digest()
