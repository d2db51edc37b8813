"""Control, bidi and invisible characters, shown as what they are."""

import re
from collections.abc import Mapping

_CONTROLS: dict[int, int | str] = {**{code: 0x2400 + code for code in range(0x20)}, 0x7F: 0x2421}
_CONTROLS |= dict.fromkeys(range(0x80, 0xA0), "\N{REPLACEMENT CHARACTER}")
# Characters that reorder or hide text (Unicode TR 36): shown as what they are.
_HIDDEN = {code: f"\u2039U+{code:04X}\u203a" for code in (
    0x061C, 0x200B, 0x200E, 0x200F, *range(0x2028, 0x202F), 0x2060, *range(0x2066, 0x206A), 0xFEFF, *range(0xFFF9, 0xFFFC),
)}  # fmt: skip
_VISIBLE: Mapping[int, int | str] = {**_CONTROLS, **_HIDDEN}
_LINES_KEPT: Mapping[int, int | str] = {
    code: shown for code, shown in _VISIBLE.items() if code not in (0x09, 0x0A)
}
_ESCAPED: Mapping[int, int | str] = {code: f"\\u{code:04x}" for code in _VISIBLE if code > 0x7E}
_SURROGATES = re.compile("[\ud800-\udfff]")


def visible(text: str, *, keep_lines: bool = False) -> str:
    """Replace control, bidi and invisible characters by a picture of them: ESC becomes `␛`.

    With `keep_lines`, tab and newline stay. Lone surrogates become U+FFFD, so the
    result always encodes as UTF-8.
    """
    if text.isascii() and text.isprintable():
        return text
    return _SURROGATES.sub(
        "\N{REPLACEMENT CHARACTER}", text.translate(_LINES_KEPT if keep_lines else _VISIBLE)
    )


def visible_json(document: str) -> str:
    """Return a JSON document that says the same, with an escape for each character that `visible` would replace."""
    return document.translate(_ESCAPED)
