"""Objectives from counters: the good and total queries of `[[slos]]`, asked over each window they need.

Each objective's numbers are of one cycle: where one of its queries has no answer, all of
them are the last known good ones, with the time they were fetched and their class.
"""

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from sitegen.availability.counting import Counted, Counts, columns_of, spell_coverage, spell_query
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

_COVERAGE = "coverage"
_COLUMNS = {"good": "good in columns", "total": "total in columns"}
_BESIDE = (_COVERAGE, *_COLUMNS.values())
"""What an objective can do without."""


class Question(NamedTuple):
    """One part of an objective (good, total, these in columns, or coverage) over one window in seconds."""

    slo: Slo
    part: str
    window: float
    query: MetricQuery


def plan_questions(slos: Iterable[Slo], now: float, scrapes: Mapping[str, float]) -> tuple[Question, ...]:
    """Return every question: all at one instant that rests for five minutes, as the page does.

    `scrapes` has the seconds between two samples of each source.
    """
    at = now // REST * REST
    return tuple(question for slo in slos for question in _plan(slo, at, scrapes.get(slo.source or "", 0.0)))


def _plan(slo: Slo, at: float, scrape: float) -> list[Question]:
    if slo.source is None or slo.good is None or slo.total is None:
        return []
    instant, columns = Window(start=at, end=at, step=REST), columns_of(slo.window, at)

    def spell(query: str, window: float) -> str:
        return spell_query(fill_in(query, window, window, scrape), window)

    asked = [
        (part, window, spell(query, window), instant)
        for window in dict.fromkeys((slo.window, *BURN_WINDOWS))
        for part, query in (("good", slo.good), ("total", slo.total))
    ]
    asked += [
        (_COLUMNS[part], slo.window, spell(query, columns.step), columns)
        for part, query in (("good", slo.good), ("total", slo.total))
    ]
    total = fill_in(slo.total, REST, REST, scrape)
    asked.append((_COVERAGE, slo.window, spell_coverage(total, slo.window, scrape)[0], instant))
    return [
        Question(slo, part, window, MetricQuery(slo.source, expression, at_which))
        for part, window, expression, at_which in asked
    ]


def count_requests(
    slo: Slo, questions: Mapping[Question, Answer]
) -> tuple[Counted | None, tuple[Problem, ...]]:
    """Work out how much an objective's counters rose by in each window, and what went wrong.

    There are no numbers unless every good and every total has one answer.
    """
    own = {one: _as_one_number(one, answer) for one, answer in questions.items() if one.slo == slo}
    problems = tuple(dict.fromkeys(answer for answer in own.values() if isinstance(answer, Problem)))
    answers = {one: answer for one, answer in own.items() if isinstance(answer, MetricResult)}
    if any(one not in answers for one in own if one.part not in _BESIDE):
        return None, problems
    counted = _count(slo, answers)
    asked = {one.part: answer for one, answer in own.items() if isinstance(answer, Problem)}
    unknown = tuple(
        f"the {'coverage' if part == _COVERAGE else 'past'} is unknown: {notice.text}"
        for part, problem in asked.items()
        for notice in notices_of([problem])
    )
    partial = dict.fromkeys(fault for answer in answers.values() for fault in explain_partial(answer))
    return msgspec.structs.replace(counted, lacks=(*counted.lacks, *unknown)), (*problems, *partial)


def _as_one_number(question: Question, answer: Answer) -> Answer:
    """Refuse an answer of several series: which of them is meant cannot be told."""
    if isinstance(answer, Problem) or question.part in _COLUMNS.values() or len(answer.series) <= 1:
        return answer
    many = f"the {question.part} query gave {len(answer.series)} series instead of one; put it into sum(...)"
    return Problem(f"slos.{question.slo.id}", many, Reason.UNUSABLE)


def _count(slo: Slo, answers: Mapping[Question, MetricResult]) -> Counted:
    parts = {(one.part, one.window): answer for one, answer in answers.items()}
    values = {at: _only_value(answer) for at, answer in parts.items()}
    windows = dict.fromkeys(window for _, window in parts)
    for window in windows:
        # A counter that never rose has no series: where there is something to count, none of it went well.
        if values["total", window] and not (parts["good", window].series or parts["good", window].partial):
            values["good", window] = 0.0
    lacks = [
        f"the {part} query gave {'no finite number' if parts[part, slo.window].series else 'no series'}"
        for part in ("good", "total")
        if values[part, slo.window] is None or not parts[part, slo.window].series
    ]
    if any(answer.partial for answer in parts.values()):
        lacks.append("partial: the source did not answer in full")
    return Counted(
        windows={window: Counts(values["good", window], values["total", window]) for window in windows},
        coverage=_coverage(slo, parts.get((_COVERAGE, slo.window))),
        lacks=tuple(lacks),
        columns=_columns(*(parts.get((part, slo.window)) for part in _COLUMNS.values())),
    )


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


def _columns(good: MetricResult | None, total: MetricResult | None) -> tuple[tuple[float, float, float], ...]:
    """Return when each column of the window ends, and what was good and all of it; one without anything is left out."""
    if good is None or total is None:
        return ()
    well, every = (_by_instant(answer) for answer in (good, total))
    return tuple((at, well.get(at, 0.0), count) for at, count in sorted(every.items()))


def _by_instant(answer: MetricResult) -> dict[float, float]:
    return {
        at: value
        for one in answer.series[:1]
        for at, value in zip(one.times, one.values, strict=True)
        if math.isfinite(value)
    }


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
