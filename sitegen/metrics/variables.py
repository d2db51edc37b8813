"""The variables of a query, which make its ranges as long as its step: the words are Grafana's.

    rate(x[$__rate_interval]), a step of 1 h, scrapes of 15 s -> rate(x[3615s])

`$__interval` is the step; `$__rate_interval` the step and one scrape, four scrapes at least, so that no
increase between two columns is lost; `$__range` the window. Each also as a number: `$__interval_ms`,
`$__rate_interval_ms`, `$__range_ms`, `$__range_s`, and each with braces: `${__interval}`.

Source: Grafana's documentation, "Prometheus template variables".
"""

import re
from collections.abc import Iterator

from sitegen.units import parse_duration, window_label

INTERVAL, RATE_INTERVAL, RANGE = "__interval", "__rate_interval", "__range"
NAMES = (
    INTERVAL,
    RATE_INTERVAL,
    RANGE,
    *(f"{one}_ms" for one in (INTERVAL, RATE_INTERVAL, RANGE)),
    "__range_s",
)
_VARIABLE = re.compile(r"\$(?:\{(__\w+)\}|(__\w+))", re.ASCII)
# A text in quotes and a comment may hold anything; a quote that is never closed reaches to the end.
_APART = re.compile(
    r"""(?:"(?:[^"\\]|\\.)*(?:"|\\?\Z)|'(?:[^'\\]|\\.)*(?:'|\\?\Z)|`[^`]*(?:`|\Z)|\#[^\n]*)""", re.DOTALL
)
_PARTNERS = {")": "(", "]": "[", "}": "{"}
_BRACKET = re.compile(r"[][(){}]")
_RANGE = re.compile(r"\[\s*([0-9][0-9a-z.]*)\s*(:[^\]]*)?\]", re.ASCII)


def variables_of(query: str) -> tuple[str, ...]:
    """Return the names of the variables in a query, each without its dollar; they need not be known."""
    return tuple(braced or bare for braced, bare in _VARIABLE.findall(query))


def fill_in(query: str, step: float, span: float, scrape: float) -> str:
    """Return a query with its variables filled in; all times in seconds, `scrape` is that between two samples."""
    lengths = {INTERVAL: step, RATE_INTERVAL: max(step + scrape, 4 * scrape), RANGE: span}
    filled = {name: window_label(length) for name, length in lengths.items()}
    filled |= {f"{name}_ms": f"{length * 1000:.0f}" for name, length in lengths.items()}
    filled["__range_s"] = f"{span:.0f}"
    return _VARIABLE.sub(lambda found: filled.get(found[1] or found[2], found[0]), query)


def find_short_range(query: str, step: float) -> str | None:
    """Return the first fixed range that is shorter than a step in seconds: what lies between two columns is lost.

    Where the query has subqueries, only theirs count: what they hold is asked more often than the columns.
    """
    ranges = _RANGE.findall(_APART.sub("", query))
    outer = [length for length, resolution in ranges if resolution] or [length for length, _ in ranges]
    return next((one for one in outer if _seconds(one) < step), None)


def check_brackets(query: str) -> None:
    """Refuse PromQL in which a bracket or a quote has no partner, as in `sum(up`: raises ValueError with a sentence."""
    if sign := next(_find_single(query), None):
        raise ValueError(f"{query[:80]!r} cannot be read: its {sign} has no partner")


def _find_single(query: str) -> Iterator[str]:
    for text in _APART.findall(query):
        quote, inside = text[0], text[1:-1]
        escapes = 0 if quote == "`" else len(inside) - len(inside.rstrip("\\"))
        if quote != "#" and (len(text) < 2 or text[-1] != quote or escapes % 2):
            yield quote
    opened: list[str] = []
    for sign in _BRACKET.findall(_APART.sub("", query)):
        if sign not in _PARTNERS:
            opened.append(sign)
        elif not opened or opened.pop() != _PARTNERS[sign]:
            yield sign
    yield from opened[-1:]


def _seconds(length: str) -> float:
    """Parse a range: `5m`, or a plain number of seconds; what is neither is for the server to refuse."""
    try:
        return parse_duration(f"{length}s" if length[-1] in "0123456789." else length)
    except ValueError:
        return float("inf")
