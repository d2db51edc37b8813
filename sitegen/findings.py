"""What gathering found: values only, on their way to the drawings, the pages and the feeds.

Nothing in it is drawn or laid out; the one markup is the author's prose. Everything was
redacted before it came here, and names no host, no path and no query: it may be recorded.
Of a fault there is the `Notice` alone; the `Problem` goes into the build's record.
"""

from collections.abc import Sequence

import msgspec

from sitegen.availability.counting import Counted
from sitegen.availability.evidence import Evidence
from sitegen.availability.model import (
    Interval,
    Maintenance,
    ProbeResult,
    ServiceState,
    ServiceStatus,
    Slo,
    StateChange,
)
from sitegen.availability.slo import SloReport, burn_down, slo_from_intervals
from sitegen.availability.status import BRIDGED_CYCLES
from sitegen.availability.uptime import Incident, Uptime, days, downtimes, incidents, uptimes
from sitegen.content.authored import ContentPage, Excerpt
from sitegen.errors import Notice
from sitegen.freshness import Freshness, Observed
from sitegen.instrumentation.records import PublicBuild
from sitegen.logs.model import LogRecord
from sitegen.metrics.model import PanelData
from sitegen.output import OutputFile
from sitegen.traces.model import Edge, Trace
from sitegen.units import Instant, zone_of


class BuildContext(msgspec.Struct, frozen=True):
    """When and what a build is: instants in POSIX seconds, `cycle` in seconds.

    `stable_until` is the instant up to which pages that rest for five minutes look,
    `first_slot` the slot of the first build on record, None before there is one; `timezone` names the zone of days.
    """

    now: float
    slot: float
    cycle: float
    generation: int
    stable_until: float
    first_slot: float | None
    timezone: str = "UTC"

    @property
    def next_due(self) -> float:
        """The slot after this one."""
        return self.slot + self.cycle


class SourceRow(msgspec.Struct, frozen=True):
    """A source and how fresh it is; `fetched` is None where it never answered, `reasons` are what keeps answers away.

    `tried` is how many runs in a row one was tried in vain that is left alone until the next tick, of any other 0.
    """

    name: str
    status: Freshness
    fetched: Instant | None
    reasons: tuple[str, ...] = ()
    tried: int = 0


class MetricFindings(msgspec.Struct, frozen=True):
    """Every panel in every window, and the sources that panels or objectives asked."""

    panels: tuple[PanelData, ...] = ()
    sources: tuple[SourceRow, ...] = ()


class TraceFindings(msgspec.Struct, frozen=True):
    """The traces that are listed or have a page of their own; `paged` are the ids of the latter.

    `ends` says by trace id when a page's declared life is over, in POSIX seconds; `colours` are the numbers of those
    that services of roots have; `unlisted` is how many other traces were read, `unlisted_failed` how many of them have
    an error.
    """

    traces: tuple[Trace, ...] = ()
    paged: frozenset[str] = frozenset()
    ends: dict[str, float] = {}
    edges: tuple[Edge, ...] = ()
    colours: dict[str, int] = {}
    sources: tuple[SourceRow, ...] = ()
    notices: tuple[Notice, ...] = ()
    unlisted: int = 0
    unlisted_failed: int = 0


class LogFindings(msgspec.Struct, frozen=True):
    """Lines, newest first.

    `gaps` are sentences: what of a source was not read, or not understood.
    `requests` counts those of the access log that no build has counted yet, by slot
    (POSIX seconds) and class of status: `{1764000030.0: {"2xx": 41}}`.
    """

    records: tuple[LogRecord, ...] = ()
    sources: tuple[SourceRow, ...] = ()
    notices: tuple[Notice, ...] = ()
    requests: dict[float, dict[str, int]] = {}
    gaps: tuple[str, ...] = ()


class ServiceFinding(msgspec.Struct, frozen=True):
    """A service: its state, its availability, its incidents (oldest first).

    `days` are the last 90, oldest first: (start in POSIX seconds, worst state seen), `downtimes` how many seconds of each.
    `latencies` are the last hour's in seconds, one a cycle, oldest first; of sitegen itself
    how long its builds took. `certificate_days` is how
    long its certificate is still valid, where it has one. `evidence` is what its probes prove, where they ask for this
    very site.
    """

    status: ServiceStatus
    uptimes: tuple[Uptime, ...]
    days: tuple[tuple[float, ServiceState], ...]
    incidents: tuple[Incident, ...]
    latencies: tuple[float | None, ...] = ()
    certificate_days: float | None = None
    downtimes: tuple[float, ...] = ()
    evidence: Evidence | None = None

    @classmethod
    def of(  # noqa: PLR0917 - what is known of a service
        cls,
        status: ServiceStatus,
        intervals: Sequence[Interval],
        counted_to: float,
        cycle: float,
        latencies: tuple[float | None, ...] = (),
        certificate_days: float | None = None,
        timezone: str = "UTC",
    ) -> "ServiceFinding":
        """Return a service's availability from its intervals, oldest first; incidents also beyond `counted_to`, as they stand."""
        return cls(
            status=status,
            uptimes=tuple(uptimes(intervals, counted_to)),
            days=tuple(days(intervals, counted_to, zone=zone_of(timezone))),
            incidents=tuple(
                incidents(
                    intervals, max([counted_to, *(one.end for one in intervals[-1:])]), BRIDGED_CYCLES * cycle
                )
            ),
            latencies=latencies,
            certificate_days=certificate_days,
            downtimes=tuple(downtimes(intervals, counted_to, zone=zone_of(timezone))),
        )


