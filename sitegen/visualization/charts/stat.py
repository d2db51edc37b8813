"""One big number over a sparkline."""

from collections.abc import Sequence

from sitegen.units import Instant, Part
from sitegen.visualization.charts.sparkline import trace_sparkline
from sitegen.visualization.primitives.svg import Markup, draw_path, element, scaled, text

_HEIGHT = 40


def draw_stat(value: Part, said: Sequence[str], history: Sequence[float | None]) -> Markup:
    """Draw a value and how it came to be; what is `said` of it stands above: which series it is of, when it was.

    A value that is an instant stands as its day over its time.
    """
    big, above = value if isinstance(value, str) else value.text, [*said]
    if isinstance(value, Instant):
        day, big = big.split(" ", 1)
        above.append(day)
    words = [text(" · ".join(above), 0, "18%")] if above else []
    words.append(text(big, 0, "52%", "big"))
    path, width = trace_sparkline(history, _HEIGHT)
    # The lower third of the drawing, left to the sparkline.
    lower = element(
        "svg", {"y": "65%", "height": "30%"}, scaled(width, _HEIGHT, (draw_path("s1", path, crisp=True),))
    )
    return element("svg", {"class": "st", "aria-hidden": "true"}, *words, lower if path else Markup(""))
