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
_HEAD_OF_PAGE = 8192
"""In so many bytes a page says its encoding: HTML, 4.2.5.4, has 1024, and browsers read on."""


def decode_text(body: bytes, content_type: str) -> str:
    """Return a body as text: by its byte order mark, the `charset` of its Content-Type, what the page itself declares, else UTF-8.

    A mark comes before all that is said (Encoding Standard, 6), an encoding that is not known is none, and what does not fit
    becomes U+FFFD.
    """
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    said = _PARAMETER.search(content_type)
    head, *comments = body[:_HEAD_OF_PAGE].split(b"<!--")
    inside = _DECLARED.search(head + b"".join(one.partition(b"-->")[2] for one in comments))
    declared = _encoding(inside[1].decode("ascii", "replace")) if inside else None
    if declared in {"utf-16-le", "utf-16-be"}:
        declared = None  # or the declaration itself could not have been read (HTML, 13.2.3.2)
    return body.decode((_encoding(said[1]) if said else None) or declared or "utf-8", "replace")


def _encoding(label: str) -> str | None:
    """Return Python's name of the encoding that browsers mean by a label (Encoding Standard, 4.2), or None where they know none."""
    from webencodings import lookup  # noqa: PLC0415 - most bodies are never read as text

    known = lookup(label)
    if known is None or known.name in {"replacement", "x-user-defined"}:  # which are no codecs of Python
        return None
    return "gb18030" if known.name == "gbk" else str(known.codec_info.name)
