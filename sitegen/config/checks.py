"""Checks that every table of the configuration needs; each failure names the key, the file and the line."""

import difflib
import glob
import math
import os
import re
from collections.abc import Callable, Collection, Sequence
from itertools import takewhile
from pathlib import Path

from sitegen.config.places import find_line, inside
from sitegen.errors import ConfigError
from sitegen.http import check_url
from sitegen.keys import Form, Key
from sitegen.units import TOO_LONG, UNITS, parse_duration, parse_rfc3339

_ECHO, _LISTED, _COMPARED = 80, 40, 1000
_MOST_NUMBER = 1_000_000
_MOST_BITS = 1000
"""Of a whole number that a float can still be made of; one in hex may have any size."""

# What a text of a form looks like, and the sentence where it does not.
_SHAPES = {
    Form.SLUG: (
        re.compile(r"[a-z0-9][a-z0-9-]{0,119}"),
        "must be lower-case letters, digits and dashes, for it becomes part of a URL",
    ),
    Form.REGION: (re.compile(r"[a-z0-9][a-z0-9-]{0,39}"), "is no region; write it like us-east-1"),
    Form.LANGUAGE: (
        re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*"),
        "must be a language tag like en or de-CH",
    ),
    # Amazon S3's "General purpose bucket naming rules"; compatible stores keep them too.
    Form.BUCKET: (
        re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"),
        "is no bucket's name: 3 to 63 lower-case letters, digits, dots, dashes",
    ),
}


def clipped(text: str) -> str:
    """Return a text in at most 80 characters, as much of its end as there is room for."""
    return text if len(text) <= _ECHO else f"…{text[1 - _ECHO :]}"


def echo(value: object) -> str:
    """Quote a value of the file in at most 80 characters."""
    if isinstance(value, int) and value.bit_length() > 256:
        value = hex(value)  # Python refuses to write thousands of digits
    shown = repr(value[: _ECHO + 1] if isinstance(value, str) else value)
    return shown if len(shown) <= _ECHO else f"{shown[: _ECHO - 1]}…"


def hint(name: str, known: Collection[str], what: str = "known") -> str:
    """Return the nearest valid name, or all of them where none is near."""
    names = list(known)[:_COMPARED]
    # Two letters exchanged are the likeliest slip, and the first letter is the least likely one.
    close = sorted(
        (one for one in names if min(len(one), len(name)) > 1 and _is_slip(name, one)),
        key=lambda one: (sorted(one) == sorted(name), one[:1] == name[:1], one),
        reverse=True,
    )
    close = close or difflib.get_close_matches(name[:_ECHO], names, 1, cutoff=0.5)
    if close := close or [one for one in names if name and one.startswith(name)]:
        return f"did you mean {echo(close[0])}?"
    listed = [one or '""' for one in names[:_LISTED]] + ["…"] * (len(names) > _LISTED)
    return f"{what}: {', '.join(listed) or 'none'}"


def _read_duration(text: str) -> float:
    seconds = parse_duration(text)
    if seconds <= 0:
        raise ValueError(f"{echo(text)} must be more than zero")
    return seconds


def _check_expression(text: str) -> None:
    try:
        re.compile(text)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"{echo(text)} is not a regular expression: {error}") from None


_PARSERS: dict[Form, Callable[[str], float]] = {Form.DURATION: _read_duration, Form.INSTANT: parse_rfc3339}
_RULES: dict[Form, Callable[[str], object]] = {
    Form.URL: check_url,
    Form.PATTERN: _check_expression,
}


def _is_slip(name: str, other: str) -> bool:
    """Return whether two names are one slip apart: a letter too many, missing or wrong, or two exchanged."""
    for _ in range(2):  # what the two begin with alike goes, then what they end with
        alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(name, other, strict=False)))
        name, other = name[alike:][::-1], other[alike:][::-1]
    return max(len(name), len(other)) <= 1 or (len(name) == 2 and name == other[::-1])


