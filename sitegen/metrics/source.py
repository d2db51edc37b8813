"""The sources of metrics: a Prometheus server, or one that speaks like it, and sitegen's own history.

Thanos, Mimir and VictoriaMetrics are asked in the same way: Mimir's tenant is a header
of the endpoint, a path such as `/prometheus` a part of its URL.
"""

from array import array
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Protocol

from sitegen.errors import Problem
from sitegen.http import Answer, Failure, Fault, FaultKind, Session
from sitegen.metrics.failures import describe_failure, explain
from sitegen.metrics.formats import decode_answer
from sitegen.metrics.labels import NAME, parse_selector
from sitegen.metrics.model import MetricQuery, MetricResult, Series
from sitegen.redaction import Redactor
from sitegen.units import Window

__all__ = ["HistoryReader", "PrometheusSource", "SelfSource", "Source"]

QUERY_RANGE = "/api/v1/query_range"

HistoryReader = Callable[[str, Window], tuple[Sequence[float], Sequence[float]]]
"""Gives the times (POSIX seconds, rising) and values of one series of the history inside a window."""


class Source(Protocol):
    """Whatever answers a `MetricQuery`; a fault of the world is a `Problem`, never an exception."""

    def ask(self, query: MetricQuery) -> MetricResult | Problem:
        """Answer one query."""
        ...


class PrometheusSource:
    """A server with Prometheus' HTTP API, behind a session of the HTTP door."""

    def __init__(self, session: Session, *, name: str, redactor: Redactor) -> None:
        self._session = session
        self._where = f"metrics.{name}"
        self._redactor = redactor

    def ask(self, query: MetricQuery) -> MetricResult | Problem:
        """Ask for the expression over the window.

        It is sent as a form, for long expressions do not fit into every server's URL;
        a proxy that allows no POST (405) is asked by GET.
        """
        asked = {
            "query": query.expression,
            "start": _seconds(query.window.start),
            "end": _seconds(query.window.end),
            "step": _seconds(query.window.step),
        }
        answer = self._session.request("POST", QUERY_RANGE, form=asked, idempotent=True)
        if isinstance(answer, Fault) and answer.status == 405:
            answer = self._session.request("GET", QUERY_RANGE, params=asked)
        return self._read(answer, query)

    def _read(self, answer: Answer | Fault, query: MetricQuery) -> MetricResult | Problem:
        where, redactor = self._where, self._redactor
        match answer:
            case Answer(body=body):
                return decode_answer(body, query, where=where, redactor=redactor)
            case Fault(kind=FaultKind.STATUS | FaultKind.BUDGET, status=int(status), body=body):
                return describe_failure(status, body, where=where, redactor=redactor)
            case Fault(kind=FaultKind.TOO_LARGE, message=message):
                return explain(where, Failure.TOO_MANY_SERIES, message, redactor)
            case Fault(message=message):
                return Problem(where=where, message=message)


def _seconds(value: float) -> str:
    """Write seconds as the API takes them, without an exponent: `1700000000`, `0.5`."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


class SelfSource:
    """Sitegen's own history, asked by the names of its series.

    An expression is the name of a metric (`sitegen_build_duration_seconds`), which gives
    all its series, or one series with its labels (`sitegen_asset_bytes{kind="html"}`).
    `names` are the series that the history holds, spelled the same way.
    """

    def __init__(self, reader: HistoryReader, names: Sequence[str]) -> None:
        self._reader = reader
        self._series = {name: parse_selector(name) for name in sorted(names)}

    def ask(self, query: MetricQuery) -> MetricResult | Problem:
        """Give the series of that name inside the window, in the order of their labels."""
        try:
            wanted = parse_selector(query.expression)
        except ValueError as error:
            return Problem(where="metrics.self", message=str(error))
        found = {name: labels for name, labels in self._series.items() if wanted.items() <= labels.items()}
        if not found:
            return Problem(where="metrics.self", message=self._unknown(query.expression, wanted[NAME]))
        series = tuple(self._read(name, labels, query.window) for name, labels in found.items())
        return MetricResult(query=query, series=series)

    def _read(self, name: str, labels: dict[str, str], window: Window) -> Series:
        times, values = self._reader(name, window)
        return Series(labels=labels, times=array("d", times), values=array("d", values))

    def _unknown(self, expression: str, name: str) -> str:
        close = get_close_matches(name, sorted({labels[NAME] for labels in self._series.values()}), n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        return f"sitegen's own history has no series named {expression}{hint}"
