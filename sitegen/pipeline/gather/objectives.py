"""Objectives from counters: the good and total queries of `[[slos]]`, asked over each window they need.

Each objective's numbers are of one cycle: where one of its queries has no answer, all of
them are the last known good ones, with the time they were fetched and their class.
"""

import asyncio
import math
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import msgspec

from sitegen.availability.counting import Counted, Counts, columns_of, spell_query
from sitegen.availability.model import Slo
from sitegen.availability.slo import BURN_WINDOWS
from sitegen.config import MetricSource
from sitegen.errors import Problem
from sitegen.findings import SourceRow
from sitegen.freshness import Freshness, Observed, classify, missing, observed
from sitegen.http import Endpoint, RetryBudget
from sitegen.metrics.model import MetricQuery, MetricResult
from sitegen.metrics.source import PrometheusSource
from sitegen.pipeline.run import REST, Run
from sitegen.pipeline.watching import WatchedSession, put_one_first, remember_fault, tell_left_alone
from sitegen.state.breakers import Breaker
from sitegen.units import Instant, Window

__all__ = ["Counting", "count_requests"]

_BY_AGE = (Freshness.FRESH, Freshness.STALE, Freshness.EXPIRED, Freshness.MISSING)


_COVERAGE = "coverage"


class Counting(NamedTuple):
    """What is known of each objective by its id, of each source that was asked, and what went wrong."""

    objectives: dict[str, Observed[Counted]]
    sources: tuple[SourceRow, ...]
    problems: tuple[Problem, ...]


class _Question(NamedTuple):
    """One part of an objective (good, total or coverage) over one window in seconds."""

    slo: Slo
    part: str
    window: float
    query: MetricQuery


_Answers = dict[_Question, MetricResult | Problem]


async def count_requests(run: Run, slos: Sequence[Slo], sources: Sequence[MetricSource]) -> Counting:
    """Tell, for each objective and each window, how much its good and total counters rose by."""
    endpoints = {source.name: source.endpoint for source in sources if source.endpoint is not None}
    widths = {source.name: source.max_concurrency for source in sources}
    counted = {slo: slo.source for slo in slos if slo.source in endpoints}
    names = list(dict.fromkeys(counted.values()))
    budget, breakers = RetryBudget(), run.state.history.breakers()
    asked = [
        _ask(run, endpoints[name], _plan(run, counted, name), breakers, budget, widths[name])
        for name in names
    ]
    answers: _Answers = {}
    for found, after in await asyncio.gather(*asked):
        answers |= found
        run.state.history.save_breakers(after)
    known = {slo: _observe(run, slo, answers) for slo in counted}
    return Counting(
        objectives={slo.id: one for slo, one in known.items()},
        sources=tuple(
            _row(name, [one for slo, one in known.items() if slo.source == name]) for name in names
        ),
        problems=tuple(dict.fromkeys(one for one in answers.values() if isinstance(one, Problem))),
    )


def _plan(run: Run, slos: Iterable[Slo], source: str) -> list[_Question]:
    """Give every question to one source: all at one instant that rests for five minutes, as the page does."""
    at = run.context.now // REST * REST
    now = Window(start=at, end=at, step=REST)
    questions = []
    for slo in slos:
        if slo.source != source or slo.good is None or slo.total is None:
            continue
        for window in dict.fromkeys((slo.window, *BURN_WINDOWS)):
            for part, query in (("good", slo.good), ("total", slo.total)):
                asked = MetricQuery(source, spell_query(query, window), now)
                questions.append(_Question(slo, part, window, asked))
        columns = columns_of(slo.window, at)
        asked = MetricQuery(source, spell_query(slo.total, columns.step), columns)
        questions.append(_Question(slo, _COVERAGE, slo.window, asked))
    return questions


async def _ask(  # noqa: PLR0917 - what a source is asked, and how
    run: Run,
    endpoint: Endpoint,
    questions: Sequence[_Question],
    breakers: Mapping[str, Breaker],
    budget: RetryBudget,
    width: int,
) -> tuple[_Answers, dict[str, Breaker]]:
    """Ask one source, unless its breaker is open; its panels have a breaker of their own."""
    name, key = endpoint.name, f"{endpoint.name} (objectives)"
    breaker = breakers.get(key, Breaker())
    if not breaker.allows(run.context.now):
        return dict.fromkeys(questions, tell_left_alone(run, key, name)), {}
    if breaker.failures:
        endpoint = msgspec.structs.replace(endpoint, attempts=1)  # the next cycle asks again anyway
    with WatchedSession(
        endpoint, clock=run.clock, deadline=run.gathering, budget=budget, redactor=run.redactor
    ) as session:
        # Another one first each time: a query that is too heavy must not keep the source shut.
        place = breaker.failures % len(questions)
        questions = [*questions[place:], *questions[:place]]
        found = await put_one_first(
            questions,
            partial(_put, run, session, width),
            failed_before=breaker.failures > 0,
            time_left=run.gathering.remaining(),
            spoke=session.spoke,
            answered=session.answered,
        )
    if run.gathering.passed:
        found = _tell_late(found, name, all_of_them=not session.answered())
    answers = [_as_one_number(question, answer) for question, answer in zip(questions, found, strict=True)]
    if not session.answered():
        remember_fault(run, key, answers)
    after = breaker.after(session.answered(), run.context.now)
    return dict(zip(questions, answers, strict=True)), {key: after}


