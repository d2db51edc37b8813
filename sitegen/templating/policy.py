"""The Content-Security-Policy of a page: what it needs and no more.

A page carries it in a meta element, because folders and GitHub Pages have no headers of one's own; a server
that has them adds `frame-ancestors`, which a meta element may not have (CSP Level 3, 3.3).
"""

import re
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256

# Text up to the end tag or the end of all; a lazy `.*?` would try the end tag at every byte.
_STYLE = re.compile(rb"<style\b[^<>]*>([^<]*(?:<(?!/style\s*>)[^<]*)*)", re.IGNORECASE)


def style_hashes(page: bytes) -> tuple[str, ...]:
    """Return the digest of each style sheet that stands in a page or a drawing, once: `sha256-<base64>`."""
    return tuple(dict.fromkeys(map(_hash, _STYLE.findall(page))))


def page_policy(style: str) -> str:
    """Return the policy of a page with one style sheet."""
    return policy([_hash(style.encode())])


def policy(hashes: Iterable[str]) -> str:
    """Return the policy of a page with the style sheets of these digests (CSP Level 3, 2.3.1)."""
    styles = " ".join(f"'{one}'" for one in hashes)
    return (
        f"default-src 'none'; script-src 'none'; {styles and f'style-src {styles}; '}img-src 'self' data:;"
        " connect-src 'self'; base-uri 'none'; form-action 'none'"
    )


def _hash(style: bytes) -> str:
    return f"sha256-{b64encode(sha256(style).digest()).decode()}"
