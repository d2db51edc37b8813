"""Objectives from counters: the good and total queries of `[[slos]]`, asked over each window they need."""

import math
from collections.abc import Sequence

from sitegen.availability.model import Slo
from sitegen.availability.slo import BURN_WINDOWS, Counts
from sitegen.config import MetricSource
from sitegen.config.model import SELF
from sitegen.errors import Problem
from sitegen.http import RetryBudget, Session
from sitegen.metrics.model import MetricQuery, MetricResult
from sitegen.metrics.source import PrometheusSource
from sitegen.pipeline.run import CALM, Run
from sitegen.units import Window, window_label

__all__ = ["count_requests"]


async def count_requests(
    run: Run, slos: Sequence[Slo], sources: Sequence[MetricSource]
) -> dict[str, dict[float, Counts]]:
    """Give, for each objective and each window in seconds, how much its good and total counters rose by.

    A query is asked as `sum(increase(QUERY[WINDOW]))` at one instant, where QUERY
    selects counters; one that already has a range or a function is asked as it is,
    with `$window` in the place of its range.
    """
    endpoints = {source.name: source.endpoint for source in sources if source.endpoint is not None}
    asked = [
        (slo, window, kind)
        for slo in slos
        for window in (slo.window, *BURN_WINDOWS)
        for kind in ("good", "total")
        if slo.source in endpoints
    ]
    if not asked:
        return {}
    budget = RetryBudget()
    used = {slo.source: endpoints[slo.source] for slo, _, _ in asked if slo.source is not None}
    sessions = {
        name: Session(endpoint, clock=run.clock, deadline=run.gathering, budget=budget, redactor=run.redactor)
        for name, endpoint in used.items()
    }
    at = run.moment.now // CALM * CALM

    def ask(job: tuple[Slo, float, str]) -> float | None:
        slo, window, kind = job
        name = slo.source or SELF
        expression = _expression((slo.good if kind == "good" else slo.total) or "", window)
        query = MetricQuery(name, expression, Window(start=at, end=at, step=CALM))
        answer = PrometheusSource(sessions[name], name=name, redactor=run.redactor).ask(query)
        return _only_value(answer)

    values = await run.manager.io(
        "availability",
        ask,
        asked,
        name=lambda job: f"count {job[0].id} {job[2]}",
        peer=lambda job: job[0].source,
        deadline=run.gathering,
    )
    for session in sessions.values():
        session.close()
    found: dict[str, dict[float, dict[str, float | None]]] = {}
    for (slo, window, kind), value in zip(asked, values, strict=True):
        found.setdefault(slo.id, {}).setdefault(window, {})[kind] = (
            None if isinstance(value, Problem) else value
        )
    return {
        slo: {
            window: Counts(good=counts["good"], total=counts["total"]) for window, counts in windows.items()
        }
        for slo, windows in found.items()
    }


def _expression(query: str, window: float) -> str:
    label = window_label(window)
    if "$window" in query:
        return query.replace("$window", label)
    return query if "(" in query or "[" in query else f"sum(increase({query}[{label}]))"


def _only_value(answer: MetricResult | Problem) -> float | None:
    if isinstance(answer, Problem) or len(answer.series) != 1 or not answer.series[0].values:
        return None
    value = answer.series[0].values[-1]
    return value if math.isfinite(value) else None
