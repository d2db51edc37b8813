"""The one place that makes text safe for HTML: every `${…}` of every template passes through here.

Mako's default filters are `str`, `show`, `h`: control characters become visible,
text with right-to-left letters is isolated (Unicode TR 9, FSI … PDI) so that it
cannot reorder what stands beside it, and `& < > " '` are escaped last.
"""

import re

from sitegen.redaction import visible

_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"
# The blocks of right-to-left scripts (Unicode's Bidi_Class R and AL).
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)


def show(text: str) -> str:
    """Return text that shows what it holds and stays in its place; newlines and tabs stay as they are."""
    safe = visible(text, keep_lines=True)
    if not safe.isascii() and _RIGHT_TO_LEFT.search(safe):
        return f"{_FIRST_STRONG_ISOLATE}{safe}{_POP_ISOLATE}"
    return safe
