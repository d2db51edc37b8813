"""The colours of a theme: its own, a named palette of its folder, or some of the site's own; checked for contrast. A door.

Contrast is that of WCAG 2.2 ("contrast ratio", from the relative luminance of sRGB): text
needs 4.5:1 on each ground that it stands on, what means something without words 3:1.
"""

import math
import re
import tomllib
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from itertools import product
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from sitegen.errors import ConfigError
from sitegen.regular import read_regular
from sitegen.units import TOO_LONG, line_of_long_number

Mode = Literal["dark", "auto", "light"]

_PACKAGE = Path(__file__).resolve().parent.parent
_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")

_UNREADABLE = (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError)

_KINDS = ("services", "metrics", "traces", "deps", "logs", "build", "slo")
_TEXTS = ("fg", "head", "dim", "mute", "accent", "link", "ok", "warn", "crit", "info", "unknown", *_KINDS)
_MARKS = ("border", "focus", "s1", "s2", "s3", "s4", "s5", "s6")
_PAIRS = (
    ("text", 4.5, _TEXTS, ("bg", "panel")),
    ("text", 4.5, _TEXTS[:4], ("raised",)),
    ("a mark", 3.0, _MARKS, ("bg", "panel")),
)
"""What stands on what, and the least contrast of it (WCAG 2.2, success criteria 1.4.3 and 1.4.11)."""


class PaletteError(ConfigError):
    """A palette that cannot be used: the key of `sitegen.toml` that asks for it, and why in a sentence."""

    def __init__(self, key: str, sentence: str) -> None:
        super().__init__(f"{key}: {sentence}")
        self.key, self.sentence = key, sentence


class Palette(msgspec.Struct, frozen=True):
    """Colours by token (`#rgb` or `#rrggbb`) for each mode, and the mode that the site is shown in."""

    dark: dict[str, str]
    light: dict[str, str]
    mode: Mode = "dark"


class _Named(msgspec.Struct, frozen=True):
    """`palettes/<name>.toml`: colours in place of the theme's, and the mode that they are made for."""

    dark: dict[str, str] = {}
    light: dict[str, str] = {}
    mode: Mode | None = None


Read = TypeVar("Read", Palette, _Named)


def theme_folder(name: str) -> Path:
    """Return where the theme called `terminal` lies, or the folder of another one."""
    if name != "terminal":
        return Path(name)
    # In the wheel the themes lie inside the package, in a checkout beside it.
    inside = _PACKAGE / "themes" / "terminal"
    return inside if inside.is_dir() else _PACKAGE.parent / "themes" / "terminal"


def load_palette(theme: str, mode: Mode | None, chosen: str | Mapping[str, str]) -> Palette:
    """Return the colours of a theme with those of `chosen` in their place: a name in its folder, or a table.

    A table replaces the colours of the light mode in a site that is light, else those of the
    dark one. Without a `mode` the palette's own is taken. Raises PaletteError for what is
    unknown, is no colour, or cannot be told from its ground, ConfigError where there is no theme.
    """
    folder = theme_folder(theme)
    try:
        own = _read(folder / "theme.toml", Palette)
    except _UNREADABLE as error:
        said = f"{folder} is no theme ({error}); it needs theme.css, panels.css, drawings.css, overview.css, details.css, prose.css, theme.toml and *.mako"
        raise ConfigError(f"site.theme: {said}") from None
    if isinstance(chosen, str):
        named = _find(folder, chosen) if chosen else _Named()
        dark, light, shown = named.dark, named.light, mode or named.mode or own.mode
        asked = dict.fromkeys((*dark, *light), "site.palette")
    else:
        shown = mode or own.mode
        dark, light = ({}, dict(chosen)) if shown == "light" else (dict(chosen), {})
        asked = {token: f"site.palette.{token}" for token in chosen}
    for token, colour in (dark | light).items():
        _check_token(token, colour, own.dark, asked[token])
    palette = Palette(own.dark | dark, own.light | light, shown)
    for colours in [palette.light] * (shown != "dark") + [palette.dark] * (shown != "light"):
        _check_contrast(colours, asked)
    return palette


def _find(folder: Path, name: str) -> _Named:
    known = {path.stem: path for path in sorted((folder / "palettes").glob("*.toml"))}
    if name not in known:
        listed = ", ".join(known) or "none"
        raise PaletteError(
            "site.palette", f"the theme has no palette {name[:60]!r}; {_hint(name, known, listed)}"
        )
    try:
        return _read(known[name], _Named)
    except _UNREADABLE as error:
        raise PaletteError("site.palette", f"palettes/{name}.toml cannot be read: {error}") from None


def _hint(name: str, known: Collection[str], listed: str) -> str:
    close = get_close_matches(name[:80], known, 1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"known: {listed}"


def _read(path: Path, form: type[Read]) -> Read:
    text = read_regular(path).decode()
    if line := line_of_long_number(text):
        raise tomllib.TOMLDecodeError(f"{path.name}:{line}: {TOO_LONG}")
    return msgspec.convert(tomllib.loads(text), form)


def _check_token(token: str, colour: str, known: Collection[str], key: str) -> None:
    if token not in known:
        where = key if key.endswith(f".{token}") else f"{key}.{token}"
        raise PaletteError(where, f"unknown colour; {_hint(token, known, ', '.join(known))}")
    if not _COLOUR.fullmatch(colour):
        raise PaletteError(key, f"{colour[:80]!r} must be a colour like #8cf5d8 for a token like accent")


def _check_contrast(colours: Mapping[str, str], asked: Mapping[str, str]) -> None:
    """Refuse the first pair that cannot be told apart, by the key of the site's that brought it in."""
    for what, least, tokens, grounds in _PAIRS:
        for token, ground in product(tokens, grounds):
            if token not in colours or ground not in colours:
                continue
            ratio = contrast(colours[token], colours[ground])
            if ratio < least:
                key = asked.get(token) or asked.get(ground) or "site.theme"
                raise PaletteError(
                    key,
                    f"{token} {colours[token]} on {ground} {colours[ground]} has a contrast of "
                    f"{math.floor(ratio * 100) / 100:.2f}:1; {what} needs {least:g}:1, so choose two that are further apart",
                )


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, from 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    channels = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
