"""What can be said of series: their names in a legend, and their place in a window's columns."""

import math
import re
from collections.abc import Sequence

from sitegen.metrics.labels import NAME, spell
from sitegen.metrics.model import Series
from sitegen.units import Window

__all__ = ["align", "legend_names", "tell_apart"]

_FIELD = re.compile(r"\{\{\s*([^{}\s]+)\s*\}\}")


def legend_names(series: Sequence[Series], template: str = "") -> tuple[str, ...]:
    """Name each series for a legend or a column; no two names are equal and none is empty.

    `template` holds labels as `{{label}}`; a label that a series has not is left out.
    Without one, a series is named by what tells it from the others: the bare value
    where one label does, else `label=value` pairs; a single series by its metric's name.
    Names that are equal after all, such as those of redacted labels, are numbered.

    >>> legend_names([series({"job": "a", "code": "200"}), series({"job": "a", "code": "500"})])
    ('200', '500')
    """
    if template:
        names = [_fill(template, one.labels) or spell(one.labels) for one in series]
    else:
        differing = _differing(series)
        names = [_by_difference(one.labels, differing) for one in series]
    return tell_apart([name if name not in ("", "{}") else "value" for name in names])


def _fill(template: str, labels: dict[str, str]) -> str:
    return _FIELD.sub(lambda field: labels.get(field[1], ""), template).strip()


def _differing(series: Sequence[Series]) -> list[str]:
    """Give the labels that do not have one and the same value in all series, the metric's name first."""
    labels = sorted(
        {label for one in series for label in one.labels}, key=lambda label: (label != NAME, label)
    )
    return [label for label in labels if len({one.labels.get(label, "") for one in series}) > 1]


def _by_difference(labels: dict[str, str], differing: list[str]) -> str:
    if not differing:
        return labels.get(NAME) or spell(labels)
    if len(differing) == 1:
        return labels.get(differing[0]) or f'{differing[0]}=""'
    parts = [
        labels[label] if label == NAME else f"{label}={labels[label]}"
        for label in differing
        if label in labels
    ]
    return ", ".join(parts) or spell(labels)


def tell_apart(names: Sequence[str]) -> tuple[str, ...]:
    """Tell equal names apart: `a`, `a (2)`, `a (3)`, without taking a name that another series has."""
    taken, used, unique = set(names), set[str](), []
    following = dict.fromkeys(names, 2)
    for name in names:
        candidate = name
        while candidate in used or (candidate != name and candidate in taken):
            candidate = f"{name} ({following[name]})"
            following[name] += 1
        used.add(candidate)
        unique.append(candidate)
    return tuple(unique)


def align(series: Series, window: Window) -> tuple[float | None, ...]:
    """Place the samples of a series on the columns of a window; None is where it has no sample.

    A sample counts for the nearest instant, a later one of the same instant wins,
    samples outside are left out. NaN and infinities stay what they are: they are
    samples, absence is none.
    """
    columns: list[float | None] = [None] * window.columns
    for time, value in zip(series.times, series.values, strict=True):
        column = math.floor((time - window.start) / window.step + 0.5)
        if 0 <= column < len(columns):
            columns[column] = value
    return tuple(columns)