class Checks:
    """The checks of one file, of which `text` is the content; all raise ConfigError."""

    def __init__(self, path: Path, text: str) -> None:
        # Of the name that was given: a mounted or managed file is often a link into a folder that comes and goes.
        self.path = Path(os.path.normpath(path.absolute()))
        self._shown = path
        self._text = text

    def fail(self, key: str, sentence: str, at: str | None = None) -> ConfigError:
        """Return the error for a key of this file, with the line that it stands in, or that `at` stands in."""
        line = find_line(self._text, at or key)
        return ConfigError(f"{self._shown}{f':{line}' if line else ''}: {key}: {sentence}")

    def text(self, key: str, text: str, declared: Key) -> str | float | Path:
        """Read a text as its form wants it."""
        form = declared.form
        if form in _SHAPES and not _SHAPES[form][0].fullmatch(text):
            raise self.fail(key, f"{echo(text)} {_SHAPES[form][1]}")
        if form is Form.PATH:
            return self.below(key, text)
        if form is Form.GLOB:
            return self.pattern(key, text)
        if form is Form.UNIT:
            return self.known(key, text, UNITS, "unit")
        try:
            if form in _PARSERS:
                return _PARSERS[form](text)
            if form in _RULES:
                _RULES[form](text)
        except ValueError as error:
            raise self.fail(key, str(error)) from None
        return self.words(key, text, declared.most, declared.least or 0)

    def number(self, key: str, value: float, kind: type[int] | type[float], declared: Key) -> float:
        """Read a number: finite, and within the bounds of its key."""
        if isinstance(value, int) and value.bit_length() > _MOST_BITS:
            raise self.fail(key, TOO_LONG)
        number = kind(value)
        if not math.isfinite(number):
            raise self.fail(key, f"{number} must be a finite number")
        if declared.least is not None and number < declared.least:
            raise self.fail(key, f"{echo(number)} must be at least {declared.least}")
        most = declared.most or (_MOST_NUMBER if kind is int else math.inf)
        if number > most:
            raise self.fail(key, f"{echo(number)} must be at most {most}")
        return number

    def unique(self, key: str, names: Sequence[str], of: str = "name") -> None:
        """Refuse a name that is used twice."""
        seen: set[str] = set()
        for index, name in enumerate(names):
            if name in seen:
                said = f"{of} {echo(name)} is used twice; every {of} must be its own"
                raise self.fail(key, said, at=inside(key, index))
            seen.add(name)

    def known(self, key: str, name: str, names: Collection[str], what: str) -> str:
        """Check a name that refers to another table, or stands in a list."""
        if name not in names:
            raise self.fail(key, f"{echo(name)} is no {what}; {hint(name, names)}")
        return name

    def words(self, key: str, text: str, most: int | None, least: int = 1) -> str:
        """Check text that people read: not empty, and short enough for where it stands."""
        if not text.strip() and least:
            raise self.fail(key, "must not be empty")
        if most is not None and len(text) > most:
            raise self.fail(key, f"has {len(text)} characters; keep it to {most}")
        return text

    def below(self, key: str, text: str) -> Path:
        """Return the absolute path of a name that is meant from where the file lies."""
        if not text or "\0" in text:
            raise self.fail(key, f"{echo(text)} is no path")
        try:
            path = self.path.parent / Path(text).expanduser()
        except RuntimeError:
            raise self.fail(key, f"{echo(text)} begins with a user that is not known here") from None
        # Without `..`, so that one folder can be compared with another; links stay as they are.
        return Path(os.path.normpath(path))

    def pattern(self, key: str, text: str) -> str:
        """Return an absolute glob, in which the folders above what the author wrote stand for themselves."""
        self.below(key, text)
        head, _, rest = text.partition("/")
        above, wanted = (self.below(key, head), rest) if text.startswith("~") else (self.path.parent, text)
        return os.path.normpath(f"{glob.escape(str(above))}/{wanted}" if wanted[:1] != "/" else wanted)

    def file(self, key: str, path: str | None) -> None:
        """Check a file that must be there."""
        if path is not None and not os.path.isfile(path):  # noqa: PTH113 - a name that is too long is no file
            raise self.fail(key, f"{clipped(path)} is not a file")
