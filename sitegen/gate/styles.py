"""What a style sheet loads, as browsers read it (CSS Syntax Level 3): escapes are resolved, text is no code."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from sitegen.gate.addresses import leads_away, read

_SIGNS = ("\\", "//", "url", "src(", "image(", "image-set(", "import")
"""What loads has one of these in it, so a sheet without them need not be parsed."""

_LOADING = frozenset({"src", "image", "image-set", "-webkit-image-set"})
_UNFINISHED = frozenset({"bad-url", "eof-in-url", "bad-string", "eof-in-string"})
_NAMESPACE = "@namespace"


@lru_cache(maxsize=64)
def loads(sheet: str) -> bool:
    """Whether a style sheet, or an attribute that stands for a part of one, asks for more than `#id` and `data:image/`.

    A site has few sheets and many pages, and one takes as long as several pages: each is read once.
    """
    lower = sheet.lower()
    return any(sign in lower for sign in _SIGNS) and any(
        _is_loading(within, token) for within, token in _tokens(sheet)
    )


def _tokens(sheet: str) -> Iterator[tuple[str, Any]]:
    """Yield every token with the function it stands in; `@namespace` up to its end counts as one, for it only names."""
    from tinycss2 import parse_component_value_list  # noqa: PLC0415 - most builds have no sheet to be parsed

    pending = [("", parse_component_value_list(sheet))]
    while pending:
        within, tokens = pending.pop()
        for token in tokens:
            yield within, token
            if token.type == "at-keyword":
                within = f"@{token.lower_value}"
            elif within.startswith("@") and token.type in {"literal", "{} block"}:
                within = ""
            if token.type == "function":
                pending.append((_NAMESPACE if within == _NAMESPACE else token.lower_name, token.arguments))
            elif token.type.endswith("block"):
                pending.append(("", token.content))


def _is_loading(within: str, token: Any) -> bool:
    if token.type == "at-keyword":
        return bool(token.lower_value == "import")
    if token.type == "function":
        return token.lower_name in _LOADING
    if token.type == "error":
        return token.kind in _UNFINISHED
    if within == _NAMESPACE or token.type not in {"url", "string"}:
        return False
    if token.type == "url" or within == "url":
        return not read(token.value).lower().startswith(("#", "data:image/"))
    return within not in {"", "@charset"} and leads_away(read(token.value))
