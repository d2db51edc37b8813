"""What was left of an error budget, from the beginning of its window to now, over the zone where it is spent; burn rates."""

from collections.abc import Sequence

from sitegen.units import window_label
from sitegen.visualization.primitives.axes import label_rows
from sitegen.visualization.primitives.scales import Tick
from sitegen.visualization.primitives.svg import (
    Markup,
    Path,
    draw_path,
    element,
    percent,
    scaled,
    stretched,
    text,
)

_WIDTH, _HEIGHT, _LOWEST = 720, 160, -0.6
_GAUGE, _BAR, _SCALE = 200, 10, 20.0


def draw_burndown(shares: Sequence[tuple[float, float]]) -> str:
    """Draw (instant in POSIX seconds, share of the budget left), oldest first; "" where there are none.

    A full budget is at the top. What is overspent lies in the zone below zero, and of that at
    most as much as a whole budget is drawn.
    """
    if not shares:
        return ""
    least = max(-1.0, min(_LOWEST, *(share for _, share in shares)))
    start, end = shares[0][0], shares[-1][0]
    zero, css = _row(0.0, least), "c" if shares[-1][1] < 0 else "ok"
    line, area = Path(), Path().move(0, zero)
    for index, (instant, share) in enumerate(shares):
        x = (instant - start) / max(1.0, end - start) * _WIDTH
        (line.line if index else line.move)(x, _row(share, least))
        area.line(x, _row(share, least))
    area.line(_WIDTH if len(shares) > 1 else 0, zero).close()
    zone = Path().move(0, zero).line(_WIDTH, zero).line(_WIDTH, _HEIGHT).line(0, _HEIGHT).close()
    grid = Path().move(0, 0).line(_WIDTH, 0).move(0, _row(0.5, least)).line(_WIDTH, _row(0.5, least))
    none = Path().move(0, zero).line(_WIDTH, zero)
    marks = (
        draw_path("zc", zone), draw_path("g", grid, crisp=True), draw_path(f"ba {css}", area),
        draw_path("tc", none, crisp=True), draw_path(css, line, crisp=True),
    )  # fmt: skip
    below = element(
        "g",
        {"transform": "translate(0 17)"},
        text(f"{window_label(round(end - start))} ago", 0, "100%"),
        text("now", "100%", "100%", "xe"),
    )
    rows = [
        Tick(_row(share, least) / _HEIGHT, label) for share, label in ((1, "100 %"), (0.5, "50"), (0, "0"))
    ]
    return element(
        "svg",
        {"paint-order": "stroke", "class": "ch", "aria-hidden": "true"},
        scaled(_WIDTH, _HEIGHT, marks),
        label_rows(rows),
        text("spent", 6, percent(0.97)),
        below,
    )


def _row(share: float, least: float) -> int:
    return round((1.0 - min(1.0, max(share, least))) / (1.0 - least) * _HEIGHT)


def draw_gauge(rate: float, alert: float, css: str) -> Markup:
    """Draw a burn rate on a scale of 0 to 20: a tall mark at 1, where the budget lasts its window, a red one at `alert`."""
    whole = Path().move(0, _BAR // 2).line(_GAUGE, _BAR // 2)
    bar = Path().move(0, _BAR // 2).line(max(1, min(rate, _SCALE) / _SCALE * _GAUGE), _BAR // 2)
    one, called = (at / _SCALE * _GAUGE for at in (1.0, alert))
    marks = (
        draw_path("g", whole, width=5), draw_path(css, bar, width=5), draw_path("pk", Path().move(one, 0).line(one, _BAR), width=1),
        draw_path("lf", Path().move(called, 1).line(called, _BAR - 1), width=1),
    )  # fmt: skip
    return stretched("wf", _GAUGE, _BAR, *marks)
