"""Checks that every table of the configuration needs; each failure names the key and the file."""

import re
from collections.abc import Sequence
from pathlib import Path

from sitegen.errors import ConfigError
from sitegen.http import check_url
from sitegen.units import parse_duration, parse_rfc3339

__all__ = ["Checks"]

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,119}")


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

    def slug(self, key: str, text: str) -> str:
        """Check a name that becomes part of a URL."""
        if not _SLUG.fullmatch(text):
            raise self.fail(
                key, f"{text!r} must be lower-case letters, digits and dashes, for it becomes part of a URL"
            )
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

    def positive(self, key: str, number: int) -> int:
        """Check a number of at least one."""
        if number < 1:
            raise self.fail(key, f"{number} must be at least 1")
        return number

    def pattern(self, key: str, text: str) -> str:
        """Check a regular expression."""
        try:
            re.compile(text)
        except re.error as error:
            raise self.fail(key, f"{text!r} is not a regular expression: {error}") from None
        return text

    def url(self, key: str, url: str) -> str:
        """Check a URL that will be fetched."""
        try:
            check_url(url)
        except ValueError as error:
            raise self.fail(key, str(error)) from None
        return url

    def below(self, text: str) -> Path:
        """Give the absolute path of a name that is meant from where the file lies."""
        return (self.path.parent / Path(text).expanduser()).absolute()
