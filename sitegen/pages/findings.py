"""What the sections of a build found and drew, on its way to the pages; complete when made."""

import msgspec

from sitegen.availability.model import ServiceStatus
from sitegen.content.authored import ContentPage, Excerpt
from sitegen.instrumentation.records import BuildRecord
from sitegen.logs.model import LogRecord
from sitegen.metrics.model import PanelData
from sitegen.output import OutputFile
from sitegen.pages.views import SloPanel, SourceRow, TraceView
from sitegen.traces.model import Edge, Trace
from sitegen.units import Sentence
from sitegen.visualization.model import Figure

__all__ = [
    "AvailabilityFindings", "BuildFindings", "ContentFindings", "Findings", "LogFindings", "MetricFindings", "Moment",
    "PanelDrawing", "TraceFindings",
]  # fmt: skip


class Moment(msgspec.Struct, frozen=True):
    """When and what a build is: instants in POSIX seconds, `cycle` in seconds.

    `calm` is the instant up to which pages that rest for five minutes look, `begun` the
    slot of the first build on record, None before there is one.
    """

    now: float
    slot: float
    cycle: float
    generation: int
    calm: float
    begun: float | None

    @property
    def next_due(self) -> float:
        """The slot after this one."""
        return self.slot + self.cycle


class PanelDrawing(msgspec.Struct, frozen=True):
    """A panel in one window: what is known, its figure, its CSV file."""

    data: PanelData
    figure: Figure
    csv: OutputFile


class MetricFindings(msgspec.Struct, frozen=True):
    """Every panel in every window, and the sources they were asked of."""

    drawings: tuple[PanelDrawing, ...] = ()
    sources: tuple[SourceRow, ...] = ()


class TraceFindings(msgspec.Struct, frozen=True):
    """`paged` are the ids of the traces that have a page, with that page's view."""

    traces: tuple[Trace, ...] = ()
    paged: dict[str, TraceView] = {}
    edges: tuple[Edge, ...] = ()
    map: str | None = None
    sources: tuple[SourceRow, ...] = ()
    notes: tuple[str, ...] = ()


class LogFindings(msgspec.Struct, frozen=True):
    """Newest first; `total` counts the lines read, shown or not."""

    records: tuple[LogRecord, ...] = ()
    total: int = 0
    sources: tuple[SourceRow, ...] = ()
    notes: tuple[str, ...] = ()


class AvailabilityFindings(msgspec.Struct, frozen=True):
    """`latencies` are the last hour's, by service id, oldest first; `changes` newest first: when, and what happened.

    `sources` are those that objectives are counted from; `made_at` is the instant up to which the uptimes are counted.
    """

    services: tuple[ServiceStatus, ...] = ()
    latencies: dict[str, tuple[float | None, ...]] = {}
    panels: tuple[SloPanel, ...] = ()
    objectives: tuple[SloPanel, ...] = ()
    maintenance: tuple[Sentence, ...] = ()
    changes: tuple[tuple[float, str], ...] = ()
    sources: tuple[SourceRow, ...] = ()
    made_at: float | None = None


class ContentFindings(msgspec.Struct, frozen=True):
    """The author's pages, and the files they need."""

    pages: tuple[ContentPage, ...] = ()
    files: tuple[OutputFile, ...] = ()
    techniques: tuple[tuple[str, str, Excerpt], ...] = ()


class BuildFindings(msgspec.Struct, frozen=True):
    """The build that `/build/` shows: the last completed one, or on the very first that build so far."""

    record: BuildRecord
    so_far: bool
    lanes: Figure
    history: tuple[BuildRecord, ...]


class Findings(msgspec.Struct, frozen=True):
    """Everything that the pages are made of; `samples` are sitegen's own series as of the calm instant."""

    moment: Moment
    metrics: MetricFindings
    traces: TraceFindings
    logs: LogFindings
    availability: AvailabilityFindings
    content: ContentFindings
    build: BuildFindings
    samples: dict[str, float] = {}
