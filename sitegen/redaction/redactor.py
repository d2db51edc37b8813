"""The Redactor, and what else knows a secret when it sees one."""

import base64
import re
from collections.abc import Callable
from functools import cached_property, lru_cache
from typing import NamedTuple

from sitegen.redaction.builder import NAME, Builder
from sitegen.redaction.kinds import (
    EMAIL,
    HARMLESS_VALUES,
    IPV4,
    IPV6,
    KEY_ENDS_SECRET,
    KINDS,
    REDACTED,
    Cut,
    Kind,
    compiled,
    whole,
)
from sitegen.redaction.layers import decoded_runs, is_plain, layers_of
from sitegen.redaction.words import CODED, Vocabulary, hint_of

_LEAST_SECRET, _LEAST_ON_PAGES, _LEAST_CODED = 4, 6, 6
OWN = "a credential of the configuration"
_SHORT, _MOST_KNOWN = 64, 4096
_DEEPEST = 3
_NAMED = {EMAIL.name: "user", IPV4.name: "host", NAME: "host"} | {kind.name: "host" for kind in IPV6}

Names = Callable[[str, str], str | None]
"""Returns the pseudonym of a `host` or a `user`, None where there is none left."""


_UNKNOWN = Builder()


class Secret(NamedTuple):
    """What was found: where it stands, its rule's place in the order of all rules and its name, what is shown instead."""

    start: int
    end: int
    rank: int
    rule: str
    instead: str


@lru_cache(maxsize=4096)
def names_secret(key: str) -> bool:
    """Whether a key promises a secret: `db_password`, `X-Api-Key`, `sessionId`; not `tokens`, `signal`, `author`."""
    readings = (key, *(layer.text for layer in layers_of(key)))
    return any(compiled(KEY_ENDS_SECRET).search(reading) for reading in readings)


class Redactor:
    """Cuts secrets and personal data out of text, by fixed rules and the user's own.

    `rules` are extra patterns whose whole match is cut, `allow` patterns whose matches stay:
    what lies within one is not cut. `show_ip` and `show_email` leave addresses as they are
    (else an address keeps its first two bytes, or two groups, and an e-mail nothing).
    `canaries` are the user's own secrets, cut wherever they stand. All this holds for each
    layer of the text, so whatever the encodings are in which something is written.
    `names` gives pseudonyms to the addresses in labels, by which alone series may differ.
    `builder` is the machine that builds: its folders and its name are cut too.
    """

    def __init__(
        self,
        *,
        rules: tuple[str, ...] = (),
        allow: tuple[str, ...] = (),
        show_ip: bool = False,
        show_email: bool = False,
        canaries: tuple[str, ...] = (),
        kinds: tuple[Kind, ...] = KINDS,
        names: Names | None = None,
        builder: Builder = _UNKNOWN,
    ) -> None:
        self._allow = [re.compile(pattern) for pattern in allow]
        secrets = (
            secret for secret in canaries if len(secret) >= _LEAST_SECRET and not self._is_allowed(secret)
        )
        own = {text for secret in secrets for text in _spellings(secret)}
        self._kinds = (
            *(_own_kind(text) for text in sorted(own, key=len, reverse=True)),
            *(Kind("redaction.rules", "", pattern, whole) for pattern in rules),
            *builder.kinds,
            *kinds,
            *(() if show_email else (EMAIL,)),
            *(() if show_ip else (IPV4, *IPV6)),
        )
        self._names = names
        self._known: dict[str, str] = {}
        self._suspects: dict[tuple[str, ...], list[tuple[int, Kind]]] = {}

    def __getstate__(self) -> dict[str, object]:
        """Leave out what another process can find out again."""
        found_out: dict[str, object] = {"_known": {}, "_suspects": {}, "_names": None}
        return {
            name: value for name, value in self.__dict__.items() if name not in {"_vocabulary", "_marked"}
        } | found_out

    @cached_property
    def _vocabulary(self) -> Vocabulary:
        return Vocabulary(kind.hints for kind in self._kinds if kind.hints)

    @cached_property
    def _marked(self) -> list[tuple[str, int, list[tuple[int, Kind]]]]:
        marked: dict[tuple[str, int], list[tuple[int, Kind]]] = {}
        for rank, kind in enumerate(self._kinds):
            if not kind.hints:
                marked.setdefault((kind.mark, kind.marks), []).append((rank, kind))
        return [(mark, least, rows) for (mark, least), rows in marked.items()]

    def text(self, text: str) -> str:
        """Return the text with every secret and address cut; of short ones, such as labels, each is looked at once."""
        if len(text) > _SHORT:
            return _cut(text, self.find(text))
        known = self._known.get(text)
        if known is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = self._known[text] = _cut(text, self.find(text))
        return known

    def label(self, text: str) -> str:
        """Return a label's value likewise, with pseudonyms in the place of addresses: `host-1:9100`."""
        cut = Redactor.text(self, text)
        if cut == text or self._names is None:
            return cut
        return _cut(text, [_name(secret, text, self._names) for secret in self.find(text)])

    def field(self, key: str, value: str) -> str:
        """Return a field's value with secrets cut: all of it where its key promises one."""
        if names_secret(key) and value.lower() not in HARMLESS_VALUES:
            named = f"{key}={value}"
            allowed = self._allows(named, (len(key) + 1, len(named), REDACTED), (0, len(named)))
            return value if allowed else REDACTED
        return self.text(value)

    def find(self, text: str, depth: int = 0) -> list[Secret]:
        """Find the secrets in a text and in each layer of it; a place may be found more than once."""
        found = self._find(text, depth)
        if is_plain(text):
            return found
        for layer in layers_of(text):
            for secret in self._find(layer.text, depth):
                start, end = layer.origin(secret.start, secret.end)
                found.append(secret._replace(start=start, end=end))
        return found

    def _find(self, text: str, depth: int) -> list[Secret]:
        """Find the secrets in one layer, and in what is coded in base64 or hex there."""
        found: list[Secret] = []
        telling = self._vocabulary.telling(text)
        suspects = self._suspects_by(telling)[:] if telling else []
        for mark, least, kinds in self._marked:
            if mark in text and (least == 1 or text.count(mark) >= least):
                suspects += kinds
        for rank, kind in suspects:
            found += [
                Secret(cut[0], cut[1], rank, kind.name, cut[2])
                for match in compiled(kind.pattern).finditer(text)
                if (cut := kind.cut(match)) is not None
                and not (self._allow and self._allows(text, cut, match.span()))
            ]
        if CODED in telling and depth < _DEEPEST:
            for start, end, plain in decoded_runs(text):
                if inner := self.find(plain, depth + 1):
                    first = min(inner, key=lambda secret: secret.rank)
                    found.append(first._replace(start=start, end=end, instead=REDACTED))
        return found

    def _suspects_by(self, telling: tuple[str, ...]) -> list[tuple[int, Kind]]:
        """Return the kinds that one of these words hints at; the same words come again."""
        suspects = self._suspects.get(telling)
        if suspects is None:
            suspects = [
                (rank, kind)
                for rank, kind in enumerate(self._kinds)
                if kind.hints and any(re.search(kind.hints, word) for word in telling)
            ]
            if len(self._suspects) < _MOST_KNOWN and sum(map(len, telling)) < _MOST_KNOWN:
                self._suspects[telling] = suspects
        return suspects

    def _is_allowed(self, secret: str) -> bool:
        return any(allowed.fullmatch(secret) for allowed in self._allow)

    def _allows(self, text: str, cut: Cut, whole: tuple[int, int]) -> bool:
        """Whether one of the user's exceptions is all that was found, or holds what would be cut."""
        start, end, _ = cut
        return any(
            allowed.fullmatch(text, *whole)
            or allowed.fullmatch(text, start, end)
            or any(match.start() <= start and end <= match.end() for match in allowed.finditer(text))
            for allowed in self._allow
        )


