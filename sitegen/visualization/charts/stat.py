"""One big number over a sparkline."""

from collections.abc import Sequence

from sitegen.units import Instant, Part
from sitegen.visualization.charts.sparkline import trace_sparkline
from sitegen.visualization.primitives.svg import Markup, draw_path, element, escape, scaled, text, tinted

_HEIGHT = 40
STATES = {"warn": "▲ warn", "crit": "✖ crit"}
"""What a value is that has reached a threshold, in a word with its glyph."""


def draw_stat(value: Part, said: Sequence[str], history: Sequence[float | None], state: str) -> Markup:
    """Draw a value and how it came to be; what is `said` of it stands above: which series it is of, when it was.

    Its `state` (warn, crit or nothing) stands before that, with its glyph and in its colour.
    A value that is an instant stands as its day over its time.
    """
    big, above = value if isinstance(value, str) else value.text, [*said]
    if isinstance(value, Instant):
        day, big = big.split(" ", 1)
        above.append(day)
    css = {"warn": "w", "crit": "c"}.get(state, "")
    words = [text(" · ".join(above), 0, "18%")] if above else []
    if css:
        parts = [tinted(STATES[state], css), *([escape(" · " + " · ".join(above))] if above else [])]
        words = [element("text", {"x": 0, "y": "18%"}, *parts)]
    large = tinted(big, css) if css else escape(big)
    words.append(element("text", {"class": "big", "x": 0, "y": "52%"}, large))
    path, width = trace_sparkline(history, _HEIGHT)
    # The lower third of the drawing, left to the sparkline.
    lower = element(
        "svg", {"y": "65%", "height": "30%"}, scaled(width, _HEIGHT, (draw_path("s1", path, crisp=True),))
    )
    return element("svg", {"class": "st", "aria-hidden": "true"}, *words, lower if path else Markup(""))
