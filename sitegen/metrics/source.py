"""The sources of metrics: a Prometheus server, or one that speaks like it, and sitegen's own history.

Thanos, Mimir and VictoriaMetrics are asked in the same way: Mimir's tenant is a header
of the endpoint, a path such as `/prometheus` a part of its URL.
"""

from array import array
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Protocol
from urllib.parse import urlencode

from msgspec.structs import replace

from sitegen.errors import Problem, Reason
from sitegen.http import Answer, Fault, Session
from sitegen.metrics.failures import explain_fault, is_healthy, is_reachable
from sitegen.metrics.formats import decode_answer
from sitegen.metrics.labels import NAME, parse_selector
from sitegen.metrics.model import MetricQuery, MetricResult, Series
from sitegen.redaction import Redactor
from sitegen.units import Window

_BY_METHOD = frozenset({403, 405, 501})
_BY_URL = frozenset({405, 414, 501})
"""What says no more of a query than that it was not to be asked like this."""

_LONGEST = 8000
"""Bytes of a query that every server takes in a URL (RFC 9110, 4.1)."""

QUERY, QUERY_RANGE, BUILD_INFO = "/api/v1/query", "/api/v1/query_range", "/api/v1/status/buildinfo"

HistoryReader = Callable[[str, Window], tuple[Sequence[float], Sequence[float]]]
"""Returns the times (POSIX seconds, rising) and values of one series of the history inside a window."""


class Source(Protocol):
    """Whatever answers a `MetricQuery`, asked from any number of threads; its owner closes it.

    A fault of the world is a `Problem`, never an exception.
    """

    @property
    def reachable(self) -> bool:
        """Whether anybody is there who takes questions: one was answered, if with a 503, or was only too slow."""
        ...

    @property
    def healthy(self) -> bool:
        """Whether any query was answered by a server that is well: with less than a 500, and not with a 429."""
        ...

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is dangerous in its configuration: to be shown on every run."""
        ...

    @property
    def lead(self) -> float:
        """By how many seconds its clock is ahead of the one here, 0 where they agree."""
        ...

    def ask(self, query: MetricQuery) -> MetricResult | Problem:
        """Answer one query."""
        ...

    def ping(self, query: MetricQuery) -> Problem | None:
        """Ask the smallest question there is, at most as much as `query`; return why it is not well."""
        ...

    def close(self) -> None:
        """Close the connections."""
        ...


class Server:
    """A server behind a session of the HTTP door, which it owns: what its answers say of it, and what its faults mean.

    A type of source is made of one by what it asks: `ask` and `ping`.
    """

    def __init__(self, session: Session, *, name: str, redactor: Redactor) -> None:
        self._session = session
        self._where = f"metrics.{name}"
        self._redactor = redactor
        self.reachable = False
        self.healthy = False
        self.lead = 0.0

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return those of the session."""
        return tuple(problem.message for problem in self._session.warnings)

    def close(self) -> None:
        """Close the session."""
        self._session.close()

    def _judge(self, answer: Answer | Fault) -> None:
        """Keep what the answer to a query says of the server."""
        self.healthy = self.healthy or is_healthy(answer)
        self.reachable = self.reachable or is_reachable(answer)
        self.lead = max(self.lead, answer.lead, key=abs)

    def _explain(self, fault: Fault) -> Problem:
        return explain_fault(fault, where=self._where, redactor=self._redactor)


class PrometheusSource(Server):
    """A server with Prometheus' HTTP API."""

    def ping(self, query: MetricQuery) -> Problem | None:  # noqa: ARG002 - no query is as small
        """Ask for the version of the server, which Thanos, Mimir and VictoriaMetrics tell as well."""
        answer = self._session.request("GET", BUILD_INFO)
        if isinstance(answer, Answer) or is_healthy(answer):
            return None
        return self._explain(answer)

    def ask(self, query: MetricQuery) -> MetricResult | Problem:
        """Ask for the expression over the window, and where that was answered for what is now, if it is wanted.

        It is sent as a form, for long expressions do not fit into every server's URL. Who refuses
        that as a method (a role that may only read, a gateway that knows no POST) is asked by GET.
        """
        window = query.window
        answer = self._put(query, QUERY_RANGE, start=window.start, end=window.end, step=window.step)
        if query.now is None or isinstance(answer, Problem):
            return answer
        instant = self._put(query, QUERY, time=query.now)
        if isinstance(instant, Problem):
            return replace(answer, infos=(*answer.infos, f"it is not known what is now: {instant.message}"))
        said = {
            name: tuple(dict.fromkeys((*getattr(answer, name), *getattr(instant, name))))
            for name in ("warnings", "infos")
        }
        answer = replace(answer, partial=answer.partial or instant.partial, **said)
        # What has no sample at its instant is no answer to that question.
        return replace(answer, now=instant.series) if all(one.times for one in instant.series) else answer

    def _put(self, query: MetricQuery, path: str, **times: float) -> MetricResult | Problem:
        asked = {"query": query.expression} | {name: _seconds(value) for name, value in times.items()}
        answer = self._session.request("POST", path, form=asked, idempotent=True)
        if _refuses(answer, _BY_METHOD) and len(urlencode(asked)) <= _LONGEST:
            got = self._session.request("GET", path, params=asked)
            answer = answer if _refuses(got, _BY_URL) else got
        self._judge(answer)
        if isinstance(answer, Answer):
            return decode_answer(answer.body, query, where=self._where, redactor=self._redactor)
        return self._explain(answer)


def _refuses(answer: Answer | Fault, statuses: frozenset[int]) -> bool:
    return isinstance(answer, Fault) and answer.status in statuses


def _seconds(value: float) -> str:
    """Write seconds as the API takes them, without an exponent: `1700000000`, `0.5`."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


class SelfSource:
    """Sitegen's own history, asked by the names of its series.

    An expression is the name of a metric (`sitegen_build_duration_seconds`), which gives
    all its series, or one series with its labels (`sitegen_asset_bytes{kind="html"}`).
    `names` are the series that the history holds, spelled the same way.
    """

    reachable = healthy = True
    lead = 0.0
    warnings = ()

    def __init__(self, reader: HistoryReader, names: Sequence[str]) -> None:
        self._reader = reader
        self._series = {name: parse_selector(name) for name in sorted(names)}

    def ask(self, query: MetricQuery) -> MetricResult | Problem:
        """Return the series of that name that have a sample inside the window, in the order of their labels."""
        try:
            wanted = parse_selector(query.expression)
        except ValueError as error:
            return Problem("metrics.self", str(error), Reason.REFUSES)
        found = {name: labels for name, labels in self._series.items() if wanted.items() <= labels.items()}
        if not found:
            return Problem("metrics.self", self._unknown(query.expression, wanted[NAME]), Reason.REFUSES)
        series = (self._read(name, labels, query.window) for name, labels in found.items())
        return MetricResult(query=query, series=tuple(one for one in series if len(one.times)))

    def ping(self, query: MetricQuery) -> None:
        """Return None: it is always well."""

    def close(self) -> None:
        """Leave the history open: others read it as well."""

    def _read(self, name: str, labels: dict[str, str], window: Window) -> Series:
        times, values = self._reader(name, window)
        return Series(labels=labels, times=array("d", times), values=array("d", values))

    def _unknown(self, expression: str, name: str) -> str:
        close = get_close_matches(name, sorted({labels[NAME] for labels in self._series.values()}), n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        return f"sitegen's own history has no series named {expression}{hint}"
