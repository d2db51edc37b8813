"""The distribution in a window: a bar for each bucket on a logarithmic axis, with p50, p95 and p99."""

import math
from collections.abc import Sequence
from itertools import pairwise

import msgspec

from sitegen.visualization.charts.buckets import Buckets, merge_buckets, quantile, sum_columns
from sitegen.visualization.primitives.axes import HEIGHT, Name, draw_chart
from sitegen.visualization.primitives.scales import Tick, bound_label, log_shares, value_scale
from sitegen.visualization.primitives.svg import Markup, Path, draw_path

QUANTILES = (0.5, 0.95, 0.99)
_MOST_BUCKETS = 30
_WIDTH = 720
_LARGEST = 1.7e308
_FIRST_NAME, _NEXT_NAME = 0.03, 0.07
"""How far below the top the names of quantiles stand, as shares of the height."""


class Distribution(msgspec.Struct, frozen=True):
    """Mean counts of each bucket over a window; `edges` has one more entry than `counts`.

    The outermost edges may be infinite; `quantiles` go with QUANTILES. A larger share than `bounded` lies
    above the last finite bound, which stands for its quantile.
    """

    edges: tuple[float, ...]
    counts: tuple[float, ...]
    quantiles: tuple[float | None, ...]
    bounded: float = 1.0

    def spell(self, unit: str) -> list[tuple[str, float | None, str]]:
        """Return the name of each quantile, its value, and that in words where they say more: `> 10 s`."""
        return [
            (
                f"p{share * 100:g}",
                value,
                f"> {bound_label(value, unit)}" if value is not None and share > self.bounded + 1e-12 else "",
            )
            for share, value in zip(QUANTILES, self.quantiles, strict=True)
        ]


def describe_distribution(buckets: Buckets) -> Distribution | None:
    """Return the distribution of at most 30 buckets, None without any sample; quantiles come from all buckets."""
    counts = sum_columns(buckets)
    if counts is None:
        return None
    merged, total = merge_buckets(buckets, _MOST_BUCKETS), sum(counts)
    return Distribution(
        edges=(merged.floor, *merged.bounds),
        counts=sum_columns(merged) or (),
        quantiles=tuple(_quantile(share, buckets, counts) for share in QUANTILES),
        bounded=(total - counts[-1]) / total if total and buckets.bounds[-1] == math.inf else 1.0,
    )


def _quantile(share: float, buckets: Buckets, counts: Sequence[float]) -> float | None:
    """Estimate a quantile, None where not every histogram has bounds."""
    value = quantile(share, buckets.bounds, counts)
    return value if value is None or buckets.cut is None or value < buckets.cut else None


def draw_histogram(distribution: Distribution, unit: str) -> Markup:
    """Draw a distribution; `unit` is that of the bounds."""
    edges = _close_edges(distribution.edges)
    shares = log_shares(edges)
    scale = value_scale(0.0, max(distribution.counts), "", from_zero=True)
    bars = Path()
    for (left, right), count in zip(pairwise(shares), distribution.counts, strict=True):
        if count <= 0:
            continue
        top = min(HEIGHT - 1, scale.row(count, HEIGHT))
        begin, end = left * _WIDTH + 1, right * _WIDTH - 1
        bars.move(begin, HEIGHT).line(begin, top).line(end, top).line(end, HEIGHT)
    lines, names = _draw_quantiles(distribution, edges, shares, unit)
    return draw_chart(
        (_WIDTH, HEIGHT),
        (draw_path("v1", bars, crisp=True), draw_path("pq", lines, crisp=True)),
        rows=scale.ticks,
        columns=_label_edges(distribution.edges, shares, unit),
        names=names,
    )


def _close_edges(edges: Sequence[float]) -> list[float]:
    """Return edges that are 0 or infinite a place on the axis: one step as wide as its neighbour."""
    closed = list(edges)
    inner = [edge for edge in edges if math.isfinite(edge) and edge != 0] or [1.0]
    if closed[0] == 0 and inner[0] > 0:
        closed[0] = inner[0] * (inner[0] / inner[1] if len(inner) > 1 else 0.5)
    elif closed[0] == -math.inf:
        closed[0] = inner[0] - (abs(inner[0]) or 1.0)
    if closed[-1] == math.inf:
        below = closed[-2]
        ratio = below / closed[-3] if len(closed) > 2 and closed[-3] > 0 else 2.0
        closed[-1] = min(below * ratio, _LARGEST) if below > 0 else below + (abs(below) or 1.0)
    return closed


def _place(value: float, edges: Sequence[float], shares: Sequence[float]) -> float:
    """Return a value's place: linear within its bucket, as the estimate of a quantile is."""
    for index in range(1, len(edges)):
        if value <= edges[index]:
            inside = (value - edges[index - 1]) / (edges[index] - edges[index - 1])
            return shares[index - 1] + (shares[index] - shares[index - 1]) * min(1.0, max(0.0, inside))
    return 1.0


def _draw_quantiles(
    distribution: Distribution, edges: Sequence[float], shares: Sequence[float], unit: str
) -> tuple[Path, list[Name]]:
    """Draw a line for each quantile, up and then right to its name in the margin; none crosses another."""
    lines, names = Path(), []
    for index, (name, value, words) in enumerate(distribution.spell(unit)):
        if value is not None:
            x, y = _place(value, edges, shares) * _WIDTH, _FIRST_NAME + _NEXT_NAME * index
            lines.move(x, HEIGHT).line(x, y * HEIGHT).line(_WIDTH, y * HEIGHT)
            names.append(Name(f"{name} {words or bound_label(value, unit)}", y))
    return lines, names


def _label_edges(edges: Sequence[float], shares: Sequence[float], unit: str) -> list[Tick]:
    """Label edges that are at least a fifth of the axis apart."""
    ticks: list[Tick] = []
    for edge, share in zip(edges, shares, strict=True):
        if math.isfinite(edge) and (not ticks or share - ticks[-1].share >= 0.2):
            ticks.append(Tick(share, bound_label(edge, unit)))
    return ticks
