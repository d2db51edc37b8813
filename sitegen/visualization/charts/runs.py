"""The last runs of something as a strip of bars: how long each took, and what became of it."""

from collections.abc import Sequence

from sitegen.visualization.primitives.svg import Markup, Path, draw_path, stretched

MOST_RUNS = 100
_PITCH, _BAR, _HEIGHT = 10, 7, 100
_TALLEST = 88
"""How high the longest run is: those that failed are higher, whatever they took, so that colour does not tell it alone."""


def draw_runs(runs: Sequence[tuple[float | None, str]]) -> Markup:
    """Draw (duration in seconds, class), oldest first, on the right of 100 places; class `c` is a run that failed."""
    shown = runs[-MOST_RUNS:]
    longest = max((took or 0.0 for took, css in shown if css != "c"), default=0.0) or 1.0
    paths: dict[str, Path] = {}
    for place, (took, css) in enumerate(shown, MOST_RUNS - len(shown)):
        height = _HEIGHT if css == "c" else max(2, round((took or 0.0) / longest * _TALLEST))
        x = place * _PITCH + _PITCH // 2
        paths.setdefault(css, Path()).move(x, _HEIGHT).line(x, _HEIGHT - height)
    marks = [draw_path(css, path, width=_BAR) for css, path in sorted(paths.items())]
    return stretched("st", MOST_RUNS * _PITCH, _HEIGHT, *marks)
