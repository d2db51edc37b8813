"""Loads a theme: its templates' folder, its style sheet with its colours. A door."""

from collections.abc import Callable, Mapping
from hashlib import sha256

from sitegen.errors import ConfigError
from sitegen.regular import read_regular
from sitegen.templating.model import Theme
from sitegen.templating.palette import Mode, Palette, load_palette, theme_folder

_SHEETS = ("theme.css", "panels.css", "drawings.css", "overview.css", "details.css", "prose.css")
_MOST_STYLE = 12_000
"""Every page carries the style sheet: what it takes, no block of the page can."""


def load_theme(
    name: str,
    mode: Mode | None,
    chosen: str | Mapping[str, str],
    version: str,
    minify_css: Callable[[str], str],
) -> Theme:
    """Read the theme called `terminal`, or one in a folder of the user's.

    `mode` is dark, auto or light, or None for the palette's own; `chosen` is the name of a
    palette, or replaces colours by token. Raises ConfigError for a folder that lacks a file,
    too large a style sheet, or a palette that cannot be used.
    """
    folder, palette = theme_folder(name), load_palette(name, mode, chosen)
    try:
        style, *others = (read_regular(folder / name).decode() for name in _SHEETS)
        templates = b"".join(read_regular(path) for path in sorted(folder.glob("*.mako")))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"site.theme: {folder} is no theme ({error}); it needs theme.css, panels.css, drawings.css, overview.css, details.css, prose.css, theme.toml and *.mako"
        ) from None
    css, panels, drawings, overview, details, prose = map(
        minify_css, (_variables(palette, style + "".join(others)) + style, *others)
    )
    heaviest = css + panels + max(drawings + overview, drawings + details, prose, key=len)
    if (size := len(heaviest.encode())) > _MOST_STYLE:
        raise ConfigError(
            f"site.theme: the styles of {folder} have {size} bytes; a page has room for {_MOST_STYLE}"
        )
    sheets = f"{version}\0{css}\0{panels}\0{drawings}\0{overview}\0{details}\0{prose}\0".encode()
    digest = sha256(sheets + templates).hexdigest()[:16]
    scheme = {"auto": "dark light"}.get(palette.mode, palette.mode)
    return Theme(
        folder=str(folder),
        css=css,
        panels_css=panels,
        drawings_css=drawings,
        overview_css=overview,
        details_css=details,
        prose_css=prose,
        digest=digest,
        scheme=scheme,
    )


def _variables(palette: Palette, sheets: str) -> str:
    """Return the colours that the style sheets name, as variables for the screen and for where others hold."""
    # Under forced colours the background is the reader's own, and drawings need colours that show on it.
    forced = "(forced-colors:active) and (prefers-color-scheme:{})".format
    if palette.mode == "light":
        first, second, where = palette.light, palette.dark, forced("dark")
    else:
        # Paper is always light; in auto mode the reader's system decides for the screen.
        first, second = palette.dark, palette.light
        other = "(prefers-color-scheme:light)" if palette.mode == "auto" else forced("light")
        where = f"print,{other}"
    declared = [
        ";".join(f"--{token}:{colour}" for token, colour in colours.items() if f"var(--{token})" in sheets)
        for colours in (first, second)
    ]
    return ":root{{{}}}@media {where}{{:root{{{}}}}}".format(*declared, where=where)
