"""What a key of `sitegen.toml` is. A record that the file fills declares it beside each field's type, once."""

from enum import StrEnum
from typing import Any

import msgspec


class Form(StrEnum):
    """How the text of a key is written; `sitegen.config.checks` reads each."""

    TEXT = "text"
    DURATION = "duration"
    """Like 500ms, 30s or 7d; in the record it is seconds."""
    INSTANT = "RFC 3339 instant"
    """As text or as TOML's own; in the record it is POSIX seconds."""
    PATH = "path"
    """Meant from the folder of the file; in the record it is absolute."""
    GLOB = "glob"
    """A pattern of files, meant likewise; only what the author wrote is one, never the folders above."""
    SLUG = "slug"
    URL = "URL"
    ADDRESS = "address"
    """Of a probe; its type says which kind, so whoever knows the type checks it."""
    REGION = "region"
    LANGUAGE = "language tag"
    BUCKET = "bucket name"
    UNIT = "unit"
    """One of `sitegen.units.UNITS`."""
    PATTERN = "regular expression"


class Key(msgspec.Struct, frozen=True):
    """What a key means in one sentence, an example of its value, and what its value must be.

    Of a list or a map `form`, `least` and `most` describe the items, and of a table `example` is a whole one.
    `unit` is what a number counts. `least` and `most` bound a number, or the characters of a text.
    `absent` says what stands for a key without a default that may be left out; the record then has "".
    """

    meaning: str
    example: Any
    form: Form = Form.TEXT
    unit: str = ""
    least: int | None = None
    most: int | None = None
    absent: str = ""
