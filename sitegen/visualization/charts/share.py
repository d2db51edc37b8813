"""A part of a whole as a bar in a table cell; its number stands beside it."""

from sitegen.visualization.primitives.svg import Markup, Path, draw_path, stretched

_WIDTH, _HEIGHT = 200, 10


def draw_share(share: float, css: str = "f1", *, start: float = 0.0, track: bool = False) -> Markup:
    """Draw from `start` on a share, both between 0 and 1; what is not zero is at least visible, a `track` is the whole."""
    begin = round(min(max(start, 0.0), 1.0) * (_WIDTH - 1))
    end = min(_WIDTH, begin + max(1 if share > 0 else 0, round(min(max(share, 0.0), 1.0) * _WIDTH)))
    path = Path().move(begin, _HEIGHT // 2).line(end, _HEIGHT // 2)
    whole = Path().move(0, _HEIGHT // 2).line(_WIDTH, _HEIGHT // 2)
    marks = [draw_path("g", whole, width=_HEIGHT - 2)] if track else []
    return stretched("bd", _WIDTH, _HEIGHT, *marks, draw_path(css, path, width=_HEIGHT - 2))
