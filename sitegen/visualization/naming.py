"""What a chart calls its series."""

import re
from collections.abc import Sequence

from sitegen.metrics.model import Series
from sitegen.visualization.svg import cut_label

__all__ = ["name_series"]

_LONGEST = 60
_FIELD = re.compile(r"\{\{\s*(.+?)\s*\}\}")
_METRIC = "__name__"


def name_series(series: Sequence[Series], template: str, alone: str) -> list[str]:
    """Give each series a name of its own, at most 60 columns wide.

    A template names labels: `{{job}} on {{instance}}`; a label that is not there is
    empty. Without a template, or where it gives nothing, the labels that differ
    between the series make the name, the metric's first: `up instance a:9090`. A
    series without any is called `alone`.
    """
    differing = _differing(series)
    names: list[str] = []
    taken: set[str] = set()
    for one in series:
        wanted = _fill(template, one.labels)
        name = cut_label(wanted or _spell(one, differing) or one.labels.get(_METRIC) or alone, _LONGEST)
        names.append(_distinct(name, taken))
        taken.add(names[-1])
    return names


def _fill(template: str, labels: dict[str, str]) -> str:
    return _FIELD.sub(lambda field: labels.get(field[1], ""), template).strip()


def _differing(series: Sequence[Series]) -> list[str]:
    labels = sorted({label for one in series for label in one.labels}, key=lambda key: (key != _METRIC, key))
    return [label for label in labels if len({one.labels.get(label, "") for one in series}) > 1]


def _spell(one: Series, labels: Sequence[str]) -> str:
    metric = one.labels.get(_METRIC, "") if _METRIC in labels else ""
    rest = [f"{label} {one.labels[label]}" for label in labels if label != _METRIC and one.labels.get(label)]
    return " ".join(filter(None, (metric, ", ".join(rest))))


def _distinct(name: str, taken: set[str]) -> str:
    """Give a taken name a number: labels of foreign origin can be equal once they are cut."""
    if name not in taken:
        return name
    number = 2
    while f"{name} ({number})" in taken:
        number += 1
    return f"{name} ({number})"
