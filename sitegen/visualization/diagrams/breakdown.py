"""Where a trace's time went: one bar of at most seven parts, by the services' own time."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from sitegen.traces.model import Trace
from sitegen.units import Quantity, Sentence, even_rows, format_quantity
from sitegen.visualization.diagrams.services import OTHERS, covered, paint_services, rank_services
from sitegen.visualization.model import Figure, LegendEntry
from sitegen.visualization.primitives.svg import Markup, cut_label, element, percent, text

_COLUMNS, _SPACE = 140, 0.003
"""About how many characters a bar as wide as a page takes, and the gap between two parts of it."""


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
            " of self time",
        ),
        svg=_draw_bar(parts, total),
        legend=tuple(
            LegendEntry(part.name, part.css, said)
            for part, said in zip(parts, even_rows([_facts(part, total) for part in parts]), strict=True)
        ),
    )


def _cut_parts(trace: Trace) -> list[_Part]:
    """Return the six services with colours of their own; then the others, then the gaps."""
    ranked, paint = rank_services(trace), paint_services(trace)
    spans = Counter(node.span.service for node in trace.nodes)
    gap = max(0, trace.duration - covered([node.span for node in trace.nodes]))
    own = [entry for entry in ranked if paint[entry[0]] != OTHERS]
    parts = [_Part(service, paint[service], spent, spans[service]) for service, spent in own]
    if rest := ranked[len(own) :]:
        count = sum(spans[service] for service, _ in rest)
        parts.append(
            _Part(
                format_quantity(len(rest), "others"),
                OTHERS,
                sum(spent for _, spent in rest),
                count,
            )
        )
    if gap:
        parts.append(_Part("gaps", "lw", gap, 0))
    return parts


def _facts(part: _Part, total: int) -> Sentence:
    """Return what a part took, its share of all, and how many spans it is made of."""
    took = (
        Quantity(part.spent / 1e9, "seconds"),
        " · ",
        Quantity(part.spent / total if total else None, "ratio"),
    )
    return (*took, " · ", Quantity(part.spans, "spans")) if part.spans else took


def _draw_bar(parts: Sequence[_Part], total: int) -> Markup:
    marks, before = [], 0
    for part in parts:
        left, share = (before / total, part.spent / total) if total else (0.0, 0.0)
        before += part.spent
        if share * 1000 >= 1:
            marks.append(_draw_part(part, left, share))
    return element("svg", {"class": "bk", "height": "2em", "aria-hidden": "true"}, *marks)


def _draw_part(part: _Part, left: float, share: float) -> Markup:
    """Draw a part with its name and share, or its name alone, where that fits; a narrow page clips it."""
    room = int(share * _COLUMNS) - 2
    whole = f"{part.name} {Quantity(share, 'ratio').text}"
    name = cut_label(whole if cut_label(whole, room) == whole else part.name, room) if room > 3 else ""
    box = {"x": percent(left), "width": percent(share), "height": "100%"}
    bar = element(
        "rect", {"class": part.css, "width": percent(1 - min(0.5, _SPACE / share)), "height": "100%"}
    )
    return element("svg", box, bar, *([text(name, "0.5em", "66%", "k")] if name else ()))
