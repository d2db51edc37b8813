"""Code with its kinds of words marked at build time, by Pygments. Pure; imported only where there is code."""

from html import escape

from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType, is_token_subtype
from pygments.util import ClassNotFound

# Few classes, so that a theme needs few rules and a page few bytes: comment, string, number, keyword, and names
# that are being defined. The first kind that holds the token counts.
_CLASSES: tuple[tuple[_TokenType, str], ...] = (
    (Comment, "hc"),
    (String, "hs"),
    (Number, "hn"),
    (Keyword, "hk"),
    (Operator.Word, "hk"),
    (Name.Function, "hf"),
    (Name.Class, "hf"),
    (Name.Decorator, "hf"),
    (Name.Tag, "hf"),
)


def code_block(code: str, language: str) -> str:
    """Return a block of code as safe markup; it can be scrolled by keyboard."""
    return f'<pre tabindex="0"><code>{highlight(code, language)}</code></pre>'


def highlight(code: str, language: str) -> str:
    """Return the code as safe markup with `<span class="hc|hs|hn|hk|hf">`; an unknown language has none.

    `x = 1` in Python becomes `x = <span class="hn">1</span>`.
    """
    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return escape(code, quote=False)
    code = code.replace("\r\n", "\n").replace("\r", "\n")
    runs: list[tuple[str, str]] = []
    for kind, text in lexer.get_tokens(code):
        name = _class(kind) if text.strip() else ""
        if runs and runs[-1][0] == name:
            runs[-1] = (name, runs[-1][1] + text)
        else:
            runs.append((name, text))
    if "".join(text for _, text in runs) != code:  # a lexer of sessions may leave out what it takes for none
        return escape(code, quote=False)
    return "".join(_marked(name, escape(text, quote=False)) for name, text in runs)


def _class(kind: _TokenType) -> str:
    return next((name for family, name in _CLASSES if is_token_subtype(kind, family)), "")


def _marked(name: str, markup: str) -> str:
    return f'<span class="{name}">{markup}</span>' if name else markup
