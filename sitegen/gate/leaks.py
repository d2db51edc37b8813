"""What may not leak: the user's own secrets, this machine's folders and name, and keys of any provider.

The last look at finished bytes. Redaction has cut such things out of foreign text
long before; this finds what came by another way (a template, an author's page, a
file name).
"""

import re
from collections.abc import Iterator
from functools import lru_cache

import msgspec

from sitegen.gate.model import Finding
from sitegen.limits import LateExpressionError, Patience
from sitegen.redaction import NAME, OWN, PLACE, Builder, Redactor, Secret, make_leak_finder

_RULES = {OWN: ("secret", "a secret"), PLACE: ("place", ""), NAME: ("name", "")}
_REPEATED = re.compile(
    r'<meta http-equiv="Content-Security-Policy"[^>]*+>|<link rel="icon"[^>]*+>|<style>[^<]*+</style>'
)
_LATE = (
    "; an expression of `redaction.allow` takes too long for it, write it without a repetition inside another"
)


class Canaries(msgspec.Struct, frozen=True):
    """What must not occur on the site.

    `secrets` are the user's own (every `*_file`, password and header of the configuration), `builder`
    has the folders and the name of this machine. `allow` are the patterns of `redaction.allow`: what
    they fit may stand there.
    """

    secrets: tuple[str, ...] = ()
    builder: Builder = Builder()
    allow: tuple[str, ...] = ()


NO_CANARIES = Canaries()


def find_leaks(path: str, body: bytes, canaries: Canaries = NO_CANARIES) -> tuple[Finding, ...]:
    """Find secrets, folders and names in a file.

    Rules: `secret` (one of the canaries, in whatever encodings), `key` (a private key, a
    provider's token, the hash of a password), `place`, `name`. The message says which line
    and what may be done, never what it holds.
    """
    found: dict[str, Finding] = {}
    for line, leak, more in _leaks(body.decode("utf-8", "replace"), canaries):
        rule, what = _RULES.get(leak.rule, ("key", "what looks like a secret"))
        said = f"{what} ({leak.rule})" if what else leak.rule
        message = f"holds {said} in line {line}; take it out, or allow it in `redaction.allow`{more}"
        found.setdefault(f"{rule} {line}", Finding(path, rule, message))
    return tuple(found.values())


def _leaks(text: str, canaries: Canaries) -> Iterator[tuple[int, Secret, str]]:
    """Yield what was found with its line; what all pages have in their heads is looked at once, for all of them."""
    rest = _REPEATED.sub(lambda part: "\n" * part[0].count("\n"), text)
    looks = [(1, rest, _find(rest, canaries))]
    looks += [
        (text.count("\n", 0, part.start()) + 1, part[0], _find_once(part[0], canaries))
        for part in _REPEATED.finditer(text)
    ]
    for line, piece, (leaks, more) in looks:
        for leak in leaks:
            yield line + piece.count("\n", 0, leak.start), leak, more


@lru_cache(maxsize=64)
def _find_once(text: str, canaries: Canaries) -> tuple[list[Secret], str]:
    return _find(text, canaries)


def _find(text: str, canaries: Canaries) -> tuple[list[Secret], str]:
    """Return what was found and is not allowed; where an author's expression does not end, nothing is, and that is said."""
    found = _finder(msgspec.structs.replace(canaries, allow=())).find(text)
    if not found or not canaries.allow:
        return found, ""
    try:
        return _patience(canaries).run(lambda: _finder(canaries).find(text)), ""
    except LateExpressionError:
        return found, _LATE


@lru_cache(maxsize=8)
def _finder(canaries: Canaries) -> Redactor:
    return make_leak_finder(canaries.secrets, canaries.allow, canaries.builder)


@lru_cache(maxsize=8)
def _patience(_: Canaries) -> Patience:
    return Patience()
