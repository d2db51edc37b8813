"""The colours of series and services, kept from build to build in the state folder."""

import msgspec

from sitegen.findings import MetricFindings, TraceFindings
from sitegen.state.answers import Answers
from sitegen.visualization.colours import assign, paint_panels
from sitegen.visualization.diagrams.services import largest_roots

_KEY, _ROOTS = "colours", ""
_KEPT = 500
"""Of how many panels colours are kept, those that were drawn last."""


def paint(
    metrics: MetricFindings, traces: TraceFindings, answers: Answers, now: float
) -> tuple[MetricFindings, TraceFindings]:
    """Return what was found with its colours, and keep these; `now` is wall time in POSIX seconds."""
    kept = answers.get(_KEY)
    known = {} if kept is None else _decode(kept[1])
    colours = paint_panels(metrics.panels, known)
    if roots := largest_roots(traces.traces):
        colours[_ROOTS] = assign(known.get(_ROOTS, {}), [roots])
    others = {name: own for name, own in known.items() if name not in colours}
    body = msgspec.msgpack.encode(dict(list((others | colours).items())[-_KEPT:]))
    if colours and (kept is None or body != kept[1]):
        answers.put(_KEY, now, body)
    replace = msgspec.structs.replace
    panels = tuple(replace(data, colours=colours[data.panel.id]) for data in metrics.panels)
    return replace(metrics, panels=panels), replace(traces, colours=colours.get(_ROOTS, {}))


def _decode(body: bytes) -> dict[str, dict[str, int]]:
    """Read what was kept; what another version wrote is nothing."""
    try:
        return msgspec.msgpack.decode(body, type=dict[str, dict[str, int]])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
