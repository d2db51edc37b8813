"""What Prometheus would answer: fifteen panels in four groups, each in windows from an hour to 90 days."""

import math
from array import array
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec import structs

from sitegen.findings import MetricFindings, SourceRow
from sitegen.freshness import Freshness, observed
from sitegen.metrics.analysis import newest
from sitegen.metrics.model import MetricQuery, MetricResult, Panel, PanelData, PanelKind, Series, Threshold
from sitegen.simulation.shop import SERVICES, Service, Shop
from sitegen.simulation.story import CYCLE
from sitegen.units import DAY, HOUR, Instant, Window

SOURCE = "prometheus"
_WINDOWS = (HOUR, DAY, 7 * DAY, 90 * DAY)
_LEAST_STEP = 15.0
_BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, math.inf)
"""Those of the Prometheus client libraries, in seconds."""

_BY_ID = {service.id: service for service in SERVICES}
_SHOWN = tuple(_BY_ID[name] for name in ("payments", "checkout", "gateway", "search", "catalog"))
_HOSTS = {"web-0": (31.0, 34.0), "web-1": (28.0, 33.0), "db-0": (17.0, 38.0)}
"""Processor use in per cent at rest, and what the incident's retries add."""
_MEMORY = {"web": (4.97e9, 0.25e9), "cache": (2.09e9, 0.12e9), "db-0": (4.09e9, 0.3e9)}


class _Entry(NamedTuple):
    """A panel, and what it shows: a series a key, by what it is called, or the latencies of some services as a histogram.

    `value` is a function of the shop, a key, an instant and a step.
    """

    panel: Panel
    value: Callable[[Shop, Any, float, float], float] = Shop.rate
    keys: Mapping[str, object] = {}
    histogram: tuple[Service, ...] = ()


def _panel(id_: str, title: str, unit: str, kind: PanelKind, legend: str = "", **more: float) -> Panel:
    """Return a panel; `warn` and `crit` are thresholds in its unit."""
    limits = tuple(Threshold(more[status], status) for status in ("warn", "crit") if status in more)
    return Panel(
        id=id_, source=SOURCE, title=title, query="", unit=unit, kind=kind, windows=_WINDOWS, legend=legend,
        thresholds=limits,
    )  # fmt: skip


def _pick(*services: Service) -> dict[str, object]:
    return {service.id: service for service in services}


def _named(*names: str) -> dict[str, object]:
    return {name: name for name in names}


def _checkout(shop: Shop, z: float, at: float, step: float) -> float:
    return shop.quantile(_BY_ID["checkout"], z, at, step)


def _answers(shop: Shop, code: str, at: float, step: float) -> float:
    """Return the requests that were answered with this code, in each minute."""
    gateway, checkout = _BY_ID["gateway"], _BY_ID["checkout"]
    total = 60 * shop.rate(gateway, at, step)
    failed = 60 * shop.rate(checkout, at, step) * shop.failing(checkout, at, step)
    lost = total * 0.04 * (1 + 0.2 * shop.wander("lost", at, step))
    return {"500": failed, "404": lost, "200": total - failed - lost}[code]


def _orders(shop: Shop, _: None, at: float, step: float) -> float:
    """Return the orders of each minute: what checkout accepts, and payments charge."""
    checkout = _BY_ID["checkout"]
    return 0.45 * shop.rate(checkout, at, step) * 60 * (1 - shop.failing(checkout, at, step))


def _refused(shop: Shop, reason: str, at: float, step: float) -> float:
    """Return the charges that failed for this reason, in each minute: with an open breaker nothing times out."""
    payments, story = _BY_ID["payments"], shop.story
    tried = 60 * shop.rate(payments, at, step)
    _, failing = story.strain("payments", at - step, at)
    is_open = min(1.0, max(0.0, (at - story.opened) / step))
    declined = tried * 0.017 * max(0.2, 1 + 0.3 * shop.wander("declined", at, step))
    return {"declined": declined, "timeout": tried * failing * (1 - is_open), "circuit open": tried * failing * is_open}[reason]  # fmt: skip


def _retries(shop: Shop, _: None, at: float, step: float) -> float:
    """Return how often a second payments asked the bank again: not where the breaker is open."""
    payments, story = _BY_ID["payments"], shop.story
    slow, failing = story.strain("payments", at - step, at)
    is_open = min(1.0, max(0.0, (at - story.opened) / step))
    calm = 0.02 * max(0.0, 1 + 0.5 * shop.wander("retries", at, step))
    return shop.rate(payments, at, step) * (calm + (0.15 * slow + 2 * failing) * (1 - is_open))


def _processor(shop: Shop, host: str, at: float, step: float) -> float:
    rest, more = _HOSTS[host]
    slow, _ = shop.story.strain("checkout", at - step, at)
    load = shop.rate(_BY_ID["gateway"], at, step) / 93.0
    return rest * (0.55 + 0.55 * load) + more * slow * 2 + 2.2 * shop.wander(host, at, step)


def _memory(shop: Shop, name: str, at: float, step: float) -> float:
    least, more = _MEMORY[name]
    return least + more * (0.5 + at % (6 * HOUR) / (12 * HOUR)) + 0.02e9 * shop.wander(name, at, step)


def _connections(shop: Shop, _: None, at: float, step: float) -> float:
    slow = shop.story.strain("checkout", at - step, at)[0]
    return round(
        38 + 20 * shop.rate(_BY_ID["gateway"], at, step) / 93 + 120 * slow + 2 * shop.wander("db", at, step)
    )


