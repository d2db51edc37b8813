"""The section of traces: files are read in threads, what is kept is drawn in processes."""

from collections.abc import Sequence
from pathlib import Path

from sitegen.config import TraceSource
from sitegen.config.model import SELF
from sitegen.errors import Problem
from sitegen.freshness import Freshness
from sitegen.pipeline.run import Run, Section, split
from sitegen.site.drawings import draw_map, draw_trace
from sitegen.site.findings import TraceFindings
from sitegen.site.views import SourceRow
from sitegen.traces.aggregator import aggregate
from sitegen.traces.analysis import choose_traces, service_edges
from sitegen.traces.model import Trace
from sitegen.traces.source import read_traces
from sitegen.units import Instant

__all__ = ["gather_traces"]

_OWN_ATTRIBUTES = frozenset(
    {
        "sitegen.generation",
        "sitegen.status",
        "sitegen.pool",
        "sitegen.worker",
        "sitegen.tasks",
        "peer.service",
    }
)
_OWN_PAGES = 5
_LISTED = 200


async def gather_traces(
    run: Run, state: Path, sources: Sequence[TraceSource], attributes: frozenset[str], keep: int
) -> Section[TraceFindings]:
    """Read every source's spans, put them together, draw the traces that get a page, and the service map."""
    own = TraceSource(SELF, str(state / "traces" / "*.json"))

    def read(source: TraceSource) -> tuple[tuple[Trace, ...], tuple[Problem, ...]]:
        allowed = _OWN_ATTRIBUTES if source is own else attributes
        spans, problems = read_traces(
            source.path,
            source=source.name,
            allowed=allowed,
            redactor=run.redactor,
            deadline=run.gathering,
            required=source is not own,
        )
        return aggregate(spans, source.name), problems

    asked = [own, *sources]
    results = await run.manager.io(
        "traces", read, asked, name=lambda source: f"read {source.name}", deadline=run.gathering
    )
    found: list[Trace] = []
    problems: list[Problem] = []
    rows: list[SourceRow] = []
    for source, result in zip(asked, results, strict=True):
        traces, faults = ((), (result,)) if isinstance(result, Problem) else result
        # sitegen's own traces rest: only those that ended before the calm instant are shown.
        shown = [trace for trace in traces if source is not own or (trace.start / 1e9) < run.moment.calm]
        found += shown
        problems += faults
        rows.append(_row(source, run, tuple(traces), faults))
    kept = choose_traces([trace for trace in found if trace.source != SELF], keep)
    own_kept = choose_traces([trace for trace in found if trace.source == SELF], _OWN_PAGES)
    paged = (*kept, *own_kept)
    drawn = split(
        await run.manager.cpu("traces", draw_trace, paged, name=lambda trace: f"draw {trace.trace_id[:8]}")
    )
    edges = service_edges(found)
    maps = split(
        await run.manager.cpu("traces", draw_map, [edges] if edges else [], name=lambda _: "draw service map")
    )
    problems += [*drawn.problems, *maps.problems]
    drawings = (
        dict(zip([trace.trace_id for trace in paged], drawn.values, strict=True))
        if not drawn.problems
        else {}
    )
    listed = sorted(found, key=lambda trace: (-trace.duration, trace.trace_id))[:_LISTED]
    findings = TraceFindings(
        traces=tuple(dict.fromkeys((*listed, *paged))),
        paged=drawings,
        edges=edges,
        map=maps.values[0] if maps.values else None,
        sources=tuple(rows),
        notes=tuple(dict.fromkeys(problem.message for problem in problems)),
    )
    return Section(findings, tuple(problems))


def _row(source: TraceSource, run: Run, traces: tuple[Trace, ...], problems: Sequence[Problem]) -> SourceRow:
    """Sum up a source: one that was read answered now; sitegen's own is fresh even while it is empty."""
    read = bool(traces) or source.name == SELF
    return SourceRow(
        name=source.name,
        status=Freshness.FRESH if read else Freshness.MISSING,
        fetched=Instant(run.moment.now) if read else None,
        messages=tuple(problem.message for problem in problems)[:2],
    )
