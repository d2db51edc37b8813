"""The sources of metrics: what panels and objectives ask is asked side by side, each query once."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial
from typing import NamedTuple, TypeVar

from msgspec.structs import replace

from sitegen.aws import ATTEMPTS, cloudwatch_connector
from sitegen.config import Config
from sitegen.config.model import SELF, CloudWatch, Host, MetricServer
from sitegen.errors import Notice, Problem, notices_of
from sitegen.findings import SourceRow
from sitegen.freshness import Observed, classify, doubt, missing, observed
from sitegen.http import RetryBudget, Session
from sitegen.instrumentation.own_series import OWN_SERIES, REQUESTS
from sitegen.metrics.analysis import (
    BACK,
    Labels,
    cover,
    find_seldom,
    has_holes,
    is_too_short,
    join_earlier,
    reach_back,
)
from sitegen.metrics.asking import Answer, Asked, Asker, Server
from sitegen.metrics.cloudwatch import LEAST_STEP, CloudWatchSource
from sitegen.metrics.collector import SETTLE, Past, ask_now, decode, encode, plan_queries
from sitegen.metrics.failures import explain_partial
from sitegen.metrics.model import MetricQuery, MetricResult, Panel
from sitegen.metrics.source import SelfSource, Source
from sitegen.metrics.sources import SERVERS
from sitegen.pipeline.gather.objectives import Question, plan_questions
from sitegen.pipeline.run import Run, reasons_of
from sitegen.state.answers import Form
from sitegen.units import Instant

T = TypeVar("T")

_SECTION = "metrics"
_FORM = Form(encode, decode)


class Answered(NamedTuple):
    """What is known of each panel's id and window in seconds, what each objective's question got, and the sources.

    `faults` are those of panels, and what their answers lack, `warnings` what is dangerous in how sources are asked,
    `remarks` what servers said beside an answer, `apart` whose clock and the one here differ.
    """

    panels: dict[tuple[str, float], Observed[MetricResult]]
    queries: dict[tuple[str, float], MetricQuery]
    questions: dict[Question, Answer]
    rows: tuple[SourceRow, ...]
    warnings: tuple[Problem, ...]
    faults: tuple[Problem, ...]
    remarks: tuple[Problem, ...]
    apart: Mapping[str, Notice]


async def ask_sources(run: Run, config: Config, only: Sequence[str]) -> Answered:
    """Ask every query of the sections that are wanted (none named means all), and keep what was answered."""
    scrapes = {
        one.name: one.scrape_interval
        for one in config.metric_sources
        if isinstance(one, MetricServer) and SERVERS[one.type].counts
    }
    panels = _plan_panels(run, config, scrapes) if not only or "metrics" in only else {}
    questions = (
        plan_questions(config.slos, run.context.now, scrapes) if not only or "availability" in only else ()
    )
    queries = list(dict.fromkeys((*panels.values(), *(question.query for question in questions))))
    widths = config.sections.get(_SECTION)
    asker = Asker(_Threads(run, widths.threads if widths else None), run.context.now, run.gathering)
    known = run.state.sources.known(_SECTION)
    asked = await asker.ask(queries, _servers(run, config), known)
    earlier = _plan_back(panels, asked.answers, scrapes)
    asked.answers.update(await _ask_back(run, config, asker, earlier, asked.answers))
    # One transaction: each of its own would wait for the disk, 15 ms a query.
    with run.state.batch():
        run.state.sources.save(_SECTION, {name: one for name, one in asked.records.items() if name != SELF})
        seen = {
            query: doubt(_observe(run, query, asked.answers[query]), asked.apart.get(query.source))
            for query in dict.fromkeys(panels.values())
        }
    shown = [asked.answers[query] for query in seen]
    return Answered(
        panels={key: seen[query] for key, query in panels.items()},
        queries=panels,
        questions={question: asked.answers[question.query] for question in questions},
        rows=tuple(_row(run, name, queries, asked) for name in asked.records),
        warnings=asked.warnings,
        faults=tuple(dict.fromkeys(one for answer in shown for one in _faults_in(answer))),
        remarks=tuple(dict.fromkeys(one for answer in asked.answers.values() for one in _overhear(answer))),
        apart=asked.apart,
    )


async def _ask_back(
    run: Run,
    config: Config,
    asker: Asker,
    earlier: Mapping[MetricQuery, MetricQuery],
    answers: Mapping[MetricQuery, Answer],
) -> dict[MetricQuery, Answer]:
    """Ask what belongs to answers, and join it with them; part of it is no better than none."""
    if not earlier:
        return {}
    asked = await asker.ask([*dict.fromkeys(earlier.values())], _servers(run, config), {})
    return {
        one: join_earlier(answer, wide)
        for one, query in earlier.items()
        if isinstance(wide := asked.answers[query], MetricResult)
        and isinstance(answer := answers[one], MetricResult)
        and not wide.partial
    }


def _plan_back(
    panels: Mapping[tuple[str, float], MetricQuery],
    answers: Mapping[MetricQuery, Answer],
    scrapes: Collection[str],
) -> dict[MetricQuery, MetricQuery]:
    """Return what else is to be asked for answers: the days before windows in which nothing is current, and what lies between long steps.

    Samples may be further apart than a window is long, or than an answer in steps repeats them.
    """
    earlier: dict[MetricQuery, MetricQuery] = {}
    seldom: dict[str, set[Labels]] = {}
    found = {
        key: (query, answer)
        for key, query in panels.items()
        if query.source != SELF and isinstance(answer := answers[query], MetricResult)
    }
    for (panel, _), (_, answer) in found.items():
        seldom.setdefault(panel, set()).update(find_seldom(answer))
    for (panel, _), (query, answer) in found.items():
        window, expression = query.window, query.expression
        if query.source in scrapes and has_holes(answer, seldom[panel]):
            expression = cover(expression, window.step)
        elif window.end - window.start >= BACK or not is_too_short(answer):
            continue
        earlier[query] = MetricQuery(query.source, expression, reach_back(window))
    return earlier


def _plan_panels(
    run: Run, config: Config, scrapes: Mapping[str, float]
) -> dict[tuple[str, float], MetricQuery]:
    context = run.context
    least_steps = {one.name: LEAST_STEP for one in config.metric_sources if isinstance(one, CloudWatch)}
    # The first build looks where the second will, so that what is empty stays as it is.
    first = context.first_slot
    past = Past(context.slot, context.slot) if first is None else Past(first, context.stable_until)
    unseen = _unseen(run, config.panels)
    # The machine is read until all others have answered (sitegen.pipeline.gather.host).
    hosts = {one.name for one in config.metric_sources if isinstance(one, Host)}
    panels = [panel for panel in config.panels if panel.source not in hosts]
    plan = plan_queries(panels, context.now - SETTLE, context.cycle, least_steps, past, unseen, scrapes)
    return ask_now(panels, plan, context.now, scrapes)


def _unseen(run: Run, panels: Sequence[Panel]) -> frozenset[str]:
    """Return the panels on series of the own history that no build has stored yet: their windows need not move."""
    known = {name.partition("{")[0] for name in run.state.series.names()}
    own = [panel for panel in panels if panel.source == SELF]
    return frozenset(panel.id for panel in own if panel.query.partition("{")[0] not in known)


def _servers(run: Run, config: Config) -> list[Server]:
    sources = [one for one in config.metric_sources if not isinstance(one, Host)]
    budget, names = RetryBudget(), run.state.series.names()
    # A series that no build has stored yet is known all the same: it is empty, not a mistake.
    coming = {REQUESTS, *OWN_SERIES} - {name.partition("{")[0] for name in names}
    own = Server(SELF, 1, lambda _: SelfSource(run.state.series.columns, (*names, *coming)))
    return [own, *(Server(one.name, one.max_concurrency, partial(_open, run, budget, one)) for one in sources)]  # fmt: skip


def _open(run: Run, budget: RetryBudget, source: MetricServer | CloudWatch, failed: bool) -> Source:  # noqa: FBT001 - as `Server.open` has it
    if isinstance(source, CloudWatch):
        connect = cloudwatch_connector(source.region, 1 if failed else ATTEMPTS, source.timeout)
        return CloudWatchSource(connect, name=source.name, namespace=source.namespace, redactor=run.redactor)
    endpoint = replace(source.endpoint, attempts=1) if failed else source.endpoint
    session = Session(endpoint, clock=run.clock, deadline=run.gathering, budget=budget, redactor=run.redactor)
    return SERVERS[source.type].open(session, name=source.name, redactor=run.redactor)


class _Threads(NamedTuple):
    """A server's queries in threads of its own, or in as many as the section of metrics may have in all."""

    run: Run
    threads: int | None

    def __call__(
        self, server: Server, call: Callable[[MetricQuery], T | Problem], queries: Sequence[MetricQuery]
    ) -> Awaitable[list[T | Problem]]:
        return self.run.manager.io(
            _SECTION,
            call,
            queries,
            name=lambda _: f"ask {server.name}",  # the query itself is not for the public
            peer=lambda _: None if server.name == SELF else server.name,
            pool=_SECTION if self.threads else f"{_SECTION} {server.name}",
            width=self.threads or server.width,
            deadline=self.run.gathering,
        )


