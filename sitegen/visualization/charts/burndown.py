"""What was left of an error budget, from the beginning of its window to now, as a line above where there is none."""

from collections.abc import Sequence

from sitegen.visualization.primitives.svg import Path, draw_path, stretched

__all__ = ["draw_burndown"]

_WIDTH, _HEIGHT = 720, 28


def draw_burndown(shares: Sequence[tuple[float, float]]) -> str:
    """Draw (instant in POSIX seconds, share of the budget left), oldest first; "" where there are none.

    A full budget is at the top; the line of class `c` is where nothing is left. What is
    overspent lies below it, and of that at most as much as a whole budget is drawn.
    """
    if not shares:
        return ""
    least = max(-1.0, min(0.0, *(share for _, share in shares)))
    start, end = shares[0][0], shares[-1][0]
    line = Path()
    for index, (instant, share) in enumerate(shares):
        x = (instant - start) / max(1.0, end - start) * _WIDTH
        (line.line if index else line.move)(x, _row(share, least))
    none = Path().move(0, _row(0.0, least)).line(_WIDTH, _row(0.0, least))
    return stretched(
        "up", _WIDTH, _HEIGHT, draw_path("c", none, crisp=True), draw_path("s1", line, crisp=True)
    )


def _row(share: float, least: float) -> float:
    return (1.0 - max(share, least)) / (1.0 - least) * _HEIGHT
