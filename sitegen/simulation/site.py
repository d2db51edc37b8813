"""The simulation's front door: a seed and an instant in, everything out that gathering would have found."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from sitegen.availability.model import ServiceState, ServiceStatus
from sitegen.availability.timeline import ANSWERED
from sitegen.content.loader import load_content
from sitegen.content.page import make_page
from sitegen.content.techniques import TECHNIQUES, take_excerpt
from sitegen.findings import BuildContext, ContentFindings, Findings
from sitegen.instrumentation.own_series import PUBLISHED
from sitegen.instrumentation.records import PublicBuild
from sitegen.metrics.model import Overview
from sitegen.simulation.availability import HISTORY, simulate_availability
from sitegen.simulation.builds import simulate_builds
from sitegen.simulation.logs import simulate_logs
from sitegen.simulation.metrics import simulate_metrics
from sitegen.simulation.shop import open_shop
from sitegen.simulation.story import CYCLE
from sitegen.simulation.traces import simulate_traces
from sitegen.units import DAY

TITLE = "shop"
DESCRIPTION = "A small web shop: 8 services, 4 objectives, 90 days of history."
OVERVIEW = Overview(
    tiles=("p95", "requests", "errors", "orders", "connections", "processor"), charts=("p95", "all-latency")
)
_REST = 300.0
_WRITTEN = 21 * DAY


def simulate(seed: int, now: float) -> Findings:
    """Return the findings of a shop at the last slot before `now` (POSIX seconds); the same ones for the same values."""
    now = now // CYCLE * CYCLE
    context = BuildContext(
        now=now,
        slot=now,
        cycle=CYCLE,
        generation=int(HISTORY // CYCLE) + int(now % DAY // CYCLE),
        stable_until=now // _REST * _REST,
        first_slot=now // DAY * DAY - HISTORY,
    )
    shop = open_shop(seed, now)
    traces = simulate_traces(seed, shop.story, now)
    availability = simulate_availability(shop, now, context.stable_until)
    drawn = [trace.trace_id for trace in traces.traces if trace.trace_id in traces.paged]
    build = simulate_builds(seed, context, drawn, shop.story)
    return Findings(
        context=context,
        metrics=simulate_metrics(shop, now),
        traces=traces,
        logs=simulate_logs(seed, shop.story, traces.traces, now),
        availability=availability,
        content=_content(now // DAY * DAY - _WRITTEN),
        build=build,
        samples=_samples(build.record, availability.statuses),
        simulated=True,
    )


def _content(made_at: float) -> ContentFindings:
    """Return the author's pages, from files beside this one."""
    content = load_content(Path(str(files("sitegen.simulation") / "content")))
    made = (make_page(draft, {}, "/").page for draft in content.pages)
    return ContentFindings(
        made_at=made_at,
        pages=tuple(page for page in made if page is not None),
        techniques=tuple(take_excerpt(entry) for entry in TECHNIQUES),
    )


def _samples(record: PublicBuild, services: Sequence[ServiceStatus]) -> dict[str, float]:
    """Return what `metrics.txt` says of the site itself."""
    samples = {
        "sitegen_up": 1.0,
        "sitegen_build_duration_seconds": record.duration,
        "sitegen_build_files_changed": float(record.files_changed),
        PUBLISHED: record.started_at,
    }
    for one in services:
        if one.state in ANSWERED:
            samples[f'sitegen_probe_up{{probe="{one.id}"}}'] = float(one.state is not ServiceState.DOWN)
    return samples
