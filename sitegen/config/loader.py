"""Reads `sitegen.toml`: expands the environment, decodes by the schema, resolves into the Config. A door."""

import difflib
import re
import tomllib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_type_hints

import msgspec

from sitegen.config import schema
from sitegen.config.checks import hint
from sitegen.config.model import Config
from sitegen.config.resolution import resolve
from sitegen.errors import ConfigError
from sitegen.redaction import visible

__all__ = ["load_config"]

_VARIABLE = re.compile(r"\$(?:\$|\{([A-Za-z_][A-Za-z0-9_]*)\}|\{)")
_PLACE = re.compile(r" - at `(?:key in )?([^`]*)`")
# A key, or what stands in brackets: the number of an item, or `...` for a key that the file chose.
_STEP = re.compile(r"\.([^.\[\]]+)|\[([^\]]*)\]")
_WORDS = {
    "str": "text", "int": "a whole number", "float": "a number", "bool": "true or false", "array": "a list",
    "object": "a table", "null": "nothing", "datetime": "an instant", "date": "a date",
}  # fmt: skip


def load_config(path: Path, environment: Mapping[str, str]) -> Config:
    """Read and check the file. Raises ConfigError with one sentence: the key, the file, the nearest valid name."""
    try:
        file = _decode(_expand(_read(path), environment, path, "$"), path)
        return resolve(file, path.resolve())
    except ConfigError as error:
        # The sentence may quote the file; on a terminal it stays one line, without control characters.
        raise ConfigError(visible(str(error))) from None
    except RecursionError:
        raise ConfigError(f"{path}: nests its values too deeply") from None


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: no such file; run `sitegen init` to make one, or name it with --config{_near(path)}"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path}: cannot be read ({_reason(error)}); check the path and its permissions"
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: is not TOML: {str(error)[:1].lower()}{str(error)[1:]}") from None
    except ValueError:
        # A number of thousands of digits, or a path that no file can have.
        raise ConfigError(
            f"{path}: cannot be read; its path or one of its numbers is no path, or no number"
        ) from None


def _near(path: Path) -> str:
    folder = path.parent if path.parent.is_dir() else Path()
    close = difflib.get_close_matches(path.name, [entry.name for entry in sorted(folder.glob("*.toml"))], 1)
    return f" (did you mean {folder / close[0]}?)" if close else ""


def _reason(error: Exception) -> str:
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else "it is not UTF-8 text"


def _expand(value: Any, environment: Mapping[str, str], path: Path, place: str) -> Any:
    if isinstance(value, dict):
        return {key: _expand(item, environment, path, f"{place}.{key}") for key, item in value.items()}
    if isinstance(value, list):
        return [_expand(item, environment, path, f"{place}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, datetime):
        return value.isoformat()  # TOML has instants of its own; the schema takes them as text
    if not isinstance(value, str) or "$" not in value:
        return value

    def look_up(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        if match[1] is None:
            raise ConfigError(f"{path}: {_key(place)}: write a variable as ${{NAME}}, or a dollar as $$")
        if match[1] not in environment:
            raise ConfigError(
                f"{path}: {_key(place)}: ${{{match[1]}}} is not set in the environment; set it, or write $$ for a dollar"
            )
        return environment[match[1]]

    return _VARIABLE.sub(look_up, value)


def _decode(document: dict[str, Any], path: Path) -> schema.File:
    try:
        return msgspec.convert(document, schema.File)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {_sentence(str(error), document)}") from None


def _sentence(message: str, document: dict[str, Any]) -> str:
    """Say what msgspec found, in the words of people who write TOML."""
    where = _PLACE.search(message)
    place = where[1] if where else "$"
    text = _PLACE.sub("", message)
    key = _named(place, message, document)
    if match := re.search(r"unknown field `(.*)`", text, re.DOTALL):
        return f"{_dotted(key, match[1])}: unknown key; {hint(match[1], _fields(place), 'valid keys')}"
    if match := re.search(r"missing required field `(.*)`", text):
        return f"{_dotted(key, match[1])}: is missing; add it"
    if match := re.fullmatch(r"Expected `([^`]*)`, got `([^`]*)`", text):
        expected = " or ".join(
            _WORDS.get(word.strip(), word.strip()) for word in match[1].split("|") if word.strip() != "null"
        )
        return f"{key}: expected {expected}, found {_WORDS.get(match[2], match[2])}"
    if match := re.fullmatch(r"Invalid enum value '?(.*?)'?", text, re.DOTALL):
        choices = _choices(place)
        return f"{key}: {match[1]!r} is not known; {hint(match[1], choices, 'choose one of')}"
    return f"{key}: {text[:1].lower()}{text[1:]}"


def _dotted(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _named(place: str, message: str, document: Any) -> str:
    """Give a place's key; msgspec writes `[...]` for a key that the file chose, so that is looked for."""
    here: Any = document
    kind: Any = schema.File
    key = ""
    for name, index in _STEP.findall(place):
        kind = _inside(kind, name, index)
        if index.isdecimal():
            key, here = f"{key}[{index}]", here[int(index)]
        else:
            found = name or next(entry for entry, value in here.items() if _fails_alike(value, kind, message))
            key, here = _dotted(key, found), here[found]
    return key


def _fails_alike(value: Any, kind: Any, message: str) -> bool:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        return _PLACE.sub("", str(error)) == _PLACE.sub("", message)
    return False


def _type_of(kind: Any) -> Any:
    """Give what an optional type holds: the table, list or map in it."""
    inner = [choice for choice in get_args(kind) if choice is not type(None)]
    return inner[0] if isinstance(kind, UnionType) and inner else kind


def _key(place: str) -> str:
    """Write a path as people write keys: `$.metrics.panels[0].id` -> `metrics.panels[0].id`."""
    return place.removeprefix("$").removeprefix(".")


def _type_at(place: str) -> Any:
    """Follow a path such as `$.metrics.panels[0]` or `$.build.sections[...]` through the schema's types."""
    here: Any = schema.File
    for name, index in _STEP.findall(place):
        here = _inside(here, name, index)
    return _type_of(here)


def _inside(kind: Any, name: str, index: str) -> Any:
    """Give the type of a table's key, of a list's items or of a map's values."""
    outer = _type_of(kind)
    if not index:
        return get_type_hints(outer)[name]
    return get_args(outer)[-1 if index == "..." else 0]


def _fields(place: str) -> list[str]:
    return list(getattr(_type_at(place), "__struct_fields__", ()))


def _choices(place: str) -> list[str]:
    found = _type_at(place)
    return [
        str(choice)
        for part in (get_args(found) or ())
        for choice in (get_args(part) or (part,))
        if isinstance(choice, str)
    ]
