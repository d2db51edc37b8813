"""Panels of classic histograms: a heatmap over time, or the distribution in the window."""

import math
from collections.abc import Sequence

from sitegen.metrics.model import PanelData, PanelKind, Series
from sitegen.visualization.charts.buckets import Buckets, read_bound, read_buckets
from sitegen.visualization.charts.heatmap import draw_heatmap, group_heat, label_heat
from sitegen.visualization.charts.histogram import Distribution, describe_distribution, draw_histogram
from sitegen.visualization.primitives.axes import draw_empty
from sitegen.visualization.primitives.scales import bound_label
from sitegen.visualization.words import Drawing, summarise_distribution, tabulate_distribution, tell_fullest


def draw_bucket_panel(data: PanelData, series: Sequence[Series]) -> Drawing:
    """Draw series with a label `le`; the words and the table describe the whole window's distribution."""
    panel, window = data.panel, data.window
    buckets = read_buckets(series, window)
    distribution = describe_distribution(buckets) if buckets is not None else None
    if buckets is None or distribution is None:
        why = "No sample lies in this window."
        if buckets is None:
            why = f"A {panel.kind} needs series with bucket bounds in the label le; there are none."
        told = _tell_layouts(buckets, panel.unit) if buckets is not None and buckets.headless else [why]
        return Drawing(svg=draw_empty(), summary=("no data",), notes=tuple(told))
    heat = group_heat(buckets) if panel.kind is PanelKind.HEATMAP else None
    unbounded = sum(read_bound(one.labels.get("le")) is None for one in series)
    notes = [*_tell_layouts(buckets, panel.unit), *_tell_unknown(buckets, distribution)]
    remarks = [*tell_fullest(distribution, panel.unit)]
    if buckets.groups > 1:
        remarks.append((f"{buckets.groups} histograms are added, bucket by bucket.",))
    if unbounded:
        notes.append(
            f"{unbounded} series without a number in the label le {'are' if unbounded > 1 else 'is'} left out."
        )
    return Drawing(
        svg=draw_heatmap(heat, window, panel.unit) if heat else draw_histogram(distribution, panel.unit),
        summary=summarise_distribution(distribution, panel.unit),
        legend=label_heat(heat) if heat else (),
        table=tabulate_distribution(distribution, panel.unit),
        notes=tuple(notes),
        remarks=tuple(remarks),
    )


def _tell_layouts(buckets: Buckets, unit: str) -> list[str]:
    """Return what was made of buckets that do not fit together."""
    told = {
        "Bounds that are spelled in several ways at once are one bucket, of the largest count.": buckets.doubled,
        "Buckets differ; what lies in one is spread evenly over those of the others.": buckets.spread,
        f"Left out: {buckets.headless} times a histogram had no bucket up to infinity, or none below.": buckets.headless,
    }
    notes = [words for words, holds in told.items() if holds]
    if buckets.cut is not None:
        above = bound_label(buckets.cut, unit)
        notes.append(
            f"Above {above} not every histogram has bounds: all of it is one bucket, and no quantile is told in it."
        )
    return notes


def _tell_unknown(buckets: Buckets, distribution: Distribution) -> tuple[str, ...]:
    """Return why no quantile can be told at all."""
    if any(value is not None for value in distribution.quantiles):
        return ()
    if not any(distribution.counts):
        return ("Nothing was observed in this window.",)
    if len(buckets.bounds) < 2 or buckets.bounds[-1] < math.inf:
        return ("No quantile is told without a bucket up to infinity and one below.",)
    return ()
