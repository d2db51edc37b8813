"""The bytes of a log as the text that a reader sees."""

import re

_SAMPLE = 4_096
_MARKS = (
    (b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe\0\0", "utf-32-le"), (b"\0\0\xfe\xff", "utf-32-be"), (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)  # fmt: skip
_FEWEST, _MOSTLY = 4, 0.3
"""Of ASCII in UTF-16 half of the bytes are NUL; of text in other scripts, with its blanks and digits, fewer."""
CODED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"(\xb5/\xfd", b"PK\x03\x04", b"\x04\x22\x4d\x18", b"\x1f\x9d")
"""How compressed files begin: gzip, bzip2, xz, zstd, zip, lz4, compress."""
# CSI, OSC and other strings, and the short ones (ECMA-48, 5 and 8.3), with an escape or in one byte; a string ends within its line.
_SEQUENCES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)|[ -/]*[0-~])?"
    r"|\x9b[0-?]*[ -/]*[@-~]|[\x90\x98\x9d-\x9f][^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)|[\x80-\x9f]"
)
_UNSEEN = re.compile(
    "[\r\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]"
)
_BEGINS = re.compile(r"[\x80-\x9f]")


def encoding_of(head: bytes) -> str:
    """Return the encoding of a text that begins so: by its byte order mark, UTF-16 also by its pattern of NULs, else UTF-8."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    sample = head[:_SAMPLE]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    most = max(even, odd)
    if most < max(_FEWEST, _MOSTLY * len(sample) / 2) or min(even, odd) > most / 4:
        return "utf-8"
    return "utf-16-le" if odd > even else "utf-16-be"


def decode(body: bytes) -> str:
    """Return the bytes as text without a byte order mark, U+FFFD for what is none."""
    return body.decode(encoding_of(body), "replace").removeprefix("\ufeff")


def is_rubble(body: bytes) -> bool:
    """Whether the end of a file is no text; NULs before it are what `copytruncate` leaves of a file that was cut."""
    sample = body.lstrip(b"\0")[-_SAMPLE:]
    odd = sum(byte < 32 and byte not in b"\t\n\r\x1b\b\f" for byte in sample)
    return encoding_of(sample) == "utf-8" and odd > len(sample) / 20


def without_sequences(text: str) -> str:
    r"""Return the text as a terminal shows it, without what steers one: the last letter of a colour hides what follows from a rule.

    >>> without_sequences("\x1b[36mpass\x1b[0mX\bword=x")
    'password=x'
    """
    if "\x1b" in text or (not text.isascii() and _BEGINS.search(text)):
        text = _SEQUENCES.sub("", text)
    return _struck(text) if "\b" in text else text


def _struck(text: str) -> str:
    """Return the text after its backspaces, each of which takes back the sign before it, within its line."""
    first, *others = text.split("\b")
    kept = list(first)
    for piece in others:
        if kept and kept[-1] != "\n":
            del kept[-1]
        kept += piece
    return "".join(kept)


def without_unseen(text: str) -> str:
    """Return the text without the characters that no screen shows: soft hyphens, zero widths, marks of direction, returns."""
    return text if text.isascii() and "\r" not in text else _UNSEEN.sub("", text)
