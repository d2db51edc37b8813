"""The ways in which foreign text may write a secret: a server that says back what it was sent escapes or codes it."""

import base64
import html
import json
from urllib.parse import quote, quote_plus

__all__ = ["encodings_of"]

_LEAST_CODED = 6
"""Shorter pieces of base64 stand in many a text by chance."""


def encodings_of(secret: str) -> frozenset[str]:
    """Return a secret as it is, escaped for HTML, JSON and URLs as common libraries do it, and in base64.

    In base64 its inner characters depend on the offset modulo 3 and the outer ones on
    the neighbours, so three inner pieces stand for it wherever it is in what was coded.
    """
    plain = secret.encode()
    inner = (base64.b64encode(b"\0" * shift + plain)[(0, 2, 3)[shift] : -4].decode() for shift in range(3))
    escaped = html.escape(secret)
    decimal = escaped.replace("&#x27;", "&#39;")
    return frozenset(
        {
            secret,
            escaped,
            html.escape(secret, quote=False),
            decimal,
            decimal.replace("&quot;", "&#34;"),
            json.dumps(secret)[1:-1],
            json.dumps(secret, ensure_ascii=False)[1:-1],
            quote(secret),
            quote(secret, safe=""),
            quote(secret, safe="!'()*~"),
            quote_plus(secret),
            *(text for text in inner if len(text) >= _LEAST_CODED),
        }
    )
