"""Finds out what this machine calls itself, and the folders that the site is built in. A door."""

import os
import pwd
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

import sitegen
from sitegen.config import Config
from sitegen.redaction import Builder, describe_builder
from sitegen.templating.palette import theme_folder

_SHOWN = frozenset({"name", "id", "title", "description", "base_url", "group", "legend", "language"})
"""The keys whose values stand on pages as their author wrote them."""


def find_builder(config: Config) -> Builder:
    """Return what of this machine may not be public: all but what the configuration itself shows to visitors."""
    site = config.site
    folders = [config.path.parent, site.state, site.output, site.content]
    places = {str(one) for folder in folders for one in (folder, os.path.realpath(folder))}
    homes = {one for home in _homes() for one in (home, os.path.realpath(home))}
    found = describe_builder(homes, places, os.uname().nodename, _is_spoken)
    told = msgspec.to_builtins(config, enc_hook=str)
    words = [*_shown(told), *config.deploy.targets]
    return found.without("\n".join(words), [*words, site.base_path])


def _homes() -> list[str]:
    """Return the user's home, as the environment and as the system has it."""
    homes = [os.environ["HOME"]] if os.environ.get("HOME") else []
    with suppress(KeyError):
        homes.append(pwd.getpwuid(os.getuid()).pw_dir)
    return homes


def _shown(value: Any, key: str = "") -> Iterator[str]:
    """Yield the words of the configuration that are shown."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _shown(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from _shown(inner, key)
    elif isinstance(value, str) and key in _SHOWN:
        yield value


@lru_cache(maxsize=8)
def _is_spoken(word: str) -> bool:
    """Whether the site itself may say a word: whether it stands in the program, which the site also quotes, or in a theme."""
    whole = re.compile(rb"(?<![\w-])" + re.escape(word.encode()) + rb"(?![\w-])", re.IGNORECASE)
    rooms = (Path(sitegen.__file__).parent, theme_folder("terminal"))
    files = (path for room in rooms for path in room.rglob("*") if path.suffix in {".py", ".mako", ".css"})
    return any(word.encode() in (body := path.read_bytes()).lower() and whole.search(body) for path in files)
