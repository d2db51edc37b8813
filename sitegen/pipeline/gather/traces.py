"""The section of traces: files are read in threads, and what is worth showing is chosen."""

import glob
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b
from itertools import chain

import msgspec
from msgspec.structs import replace

from sitegen.config import Config, TraceSource
from sitegen.config.model import SELF
from sitegen.errors import Problem, Reason, notices_of
from sitegen.findings import TraceFindings
from sitegen.pipeline.run import Run, Section, note_files, unread
from sitegen.state.traces import KeptTrace
from sitegen.traces import names
from sitegen.traces.aggregator import aggregate
from sitegen.traces.analysis import choose_traces, find_linked, service_edges
from sitegen.traces.keeping import Life, Terms, choose_new
from sitegen.traces.model import Span, Trace
from sitegen.traces.source import read_traces
from sitegen.units import DAY

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
_STAMP = 8
_RENEWED, _MOST_GROWING = 5, 5_000
"""How many pages a cycle takes later spans of their traces, each an object to send; and up to how many spans one grows."""


_Read = tuple[tuple[Span, ...], tuple[Problem, ...]]


async def gather_traces(run: Run, config: Config) -> Section[TraceFindings]:
    """Read every source's spans, put them together, and choose the traces that are listed and those that get a page."""
    asked = [
        TraceSource(SELF, "otlp-file", f"{glob.escape(str(config.site.state))}/traces/*.json"),
        *config.trace_sources,
    ]
    answers = await _read(run, asked, config.trace_attributes)
    stamp, known = _stamp(config), run.state.traces.known()
    living = {
        trace_id: _decode(one.body, stamp) for trace_id, one in known.items() if one.until > run.context.slot
    }
    found, timeless = await _put_together(run, asked, answers, living)
    paged, ends = _page(run, config, found, known, living)
    # A row leads to a page: it tells what that page shows, which takes later spans of its trace a few pages a cycle.
    linked = find_linked(paged)
    kept = {trace.trace_id: replace(trace, linked=linked.get(trace.trace_id, ())) for trace in paged}
    ranked = sorted(found, key=lambda trace: (-trace.duration, trace.trace_id))
    listed, others = ranked[:_LISTED], [trace for trace in ranked[_LISTED:] if trace.trace_id not in kept]
    problems = (*(problem for _, faults in answers for problem in faults), *timeless)
    with run.state.batch():
        rows = tuple(
            note_files(run, "traces", source.name, found=bool(spans), problems=faults)
            for source, (spans, faults) in zip(asked, answers, strict=True)
        )
    findings = TraceFindings(
        traces=tuple(dict.fromkeys((*(kept.get(trace.trace_id, trace) for trace in listed), *kept.values()))),
        paged=frozenset(kept),
        ends=ends,
        edges=service_edges(found),
        sources=rows,
        notices=notices_of(problems),
        unlisted=len(others),
        unlisted_failed=sum(trace.errors > 0 for trace in others),
    )
    return Section(findings, problems)


async def _put_together(
    run: Run, sources: Sequence[TraceSource], answers: Sequence[_Read], living: Mapping[str, Trace | None]
) -> tuple[list[Trace], tuple[Problem, ...]]:
    """Return the traces of all spans, wherever a trace's halves were found, and a problem for those without a time.

    Spans that a page has, and their source no longer, are of their trace as well. sitegen's own rest: only those that began before the stable instant are shown.
    """
    own, *foreign = answers
    origins: dict[str, str] = {}
    for source, (spans, _) in zip(sources[1:], foreign, strict=True):
        for span in spans:
            origins.setdefault(span.trace_id, source.name)

    known = {(span.trace_id, span.span_id) for spans, _ in foreign for span in spans}
    shown = (
        node.span
        for trace_id, trace in living.items()
        if trace and trace_id in origins and len(trace.nodes) <= _MOST_GROWING
        for node in trace.nodes
        if (trace_id, node.span.span_id) not in known
    )

    def assemble(spans: Iterable[Span]) -> tuple[Trace, ...]:
        return aggregate(spans, "", int(run.context.now * 1e9))

    (told,) = await run.manager.io(
        "traces",
        assemble,
        [chain(*(spans for spans, _ in foreign), shown)],
        name=lambda _: "put together",
        deadline=run.gathering,
    )
    if isinstance(told, Problem):
        return [], (unread(told, "traces", "spans"),)
    traces = [replace(trace, source=origins[trace.trace_id]) for trace in told]
    lost = len(origins) - len(traces)
    said = f"{lost:,} traces have no time that can be (not set, before 2000, or after now), and were left out"
    mine = [trace for trace in aggregate(own[0], SELF) if trace.start / 1e9 < run.context.stable_until]
    return [*mine, *traces], (Problem("traces", said, Reason.UNUSABLE),) if lost else ()


