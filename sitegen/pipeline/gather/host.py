"""The machine that builds: read until every other source has answered, kept in the state, and shown by its panels."""

import asyncio

import msgspec

from sitegen.concurrency.sampler import Sampler
from sitegen.config import Config
from sitegen.config.model import Host
from sitegen.errors import Notice, Reason
from sitegen.findings import MetricFindings, SourceRow
from sitegen.freshness import Freshness, Observed, missing, observed
from sitegen.metrics.collector import host_window
from sitegen.metrics.host_series import (
    FIRST,
    HostPast,
    Reading,
    columns_of,
    first_window,
    mean_gauges,
    measure,
)
from sitegen.metrics.model import MetricQuery, MetricResult, Panel, PanelData, Series
from sitegen.pipeline.gather.metrics import panel_data
from sitegen.pipeline.run import Run, Section
from sitegen.state.sources import SourceRecord
from sitegen.units import Instant, Window

_SECTION, _KEPT = "metrics", "host"


async def gather_host(
    run: Run, config: Config, metrics: Section[MetricFindings], began: float
) -> Section[MetricFindings]:
    """Return the section with the panels and sources of the machine; `began` is when gathering did, monotonic."""
    names = [source.name for source in config.metric_sources if isinstance(source, Host)]
    if not names:
        return metrics
    past = _recall(run)
    if run.host is not None:
        past = _keep(run, past, await _read(run, run.host, began, is_first=past is None))
        fresh = SourceRecord().after(run.context.now, healthy=True, answered=True, asked=1, fault="")
        run.state.sources.save(_SECTION, dict.fromkeys(names, fresh))
    found = {(one.panel.id, one.span): one for one in metrics.found.panels}
    found |= {
        (panel.id, span): _show(run, panel, span, past)
        for panel in config.panels
        if panel.source in names
        for span in panel.windows
    }
    order = [(panel.id, span) for panel in config.panels for span in panel.windows]
    # Under a clock that stands still the machine is never read, and is no source.
    read = [SourceRow(name, Freshness.FRESH, Instant(run.context.now)) for name in names if past]
    rows = (*metrics.found.sources, *read)
    return Section(
        MetricFindings(tuple(found[key] for key in order), rows), metrics.problems, metrics.remarks
    )


async def _read(run: Run, host: Sampler[Reading], began: float, *, is_first: bool) -> tuple[Reading, ...]:
    """End the sampling; before the first time, wait until there is something to see."""
    if is_first:
        rest = FIRST - (run.clock.monotonic() - began)
        with run.manager.task(_SECTION, "watch the machine"):
            await asyncio.sleep(max(0.0, min(rest, run.gathering.remaining())))
    return host.stop()


def _recall(run: Run) -> HostPast | None:
    kept = run.state.answers.get(_KEPT)
    try:
        return None if kept is None else msgspec.msgpack.decode(kept[1], type=HostPast)
    except msgspec.DecodeError:
        return None


def _keep(run: Run, past: HostPast | None, readings: tuple[Reading, ...]) -> HostPast:
    """Keep what this build read: one sample for its slot, and the counters for the next build's."""
    last = readings[-1]
    begin = past.last if past else readings[0]
    samples = measure(begin, last) | mean_gauges(readings)
    if past is None:
        # The last half second: a build that was slow to start has read for longer.
        first = tuple(reading for reading in readings if reading.at >= last.at - FIRST)
        past = HostPast(run.context.slot, first if len(first) > 1 else readings[-2:], last)
    past = msgspec.structs.replace(past, last=last)
    # Of several builds in one slot the first leaves its samples, as everywhere.
    stored = run.state.series.latest(next(iter(samples), ""))
    with run.state.batch():
        run.state.answers.put(_KEPT, run.context.now, msgspec.msgpack.encode(past))
        if stored is None or stored[0] != run.context.slot:
            run.state.series.add(run.context.slot, samples)
    return past


def _show(run: Run, panel: Panel, span: float, past: HostPast | None) -> PanelData:
    now, cycle = run.context.now, run.context.cycle
    if past is None:
        window = Window.ending(now, span)
        unread: Observed[MetricResult] = missing(Notice(f"metrics.{panel.source}", Reason.NOT_ASKED))
        return panel_data(panel, span, MetricQuery(panel.source, panel.query, window), unread, run.context)
    first = first_window(past.first)
    window = host_window(span, now, cycle, past.begun, first)
    query = MetricQuery(panel.source, panel.query, window)
    if window == first:
        times, values = columns_of(past.first, panel.query, window)
    else:
        times, values = run.state.series.columns(panel.query, window)
    series = (Series(labels={"__name__": panel.query}, times=times, values=values),) if times else ()
    return panel_data(panel, span, query, observed(MetricResult(query, series), now, now, cycle), run.context)
