"""Where a key stands in a TOML file: its line, found only when there is something to say about it."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from itertools import takewhile

_LONGEST = 80
_PIECE = re.compile(r"""[ \t\r]+|\#[^\n]*|\n|[\[\]{},=.]|\"{3}|'{3}|["']|[^\s\#"'\[\]{},=.]+""")
_ENDS = {quote: re.compile(rf"\\.|{quote}", re.DOTALL) for quote in ('"', '"""')}


def inside(place: str, step: str | int) -> str:
    """Return the place of a key or of an item: `metrics.panels`, `metrics.panels[0]`; a long key is cut."""
    if isinstance(step, int):
        return f"{place}[{step}]"
    shown = step if len(step) <= _LONGEST else f"{step[: _LONGEST - 1]}…"
    return f"{place}.{shown}" if place else shown


def find_line(text: str, place: str) -> int | None:
    """Return the line of a place in a valid TOML file, or else of the innermost table around it."""
    longest, found = 0, None
    for known, line in _places(text):
        if known == place:
            return line
        if len(known) > longest and place.startswith((f"{known}.", f"{known}[")):
            longest, found = len(known), line
    return found


def _places(text: str) -> Iterator[tuple[str, int]]:
    """Yield every table, key and item with its line, in the file's order."""
    pieces = _pieces(text)
    counts: dict[str, int] = {}  # of each array of tables, how many there are so far
    table = ""
    for piece, line in pieces:
        if piece == "[":
            for table in _header(_until("]", pieces), counts):
                yield table, line
        elif piece not in "]\n":
            place = table
            for part in (piece, *_until("=", pieces)):
                place = inside(place, _unquoted(part))
                yield place, line
            yield from _below(place, pieces)


def _until(mark: str, pieces: Iterator[tuple[str, int]]) -> list[str]:
    return [piece for piece, _ in takewhile(lambda item: item[0] != mark, pieces) if piece != "."]


def _below(place: str, pieces: Iterator[tuple[str, int]]) -> Iterator[tuple[str, int]]:
    """Yield what lies in the value of a key, up to the end of its line."""
    frames: list[tuple[str, int | None]] = []  # the lists and inline tables around; a list with its item
    parts: list[str] = []
    for piece, line in pieces:
        if piece == "\n" and not frames:
            return
        around, index = frames[-1] if frames else (place, None)
        if piece == "=":
            place = around
            for part in parts:
                place = inside(place, _unquoted(part))
                yield place, line
        elif piece == ",":
            parts = []
            frames[-1] = (around, None if index is None else index + 1)
        elif piece in "]}":
            frames.pop()
        elif piece not in ".\n":
            if index is not None:
                place = inside(around, index)
                yield place, line
            parts.append(piece)
            if piece in "[{":
                frames.append((place, 0 if piece == "[" else None))
                parts = []


def _header(parts: Sequence[str], counts: dict[str, int]) -> Iterator[str]:
    """Yield the places that `[a.b]` or `[[a.b]]` goes through; of arrays of tables the last item is meant."""
    array = parts[0] == "["
    names = parts[array:]
    place = ""
    for number, name in enumerate(names, 1):
        place = inside(place, _unquoted(name))
        yield place
        if array and number == len(names):
            counts[place] = counts.get(place, -1) + 1
        if place in counts:
            place = inside(place, counts[place])
            yield place


def _unquoted(key: str) -> str:
    return str(tomllib.loads(f"key = {key}")["key"]) if key[0] in "\"'" else key


def _pieces(text: str) -> Iterator[tuple[str, int]]:
    """Yield what is neither space nor comment, with the line that it begins in; a string is one piece."""
    position, line = 0, 1
    while match := _PIECE.match(text, position):
        start, position = match.span()
        piece = match[0]
        if piece[0] in "\"'":
            position = _end_of_string(text, position, piece)
            piece = text[start:position]
        if piece[0] not in " \t\r#":
            yield piece, line
        line += piece.count("\n")


def _end_of_string(text: str, position: int, quote: str) -> int:
    if text.startswith(quote, position) and len(quote) == 1:
        return position + 1
    if quote[0] == "'":
        end = text.index(quote, position)
    else:
        end = next(found.start() for found in _ENDS[quote].finditer(text, position) if found[0] == quote)
    # A string of three quotes may have two more before they end it.
    extra = 0
    while len(quote) == 3 and extra < 2 and text.startswith(quote[0], end + 3 + extra):
        extra += 1
    return end + len(quote) + extra
