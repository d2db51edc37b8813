"""Answers of the Prometheus HTTP API: `/api/v1/query_range` and `/api/v1/query`, as bytes, read as records.

    {"status": "success", "data": {"resultType": "matrix", "result": [
      {"metric": {"__name__": "up", "job": "node"}, "values": [[1435781430, "1"], [1435781445, "NaN"]]}]}}

becomes a `MetricResult` with one `Series`: labels `{"__name__": "up", "job": "node"}`,
times `array("d", [1435781430.0, 1435781445.0])`, values `array("d", [1.0, nan])`.

Source of the format: prometheus.io/docs/prometheus/latest/querying/api. Numbers of
samples are strings, for JSON has no NaN and no infinity. What cannot be read is left
out and named, never guessed; the rest of the answer is kept. Where a key stands twice
in an object, the last one counts.
"""

from contextlib import suppress
from typing import Literal

import msgspec

from sitegen.errors import Problem
from sitegen.http import Failure, failure_of_type
from sitegen.metrics.failures import explain
from sitegen.metrics.labels import LabelRedactor, spell, spell_some
from sitegen.metrics.model import MetricQuery, MetricResult, Series
from sitegen.metrics.samples import read_samples
from sitegen.redaction import Redactor

MAX_SERIES = 10_000
"""More series in one answer than this are refused: no chart shows them, and they would fill the memory."""

_UNREADABLE = (ValueError, RecursionError)
_NULL = msgspec.Raw(b"null")


class _Remarks(msgspec.Struct, rename="camel", kw_only=True):
    status: str
    error_type: str = ""
    error: str = ""
    warnings: list[str] | None = None
    infos: list[str] | None = None
    is_partial: bool = False  # VictoriaMetrics' cluster says so here


class _Envelope(_Remarks):
    data: msgspec.Raw = _NULL


class _Series(msgspec.Struct, rename="camel"):
    result_type: Literal["matrix", "vector"]
    result: list[msgspec.Raw]


class _Success(_Remarks):
    """Almost every answer: opened in one pass over its bytes instead of three."""

    status: Literal["success"]
    data: _Series


class _Data(msgspec.Struct, rename="camel"):
    result_type: str
    result: msgspec.Raw


class _Entry(msgspec.Struct):
    """One series: a vector has `value` or `histogram`, a matrix `values`, `histograms` or both."""

    metric: dict[str, str] = {}
    value: msgspec.Raw = _NULL
    values: msgspec.Raw = _NULL
    histogram: msgspec.Raw = _NULL
    histograms: msgspec.Raw = _NULL

    @property
    def samples(self) -> msgspec.Raw | bytes:
        """The list of its samples."""
        if _given(self.values):
            return self.values
        return b"[" + bytes(self.value) + b"]" if _given(self.value) else b"[]"

    @property
    def has_histograms(self) -> bool:
        """Whether it holds native histograms."""
        return _given(self.histogram) or _given(self.histograms)


_SUCCESS = msgspec.json.Decoder(_Success)
_ENVELOPE = msgspec.json.Decoder(_Envelope)
_DATA = msgspec.json.Decoder(_Data)
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_ENTRY = msgspec.json.Decoder(_Entry)


def decode_answer(
    body: bytes, query: MetricQuery, *, where: str, redactor: Redactor
) -> MetricResult | Problem:
    """Read an answer with a status of 2xx; labels, warnings and messages come back redacted.

    Series are in the order of their labels. A sample that cannot be read, a series
    that cannot, and native histograms are counted and named in `not_shown`. An error
    envelope, something other than a query's result, more than MAX_SERIES series, or an
    answer of which nothing can be read is a `Problem`.
    """
    opened = _open(body, where, redactor)
    if isinstance(opened, Problem):
        return opened
    remarks, entries = opened
    if len(entries) > MAX_SERIES:
        said = f"{len(entries)} series in one answer, the limit is {MAX_SERIES}"
        return explain(where, Failure.TOO_MANY_SERIES, said, redactor)
    reading = _Reading(redactor)
    for index, entry in enumerate(entries):
        reading.add(index, entry)
    if entries and len(reading.unreadable) == len(entries):
        bad = [f"{name} ({reason})" for name, reason in reading.unreadable.items()]
        return explain(where, Failure.MALFORMED, spell_some(bad), redactor)
    return reading.result(query, remarks, redactor)


