"""The Redactor, and what else knows a secret when it sees one."""

import re
from functools import lru_cache, partial

from sitegen.redaction.encodings import encodings_of
from sitegen.redaction.kinds import (
    ALL_HINTS,
    HARMLESS_VALUES,
    KEY_ENDS_SECRET,
    KINDS,
    REDACTED,
    TOKEN_HINTS,
    Kind,
    Replacement,
    blank,
    compiled,
)

__all__ = ["Redactor", "find_tokens", "names_secret"]

# Words, numbers and short paths, as most fields of a log are: whatever is cut below is longer or has other signs in it.
_PLAIN = re.compile(r"[A-Za-z0-9_/+-]*(?:\.[A-Za-z0-9_/+-]*)?")
_EMAIL = re.compile(r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]++@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b")
_IPV4 = re.compile(r"(\d++\.\d++)\.\d++\.\d++(?!\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,8}(?![\w:]|\.\w)")
_LEAST_SECRET = 4
_SHORT, _MOST_KNOWN = 64, 4096
_LOOPBACK = ("127.0", "0.0")


def _find_suspects(text: str, groups: tuple[tuple[str, tuple[tuple[str, int], ...]], ...]) -> list[Kind]:
    """Return the kinds of which a hint is in the text, in the order of the table."""
    lower = text.lower()
    found = {index for shared, hints in groups if shared in lower for hint, index in hints if hint in lower}
    return [KINDS[index] for index in sorted(found)]


def find_tokens(text: str) -> tuple[tuple[str, int, int], ...]:
    """Find the secrets whose shape alone gives them away: the kind, the start and the end of each."""
    return tuple(
        (kind.name, match.start(), match.end())
        for kind in _find_suspects(text, TOKEN_HINTS)
        for match in compiled(kind.pattern).finditer(text)
    )


@lru_cache(maxsize=4096)
def names_secret(key: str) -> bool:
    """Whether a key promises a secret: `db_password`, `X-Api-Key`, `sessionId`; not `tokens`, `signal`, `author`."""
    return compiled(KEY_ENDS_SECRET).search(key) is not None


class Redactor:
    """Cuts secrets and personal data out of text, by fixed rules and the user's own.

    `rules` are extra patterns whose whole match is cut, `allow` patterns whose
    matches stay (they are held against the whole of what would be cut, with the key
    of a named secret); `show_ip` and `show_email` leave addresses as they are (else
    an address keeps its first two bytes, or two groups, and an e-mail nothing);
    `canaries` are the user's own secrets, cut wherever they stand and however they are spelled.
    """

    def __init__(
        self,
        *,
        rules: tuple[str, ...] = (),
        allow: tuple[str, ...] = (),
        show_ip: bool = False,
        show_email: bool = False,
        canaries: tuple[str, ...] = (),
    ) -> None:
        own = {text for secret in canaries if len(secret) >= _LEAST_SECRET for text in encodings_of(secret)}
        self._own = [(text, re.compile(re.escape(text))) for text in sorted(own, key=len, reverse=True)]
        self._rules = [re.compile(pattern) for pattern in rules]
        self._allow = [re.compile(pattern) for pattern in allow]
        self._show_ip = show_ip
        self._show_email = show_email
        self._known: dict[str, str] = {}

    def __getstate__(self) -> dict[str, object]:
        """Leave out what another process can find out again."""
        return self.__dict__ | {"_known": {}}

    def text(self, text: str) -> str:
        """Return the text with every secret and address cut; of short ones, such as labels, each is looked at once."""
        if len(text) > _SHORT:
            return self._cut_all(text)
        known = self._known.get(text)
        if known is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = self._known[text] = self._cut_all(text)
        return known

    def _cut_all(self, text: str) -> str:
        for secret, pattern in self._own:
            if secret in text:
                text = self._replace(pattern, blank, text)
        for rule in self._rules:
            text = self._replace(rule, blank, text)
        if len(text) < 15 and _PLAIN.fullmatch(text):
            return text
        for kind in _find_suspects(text, ALL_HINTS):
            text = self._replace(compiled(kind.pattern), kind.instead, text)
        return self._without_addresses(text)

    def field(self, key: str, value: str) -> str:
        """Return a field's value with secrets cut: all of it where its key promises one."""
        if names_secret(key) and value.lower() not in HARMLESS_VALUES:
            return value if self._allows(f"{key}={value}") else REDACTED
        return self.text(value)

    def _without_addresses(self, text: str) -> str:
        if not self._show_email and "@" in text:
            text = self._replace(_EMAIL, _mask_email, text)
        if not self._show_ip:
            if text.count(".") > 2:
                text = self._replace(_IPV4, _mask_ipv4, text)
            if "::" in text or text.count(":") > 6:
                text = self._replace(_IPV6, _mask_ipv6, text)
        return text

    def _replace(self, pattern: re.Pattern[str], instead: Replacement, text: str) -> str:
        return pattern.sub(partial(self._cut, instead) if self._allow else instead, text)

    def _cut(self, instead: Replacement, match: re.Match[str]) -> str:
        return match[0] if self._allows(match[0]) else instead(match)

    def _allows(self, text: str) -> bool:
        return any(allowed.fullmatch(text) for allowed in self._allow)


def _mask_email(match: re.Match[str]) -> str:
    # `REDACTED@host` is what credentials in a URL leave behind.
    return match[0] if match[0].startswith(REDACTED) else "‹e-mail›"


def _mask_ipv4(match: re.Match[str]) -> str:
    octets = match[0].split(".")
    longer = match.start() and match.string[match.start() - 1] == "."
    if longer or match[1] in _LOOPBACK or any(len(octet) > 3 or int(octet) > 255 for octet in octets):
        return match[0]
    return f"{match[1]}.x.x"


def _mask_ipv6(match: re.Match[str]) -> str:
    """Mask what RFC 4291 calls an address, with a digit in it (`a::b` is a name in many languages)."""
    groups = match[0].split(":")
    shortened = (
        match[0].count("::") == 1 and ":::" not in match[0] and len(groups) <= 8 + match[0].endswith("::")
    )
    whole = len(groups) == 8 and all(groups)
    if not (shortened or whole) or not any(map(str.isdigit, match[0])) or match[0] == "::1":
        return match[0]
    shown = [group for group in match[0].split("::")[0].split(":") if group][:2]
    return ":".join([*shown, "x", "x"]) if len(shown) == 2 else "".join(f"{group}:" for group in shown) + ":x"
