"""What may not leak: the user's own secrets, this machine's places and names, and keys of any provider.

The last look at finished bytes. Redaction has cut such things out of foreign text
long before; this finds what came by another way (a template, an author's page, a
file name).
"""

import re
from collections.abc import Iterator

import msgspec

from sitegen.gate.model import Finding
from sitegen.redaction import encodings_of, find_tokens

__all__ = ["NO_CANARIES", "Canaries", "find_leaks"]

_LEAST_SECRET = 6
"""A shorter secret ("demo") stands on many a page by chance."""

# Names that half of all machines share, so that they tell nothing.
_TELLING_NOTHING = frozenset({
    "admin", "build", "builder", "circleci", "daemon", "debian", "default", "docker", "ec2-user",
    "github", "guest", "home", "localhost", "nobody", "root", "runner", "site", "test", "tester",
    "ubuntu", "user", "users", "vagrant", "www", "www-data",
})  # fmt: skip
_URL = re.compile(rb"https?://[^\s\"'<>]+")


class Canaries(msgspec.Struct, frozen=True):
    """What must not occur on the site.

    `secrets` are the user's own (every `*_file`, password and header of the
    configuration), `places` absolute paths of this machine (home, working folder,
    state folder), `names` those of its user and host, looked for as whole words
    outside of URLs.
    """

    secrets: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


NO_CANARIES = Canaries()


def find_leaks(
    path: str, body: bytes, canaries: Canaries = NO_CANARIES, allow: tuple[str, ...] = ()
) -> tuple[Finding, ...]:
    """Find secrets, places and names in a file; `allow` are regular expressions of what may stay.

    Rules: `secret` (one of the canaries, also escaped for HTML, JSON or URLs, or in
    base64), `key` (a private key or a provider's token), `place`, `name`. The message
    says which line, never what it holds.
    """
    found = [Finding(path, rule, message) for rule, message in _canaries_in(body, canaries)]
    text = body.decode("utf-8", "replace")
    allowed = [re.compile(pattern) for pattern in allow]
    for kind, start, end in find_tokens(text):
        if not any(pattern.fullmatch(text, start, end) for pattern in allowed):
            line = text.count("\n", 0, start) + 1
            found.append(Finding(path, "key", f"holds what looks like a secret ({kind}) in line {line}"))
    return tuple(found)


def _canaries_in(body: bytes, canaries: Canaries) -> Iterator[tuple[str, str]]:
    for secret in canaries.secrets:
        if len(secret) >= _LEAST_SECRET and (
            line := _first_line(body, {text.encode() for text in encodings_of(secret)})
        ):
            yield "secret", f"holds a secret of the configuration in line {line}"
    for place in canaries.places:
        if len(place.strip("/")) > 1 and (line := _first_line(body, {place.rstrip("/").encode()})):
            yield "place", f"holds a path of this machine in line {line}"
    for name in canaries.names:
        if (line := _line_of_word(body, name)) is not None:
            yield "name", f"holds the name of this machine or its user in line {line}"


def _first_line(body: bytes, needles: set[bytes]) -> int | None:
    offsets = [offset for needle in needles if (offset := body.find(needle)) >= 0]
    return body.count(b"\n", 0, min(offsets)) + 1 if offsets else None


def _line_of_word(body: bytes, name: str) -> int | None:
    needle = name.encode()
    if len(name) < 3 or name.lower() in _TELLING_NOTHING or needle not in body:
        return None
    word = re.compile(rb"(?<![\w-])" + re.escape(needle) + rb"(?![\w-])")
    outside_urls = _URL.sub(lambda match: b" " * len(match[0]), body)
    match = word.search(outside_urls)
    return body.count(b"\n", 0, match.start()) + 1 if match else None
