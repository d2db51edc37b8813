"""Checks that every table of the configuration needs; each failure names the key and the file."""

import difflib
import math
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from sitegen.availability.patterns import check_pattern
from sitegen.errors import ConfigError
from sitegen.http import check_url
from sitegen.units import parse_duration, parse_rfc3339

__all__ = ["Checks", "hint"]

Number = TypeVar("Number", int, float)

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,119}")
_REGION = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def hint(name: str, known: Sequence[str], what: str = "known") -> str:
    """Name the nearest valid name, or all of them where none is near."""
    close = difflib.get_close_matches(name, known, 1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"{what}: {', '.join(known) or 'none'}"


class Checks:
    """The checks of one file; all raise ConfigError."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def fail(self, key: str, sentence: str) -> ConfigError:
        """Give the error for a key of this file."""
        return ConfigError(f"{self.path}: {key}: {sentence}")

    def unique(self, key: str, names: Sequence[str], of: str = "name") -> None:
        """Refuse a name that is used twice."""
        for name in names:
            if names.count(name) > 1:
                raise self.fail(key, f"{of} {name!r} is used twice; every {of} must be its own")

    def known(self, key: str, name: str, names: Sequence[str], what: str) -> str:
        """Check a name that refers to another table."""
        if name not in names:
            raise self.fail(key, f"{name!r} is no {what}; {hint(name, names)}")
        return name

    def slug(self, key: str, text: str) -> str:
        """Check a name that becomes part of a URL."""
        if not _SLUG.fullmatch(text):
            raise self.fail(
                key,
                f"{text[:80]!r} must be lower-case letters, digits and dashes, for it becomes part of a URL",
            )
        return text

    def region(self, key: str, text: str) -> str:
        """Check the name of a region of AWS', or of a compatible store's."""
        if not _REGION.fullmatch(text):
            raise self.fail(key, f"{text[:80]!r} is no region; write it like us-east-1")
        return text

    def words(self, key: str, text: str, most: int, least: int = 1) -> str:
        """Check text that people read: not empty, and short enough for where it stands."""
        if not text.strip() and least:
            raise self.fail(key, "must not be empty")
        if len(text) > most:
            raise self.fail(key, f"has {len(text)} characters; keep it to {most}")
        return text

    def seconds(self, key: str, text: str) -> float:
        """Read a duration above zero."""
        try:
            seconds = parse_duration(text)
        except ValueError as error:
            raise self.fail(key, str(error)) from None
        if seconds <= 0:
            raise self.fail(key, f"{text!r} must be more than zero")
        return seconds

    def instant(self, key: str, text: str) -> float:
        """Read an RFC 3339 instant."""
        try:
            return parse_rfc3339(text)
        except ValueError as error:
            raise self.fail(key, str(error)) from None

    def positive(self, key: str, number: int, most: int = 1_000_000) -> int:
        """Check a number of at least one."""
        if number < 1:
            raise self.fail(key, f"{number} must be at least 1")
        if number > most:
            raise self.fail(key, f"{number} must be at most {most}")
        return number

    def finite(self, key: str, number: Number) -> Number:
        """Check a number that is to be compared: neither NaN nor infinite."""
        if not math.isfinite(number):
            raise self.fail(key, f"{number} must be a finite number")
        return number

    def pattern(self, key: str, text: str) -> str:
        """Check a regular expression."""
        try:
            re.compile(text)
        except (re.error, RecursionError, OverflowError) as error:
            raise self.fail(key, f"{text[:80]!r} is not a regular expression: {error}") from None
        return text

    def tame_pattern(self, key: str, text: str) -> str:
        """Check a regular expression that will meet foreign text: it must not be able to run away."""
        try:
            check_pattern(text)
        except ValueError as error:
            raise self.fail(key, str(error)) from None
        return text

    def url(self, key: str, url: str) -> str:
        """Check a URL that will be fetched."""
        try:
            check_url(url)
        except ValueError as error:
            raise self.fail(key, str(error)) from None
        return url

    def below(self, key: str, text: str) -> Path:
        """Give the absolute path of a name that is meant from where the file lies."""
        if not text or "\0" in text:
            raise self.fail(key, f"{text!r} is no path")
        try:
            path = self.path.parent / Path(text).expanduser()
        except RuntimeError:
            raise self.fail(key, f"{text!r} begins with a user that is not known here") from None
        # Without `..`, so that one folder can be compared with another; links stay as they are.
        return Path(os.path.normpath(path))

    def file(self, key: str, name: str | None) -> str | None:
        """Check a file that must be there."""
        if name is None:
            return None
        path = self.below(key, name)
        if not path.is_file():
            raise self.fail(key, f"{path} is not a file")
        return str(path)
