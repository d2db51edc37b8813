"""The logs of the last two hours: 20,000 lines, those about a traced request at its instants and with its id."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import NamedTuple

from sitegen.findings import LogFindings, SourceRow
from sitegen.freshness import Freshness
from sitegen.logs.analysis import newest_first
from sitegen.logs.model import Level, LogRecord
from sitegen.simulation.story import CYCLE, Story
from sitegen.traces.model import Span, SpanKind, SpanStatus, Trace
from sitegen.units import Instant, format_duration

SOURCE = "shop"
LINES = 20_000
_A_CYCLE = 84
"""Lines in each cycle, so that all of them are of the last two hours."""


class _Kind(NamedTuple):
    """A kind of line; `{n}` is an order's number, `{k}` and `{a}` small numbers, `{m}` one of three digits, `{ms}` milliseconds."""

    weight: float
    level: Level
    service: str
    message: str


_CALM = (
    _Kind(20, Level.INFO, "gateway", "GET /search answered 200, {k} kB, in {ms} ms"),
    _Kind(20, Level.INFO, "gateway", "GET /products/{n} answered 200 in {ms} ms"),
    _Kind(9, Level.INFO, "auth", "token refreshed"),
    _Kind(4, Level.INFO, "auth", "signed in, session for 12 h"),
    _Kind(0.05, Level.INFO, "auth", "key rotated, next in 7 d"),
    _Kind(10, Level.INFO, "catalog", "{k} products read in {ms} ms"),
    _Kind(1, Level.INFO, "catalog", "cache warmed, 2,113 items in 402 ms"),
    _Kind(8, Level.INFO, "search", "query with {k} terms: {n} hits in {ms} ms"),
    _Kind(1.5, Level.WARN, "search", "replica 2 is {k} s behind: maintenance"),
    _Kind(7, Level.INFO, "inventory", "{k} rows reserved for order {n}"),
    _Kind(7, Level.INFO, "checkout", "order {n} placed, {k} items"),
    _Kind(5, Level.INFO, "mailer", "mail for order {n} sent"),
    _Kind(0.4, Level.WARN, "gateway", "slow client held a connection for {k} s; it was closed"),
    _Kind(0.12, Level.ERROR, "payments", "card refused by bank: code 51, not retried"),
    _Kind(0.2, Level.INFO, "gateway", "config reloaded, 14 routes"),
)
_SLOW = (
    _Kind(16, Level.WARN, "payments", "bank answered in 1,{m} ms, slower than 1,000 ms"),
    _Kind(3, Level.WARN, "checkout", "order {n} waits for its charge, {k} s so far"),
)
_DOWN = (
    _Kind(20, Level.ERROR, "payments", "bank: timeout after 2.5 s, order {n}, attempt {a} of 3"),
    _Kind(8, Level.WARN, "payments", "retry of order {n} in {k}0 ms"),
    _Kind(6, Level.ERROR, "checkout", "charge of order {n} failed: payments answered 502"),
    _Kind(3, Level.ERROR, "gateway", "POST /checkout answered 502 in 7,{m} ms"),
)
_OPEN = (
    _Kind(13, Level.ERROR, "payments", "circuit to bank is open: order {n} not charged"),
    _Kind(2, Level.WARN, "payments", "probe of bank: timeout after 2.5 s, circuit stays open"),
    _Kind(9, Level.WARN, "checkout", "order {n} on invoice: payments are down"),
    _Kind(3, Level.ERROR, "gateway", "POST /checkout answered 502 in {ms} ms"),
    _Kind(2, Level.WARN, "mailer", "queue grows by 20 mails a minute"),
)


def simulate_logs(seed: int, story: Story, traces: Sequence[Trace], now: float) -> LogFindings:
    """Return the newest 20,000 lines."""
    lines = [line for trace in traces for line in _tell(trace)]
    slot = now // CYCLE * CYCLE
    for number in range(LINES // _A_CYCLE + 2):
        lines += _chatter(seed, story, slot - number * CYCLE)
    live = "version 1.8.2 is live on 3 replicas"
    lines.append(LogRecord(SOURCE, story.deploy, Level.INFO, "payments", live))
    written = (line for line in lines if line.time is not None and line.time < now)
    return LogFindings(
        records=newest_first(written)[:LINES], sources=(SourceRow(SOURCE, Freshness.FRESH, Instant(now)),)
    )


def _tell(trace: Trace) -> Iterator[LogRecord]:
    """Yield the lines that a traced request left: its faults, and how it was answered in the end."""
    for node in trace.nodes:
        if node.span.status is SpanStatus.ERROR and node.span.kind is not SpanKind.SERVER:
            why = node.span.attributes.get("error", "failed")
            yield _line(node.span, Level.ERROR, f"{node.span.peer or node.span.name}: {why}")
    root = trace.root
    failed = root.status is SpanStatus.ERROR
    code, took = root.attributes["http.status"], format_duration(root.duration / 1e9)
    yield _line(
        root,
        Level.ERROR if failed else Level.INFO,
        f"{root.name} answered {code} in {took}",
        {"status": code},
    )


def _line(span: Span, level: Level, message: str, fields: dict[str, str] | None = None) -> LogRecord:
    """Return the line that a service writes as a span ends, to the millisecond."""
    at = round((span.start + span.duration) / 1e6) / 1e3
    return LogRecord(SOURCE, at, level, span.service, message, fields or {}, span.trace_id)


def _chatter(seed: int, story: Story, slot: float) -> Iterator[LogRecord]:
    """Yield what the services wrote in the cycle that begins at this slot, most of it about nothing."""
    chance = Random(f"{seed} log {slot:.0f}")
    kinds: tuple[_Kind, ...] = _CALM
    if slot >= story.opened:
        kinds += _OPEN
    elif slot >= story.down:
        kinds += _DOWN
    elif slot >= story.slow:
        kinds += _SLOW
    for kind in chance.choices(kinds, [one.weight for one in kinds], k=_A_CYCLE):
        at = slot + chance.randrange(30_000) / 1000
        message = kind.message.format(
            n=47_000 + chance.randrange(3_000), m=chance.randrange(120, 980),
            k=chance.randrange(2, 9), ms=chance.randrange(6, 190), a=chance.randrange(1, 4),
        )  # fmt: skip
        yield LogRecord(SOURCE, at, kind.level, kind.service, message)
