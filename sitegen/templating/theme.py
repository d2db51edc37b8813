"""Loads a theme: its templates' folder, its style sheet, its palette. A door."""

import tomllib
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path

import msgspec

from sitegen.errors import ConfigError
from sitegen.templating.model import Theme

__all__ = ["load_theme"]

_MOST_STYLE = 8_000
"""Every page carries the style sheet, and the rooms of pages (sitegen.pages.fit) count on its size."""
_PACKAGE = Path(__file__).resolve().parent.parent


class _Tokens(msgspec.Struct, frozen=True):
    """`theme.toml`: colours by token, for each mode."""

    dark: dict[str, str]
    light: dict[str, str]


def load_theme(
    name: str, mode: str, palette: Mapping[str, str], version: str, minify_css: Callable[[str], str]
) -> Theme:
    """Read the theme called `terminal`, or one in a folder of the user's.

    `mode` is dark, auto or light; `palette` replaces colours by token. Raises
    ConfigError for a folder that lacks a file, too large a style sheet, or an unknown token.
    """
    folder = _folder(name)
    try:
        style = (folder / "theme.css").read_text(encoding="utf-8")
        drawings = (folder / "drawings.css").read_text(encoding="utf-8")
        document = tomllib.loads((folder / "theme.toml").read_text(encoding="utf-8"))
        tokens = msgspec.convert(document, _Tokens)
        templates = b"".join(path.read_bytes() for path in sorted(folder.glob("*.mako")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(
            f"site.theme: {folder} is no theme ({error}); it needs theme.css, drawings.css, theme.toml and *.mako"
        ) from None
    css, drawings_css = minify_css(_variables(tokens, mode, palette) + style), minify_css(drawings)
    if (size := len((css + drawings_css).encode())) > _MOST_STYLE:
        raise ConfigError(
            f"site.theme: the styles of {folder} have {size} bytes; a page has room for {_MOST_STYLE}"
        )
    digest = sha256(f"{version}\0{css}\0{drawings_css}\0".encode() + templates).hexdigest()[:16]
    scheme = {"dark": "dark", "light": "light"}.get(mode, "dark light")
    return Theme(folder=str(folder), css=css, drawings_css=drawings_css, digest=digest, scheme=scheme)


def _folder(name: str) -> Path:
    if name != "terminal":
        return Path(name)
    # In the wheel the themes lie inside the package, in a checkout beside it.
    inside = _PACKAGE / "themes" / "terminal"
    return inside if inside.is_dir() else _PACKAGE.parent / "themes" / "terminal"


def _variables(tokens: _Tokens, mode: str, palette: Mapping[str, str]) -> str:
    dark, light = tokens.dark, tokens.light
    for token in palette:
        if token not in dark:
            close = get_close_matches(token, dark, 1, cutoff=0.5)
            hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(dark)}"
            raise ConfigError(f"site.palette.{token}: unknown colour; {hint}")
    dark = dark | dict(palette)
    # Under forced colours the background is the reader's own, and drawings need colours that show on it.
    forced = "(forced-colors:active) and (prefers-color-scheme:{})".format
    if mode == "light":
        first, second, where = light | dict(palette), dark, forced("dark")
    else:
        # Paper is always light; in auto mode the reader's system decides for the screen.
        first, second = dark, light
        where = f"print,{'(prefers-color-scheme:light)' if mode == 'auto' else forced('light')}"
    return f":root{{{_declare(first)}}}@media {where}{{:root{{{_declare(second)}}}}}"


def _declare(colours: Mapping[str, str]) -> str:
    return ";".join(f"--{token}:{colour}" for token, colour in colours.items())