def _queue(shop: Shop, _: None, at: float, step: float) -> float:
    """Return the mails that wait: invoices pile up, 20 a minute, from the breaker's opening on."""
    return max(0.0, round(4 + 1.5 * shop.wander("queue", at, step) + 20 * _minutes(shop, at)))


def _waiting(shop: Shop, _: None, at: float, step: float) -> float:
    """Return the orders that were taken without a charge since the breaker opened, 63 a minute."""
    return round(63 * _minutes(shop, at - step / 2))


def _minutes(shop: Shop, at: float) -> float:
    """Return for how many minutes the breaker had been open."""
    return max(0.0, at - shop.story.opened) / 60


def _grouped(group: str, *entries: _Entry) -> tuple[_Entry, ...]:
    return tuple(one._replace(panel=structs.replace(one.panel, group=group)) for one in entries)


_LINE, _AREA, _BAR = PanelKind.LINE, PanelKind.AREA, PanelKind.BAR
_ONE = {"": None}
_QUANTILES = {"p99": 2.326, "p95": 1.645, "p50": 0.0}
_ENTRIES = (
    *_grouped("latency",
    _Entry(_panel("p95", "p95 latency", "seconds", _LINE, "{{service}}", warn=0.5, crit=1.0), Shop.p95, _pick(*_SHOWN)),
    _Entry(_panel("all-latency", "latency of all requests", "seconds", PanelKind.HEATMAP), histogram=_SHOWN),
    _Entry(_panel("checkout-latency", "latency of checkout", "seconds", _LINE, "{{quantile}}"), _checkout, _QUANTILES),
    _Entry(_panel("by-latency", "requests to payments by latency", "seconds", PanelKind.HISTOGRAM), histogram=(_BY_ID["payments"],)),
    ),
    *_grouped("traffic",
    _Entry(_panel("requests", "requests", "requests/s", _AREA, "{{service}}"), Shop.rate, _pick(*_SHOWN[1:])),
    _Entry(_panel("answers", "answers a minute", "requests", _BAR, "{{code}}"), _answers, _named("200", "404", "500")),
    _Entry(_panel("orders", "orders", "orders", _LINE, "orders"), _orders, _ONE),
    ),
    *_grouped("errors",
    _Entry(_panel("errors", "error ratio", "ratio", _LINE, "{{service}}", warn=0.01, crit=0.05), Shop.failing, _pick(*_SHOWN[:3])),
    _Entry(_panel("charges", "charges that failed, a minute", "requests", _BAR, "{{reason}}"), _refused, _named("declined", "timeout", "circuit open")),
    _Entry(_panel("retries", "retries against the bank", "requests/s", _AREA, "retries", warn=2.0), _retries, _ONE),
    ),
    *_grouped("saturation",
    _Entry(_panel("processor", "processor", "percent", _LINE, "{{host}}", warn=80.0), _processor, _named(*_HOSTS)),
    _Entry(_panel("memory", "memory", "bytes", _AREA, "{{group}}"), _memory, _named(*_MEMORY)),
    _Entry(_panel("connections", "connections", "connections", _LINE, "db-0", warn=90.0, crit=100.0), _connections, _ONE),
    _Entry(_panel("queue", "mail queue", "messages", _AREA, "queue", warn=500.0, crit=1000.0), _queue, _ONE),
    _Entry(_panel("waiting", "orders that wait for their charge", "orders", PanelKind.STAT, "orders"), _waiting, _ONE),
    ),
)  # fmt: skip

PANELS = tuple(entry.panel for entry in _ENTRIES)


def simulate_metrics(shop: Shop, now: float) -> MetricFindings:
    """Return every panel in every window, as answered now."""
    return MetricFindings(
        panels=tuple(_answer(entry, span, shop, now) for entry in _ENTRIES for span in _WINDOWS),
        sources=(SourceRow(SOURCE, Freshness.FRESH, Instant(now)),),
    )


def _answer(entry: _Entry, span: float, shop: Shop, now: float) -> PanelData:
    window = Window.ending(now, span, least_step=_LEAST_STEP)
    times = window.instants()
    series = _buckets(entry.histogram, times, shop, window.step)
    for name, key in entry.keys.items():
        values = array("d", [entry.value(shop, key, at, window.step) for at in times])
        labels = {entry.panel.legend.strip("{}"): name} if name else {}
        series.append(Series(labels, array("d", times), values))
    result = MetricResult(MetricQuery(SOURCE, "", window), tuple(series))
    # The shop is told at the instant of the simulation: its last step is now.
    is_first = span == _WINDOWS[0]
    told = newest(result.series, window.end) if is_first else None
    return PanelData(entry.panel, span, window, observed(result, now, now, CYCLE), told, moves=is_first)


def _buckets(services: tuple[Service, ...], times: Sequence[float], shop: Shop, step: float) -> list[Series]:
    """Return a classic histogram: how many requests of each step took at most so long, bucket by bucket."""
    if not services:
        return []
    columns: list[list[float]] = [[] for _ in _BOUNDS]
    for at in times:
        asked = [(step * shop.rate(one, at, step), one, shop.median(one, at, step)) for one in services]
        for column, bound in zip(columns, _BOUNDS, strict=True):
            column.append(round(math.fsum(many * one.faster(bound, median) for many, one, median in asked)))
    return [
        Series({"le": "+Inf" if math.isinf(bound) else f"{bound:g}"}, array("d", times), array("d", column))
        for column, bound in zip(columns, _BOUNDS, strict=True)
    ]
