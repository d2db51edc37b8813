"""Reads `sitegen.toml`: parses it, reads its tables by the schema, resolves them into the Config. A door."""

import difflib
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec

from sitegen.config import schema
from sitegen.config.checks import Checks
from sitegen.config.model import Config
from sitegen.config.reading import Reader
from sitegen.config.resolution import resolve
from sitegen.errors import ConfigError
from sitegen.keys import Key
from sitegen.redaction import visible
from sitegen.regular import read_regular
from sitegen.units import TOO_LONG, line_of_long_number

_MOST_PARTS = 500
_AT_LINE = re.compile(r"at line (\d+)")


class Schedule(NamedTuple):
    """What a timer needs to know: the file, how many seconds a cycle has, whether anything is deployed."""

    path: Path
    cycle: float
    deploys: bool


class _Timing(msgspec.Struct, frozen=True):
    build: Annotated[schema.Build, Key("When a build runs.", {})]


def load_schedule(path: Path) -> Schedule:
    """Read what a timer needs to know and no more, so that no secret has to be there. Raises ConfigError as load_config does."""
    try:
        text = _read(path)
        check, document = Checks(path, text), _parse(path, text)
        timing = {name: value for name, value in document.items() if name == "build"}
        build = Reader(check, {}).table(_Timing, timing).build
        deploy = document.get("deploy")
        return Schedule(check.path, build.cycle, isinstance(deploy, dict) and bool(deploy.get("targets")))
    except ConfigError as error:
        raise ConfigError(visible(str(error))) from None


def load_config(path: Path, environment: Mapping[str, str]) -> Config:
    """Read and check the file. Raises ConfigError with one sentence: the file, the line, the key, the nearest valid name."""
    try:
        text = _read(path)
        check = Checks(path, text)
        return resolve(check, Reader(check, environment).table(schema.File, _parse(path, text)))
    except ConfigError as error:
        # The sentence may quote the file; on a terminal it stays one line, without control characters.
        raise ConfigError(visible(str(error))) from None


def _read(path: Path) -> str:
    try:
        return read_regular(path).decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(
            f"{path}: no such file; run `sitegen init` to make one, or name it with --config{_near(path)}"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path}: cannot be read ({_reason(error)}); check the path and its permissions"
        ) from None
    except ValueError:
        raise ConfigError(f"{path}: cannot be read; it is no path that a file can have") from None


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        _check_depth(path, text)
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        line = found[1] if (found := _AT_LINE.search(said)) else str(text.count("\n") + 1)
        # The parser may quote a key of any length.
        short = said if len(said) <= 160 else f"{said[:80]}… (at line {line})"
        raise ConfigError(f"{path}:{line}: is not TOML: {short[:1].lower()}{short[1:]}") from None
    except RecursionError:
        raise ConfigError(f"{path}: nests its values too deeply") from None
    except ValueError:  # Python reads no more than 4,300 digits
        raise ConfigError(f"{path}:{line_of_long_number(text) or 1}: {TOO_LONG}") from None


def _check_depth(path: Path, text: str) -> None:
    """Refuse a key of very many parts, which the parser would take quadratic time for."""
    if text.count(".") <= _MOST_PARTS:
        return
    for number, line in enumerate(text.splitlines(), 1):
        key = line.partition("=")[0]
        if key.count(".") > _MOST_PARTS and ".." not in key and "#" not in key:
            raise ConfigError(f"{path}:{number}: nests its values too deeply")


def _near(path: Path) -> str:
    folder = path.parent if path.parent.is_dir() else Path()
    close = difflib.get_close_matches(path.name, [entry.name for entry in sorted(folder.glob("*.toml"))], 1)
    return f" (did you mean {folder / close[0]}?)" if close else ""


def _reason(error: Exception) -> str:
    return error.strerror or type(error).__name__ if isinstance(error, OSError) else "it is not UTF-8 text"
