"""Objectives from counters: the good and total queries of `[[slos]]`, asked over each window they need.

Each objective's numbers are of one cycle: where one of its queries has no answer, all of
them are the last known good ones, with the time they were fetched and their class.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import msgspec

from sitegen.availability.births import spell_births
from sitegen.availability.counting import Counted, Counts, columns_of, selects, spell_coverage, spell_query
from sitegen.availability.model import Slo
from sitegen.availability.slo import BURN_WINDOWS
from sitegen.errors import Problem, Reason, notices_of
from sitegen.metrics.asking import Answer
from sitegen.metrics.failures import explain_partial
from sitegen.metrics.model import MetricQuery, MetricResult
from sitegen.metrics.variables import fill_in
from sitegen.pipeline.run import REST
from sitegen.state.answers import Form
from sitegen.units import Window

_PARTS = ("good", "total")
_COVERAGE = "coverage"
_COLUMNS = {"good": "good in columns", "total": "total in columns"}
_BORN = {part: f"{part} at birth" for part in (*_PARTS, *_COLUMNS.values())}
"""What the counters of a part had when they were born, which its own query cannot see."""
_UNKNOWN = (
    dict.fromkeys((_COVERAGE,), "the coverage is unknown")
    | dict.fromkeys(_COLUMNS.values(), "the past is unknown")
    | dict.fromkeys(_BORN.values(), "what counters had when they began is left out")
)
"""What an objective can do without, and what is said where it has to."""


class Question(NamedTuple):
    """One part of an objective (good, total, these in columns or at birth, coverage) over one window in seconds."""

    slo: Slo
    part: str
    window: float
    query: MetricQuery


def plan_questions(slos: Iterable[Slo], now: float, scrapes: Mapping[str, float]) -> tuple[Question, ...]:
    """Return every question: all at one instant that rests for five minutes, as the page does.

    `scrapes` has the seconds between two samples of each source.
    """
    at = now // REST * REST
    planned = [question for slo in slos for question in _plan(slo, at, scrapes.get(slo.source or "", 0.0))]
    # A server that takes long for what can be done without has told the rest by then.
    return tuple(sorted(planned, key=lambda question: question.part in _BORN.values()))


def _plan(slo: Slo, at: float, scrape: float) -> Iterator[Question]:
    if slo.source is None or slo.good is None or slo.total is None:
        return
    instant, columns = Window(start=at, end=at, step=REST), columns_of(slo.window, at)
    queries = {"good": slo.good, "total": slo.total}
    asked = [
        (part, window, window, query, instant)
        for window in dict.fromkeys((slo.window, *BURN_WINDOWS))
        for part, query in queries.items()
    ]
    asked += [(_COLUMNS[part], slo.window, columns.step, query, columns) for part, query in queries.items()]
    for part, window, span, query, at_which in asked:
        counted = spell_query(fill_in(query, span, span, scrape), span)
        yield Question(slo, part, window, MetricQuery(slo.source, counted, at_which))
        if selects(query):
            born = spell_births(query, slo.total if selects(slo.total) else query, span, scrape)
            yield Question(slo, _BORN[part], window, MetricQuery(slo.source, born, at_which))
    coverage = spell_coverage(fill_in(slo.total, REST, REST, scrape), slo.window, scrape)[0]
    yield Question(slo, _COVERAGE, slo.window, MetricQuery(slo.source, coverage, instant))


def count_requests(
    slo: Slo, questions: Mapping[Question, Answer]
) -> tuple[Counted | None, tuple[Problem, ...]]:
    """Work out how much an objective's counters rose by in each window, and what went wrong.

    There are no numbers unless every good and every total has one answer.
    """
    own = {one: _as_one_number(one, answer) for one, answer in questions.items() if one.slo == slo}
    problems = tuple(dict.fromkeys(answer for answer in own.values() if isinstance(answer, Problem)))
    answers = {one: answer for one, answer in own.items() if isinstance(answer, MetricResult)}
    if any(one not in answers for one in own if one.part in _PARTS):
        return None, problems
    counted = _count(slo, answers)
    failed = {_UNKNOWN[one.part]: answer for one, answer in own.items() if isinstance(answer, Problem)}
    unknown = tuple(
        f"{what}: {notice.text}" for what, problem in failed.items() for notice in notices_of([problem])
    )
    partial = dict.fromkeys(fault for answer in answers.values() for fault in explain_partial(answer))
    return msgspec.structs.replace(counted, lacks=(*counted.lacks, *unknown)), (*problems, *partial)


def _as_one_number(question: Question, answer: Answer) -> Answer:
    """Refuse an answer of several series: which of them is meant cannot be told."""
    if isinstance(answer, Problem) or question.part not in (*_PARTS, _COVERAGE) or len(answer.series) <= 1:
        return answer
    many = f"the {question.part} query gave {len(answer.series)} series instead of one; put it into sum(...)"
    return Problem(f"slos.{question.slo.id}", many, Reason.UNUSABLE)


def _count(slo: Slo, answers: Mapping[Question, MetricResult]) -> Counted:
    parts = {(one.part, one.window): answer for one, answer in answers.items()}
    windows = dict.fromkeys(one.window for one in answers)
    values = {(part, window): _rise(parts, part, window) for window in windows for part in _PARTS}
    lacks = [
        f"the {part} query gave {'no finite number' if parts[part, slo.window].series else 'no series'}"
        for part in _PARTS
        if values[part, slo.window] is None
    ]
    for window in windows:
        # A counter that never rose has no series: where there is something to count, none of it went well.
        if values["total", window] and not (parts["good", window].series or parts["good", window].partial):
            values["good", window] = values["good", window] or 0.0
    if any(answer.partial for answer in parts.values()):
        lacks.append("partial: the source did not answer in full")
    return Counted(
        windows={window: Counts(values["good", window], values["total", window]) for window in windows},
        coverage=_coverage(slo, parts.get((_COVERAGE, slo.window))),
        lacks=tuple(lacks),
        columns=_columns(parts, slo.window),
    )


def _rise(parts: Mapping[tuple[str, float], MetricResult], part: str, window: float) -> float | None:
    """Return what a part rose by, with what its counters had at birth; None where neither is known."""
    answer, born = parts[part, window], parts.get((_BORN[part], window))
    rose, had = _only_value(answer), None if born is None else _only_value(born)
    return rose if had is None or (rose is None and answer.series) else (rose or 0.0) + had


def _only_value(answer: MetricResult) -> float | None:
    """Return the newest value of the only series; what is not a finite number is nothing."""
    value = next((one.values[-1] for one in answer.series if len(one.values)), math.nan)
    return value if math.isfinite(value) else None


def _coverage(slo: Slo, answer: MetricResult | None) -> float | None:
    """Return the share of the steps of the window in which there was anything to count."""
    if answer is None or slo.total is None:
        return None
    _, steps = spell_coverage(slo.total, slo.window, 0.0)
    return min(1.0, (_only_value(answer) or 0.0) / steps)


def _columns(
    parts: Mapping[tuple[str, float], MetricResult], window: float
) -> tuple[tuple[float, float, float], ...]:
    """Return when each column of the window ends, and what was good and all of it; one without anything is left out."""
    if any((part, window) not in parts for part in _COLUMNS.values()):
        return ()
    well, every = (
        _by_instant([parts[one, window] for one in (part, _BORN[part]) if (one, window) in parts])
        for part in _COLUMNS.values()
    )
    return tuple((at, well.get(at, 0.0), count) for at, count in sorted(every.items()))


def _by_instant(answers: Iterable[MetricResult]) -> dict[float, float]:
    """Return the sum of the answers by instant, POSIX seconds."""
    sums = defaultdict[float, float](float)
    for series in (one for answer in answers for one in answer.series[:1]):
        for at, value in zip(series.times, series.values, strict=True):
            if math.isfinite(value):
                sums[at] += value
    return sums


def key_of(slo: Slo) -> str:
    """Return the key under which an objective's numbers are kept."""
    return f"slo\0{slo.source}\0{slo.good}\0{slo.total}\0{slo.window}"


def _decode(body: bytes) -> Counted | None:
    """Read what was kept; what another version wrote, or what is damaged, is nothing."""
    try:
        return msgspec.msgpack.decode(body, type=Counted)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


FORM: Form[Counted] = Form(msgspec.msgpack.encode, _decode)
