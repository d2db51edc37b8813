"""One line of the benchmark's table, and the table."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Figure", "amount", "show", "times"]


@dataclass(frozen=True)
class Figure:
    """What was measured, as words: best and median (or the one value), the bound, what ran beside it."""

    what: str
    best: str
    median: str = ""
    bound: str = ""
    held: bool | None = None
    beside: str = ""


def times(what: str, seconds: Sequence[float], bound: float | None = None, beside: str = "") -> Figure:
    """Return the line of something timed; the best run is held to the bound, for others on the machine slow the rest."""
    best = min(seconds)
    return Figure(
        what,
        f"{best:.3f} s",
        f"{statistics.median(seconds):.3f} s",
        "" if bound is None else f"{bound:g} s",
        None if bound is None else best <= bound,
        beside,
    )


def amount(what: str, value: float, unit: str, bound: float | None = None, beside: str = "") -> Figure:
    """Return the line of something counted or weighed."""
    return Figure(
        what,
        f"{value:,.6g} {unit}",
        "",
        "" if bound is None else f"{bound:,g} {unit}",
        None if bound is None else value <= bound,
        beside,
    )


def show(name: str, figures: Iterable[Figure]) -> None:
    """Print a group's lines as they come."""
    print(f"{name:<46} {'best':>12} {'median':>10} {'bound':>12}     beside it")
    for figure in figures:
        verdict = {None: "    ", True: "  ok", False: "OVER"}[figure.held]
        print(
            f"  {figure.what:<44} {figure.best:>12} {figure.median:>10} {figure.bound:>12} {verdict} {figure.beside}",
            flush=True,
        )
    print(flush=True)