def _open(body: bytes, where: str, redactor: Redactor) -> tuple[_Remarks, list[msgspec.Raw]] | Problem:
    """Return what stands around the series, and each of them unread."""
    with suppress(*_UNREADABLE):
        success = _SUCCESS.decode(body)
        return success, success.data.result
    try:
        envelope = _ENVELOPE.decode(body)
    except _UNREADABLE as error:
        is_page = body[:64].lstrip()[:1] == b"<"
        return explain(
            where, *((Failure.NOT_JSON, "") if is_page else (Failure.MALFORMED, str(error))), redactor
        )
    if envelope.status != "success":
        return explain(where, failure_of_type(envelope.error_type, None), envelope.error, redactor)
    try:
        data = _DATA.decode(envelope.data)
        return envelope, _entries(data)
    except _UNREADABLE as error:
        return explain(where, Failure.NO_RESULT, str(error), redactor)


def _given(raw: msgspec.Raw) -> bool:
    return bytes(memoryview(raw)[:4]) != b"null"


def _entries(data: _Data) -> list[msgspec.Raw]:
    """Return the series of a matrix or vector; a scalar becomes a vector of one series without labels."""
    match data.result_type:
        case "matrix" | "vector":
            return _LIST.decode(data.result) if _given(data.result) else []
        case "scalar":
            return [msgspec.Raw(b'{"value":' + bytes(data.result) + b"}")]
        case other:
            raise ValueError(f"a result of the type {other!r} cannot be drawn")


class _Reading:
    """Collects the series of one answer, and what could not be shown of them: `unreadable` series with the reason."""

    def __init__(self, redactor: Redactor) -> None:
        self.unreadable: dict[str, str] = {}
        self._histograms: list[str] = []
        self._bad_samples: list[str] = []
        self._found: list[tuple[list[tuple[str, str]], Series]] = []
        self._redact = LabelRedactor(redactor)

    def add(self, index: int, raw: msgspec.Raw) -> None:
        """Read the series at `index` of the answer."""
        try:
            entry = _ENTRY.decode(raw)
        except _UNREADABLE as error:
            self.unreadable[f"series {index}"] = str(error)
            return
        labels = self._redact.labels(entry.metric)
        try:
            times, values, bad = read_samples(entry.samples)
        except _UNREADABLE as error:
            self.unreadable[f"series {index}, {spell(labels)}"] = str(error)
            return
        if entry.has_histograms:
            self._histograms.append(spell(labels))
        if bad:
            self._bad_samples.append(f"{spell(labels)} at {spell_some([str(at) for at in bad])}")
        if times or not entry.has_histograms:
            self._found.append((sorted(entry.metric.items()), Series(labels, times, values)))

    def result(self, query: MetricQuery, remarks: _Remarks, redactor: Redactor) -> MetricResult:
        """Return the answer, its series in the order of the labels that the source gave them."""
        why = (f"{name}: {reason}" for name, reason in self.unreadable.items())
        return MetricResult(
            query=query,
            series=tuple(series for _, series in sorted(self._found, key=lambda found: found[0])),
            warnings=tuple(redactor.text(warning) for warning in remarks.warnings or ()),
            infos=tuple(redactor.text(info) for info in (*(remarks.infos or ()), *why)),
            partial=remarks.is_partial or bool(remarks.warnings),
            not_shown=tuple(
                redactor.text(sentence.format(count=len(names), some=spell_some(names)))
                for sentence, names in (
                    ("{count} series with native histograms, which are not drawn: {some}", self._histograms),
                    ("samples that cannot be read in {count} series: {some}", self._bad_samples),
                    ("{count} series that cannot be read: {some}", list(self.unreadable)),
                )
                if names
            ),
        )
