"""Where a trace's time went: one bar of at most six parts, by the services' own time."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from sitegen.traces.model import Trace
from sitegen.units import Quantity
from sitegen.visualization.diagrams.services import OTHERS, covered, paint_services, rank_services
from sitegen.visualization.model import Cell, Figure, LegendEntry, Table
from sitegen.visualization.primitives.svg import Path, draw_path, stretched

__all__ = ["draw_breakdown"]

_WIDTH, _SPACE = 1000, 3


class _Part(msgspec.Struct, frozen=True):
    """One part of the bar; `spent` in nanoseconds, `spans` how many spans it is made of."""

    name: str
    css: str
    spent: int
    spans: int


def draw_breakdown(trace: Trace) -> Figure:
    """Draw the self time of the services that took most, of all others, and the time that no span covers.

    Spans run beside one another, so the parts add up to the work done, which may be
    more than the trace's duration.
    """
    parts = _cut_parts(trace)
    total = sum(part.spent for part in parts)
    largest = max(parts, key=lambda part: part.spent)
    return Figure(
        id="where-the-time-went",
        title="where the time went",
        summary=(
            f"{largest.name} took the most, ",
            Quantity(largest.spent / 1e9, "seconds"),
            " of ",
            Quantity(total / 1e9, "seconds"),
            " spent in the spans themselves; the trace took ",
            Quantity(max(0, trace.duration) / 1e9, "seconds"),
            ".",
        ),
        svg=_draw_bar(parts, total),
        legend=tuple(LegendEntry(part.name, part.css, (_share(part, total),)) for part in parts),
        table=Table(
            head=("service", "self time", "share", "spans"),
            rows=tuple(_row(part, total) for part in parts),
            numeric=(False, True, True, True),
        ),
    )


def _cut_parts(trace: Trace) -> list[_Part]:
    """Return five services, or six where there are no more, and no gap; then the others, then the gaps."""
    ranked, paint = rank_services(trace), paint_services(trace)
    spans = Counter(node.span.service for node in trace.nodes)
    gap = max(0, trace.duration - covered([node.span for node in trace.nodes]))
    room = 5 if gap else 6
    own = ranked if len(ranked) <= room else ranked[: room - 1]
    parts = [_Part(service, paint[service], spent, spans[service]) for service, spent in own]
    if rest := ranked[len(own) :]:
        count = sum(spans[service] for service, _ in rest)
        parts.append(_Part(f"{len(rest)} others", OTHERS, sum(spent for _, spent in rest), count))
    if gap:
        parts.append(_Part("gaps", "u", gap, 0))
    return parts


def _share(part: _Part, total: int) -> Quantity:
    return Quantity(part.spent / total if total else None, "ratio")


def _row(part: _Part, total: int) -> tuple[Cell, ...]:
    return part.name, Quantity(part.spent / 1e9, "seconds"), _share(part, total), Quantity(part.spans)


def _draw_bar(parts: Sequence[_Part], total: int) -> str:
    marks, before = [], 0
    for part in parts:
        left = round(before * _WIDTH / total) if total else 0
        before += part.spent
        right = round(before * _WIDTH / total) if total else 0
        if right > left:
            bar = Path().move(left, 1).line(max(left + 1, right - _SPACE), 1)
            marks.append(draw_path(part.css, bar))
    return stretched("bd", _WIDTH, 2, *marks)
