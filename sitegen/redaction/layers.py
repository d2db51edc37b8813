"""What a text says once its encodings are taken off, layer by layer, with the way back to where it stands.

A secret is looked for in every layer, and cut out of the text itself: so it does not
matter in how many encodings a program wrapped it, or in which order. The layers
themselves are never shown.
"""

import base64
import html
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

_DEEPEST = 8
_HEX = "[0-9A-Fa-f]"


def _bytes(prefix: str) -> str:
    """Return a pattern of a character's bytes in UTF-8, in hex; each but the first has a prefix: `C3%A9`."""
    more = rf"{prefix}[89ABab]{_HEX}"
    return rf"(?:[CDcd]{_HEX}{more}|[Ee]{_HEX}(?:{more}){{2}}|[Ff]{_HEX}(?:{more}){{3}}|{_HEX}{{2}})"


_IN_URL, _IN_CODE = _bytes("%"), _bytes(r"\\x")
# Escapes of URLs, of HTML and XML, of JSON and programming languages.
_ESCAPED = re.compile(
    rf"[%&\\](?:(?<=%)(?:{_IN_URL}|u{_HEX}{{4}})"
    rf"|(?<=&)(?:\#[0-9]{{1,7}};?|\#[xX]{_HEX}{{1,6}};?|[A-Za-z][A-Za-z0-9]{{1,31}};)"
    rf"|(?<=\\)(?:x{_IN_CODE}|u(?:{_HEX}{{4}}|\{{{_HEX}{{1,6}}\}})|[0-3][0-7]{{2}}|e(?=\[)|[^\n]))"
)
# What takes no room on the screen, as `visible` shows it too, and full width.
_HIDDEN = (
    r"[\0-\x06\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9a\x9c-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    r"\u202a-\u202e\u2060-\u206f\u2400-\u2406\u2408\u240b-\u241a\u3164\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff\uff01-\uff5e]"
)
# A carriage return within a line goes back to its beginning: a terminal shows what follows in the place of what was there.
_UNSEEN = re.compile(rf"{_HIDDEN}|\u2039U\+[0-9A-F]{{4,6}}\u203a|(?<=\S)[\r\u240d](?=\S)")
_HIDES = re.compile(rf"{_HIDDEN}|[\r\u2039\u240d]")
# Control sequences (ECMA-48): CSI, OSC and the short ones.
_CONTROLS = re.compile(
    r"[\x1b\u241b](?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\u2407\u241b]*(?:[\x07\u2407]|[\x1b\u241b]\\)?|[ -/]*[0-~])?"
    r"|\x9b[0-?]*[ -/]*[@-~]|[\x07\x9b\u2407]"
)
# A backspace takes back the sign before it, as where bold letters are struck twice.
_BACK, _STRUCK = re.compile("[\b\u2408]"), re.compile("[^\b\u2408\n][\b\u2408]")
# What neither of them can fit, in UTF-8: of a page only some signs are left without it.
_ORDINARY = bytes([0x0A, *range(0x20, 0x7F)])
_NAMED_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "e": "\x1b"}

_PASSES = ((_BACK, _STRUCK), (_HIDES, _UNSEEN), (_CONTROLS, _CONTROLS), (re.compile(""), _ESCAPED))
"""What of the signs in a text tells that there is something to take off, and what is taken off."""

# ASCII text in base64 has bits that are zero, so most other text is told apart by looking; it may begin anywhere.
_ASCII_QUAD = "[A-Za-f][A-HQ-Xg-nw-z0-3][ABEFIJMNQRUVYZcdghklopstwx014589][A-Za-z0-9+/_-]"
BASE64 = f"(?:{_ASCII_QUAD}){{3,}}[A-Za-z0-9+/_-]{{0,3}}={{0,2}}"
# A word that may be coded, with 0 for each digit: base64 of text in ASCII, of zero width spaces, of full width, of soft
# hyphens; hex.
CODED = (
    rf"{BASE64}|0oCL|(?=.{{0,11}}[A-Za-z])(?:00[y0].){{3}}|(?:(?:wq|Kt|Cr)[A-Za-z0]{{0,6}}){{4}}"
    r"|(?=0{0,15}[A-Fa-f])[0A-Fa-f]{16}"
)
_CODED, _LOOKS = re.compile(CODED), str.maketrans("123456789", "000000000")
_BASE64, _IN_HEX = re.compile(BASE64), re.compile("(?:[0-9A-Fa-f]{2}){8,}")
_IN_RUN = "[A-Za-z0-9+/_-]"
_RUN = re.compile(f"(?<!{_IN_RUN}){_IN_RUN}{{12,}}={{0,2}}")
_LONGEST_KNOWN = 256
_URL_SAFE = str.maketrans("-_", "+/")