def make_leak_finder(
    secrets: tuple[str, ...], allow: tuple[str, ...], builder: Builder = _UNKNOWN
) -> Redactor:
    """Return what finds what may stand on no page: these secrets, those that their shape alone gives away, the builder."""
    return Redactor(
        allow=allow,
        show_ip=True,
        show_email=True,
        canaries=tuple(secret for secret in secrets if len(secret) >= _LEAST_ON_PAGES),
        kinds=tuple(kind for kind in KINDS if kind.shape),
        builder=builder,
    )


def make_own_cutter(secrets: tuple[str, ...]) -> Redactor:
    """Return what cuts these secrets and nothing else."""
    return Redactor(show_ip=True, show_email=True, canaries=secrets, kinds=())


def _name(secret: Secret, text: str, names: Names) -> Secret:
    """Return what was found with its pseudonym, where it is an address and there is one left."""
    kind = _NAMED.get(secret.rule)
    name = None if kind is None else names(kind, text[secret.start : secret.end].lower())
    return secret if name is None else secret._replace(instead=name)


def _cut(text: str, found: list[Secret]) -> str:
    """Put what is shown instead in the place of what was found; of what overlaps, the first rule's word stands for all."""
    if not found:
        return text
    cuts: list[Secret] = []
    for secret in sorted(found):
        if not cuts or secret.start >= cuts[-1].end:
            cuts.append(secret)
        elif secret.rule != EMAIL.name:
            # The host behind a password, `p@ssw0rd@db.example.org`, is no part of an e-mail address.
            first = min(cuts[-1], secret, key=lambda one: one.rank)
            cuts[-1] = first._replace(start=cuts[-1].start, end=max(cuts[-1].end, secret.end))
    pieces: list[str] = []
    at = 0
    for secret in cuts:
        pieces += text[at : secret.start], secret.instead
        at = secret.end
    return "".join([*pieces, text[at:]])


def _own_kind(spelling: str) -> Kind:
    """Return the kind of one spelling of the user's own secret; its longest word is the hint, if that tells enough."""
    hint = hint_of(spelling)
    return Kind(OWN, hint, re.escape(spelling), mark="" if hint else spelling, shape=True)


def _spellings(secret: str) -> set[str]:
    """Return a secret as it is and as its layers read, in hex, and in base64.

    In base64 its inner characters depend on the offset modulo 3 and the outer ones on
    the neighbours, so three inner pieces stand for it wherever it is in what was coded.
    """
    plain = secret.encode()
    inner = [base64.b64encode(b"\0" * shift + plain)[(0, 2, 3)[shift] : -4].decode() for shift in range(3)]
    safe = [text.replace("+", "-").replace("/", "_") for text in inner]
    pieces = (text for text in [*inner, *safe] if len(text) >= _LEAST_CODED)
    read = {secret, *(layer.text for layer in layers_of(secret))}
    return {*read, *(text.replace("+", " ") for text in read), plain.hex(), plain.hex().upper(), *pieces}
