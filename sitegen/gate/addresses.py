"""Where an address leads, read as browsers read it (URL standard, 4.4 "URL parsing"; HTML standard, 4.8.4.2.3 "srcset")."""

import re
from collections.abc import Sequence

_IGNORED = str.maketrans({"\t": None, "\n": None, "\r": None, "\\": "/"})
_C0_AND_SPACE = "".join(map(chr, range(0x21)))
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_AWAY = re.compile(r"(?:https?|wss?|ftp):|//", re.IGNORECASE)
# An address that ends in a comma has no descriptors; commas between parentheses part nothing.
_CANDIDATE = re.compile(r"([^ \t\n\f\r,][^ \t\n\f\r]*)(?:(?<=,)|(?:\([^)]*(?:\)|\Z)|[^,(])*)")


def read(address: str) -> str:
    r"""Return an address without what browsers skip, and with their slashes: `" \\/\tx"` -> `//x`."""
    return address.translate(_IGNORED).strip(_C0_AND_SPACE)


def candidates(srcset: str) -> Sequence[str]:
    """Return the addresses of a set of pictures: `/a 1x,//b 2x` -> `["/a", "//b"]`."""
    return [address.rstrip(",") for address in _CANDIDATE.findall(srcset)]


def scheme_of(address: str) -> str:
    """Return the scheme of an address as read, in lower case; one without has that of its page, and gives ""."""
    match = _SCHEME.match(address)
    return match[1].lower() if match else ""


def leads_away(address: str, origin: str = "") -> bool:
    """Whether an address as read names a host other than the site's; `origin` is its own, such as `https://example.org`."""
    return _AWAY.match(address) is not None and not (origin and f"{address}/".startswith(f"{origin}/"))


def names_host(text: str) -> bool:
    """Whether anything in a text as read may be taken for an address that names a host."""
    return _AWAY.search(text) is not None
