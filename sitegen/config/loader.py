"""Reads `sitegen.toml`: expands the environment, decodes by the schema, resolves into the Config. A door."""

import difflib
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args, get_type_hints

import msgspec

from sitegen.config import schema
from sitegen.config.model import Config
from sitegen.config.resolution import resolve
from sitegen.errors import ConfigError

__all__ = ["load_config"]

_VARIABLE = re.compile(r"\$(?:\$|\{([A-Za-z_][A-Za-z0-9_]*)\}|\{)")
_UNKNOWN = re.compile(r"unknown field `([^`]*)`(?: - at `([^`]*)`)?")
_PLACE = re.compile(r" - at `(?:key in )?([^`]*)`")
_WORDS = {
    "str": "text", "int": "a whole number", "float": "a number", "bool": "true or false", "array": "a list",
    "object": "a table", "null": "nothing", "datetime": "an instant", "date": "a date",
}  # fmt: skip


def load_config(path: Path, environment: Mapping[str, str]) -> Config:
    """Read and check the file. Raises ConfigError with one sentence: the key, the file, the nearest valid name."""
    file = _decode(_expand(_read(path), environment, path, "$"), path)
    return resolve(file, path.resolve())


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
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
    if not isinstance(value, str) or "$" not in value:
        return value

    def look_up(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        if match[1] is None or match[1] not in environment:
            name = match[1] or "…"
            raise ConfigError(
                f"{path}: {_key(place)}: ${{{name}}} is not set in the environment; set it, or write $$ for a dollar"
            )
        return environment[match[1]]

    return _VARIABLE.sub(look_up, value)


def _decode(document: dict[str, Any], path: Path) -> schema.File:
    try:
        return msgspec.convert(document, schema.File)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {_sentence(str(error))}") from None


def _sentence(message: str) -> str:
    if unknown := _UNKNOWN.search(message):
        place, name = unknown[2] or "$", unknown[1]
        valid = _fields(place)
        close = difflib.get_close_matches(name, valid, 1, cutoff=0.5)
        hint = f"did you mean {close[0]!r}?" if close else f"valid keys: {', '.join(valid)}"
        return f"{_key(f'{place}.{name}')}: unknown key; {hint}"
    where = _PLACE.search(message)
    place = where[1] if where else "$"
    text = _PLACE.sub("", message)
    if match := re.search(r"missing required field `([^`]*)`", text):
        return f"{_key(f'{place}.{match[1]}')}: is missing; add it"
    if match := re.fullmatch(r"Expected `([^`]*)`, got `([^`]*)`", text):
        expected = " or ".join(
            _WORDS.get(word.strip(), word) for word in match[1].split("|") if word.strip() != "null"
        )
        return f"{_key(place)}: expected {expected}, found {_WORDS.get(match[2], match[2])}"
    if match := re.fullmatch(r"Invalid enum value '?(.*?)'?", text):
        choices = _choices(place)
        close = difflib.get_close_matches(match[1], choices, 1, cutoff=0.5)
        hint = f"did you mean {close[0]!r}?" if close else f"choose one of {', '.join(choices)}"
        return f"{_key(place)}: {match[1]!r} is not known; {hint}"
    return f"{_key(place)}: {text[:1].lower()}{text[1:]}"


def _key(place: str) -> str:
    """Write msgspec's path as people write keys: `$.metrics.panels[0].id` -> `metrics.panels[0].id`."""
    return place.removeprefix("$").removeprefix(".")


def _type_at(place: str) -> Any:
    """Follow a path such as `$.metrics.panels[0]` or `$.build.sections[...]` through the schema's types."""
    here: Any = schema.File
    for step in re.findall(r"\.([^.\[\]]+)|(\[[^\]]*\])", place):
        if step[0]:
            here = get_type_hints(here)[step[0]] if hasattr(here, "__struct_fields__") else get_args(here)[-1]
        else:
            here = get_args(here)[-1]
        structs = [choice for choice in get_args(here) if hasattr(choice, "__struct_fields__")]
        if structs and getattr(here, "__origin__", None) is None:
            here = structs[0]
    return here


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
