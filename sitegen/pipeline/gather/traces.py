"""The section of traces: files are read in threads, and what is worth showing is chosen."""

from collections.abc import Sequence

from sitegen.config import Config, TraceSource
from sitegen.config.model import SELF
from sitegen.errors import Problem
from sitegen.findings import TraceFindings
from sitegen.pipeline.run import Run, Section, note_files
from sitegen.traces.aggregator import aggregate
from sitegen.traces.analysis import choose_traces, service_edges
from sitegen.traces.model import Trace
from sitegen.traces.source import read_traces

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


_Read = tuple[tuple[Trace, ...], tuple[Problem, ...]]


async def gather_traces(run: Run, config: Config) -> Section[TraceFindings]:
    """Read every source's spans, put them together, and choose the traces that are listed and those that get a page."""
    asked = [
        TraceSource(SELF, "otlp-file", str(config.site.state / "traces" / "*.json")),
        *config.trace_sources,
    ]
    answers = await _read(run, asked, config.trace_attributes)
    found = [
        trace
        for source, (traces, _) in zip(asked, answers, strict=True)
        for trace in traces
        if _is_shown(trace, source, run)
    ]
    own, foreign = _part(found)
    paged = (*choose_traces(foreign, config.traces_kept), *choose_traces(own, _OWN_PAGES))
    listed = sorted(found, key=lambda trace: (-trace.duration, trace.trace_id))[:_LISTED]
    problems = tuple(problem for _, faults in answers for problem in faults)
    with run.state.batch():
        rows = tuple(
            note_files(run, "traces", source.name, found=bool(traces), problems=faults)
            for source, (traces, faults) in zip(asked, answers, strict=True)
        )
    findings = TraceFindings(
        traces=tuple(dict.fromkeys((*listed, *paged))),
        paged=frozenset(trace.trace_id for trace in paged),
        edges=service_edges(found),
        sources=rows,
        notes=tuple(dict.fromkeys(problem.message for problem in problems)),
    )
    return Section(findings, problems)


async def _read(run: Run, sources: Sequence[TraceSource], attributes: frozenset[str]) -> list[_Read]:
    """Return the traces and the problems of each source; what failed as a whole has no traces."""

    def read(source: TraceSource) -> _Read:
        own = source.name == SELF
        spans, problems = read_traces(
            source.path,
            source=source.name,
            allowed=_OWN_ATTRIBUTES if own else attributes,
            redactor=run.redactor,
            deadline=run.gathering,
            required=not own,
        )
        return tuple(aggregate(spans, source.name)), problems

    results = await run.manager.io(
        "traces", read, sources, name=lambda source: f"read {source.name}", deadline=run.gathering
    )
    return [((), (result,)) if isinstance(result, Problem) else result for result in results]


def _is_shown(trace: Trace, source: TraceSource, run: Run) -> bool:
    """Return whether a trace is: sitegen's own rest, only those that ended before the stable instant are."""
    return source.name != SELF or trace.start / 1e9 < run.context.stable_until


def _part(traces: Sequence[Trace]) -> tuple[list[Trace], list[Trace]]:
    """Separate sitegen's own traces from the others."""
    own = [trace for trace in traces if trace.source == SELF]
    return own, [trace for trace in traces if trace.source != SELF]