async def _read(run: Run, sources: Sequence[TraceSource], attributes: frozenset[str]) -> list[_Read]:
    """Return the spans and the problems of each source; what failed as a whole has no spans."""

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
        return spans, problems

    results = await run.manager.io(
        "traces", read, sources, name=lambda source: f"read {source.name}", deadline=run.gathering
    )
    return [
        ((), (unread(result, "traces", source.name),)) if isinstance(result, Problem) else result
        for source, result in zip(sources, results, strict=True)
    ]


def _page(
    run: Run,
    config: Config,
    found: Sequence[Trace],
    known: Mapping[str, KeptTrace],
    before: Mapping[str, Trace | None],
) -> tuple[list[Trace], dict[str, float]]:
    """Return the traces that have a page, with those that get one now, and the end of each."""
    now, stamp = run.context.slot, _stamp(config)
    terms = Terms(config.traces_kept, config.traces_days * DAY, run.context.cycle)
    lives = {trace_id: Life(one.since, one.until) for trace_id, one in known.items()}
    living, anew = _living(before, found)
    own_room = _OWN_PAGES - len(_part(living)[0])
    new = choose_new(lives, found, now, terms, lambda traces, room: _choose(traces, room, own_room))
    lives |= {one.trace_id: Life(now, now + terms.life) for one in new}
    if new or anew or any(one.until <= now and one.body for one in known.values()):
        kept = {
            one.trace_id: KeptTrace(life.since, life.until, stamp + msgspec.msgpack.encode(one))
            for one in (*anew, *new)
            for life in (lives[one.trace_id],)
        }
        run.state.traces.change(now, kept)
    # Where `keep` has become less, the newest stay.
    paged = [*living, *new][-terms.keep :]
    return paged, {trace.trace_id: lives[trace.trace_id].until for trace in paged}


def _living(before: Mapping[str, Trace | None], found: Sequence[Trace]) -> tuple[list[Trace], list[Trace]]:
    """Return the traces whose pages live on, and which of them are taken as they were read now.

    Those are what other rules of redaction kept, for what has become private since is not shown again; and those that
    have most news, for a trace may be read before all its spans are written, or before their end by the clock here.
    """
    read = {trace.trace_id: trace for trace in reversed(found)}
    living = {trace_id: trace or read.get(trace_id) for trace_id, trace in before.items()}
    gains = {
        trace_id: _told(read[trace_id]) - _told(trace)
        for trace_id, trace in before.items()
        if trace and trace_id in read and len(trace.nodes) <= _MOST_GROWING
    }
    grown = sorted((key for key, gain in gains.items() if gain > 0), key=lambda key: -gains[key])[:_RENEWED]
    living |= {trace_id: read[trace_id] for trace_id in grown}
    shown = {trace_id: trace for trace_id, trace in living.items() if trace}
    return [*shown.values()], [trace for trace_id, trace in shown.items() if trace is not before[trace_id]]


def _told(trace: Trace) -> int:
    """Return how much is known of a trace: its spans, and those of them that have a length once more."""
    return sum(1 + node.span.timed for node in trace.nodes)


def _stamp(config: Config) -> bytes:
    """Return what changes with the rules of what may become public of a trace."""
    rules = repr((names.RULES, config.redaction, sorted(config.trace_attributes), config.secrets))
    return blake2b(rules.encode("utf-8", "surrogatepass"), digest_size=_STAMP).digest()


def _choose(traces: Sequence[Trace], room: int, own_room: int) -> list[Trace]:
    """Choose traces of others, and what room they leave, up to a few, for sitegen's own."""
    own, foreign = _part(traces)
    chosen = choose_traces(foreign, room)
    return [*chosen, *choose_traces(own, min(room - len(chosen), own_room))]


def _decode(body: bytes | None, stamp: bytes) -> Trace | None:
    """Read a trace that was kept under these rules; None where it cannot be read, or was kept under others."""
    if body is None or not body.startswith(stamp):
        return None
    try:
        return msgspec.msgpack.decode(body[_STAMP:], type=Trace)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _part(traces: Sequence[Trace]) -> tuple[list[Trace], list[Trace]]:
    """Separate sitegen's own traces from the others."""
    own = [trace for trace in traces if trace.source == SELF]
    return own, [trace for trace in traces if trace.source != SELF]