async def _put(
    run: Run, session: WatchedSession, width: int, questions: Sequence[_Question]
) -> list[MetricResult | Problem]:
    """Put questions to a source, in threads of its own."""
    name = questions[0].query.source
    source = PrometheusSource(session, name=name, redactor=run.redactor)
    return await run.manager.io(
        "availability",
        lambda question: source.ask(question.query),
        questions,
        name=lambda question: f"count {question.slo.id}",
        peer=lambda _: name,
        pool=f"objectives {name}",
        width=width,
        deadline=run.gathering,
    )


def _tell_late(
    found: Sequence[MetricResult | Problem], name: str, *, all_of_them: bool
) -> list[MetricResult | Problem]:
    """Say the same of every question that the end of gathering cut off, whichever side saw it first."""
    where = f"metrics.{name}"
    late = Problem(where, f"{name} had not answered when the time for gathering was over")
    return [
        late if isinstance(one, Problem) and (all_of_them or one.where != where) else one for one in found
    ]


def _as_one_number(question: _Question, answer: MetricResult | Problem) -> MetricResult | Problem:
    """Refuse an answer of several series: which of them is meant cannot be told."""
    if isinstance(answer, Problem) or question.part == _COVERAGE or len(answer.series) <= 1:
        return answer
    many = f"the {question.part} query gave {len(answer.series)} series instead of one; put it into sum(...)"
    return Problem(f"slos.{question.slo.id}", many)


def _observe(run: Run, slo: Slo, answers: _Answers) -> Observed[Counted]:
    """Judge what was answered of an objective and keep it; where it is not whole, take the last known good."""
    own = {question: answer for question, answer in answers.items() if question.slo == slo}
    problems = tuple(dict.fromkeys(answer for answer in own.values() if isinstance(answer, Problem)))
    whole = all(isinstance(answer, MetricResult) for one, answer in own.items() if one.part != _COVERAGE)
    key = f"slo\0{slo.source}\0{slo.good}\0{slo.total}\0{slo.window}"
    if whole:
        counted = _count(
            slo, {one: answer for one, answer in own.items() if isinstance(answer, MetricResult)}
        )
        unknown = tuple(f"the coverage is unknown: {problem.message}" for problem in problems)
        counted = msgspec.structs.replace(counted, remarks=(*counted.remarks, *unknown))
        run.state.answers.put(key, run.context.now, msgspec.msgpack.encode(counted))
        return observed(counted, run.context.now, run.context.now, run.context.cycle)
    kept = run.state.answers.get(key)
    known = None if kept is None else _decode(kept[1])
    if kept is None or known is None:
        return missing(*problems)
    return Observed(known, kept[0], classify(kept[0], run.context.now, run.context.cycle), problems)


def _count(slo: Slo, answers: Mapping[_Question, MetricResult]) -> Counted:
    parts = {(one.part, one.window): answer for one, answer in answers.items()}
    values = {at: _only_value(answer) for at, answer in parts.items()}
    windows = dict.fromkeys(window for _, window in parts)
    remarks = [
        f"the {part} query gave {'no finite number' if parts[part, slo.window].series else 'no series'}"
        for part in ("good", "total")
        if values[part, slo.window] is None
    ]
    partial = [f"partial: {warning}" for answer in parts.values() for warning in answer.warnings]
    return Counted(
        windows={window: Counts(values["good", window], values["total", window]) for window in windows},
        coverage=_coverage(parts.get((_COVERAGE, slo.window))),
        remarks=tuple(dict.fromkeys((*remarks, *partial))),
    )


def _only_value(answer: MetricResult) -> float | None:
    """Give the newest value of the only series; what is not a finite number is nothing."""
    value = next((one.values[-1] for one in answer.series if len(one.values)), math.nan)
    return value if math.isfinite(value) else None


def _coverage(answer: MetricResult | None) -> float | None:
    """Give the share of the columns in which any series has a finite number."""
    if answer is None:
        return None
    seen = {
        at
        for one in answer.series
        for at, value in zip(one.times, one.values, strict=True)
        if math.isfinite(value)
    }
    return min(1.0, len(seen) / answer.query.window.columns)


def _decode(body: bytes) -> Counted | None:
    """Read what was kept; what another version wrote, or what is damaged, is nothing."""
    try:
        return msgspec.msgpack.decode(body, type=Counted)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _row(name: str, known: Sequence[Observed[Counted]]) -> SourceRow:
    """Sum up a source: as fresh as the freshest of its answers."""
    best = min(known, key=lambda one: _BY_AGE.index(one.status))
    messages = dict.fromkeys(problem.message for one in known for problem in one.problems)
    return SourceRow(
        name=name,
        status=best.status,
        fetched=None if best.taken_at is None else Instant(best.taken_at),
        messages=tuple(messages)[:2],
    )