class Layer(NamedTuple):
    """A text, and where it comes from: after each escape, the place here and the place in the layer below."""

    text: str
    places: list[int]
    sources: list[int]
    below: "Layer | None" = None

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Return where this stretch stands in the text that all layers are of."""
        if self.below is None:
            return start, end
        first = bisect_right(self.places, start) - 1
        last = bisect_left(self.places, end)
        last -= last == len(self.places) or self.places[last] > end
        return self.below.origin(
            self.sources[first] + start - self.places[first], self.sources[last] + end - self.places[last]
        )


def layers_of(text: str) -> Iterator[Layer]:
    """Yield the text as it reads when one encoding after the other is taken off; nothing where it has none."""
    layer = Layer(text, [0], [0])
    for _ in range(_DEEPEST):
        if is_plain(layer.text):
            return
        signs = _signs_in(layer.text)
        passes = (escapes for tells, escapes in _PASSES if tells.search(signs))
        above = next(filter(None, (_decode(layer, escapes) for escapes in passes)), None)
        if above is None:
            return
        yield (layer := above)


def is_plain(text: str) -> bool:
    """Whether a text certainly has no layers, which most lines of a log have not."""
    return not ("%" in text or "&" in text or "\\" in text or _joined_by_plus(text)) and _is_seen(text)


def _signs_in(text: str) -> str:
    """Return what a text has besides printable ASCII and ends of lines."""
    return text.encode("utf-8", "surrogatepass").translate(None, _ORDINARY).decode("utf-8", "surrogatepass")


def _is_seen(text: str) -> bool:
    return text.isascii() and text.isprintable()


def _joined_by_plus(text: str) -> bool:
    """Whether a plus stands for a space, as in forms and query strings: one that is meant is escaped there."""
    return "+" in text and ("%" in text or text.count("+") > text.count(" "))


def decoded_runs(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield what may be text in base64 or in hex: where it stands, and what it says."""
    for match in _RUN.finditer(text):
        run, start = match[0], match.start()
        for first, last, plain in _plain(run) if len(run) <= _LONGEST_KNOWN else _read(run):
            yield start + first, start + last, plain


@lru_cache(maxsize=4096)
def _plain(run: str) -> tuple[tuple[int, int, str], ...]:
    """Return what a short run says: on pages the same ones come again and again."""
    return tuple(_read(run))


def _read(run: str) -> Iterator[tuple[int, int, str]]:
    if not _CODED.search(run.translate(_LOOKS)):
        return
    if not run.islower():
        yield from _said((0, len(run)), run, _from_base64)
        for match in _BASE64.finditer(run):
            yield from _said(match.span(), match[0], _from_base64)
    if not run.isalpha():
        for match in _IN_HEX.finditer(run):
            yield from _said(match.span(), match[0], bytes.fromhex)


def _said(
    span: tuple[int, int], coded: str, decode: Callable[[str], bytes]
) -> Iterator[tuple[int, int, str]]:
    with suppress(ValueError):
        yield *span, decode(coded).decode()


def _decode(layer: Layer, escapes: re.Pattern[str]) -> Layer | None:
    text = layer.text
    if escapes is _ESCAPED and _joined_by_plus(text):
        text = text.replace("+", " ")
    pieces: list[str] = []
    places, sources, at, last = [0], [0], 0, 0
    for match in escapes.finditer(text):
        plain = _decode_one(match[0])
        pieces += text[last : match.start()], plain
        at += match.start() - last + len(plain)
        last = match.end()
        places.append(at)
        sources.append(last)
    above = "".join([*pieces, text[last:]])
    return Layer(above, places, sources, layer) if above != layer.text else None


@lru_cache(maxsize=1024)
def _decode_one(escape: str) -> str:
    """Return the character that is meant, "" for what is not seen."""
    match escape[0], escape[1:2]:
        case "&", "#":
            return _character(escape[2:].strip("xX;"), 16 if escape[2] in "xX" else 10)
        case "&", _:
            return html.unescape(escape)
        case ("%", "u") | ("\\", "u") if len(escape) > 2:
            return _character(escape[2:].strip("{}"), 16)
        case ("%", _) | ("\\", "x") if len(escape) > 2:
            return bytes.fromhex(escape.replace("%", "").replace("\\x", "")).decode("utf-8", "replace")
        case "\\", sign:
            return chr(int(escape[1:], 8)) if len(escape) > 2 else _NAMED_CONTROLS.get(sign, sign)
        case sign, _ if "\uff01" <= sign <= "\uff5e":
            return chr(ord(sign) - 0xFEE0)
        case _:
            return ""


def _character(code: str, base: int) -> str:
    return chr(int(code, base)) if int(code, base) < 0x110000 else ""


def _from_base64(run: str) -> bytes:
    run = run.rstrip("=").translate(_URL_SAFE)
    run = run[:-1] if len(run) % 4 == 1 else run
    return base64.b64decode(run + "=" * (-len(run) % 4))
