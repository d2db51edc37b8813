"""The section of metrics: sources are asked in threads, and what is known of each panel is put together."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import msgspec

from sitegen.aws import ATTEMPTS, cloudwatch_connector
from sitegen.config import Config, MetricSource
from sitegen.config.model import SELF
from sitegen.errors import Problem
from sitegen.findings import MetricFindings, SourceRow
from sitegen.freshness import Freshness, Observed
from sitegen.http import RetryBudget
from sitegen.instrumentation.own_series import OWN_SERIES, REQUESTS
from sitegen.metrics.cloudwatch import CloudWatchSource
from sitegen.metrics.collector import (
    LastKnownGood,
    Past,
    collect,
    decode,
    encode,
    observe,
    plan_queries,
)
from sitegen.metrics.model import MetricQuery, MetricResult, Panel, PanelData
from sitegen.metrics.source import PrometheusSource, SelfSource, Source
from sitegen.pipeline.run import Run, Section
from sitegen.pipeline.watching import WatchedSession, put_one_first, remember_fault, tell_left_alone
from sitegen.state.breakers import Breaker
from sitegen.units import Instant

__all__ = ["SETTLE", "gather_metrics"]

SETTLE = 2.0
"""Windows end this many seconds ago: a scrape that is being stored would change an answer after it was drawn."""

_CLOUDWATCH_PERIOD = 60.0


class _Connected(NamedTuple):
    """A source ready to be asked; `spoke` says whether its server has said anything, `reached` whether it is well."""

    name: str
    source: Source
    width: int
    spoke: Callable[[], bool]
    reached: Callable[[], bool]
    close: Callable[[], None]
    warnings: Callable[[], tuple[Problem, ...]]


async def gather_metrics(run: Run, config: Config) -> Section[MetricFindings]:
    """Ask every query once, fall back to what was known: each panel in each of its windows."""
    panels, sources = config.panels, config.metric_sources
    widths = config.sections.get("metrics")
    threads = widths.threads if widths else None
    breakers = run.state.history.breakers()
    now = run.context.now - SETTLE
    least_steps = {source.name: _CLOUDWATCH_PERIOD for source in sources if source.type == "cloudwatch"}
    past = None if run.context.first_slot is None else Past(run.context.first_slot, run.context.stable_until)
    planned = plan_queries(panels, now, run.context.cycle, least_steps, past, _unseen(run, panels))
    queries = list(dict.fromkeys(planned.values()))
    connected = _connect(run, sources, breakers)
    answers: dict[MetricQuery, MetricResult | Problem] = {}
    asked = [_ask(run, one, queries, breakers, threads) for one in connected]
    for found in await asyncio.gather(*asked):
        answers |= found
    wanted = {query.source for query in queries}
    # Only what this section asked: what others know of theirs is theirs to keep.
    outcome = {one.name: breakers.get(one.name, Breaker()).after(one.reached(), run.context.now) for one in connected
               if one.name in wanted - {SELF} and breakers.get(one.name, Breaker()).allows(run.context.now)}  # fmt: skip
    run.state.history.save_breakers(outcome)
    # One transaction: each of its own would wait for the disk, 15 ms a query.
    with run.state.batch():
        observations = {query: _observe(run, query, answers.get(query)) for query in queries}
    data = tuple(
        _panel_data(panel, span, planned[panel.id, span], observations[planned[panel.id, span]])
        for panel in panels
        for span in panel.windows
    )
    warnings = [Problem(f"metrics.{one.name}", said.message) for one in connected for said in one.warnings()]
    rows = tuple(
        _row(one.name, [o for q, o in observations.items() if q.source == one.name]) for one in connected
    )
    for one in connected:
        one.close()
    faults = dict.fromkeys(problem for one in observations.values() for problem in one.problems)
    return Section(
        MetricFindings(panels=data, sources=tuple(row for row in rows if row is not None)),
        (*warnings, *faults),
    )


def _unseen(run: Run, panels: Sequence[Panel]) -> frozenset[str]:
    """Give the panels on series of the own history that no build has stored yet: their windows need not move."""
    known = {name.partition("{")[0] for name in run.state.history.names()}
    own = [panel for panel in panels if panel.source == SELF]
    return frozenset(panel.id for panel in own if panel.query.partition("{")[0] not in known)


def _panel_data(panel: Panel, span: float, query: MetricQuery, observed: Observed[MetricResult]) -> PanelData:
    """Put a panel and its answer together, without the query: nothing that is shown or recorded needs it.

    An answer is drawn in its own window, so that last known values stay where they were.
    """
    replace = msgspec.structs.replace
    if (result := observed.value) is not None:
        query = replace(result.query, expression="")
        observed = replace(observed, value=replace(result, query=query))
    return PanelData(panel=replace(panel, query=""), span=span, window=query.window, observed=observed)


def _connect(run: Run, sources: Sequence[MetricSource], breakers: Mapping[str, Breaker]) -> list[_Connected]:
    budget = RetryBudget()
    history = run.state.history
    known = history.names()
    # A series that no build has stored yet is known all the same: it is empty, not a mistake.
    coming = {REQUESTS, *OWN_SERIES} - {name.partition("{")[0] for name in known}
    own = SelfSource(history.series, (*known, *coming))
    connected = [_Connected(SELF, own, 1, lambda: True, lambda: True, lambda: None, tuple)]
    for source in sources:
        # Of a source that failed before, the next cycle asks again anyway.
        failed_before = breakers.get(source.name, Breaker()).failures > 0
        if source.endpoint is None:
            cloudwatch = CloudWatchSource(
                cloudwatch_connector(
                    source.region, attempts=1 if failed_before else ATTEMPTS, timeout=source.timeout
                ),
                name=source.name,
                namespace=source.namespace,
                redactor=run.redactor,
            )
            reached = cloudwatch.answered
            connected.append(
                _Connected(
                    source.name, cloudwatch, source.max_concurrency, reached, reached, lambda: None, tuple
                )
            )
            continue
        endpoint = source.endpoint
        if failed_before:
            endpoint = msgspec.structs.replace(endpoint, attempts=1)
        session = WatchedSession(
            endpoint, clock=run.clock, deadline=run.gathering, budget=budget, redactor=run.redactor
        )
        asked = PrometheusSource(session, name=source.name, redactor=run.redactor)
        connected.append(
            _Connected(
                source.name,
                asked,
                source.max_concurrency,
                session.spoke,
                session.answered,
                session.close,
                partial(getattr, session, "warnings"),
            )
        )
    return connected


async def _ask(
    run: Run,
    one: _Connected,
    queries: Sequence[MetricQuery],
    breakers: Mapping[str, Breaker],
    threads: int | None,
) -> dict[MetricQuery, MetricResult | Problem]:
    """Ask a source its queries; one that did not answer last time gets a single one first, and then the others."""
    own = [query for query in queries if query.source == one.name]
    breaker = breakers.get(one.name, Breaker())
    if not breaker.allows(run.context.now):
        return dict.fromkeys(own, tell_left_alone(run, one.name, one.name))
    if not own:
        return {}
    # Another one first each time: a query that is too heavy must not keep the source shut.
    place = breaker.failures % len(own)
    own = [*own[place:], *own[:place]]
    answers = await put_one_first(
        own,
        partial(_put, run, one, threads),
        failed_before=breaker.failures > 0,
        time_left=run.gathering.remaining(),
        spoke=one.spoke,
        answered=one.reached,
    )
    if not one.reached():
        remember_fault(run, one.name, answers)
    return dict(zip(own, answers, strict=True))


async def _put(
    run: Run, one: _Connected, threads: int | None, queries: Sequence[MetricQuery]
) -> list[MetricResult | Problem]:
    """Put these queries to a source, as many at once as it takes."""

    def ask(query: MetricQuery) -> MetricResult | Problem:
        return collect(query, one.source)

    return await run.manager.io(
        "metrics",
        ask,
        queries,
        name=lambda query: f"ask {one.name}",  # noqa: ARG005 - the query itself is not for the public
        peer=lambda query: None if one.name == SELF else one.name,  # noqa: ARG005
        pool=f"metrics {one.name}" if threads is None else "metrics",
        width=one.width if threads is None else threads,
        deadline=run.gathering,
    )


def _observe(run: Run, query: MetricQuery, answer: MetricResult | Problem | None) -> Observed[MetricResult]:
    """Judge an answer and keep it; where there is none, take the last known good one."""
    key = f"metrics\0{query.source}\0{query.expression}\0{query.window.step}\0{query.window.columns}"
    if isinstance(answer, MetricResult):
        if query.source != SELF:
            run.state.answers.put(key, run.context.now, encode(answer))
        return observe(query, answer, None, run.context.now, run.context.cycle)
    kept = None if query.source == SELF else run.state.answers.get(key)
    known = None
    if kept is not None:
        result = decode(kept[1])
        known = LastKnownGood(result, kept[0]) if isinstance(result, MetricResult) else None
    return observe(query, answer, known, run.context.now, run.context.cycle)


def _row(name: str, observations: Sequence[Observed[MetricResult]]) -> SourceRow | None:
    """Sum up a source: fresh where any answer is, with what it says beside that."""
    if not observations:
        return None
    order = [Freshness.FRESH, Freshness.STALE, Freshness.EXPIRED, Freshness.MISSING]
    status = min((one.status for one in observations), key=order.index)
    taken = max((one.taken_at for one in observations if one.taken_at is not None), default=None)
    messages = dict.fromkeys(problem.message for one in observations for problem in one.problems)
    return SourceRow(
        name=name,
        status=status,
        fetched=None if taken is None else Instant(taken),
        messages=tuple(messages)[:2],
    )
