"""A share of a whole as a bar in a table cell; its number stands beside it."""

from sitegen.visualization.primitives.svg import Path, draw_path, stretched

__all__ = ["draw_share"]

_WIDTH, _HEIGHT = 100, 10


def draw_share(share: float) -> str:
    """Draw a share between 0 and 1; what is not zero is at least visible."""
    length = max(1 if share > 0 else 0, round(min(max(share, 0.0), 1.0) * _WIDTH))
    path = Path().move(0, _HEIGHT // 2).line(length, _HEIGHT // 2)
    return stretched("bd", _WIDTH, _HEIGHT, draw_path("f1", path, width=_HEIGHT - 2))