def _observe(run: Run, query: MetricQuery, answer: Answer) -> Observed[MetricResult]:
    """Judge an answer and keep it; where there is none, take the last known good one."""
    value = replace(answer, warnings=(), infos=()) if isinstance(answer, MetricResult) else None
    notices = notices_of([answer] if isinstance(answer, Problem) else [])
    now, cycle = run.context.now, run.context.cycle
    if query.source == SELF:
        return missing(*notices) if value is None else observed(value, now, now, cycle)
    key = f"metrics\0{query.source}\0{query.expression}\0{query.window.step}\0{query.window.columns}"
    return run.state.answers.keep_or_recall(key, value, _FORM, notices, now=now, cycle=cycle)


def _faults_in(answer: Answer) -> tuple[Problem, ...]:
    """Return what keeps an answer away, or is missing in it."""
    return (answer,) if isinstance(answer, Problem) else explain_partial(answer)


def _overhear(answer: Answer) -> tuple[Problem, ...]:
    """Return what a server said beside its answer, which is for operators alone."""
    if isinstance(answer, Problem):
        return ()
    return tuple(Problem(f"metrics.{answer.query.source}", said) for said in answer.infos)


def _row(run: Run, name: str, queries: Sequence[MetricQuery], asked: Asked) -> SourceRow:
    """Sum up a source: as fresh as its last answer, with what it says beside that."""
    record, apart = asked.records[name], asked.apart.get(name)
    status = classify(record.answered_at, run.context.now, run.context.cycle)
    own = [fault for query in queries if query.source == name for fault in _faults_in(asked.answers[query])]
    return SourceRow(
        name=name,
        status=status if apart is None else status.doubted,
        fetched=None if record.answered_at is None else Instant(record.answered_at),
        reasons=reasons_of([*([] if apart is None else [apart]), *own]),
        tried=record.failures if record.is_down else 0,
    )
