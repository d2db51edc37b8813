"""Every drawing of a generation, by what it shows; the pages are composed of findings and these."""

import msgspec

from sitegen.errors import Notice
from sitegen.output import OutputFile
from sitegen.visualization.model import Figure, Waterfall


class TraceDrawing(msgspec.Struct, frozen=True):
    """One trace span by span, and where its time went."""

    waterfall: Waterfall
    breakdown: Figure


class Drawn(msgspec.Struct, frozen=True):
    """What was drawn; what could not be drawn is missing here, and `notices` say so, by section.

    `panels` are by panel id and window in seconds, `files` their data as CSV, `traces` by
    trace id, `bars` by service id, `burndowns` by objective id; `map` is None where there
    is none or it would be too large to be read. `lanes` is how the last build's work ran.
    """

    lanes: Figure
    panels: dict[tuple[str, float], Figure] = {}
    files: tuple[OutputFile, ...] = ()
    traces: dict[str, TraceDrawing] = {}
    map: str | None = None
    bars: dict[str, str] = {}
    burndowns: dict[str, str] = {}
    notices: dict[str, tuple[Notice, ...]] = {}
