"""Label sets: spelled as PromQL spells them, and cut by the Redactor before anything else sees them."""

import re

from sitegen.redaction import REDACTED, Redactor, names_secret

NAME = "__name__"
"""The label that holds a metric's name."""

BOUND = "le"
"""The label that holds a bucket's upper bound."""

MAX_SPELLED = 200
_NUMBER = re.compile(r"[+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?")
_LEGACY = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_PAIR = re.compile(r'\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(,|$)', re.ASCII)
_SELECTOR = re.compile(r"\s*([^\s{}\"=,]+)\s*(?:\{(.*)\})?\s*", re.DOTALL)
_ESCAPES = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


def spell(labels: dict[str, str]) -> str:
    """Write a label set as a PromQL selector of at most MAX_SPELLED characters, labels in order of their names.

    >>> spell({"__name__": "up", "job": "node"})
    'up{job="node"}'

    Names that the classic syntax does not allow stand in quotes inside the braces
    (Prometheus' UTF-8 syntax): `{"http.requests", job="node"}`.
    """
    name = labels.get(NAME, "")
    plain = _LEGACY.fullmatch(name) is not None
    inside = [_quoted(name)] if name and not plain else []
    inside += [f"{_label(key)}={_quoted(labels[key])}" for key in sorted(labels) if key != NAME]
    text = (name if plain else "") + (f"{{{', '.join(inside)}}}" if inside or not name else "")
    return text if len(text) <= MAX_SPELLED else text[: MAX_SPELLED - 1] + "…"


def _label(name: str) -> str:
    return name if _LEGACY.fullmatch(name) else _quoted(name)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def spell_some(names: list[str], shown: int = 3) -> str:
    """Name the first few and count the rest: `a, b, c and 4 more`."""
    listed = ", ".join(names[:shown])
    return listed if len(names) <= shown else f"{listed} and {len(names) - shown} more"


def parse_selector(text: str) -> dict[str, str]:
    r"""Read `name{label="value", ...}` as a label set; the escapes are `\\`, `\"` and `\n`.

    >>> parse_selector('requests{code="200"}')
    {'__name__': 'requests', 'code': '200'}

    Raises ValueError with a sentence for anything else.
    """
    match = _SELECTOR.fullmatch(text)
    if match is None:
        raise ValueError(f'{text[:80]!r} is not a series; write it like name or name{{label="value"}}')
    labels = {NAME: match[1]}
    inside, position = match[2] or "", 0
    while inside[position:].strip():
        pair = _PAIR.match(inside, position)
        if pair is None:
            raise ValueError(
                f'{text[:80]!r} has a label that cannot be read; write it like {{label="value"}}'
            )
        labels[pair[1]] = re.sub(r"\\.", lambda escape: _ESCAPES.get(escape[0], escape[0]), pair[2])
        position = pair.end()
    return labels


class LabelRedactor:
    """Redacts the label sets of one answer, each distinct name and value once.

    A value is cut by what it is, and whole where its label's name says that it is a
    secret (`token`, `api_key`), for alone it would not look like one. Hosts and people become pseudonyms.
    """

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._texts: dict[str, str] = {}
        self._secret: dict[str, bool] = {}

    def labels(self, labels: dict[str, str]) -> dict[str, str]:
        """Return the label set as it may become public."""
        return {self._text(name): self._value(name, value) for name, value in labels.items()}

    def _value(self, name: str, value: str) -> str:
        if name == BOUND and _NUMBER.fullmatch(value):
            return value  # 4111111111111111 bytes are no card
        return REDACTED if value and self._is_secret(name) else self._text(value)

    def _is_secret(self, name: str) -> bool:
        if name not in self._secret:
            self._secret[name] = names_secret(name)
        return self._secret[name]

    def _text(self, text: str) -> str:
        if text not in self._texts:
            self._texts[text] = self._redactor.label(text)
        return self._texts[text]