class ObjectiveFinding(msgspec.Struct, frozen=True):
    """An objective and how it is met.

    `remaining` is the share of its budget that was left over its window, oldest first
    ((POSIX seconds, share); empty where only the present is known). `counted` is set for
    an objective over counters: its numbers, and how old they are.
    """

    report: SloReport
    remaining: tuple[tuple[float, float], ...] = ()
    counted: Observed[Counted] | None = None

    @classmethod
    def of(cls, slo: Slo, intervals: Sequence[Interval], counted_to: float) -> "ObjectiveFinding":
        """Return an objective over one probe's intervals, oldest first."""
        return cls(
            report=slo_from_intervals(slo, intervals, counted_to),
            remaining=tuple(burn_down(slo, intervals, counted_to)),
        )


class AvailabilityFindings(msgspec.Struct, frozen=True):
    """Services and objectives; `changes` of state are newest first.

    `results` are what the probes found in this cycle; `counted_to` is the instant up to
    which the uptimes are counted.
    """

    services: tuple[ServiceFinding, ...] = ()
    objectives: tuple[ObjectiveFinding, ...] = ()
    maintenance: tuple[Maintenance, ...] = ()
    changes: tuple[StateChange, ...] = ()
    results: tuple[ProbeResult, ...] = ()
    counted_to: float | None = None

    @property
    def statuses(self) -> tuple[ServiceStatus, ...]:
        """What is said of each service now."""
        return tuple(service.status for service in self.services)


class ContentFindings(msgspec.Struct, frozen=True):
    """The author's pages, and the files they need; `made_at` is when they were made (POSIX seconds).

    `former` are the last good versions of pages that have changed since, for where the finished page may not be published.
    `copies` are the author's files that are published as they are.
    `waiting` says which pages wait for their date, and which links for a page.
    """

    made_at: float
    pages: tuple[ContentPage, ...] = ()
    files: tuple[OutputFile, ...] = ()
    techniques: tuple[tuple[str, str, Excerpt], ...] = ()
    former: tuple[ContentPage, ...] = ()
    waiting: tuple[str, ...] = ()
    copies: tuple[OutputFile, ...] = ()


class LastDeploy(msgspec.Struct, frozen=True):
    """The last deploy to a target: when (POSIX seconds), how it ended, and the class of its reason where it was not done.

    `usd_month` is what a month at this pace costs, where that is known.
    """

    target: str
    at: float
    status: str
    reason: str = ""
    usd_month: float | None = None


class BuildFindings(msgspec.Struct, frozen=True):
    """The build that `/build/` shows: the last completed one, or on the very first that build so far.

    `notices` are what visitors read of its faults; of the builds in `history` all but tasks and pages is known.
    `deploys` are the last that went live, oldest first: (POSIX seconds, short name); `last_deploys` the last to each
    target, also one that was refused.
    """

    record: PublicBuild
    so_far: bool
    history: tuple[PublicBuild, ...]
    deploys: tuple[tuple[float, str], ...] = ()
    notices: tuple[Notice, ...] = ()
    last_deploys: tuple[LastDeploy, ...] = ()


class Findings(msgspec.Struct, frozen=True):
    """Everything that the site is made of.

    `notices` are what visitors read of the faults that gathering met, by section; `unkept` of those
    of what sitegen keeps between builds. `samples` are sitegen's own series as of the stable instant.
    `simulated` says that none of it was measured, which every page then shows. `site_id` tells the site from every
    other; entries of the feed have ids of it since `ids_since` (POSIX seconds), and those of an earlier sitegen before.
    """

    context: BuildContext
    metrics: MetricFindings
    traces: TraceFindings
    logs: LogFindings
    availability: AvailabilityFindings
    content: ContentFindings
    build: BuildFindings
    notices: dict[str, tuple[Notice, ...]] = {}
    unkept: tuple[Notice, ...] = ()
    samples: dict[str, float] = {}
    simulated: bool = False
    site_id: str = ""
    ids_since: float = 0.0
