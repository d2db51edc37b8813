"""What happened while a chart's window ran: deploys, maintenance, outages of probes."""

from collections.abc import Iterable

import msgspec

from sitegen.availability.model import ServiceState
from sitegen.findings import Findings
from sitegen.units import Window, plain
from sitegen.visualization.primitives.axes import Mark
from sitegen.visualization.words import brief

_MOST = 6
"""More marks of a kind than that hide what they stand in; deploys after every build are no event at all."""


class Event(msgspec.Struct, frozen=True):
    """Something at an instant in POSIX seconds: its short name, and the class of its line in `svg.py`."""

    at: float
    name: str
    css: str


def list_events(findings: Findings) -> tuple[Event, ...]:
    """Return the deploys, the beginnings of maintenance and the outages that are known, kind by kind."""
    found = findings.availability
    outages = (
        Event(incident.start, f"✖ {service.status.title}", "ec")
        for service in found.services
        for incident in service.incidents
        if incident.state is ServiceState.DOWN
    )
    return (
        *(Event(at, name, "ev") for at, name in findings.build.deploys),
        *(Event(one.start, f"■ {one.title}", "em") for one in found.maintenance),
        *sorted(outages, key=lambda event: event.at),
    )


def place_marks(events: Iterable[Event], window: Window) -> tuple[Mark, ...]:
    """Return the marks of what happened in a window, from the left; the same instant has the same place on every chart."""
    span = window.end - window.start
    within = [event for event in events if window.start <= event.at <= window.end and span > 0]
    marks: list[Mark] = []
    for css in ("ev", "em", "ec"):
        of_kind = [event for event in within if event.css == css]
        if css == "ev" and len(of_kind) > _MOST:
            continue
        marks += (
            Mark(
                (event.at - window.start) / span,
                event.name,
                css,
                plain((event.name, " ", brief(event.at, window))),
            )
            for event in of_kind[-_MOST:]
        )
    return tuple(sorted(marks, key=lambda mark: mark.share))
