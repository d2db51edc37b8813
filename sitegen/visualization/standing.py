"""What stands for a panel's series at one instant: the one of them that its `value` chooses, or their sum or mean."""

import math
from array import array
from collections.abc import Callable, Sequence

import msgspec

from sitegen.metrics.analysis import align, key_of
from sitegen.metrics.model import PanelData, Series
from sitegen.units import Window
from sitegen.visualization.primitives.columns import lay
from sitegen.visualization.primitives.naming import name_series

_NAME = 24
_FIELD = "{{"


class Standing(msgspec.Struct, frozen=True):
    """A value of a panel: None where no series has one, `at` None where it is what is now, else the sample's own time.

    It is a NaN or an infinity only where no series has a finite one.

    `name` says which series it is of, of how many and by which rule; `run` is the window's columns of the same.
    """

    value: float | None
    name: str
    at: float | None
    run: tuple[float | None, ...] = ()


def stand_for(data: PanelData, *, now: bool) -> Standing:
    """Return what stands for a panel: of what is now, where that is wanted and known, else of the newest samples."""
    result = data.observed.value
    series = result.series if result else ()
    samples, at = (data.now, None) if now and data.now is not None else _newest(series, data.window)
    known = [one for one in samples if math.isfinite(one.values[-1])]
    if not known:
        run = align(series[0], data.window) if series else ()
        return Standing(next((one.values[-1] for one in samples), None), "", at, run)
    values, rule = [one.values[-1] for one in known], data.panel.value
    # One that is new has no sample in the window yet.
    every = list({key_of(one): one for one in (*known, *series)}.values())
    names = dict(zip(map(key_of, every), name_series(every, data.panel.legend, "", _NAME), strict=True))
    columns = {key_of(one): align(one, data.window) for one in series}
    if combine := _COMBINED.get(rule):
        value, chosen = combine(values), ""
        run = tuple(_combine(cells, combine) for cells in zip(*columns.values(), strict=True))
    else:
        place = values.index({"max": max, "min": min}.get(rule, lambda all_of_them: all_of_them[0])(values))
        value, key = values[place], key_of(known[place])
        chosen, run = names.get(key, ""), columns.get(key, ())
    return Standing(
        value,
        name_standing(rule, len(known), chosen, alone=len(every) <= 1 and _FIELD not in data.panel.legend),
        at,
        run,
    )


def name_standing(rule: str, count: int, chosen: str, *, alone: bool = False) -> str:
    """Format which of so many series a value is: `max of 3: web-0`, `sum of 3`; of one its name, or nothing where it is alone."""
    if count == 1:
        return "" if alone else chosen
    return f"{rule} of {count}: {chosen}" if chosen else f"{rule} of {count}"


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


_COMBINED: dict[str, Callable[[Sequence[float]], float]] = {"sum": sum, "mean": _mean}


def _combine(cells: Sequence[float | None], combine: Callable[[Sequence[float]], float]) -> float | None:
    known = [cell for cell in cells if cell is not None and math.isfinite(cell)]
    return combine(known) if known else None


def _newest(series: Sequence[Series], window: Window) -> tuple[tuple[Series, ...], float | None]:
    """Return the finite samples of the newest instant, and when that was: sources may round it by half a step."""
    laid = [(one, lay(one, window, 1)) for one in series]
    last = [(one, found.last) for one, found in laid if found.values]
    at = max((sample.at for _, sample in last), default=None)
    return tuple(
        Series(one.labels, array("d", [sample.at]), array("d", [sample.value]))
        for one, sample in last
        if at is not None and sample.at >= at - window.step / 2
    ), at
