"""From a TOML document to the records whose fields carry a Key: every type, default and unknown name, with its place."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from enum import StrEnum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import msgspec

from sitegen.config.checks import Checks, echo, hint
from sitegen.config.places import inside
from sitegen.keys import Form, Key

Record = TypeVar("Record", bound=msgspec.Struct)

_VARIABLE = re.compile(r"\$(?:\$|\{([A-Za-z_][A-Za-z0-9_]*)\}|\{)")
_WORDS = {
    str: "text", int: "a whole number", float: "a number", bool: "true or false", list: "a list", dict: "a table",
    datetime: "an instant", date: "a date", time: "a time of day",
}  # fmt: skip


def declared(record: type[msgspec.Struct]) -> dict[str, tuple[Any, Key]]:
    """Return the keys of a table with their types; a field that has no Key is none of the file's."""
    return {
        name: (kind.__origin__, kind.__metadata__[0])
        for name, kind in record.__annotations__.items()
        if hasattr(kind, "__metadata__")
    }


def defaults_of(record: type[msgspec.Struct]) -> dict[str, Any]:
    """Return the fields that have a default, with it; a table that may be left out has none and is made of its own."""
    given = zip(reversed(record.__struct_fields__), reversed(record.__struct_defaults__), strict=False)
    return {name: default for name, default in given if default is not msgspec.NODEFAULT}


def choices_of(kind: Any) -> tuple[str, ...]:
    """Return the words that a Literal or a StrEnum allows; none of any other type."""
    if get_origin(kind) is Literal:
        return tuple(map(str, get_args(kind)))
    return tuple(kind) if isinstance(kind, type) and issubclass(kind, StrEnum) else ()


class Reader:
    """Reads the tables of one file; raises ConfigError."""

    def __init__(self, check: Checks, environment: Mapping[str, str]) -> None:
        self._check = check
        self._environment = environment

    def table(
        self, record: type[Record], document: Mapping[str, Any], place: str = "", **given: str
    ) -> Record:
        """Return a table as its record; `given` are fields that the file says in another way."""
        keys, defaults = declared(record), defaults_of(record)
        values: dict[str, Any] = dict(given)
        for name, value in document.items():
            if name not in keys:
                raise self._check.fail(
                    inside(place, name), f"unknown key; {hint(name, list(keys), 'valid keys')}"
                )
            values[name] = self._value(*keys[name], value, inside(place, name))
        for name, (kind, key) in keys.items():
            if name in values:
                continue
            if name in defaults and isinstance(defaults[name], Path):
                values[name] = self._check.below(inside(place, name), str(defaults[name]))
            elif name not in defaults:
                values[name] = self._absent(kind, key, inside(place, name))
        return record(**values)

    def _absent(self, kind: Any, key: Key, place: str) -> Any:
        if key.absent:
            return ""
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return self.table(kind, {}, place)
        raise self._check.fail(place, "is missing; add it")

    def _value(self, kind: Any, key: Key, value: Any, place: str) -> Any:
        united = get_origin(kind) in (Union, UnionType)
        kinds = [one for one in get_args(kind) if one is not NoneType] if united else [kind]
        found = _WORDS[type(value)]
        for one in kinds:
            if (word := _word_of(one, key)) == found or (word, found) == ("a number", "a whole number"):
                return self._converted(one, key, value, place)
        if key.form is Form.INSTANT and isinstance(value, datetime):
            return self._check.text(place, value.isoformat(), key)
        wanted = " or ".join(_word_of(one, key) for one in kinds)
        raise self._check.fail(place, f"expected {wanted}, found {found}")

    def _converted(self, kind: Any, key: Key, value: Any, place: str) -> Any:
        match value:
            case str():
                return self._text(kind, key, self._expanded(value, place), place)
            case bool():
                return value
            case int() | float():
                return self._check.number(place, value, kind, key)
            case list():
                item = get_args(kind)[0]
                return tuple(
                    self._value(item, key, one, inside(place, index)) for index, one in enumerate(value)
                )
            case dict():
                return self._tables(kind, key, value, place)

    def _tables(self, kind: Any, key: Key, value: Mapping[str, Any], place: str) -> Any:
        if get_origin(kind) is not dict:
            return self.table(kind, value, place)
        names, item = get_args(kind)
        known = choices_of(names)
        read = {}
        for name, one in value.items():
            here = inside(place, name)
            if known and name not in known:
                raise self._check.fail(here, f"unknown key; {hint(name, known, 'valid keys')}")
            named = "name" in getattr(item, "__struct_fields__", ()) and isinstance(one, dict)
            read[name] = (
                self.table(item, one, here, name=name) if named else self._value(item, key, one, here)
            )
        return read

    def _text(self, kind: Any, key: Key, text: str, place: str) -> Any:
        if known := choices_of(kind):
            if text not in known:
                raise self._check.fail(
                    place, f"{echo(text)} is not known; {hint(text, known, 'choose one of')}"
                )
            return kind(text) if isinstance(kind, type) else text
        read = self._check.text(place, text, key)
        return str(read) if kind is str else read

    def _expanded(self, text: str, place: str) -> str:
        def look_up(match: re.Match[str]) -> str:
            if match[0] == "$$":
                return "$"
            if match[1] is None:
                raise self._check.fail(place, "write a variable as ${NAME}, or a dollar as $$")
            if match[1] not in self._environment:
                said = f"${{{match[1][:80]}}} is not set in the environment; set it, or write $$ for a dollar"
                raise self._check.fail(place, said)
            return self._environment[match[1]]

        return _VARIABLE.sub(look_up, text) if "$" in text else text


def _word_of(kind: Any, key: Key) -> str:
    """Return what a value of this type is called in TOML."""
    outer = get_origin(kind) or kind
    if outer is dict or (isinstance(outer, type) and issubclass(outer, msgspec.Struct)):
        return "a table"
    if outer is tuple:
        return "a list"
    if outer in (int, bool) or (outer is float and key.form is Form.TEXT):
        return _WORDS[outer]
    return "text"
