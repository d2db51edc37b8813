"""What a chart and its data file call the series."""

import re
from collections.abc import Sequence

from sitegen.metrics.model import Series
from sitegen.visualization.primitives.svg import cut_label

LONGEST = 60
"""What a legend has room for."""

_FIELD = re.compile(r"\{\{([^{}]+)\}\}")
_METRIC = "__name__"


def name_series(
    series: Sequence[Series], template: str, alone: str, longest: int = LONGEST
) -> tuple[str, ...]:
    """Return each series a name of its own, at most `longest` columns wide but for the number that tells it from its like.

    A template names labels: `{{job}} on {{instance}}`; a label that is not there is
    empty. Without a template, or where it gives nothing, the labels that differ
    between the series make the name, the metric's first: `up instance a:9090`. A
    series without any is called `alone`.
    """
    differing = _differing(series)
    wanted = (
        _fill(template, one.labels) or _spell(one, differing) or one.labels.get(_METRIC) or alone
        for one in series
    )
    return tell_apart([cut_label(name, longest) for name in wanted])


def tell_apart(names: Sequence[str]) -> tuple[str, ...]:
    """Return equal names told apart: `a`, `a (2)`, `a (3)`, without taking a name that another series has."""
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


def _fill(template: str, labels: dict[str, str]) -> str:
    return _FIELD.sub(lambda field: labels.get(field[1].strip(), ""), template).strip()


def _differing(series: Sequence[Series]) -> list[str]:
    labels = sorted({label for one in series for label in one.labels}, key=lambda key: (key != _METRIC, key))
    return [label for label in labels if len({one.labels.get(label, "") for one in series}) > 1]


def _spell(one: Series, labels: Sequence[str]) -> str:
    metric = one.labels.get(_METRIC, "") if _METRIC in labels else ""
    rest = [f"{label} {one.labels[label]}" for label in labels if label != _METRIC and one.labels.get(label)]
    return " ".join(filter(None, (metric, ", ".join(rest))))
