r"""The text of a body, in the encoding that browsers would read it in.

decode_text(b"ge\xf6ffnet", "text/html; charset=iso-8859-1") -> "geöffnet"
"""

import codecs
import re

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_PARAMETER = re.compile(r";\s*charset\s*=\s*[\"']?([^\"';,\s]{1,40})", re.IGNORECASE)
_DECLARED = re.compile(
    rb"""<(?:meta|\?xml)\b[^>]{0,500}?\b(?:charset|encoding)\s{0,9}=\s{0,9}["']?([\w.:-]{1,40})""",
    re.IGNORECASE,
)
_HEAD_OF_PAGE = 1024
"""In so many bytes a page says its encoding (HTML, 4.2.5.4)."""

# What a label means to browsers (Encoding Standard, 4.2), by what Python calls it.
_MEANT = {
    "ascii": "cp1252", "iso8859-1": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874", "tis-620": "cp874",
    "gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949", "utf-16": "utf-16-le", "big5": "big5hkscs",
}  # fmt: skip
_TEXT = frozenset(
    {
        "utf-8", "utf-16-le", "utf-16-be", "koi8-r", "koi8-u", "euc_jp", "iso2022_jp", "mac-roman", "mac-cyrillic", "cp866",
        *_MEANT.values(), *(f"cp{number}" for number in range(1250, 1259)), *(f"iso8859-{part}" for part in range(2, 17)),
    }
)  # fmt: skip


def decode_text(body: bytes, content_type: str) -> str:
    """Return a body as text: by its byte order mark, the `charset` of its Content-Type, what the page itself declares, else UTF-8.

    A mark comes before all that is said (Encoding Standard, 6), an encoding that is not known is none, and what does not fit
    becomes U+FFFD.
    """
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    said = _PARAMETER.search(content_type)
    inside = _DECLARED.search(body[:_HEAD_OF_PAGE])
    declared = _encoding(inside[1].decode("ascii", "replace")) if inside else None
    if declared in {"utf-16-le", "utf-16-be"}:
        declared = None  # or the declaration itself could not have been read (HTML, 13.2.3.2)
    return body.decode((_encoding(said[1]) if said else None) or declared or "utf-8", "replace")


def _encoding(label: str) -> str | None:
    """Return Python's name of the encoding that browsers mean by a label, or None where they know none."""
    for name in (label.strip(), label.strip().lower().removeprefix("x-").replace("sjis", "shift_jis")):
        try:
            known = codecs.lookup(name).name
        except (LookupError, ValueError):
            continue
        meant = _MEANT.get(known, known)
        return meant if meant in _TEXT else None
    return None
