"""The traces of the last hour: 200 requests to the shop, and how each went through its services."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import NamedTuple

from sitegen.findings import SourceRow, TraceFindings
from sitegen.freshness import Freshness
from sitegen.simulation.story import Story
from sitegen.traces.aggregator import aggregate
from sitegen.traces.analysis import choose_traces, service_edges
from sitegen.traces.model import Span, SpanKind, SpanStatus
from sitegen.units import Instant

SOURCE = "shop"
TRACES = 200
_EVERY, _SETTLED = 18.0, 24.0
"""Seconds between two traces that are kept, and how long ago the latest of them began: by now it has ended."""
_PAGED = 40
_TIMEOUT_MS = 2500.0
_SERVER, _CLIENT, _INTERNAL, _PRODUCER = (
    SpanKind.SERVER,
    SpanKind.CLIENT,
    SpanKind.INTERNAL,
    SpanKind.PRODUCER,
)


class _Step(NamedTuple):
    """A span as it usually is: `ms` are its own milliseconds, `steps` what it does in them, one after the other.

    It is done `least` to `most` times; `peer` is who answers a client span.
    """

    service: str
    name: str
    kind: SpanKind
    ms: float
    steps: "tuple[_Step, ...]" = ()
    peer: str | None = None
    least: int = 1
    most: int = 1


def _ask(  # noqa: PLR0917 - a table of them reads best in columns
    service: str, peer: str, name: str, ms: float, least: int = 1, most: int = 1
) -> _Step:
    return _Step(service, name, _CLIENT, ms, (), peer, least, most)


def _do(service: str, name: str, ms: float, *steps: _Step, least: int = 1, most: int = 1) -> _Step:
    return _Step(service, name, _INTERNAL, ms, steps, None, least, most)


def _serve(service: str, name: str, ms: float, *steps: _Step) -> _Step:
    return _Step(service, name, _SERVER, ms, steps)


_SESSION = _serve(
    "auth",
    "verify token",
    3.4,
    _ask("auth", "redis", "GET session", 0.9),
    _do("auth", "check signature", 2.1),
)
_LIMIT = _do("gateway", "rate limit", 0.5, _ask("gateway", "redis", "INCR bucket", 0.7))
_CHARGE = _ask("payments", "bank", "authorize", 126.0)
_PAY = _serve(
    "payments",
    "POST /charge",
    6.1,
    _ask("payments", "redis", "SETEX idempotency", 1.6),
    _do("payments", "fraud score", 9.5, _ask("payments", "postgres", "SELECT cards", 9.8)),
    _CHARGE,
)
_INVOICE = _do(
    "checkout", "send an invoice instead", 170.0, _ask("checkout", "postgres", "INSERT invoice", 14.0)
)
_INVOICED = 0.76
"""The share of failed charges after which the customer takes an invoice, so that the order is not lost."""
_PLACE = _serve(
    "checkout", "place order", 5.2,
    _do("checkout", "load cart", 2.2, _ask("checkout", "redis", "GET cart", 1.3)),
    _serve("inventory", "reserve", 3.1, _ask("inventory", "redis", "GET stock:lock", 1.1),
           _ask("inventory", "postgres", "UPDATE stock", 5.4, 1, 14)),
    _do("checkout", "price lines", 2.4, _serve("catalog", "GET /prices", 1.9, _ask("catalog", "postgres", "SELECT prices", 2.8, 1, 10))),
    _PAY,
    _ask("checkout", "postgres", "INSERT order", 12.4),
    _ask("checkout", "postgres", "INSERT lines", 3.1, 1, 8),
    _Step("checkout", "publish orders", _PRODUCER, 3.6, (), "kafka"),
    _serve("mailer", "order placed", 3.2, _do("mailer", "render template", 4.2), _ask("mailer", "smtp relay", "send", 8.0)),
)  # fmt: skip
_REQUESTS = (
    (40, _serve("gateway", "POST /checkout", 6.0, _LIMIT, _SESSION, _PLACE)),
    (22, _serve("gateway", "GET /search", 4.1, _LIMIT, _SESSION,
                _serve("search", "query", 7.5, _do("search", "parse", 0.8), _ask("search", "elastic", "find products", 52.0, 1, 3)),
                _serve("catalog", "GET /products", 3.1, _ask("catalog", "redis", "MGET products", 1.4),
                       _ask("catalog", "postgres", "SELECT product", 3.3, 0, 9)))),
    (20, _serve("gateway", "GET /products/{id}", 4.4, _LIMIT, _SESSION,
                _serve("catalog", "GET /product", 5.2, _ask("catalog", "postgres", "SELECT product", 7.1),
                       _ask("catalog", "redis", "GET reviews", 1.2, 1, 4)),
                _serve("inventory", "stock", 1.8, _ask("inventory", "postgres", "SELECT stock", 3.9)))),
    (18, _serve("gateway", "POST /sign-in", 3.9, _LIMIT,
                _serve("auth", "sign in", 2.8, _ask("auth", "postgres", "SELECT user", 4.6), _do("auth", "hash password", 48.0),
                       _ask("auth", "redis", "SETEX session", 1.1)),
                _Step("auth", "publish sign-ins", _PRODUCER, 2.2, (), "kafka"))),
)  # fmt: skip


class _Request:
    """One request on its way through the shop; collects its spans."""

    def __init__(self, story: Story, chance: Random) -> None:
        self._story = story
        self._chance = chance
        self._trace_id = f"{chance.getrandbits(128):032x}"
        self._order = str(48_000 + chance.randrange(2_000))
        self.spans: list[Span] = []

    def run(self, step: _Step, parent: str | None, at: float) -> tuple[float, bool]:
        """Do a step from `at` on; return when it was over, and whether it failed. What is left after a fault is not done."""
        if step is _CHARGE:
            return self._charge(parent or "", at)
        span_id = self._new_id()
        own = self._took(step.ms)
        end, failed = at + 0.4 * own, False
        for inner in step.steps:
            for _ in range(self._chance.randint(inner.least, inner.most)):
                if not failed:
                    end, failed = self.run(inner, span_id, end + self._took(0.15))
                if failed and inner is _PAY and self._chance.random() < _INVOICED:
                    end, failed = self.run(_INVOICE, span_id, end)
        end += 0.6 * own
        code = "502" if failed else "200"
        attributes = {"http.status": code, "order.id": self._order} if step.kind is _SERVER else {}
        self._add(step, span_id, parent, at, end, attributes, failed=failed)
        return end, failed

    def _charge(self, parent: str, at: float) -> tuple[float, bool]:
        """Ask the bank, up to three times while it does not answer, and not at all once the breaker is open."""
        slow, failing = self._story.strain("payments", at, at + 1.0)
        if at >= self._story.opened:
            refusal = _do("payments", "circuit breaker", 0.2)
            end = at + self._took(refusal.ms)
            self._add(refusal, self._new_id(), parent, at, end, {"error": "circuit open"}, failed=True)
            return end, True
        for attempt in ("1", "2", "3"):
            failed = self._chance.random() < failing
            took = _TIMEOUT_MS / 1000 if failed else self._took(_CHARGE.ms) * (1 + 9.0 * slow)
            note = {"attempt": attempt} | ({"error": "timeout after 2.5 s"} if failed else {})
            self._add(_CHARGE, self._new_id(), parent, at, at + took, note, failed=failed)
            at += took
            if not failed:
                return at, False
            at += 0.05 * int(attempt)
        return at, True

    def _add(  # noqa: PLR0917 - a span is what it is made of
        self, step: _Step, span_id: str, parent: str | None, start: float, end: float, attributes: dict[str, str],
        *, failed: bool,
    ) -> None:  # fmt: skip
        first = round(start * 1e6) * 1000  # to the microsecond: a double has no more
        self.spans.append(
            Span(
                trace_id=self._trace_id,
                span_id=span_id,
                parent_id=parent,
                service=step.service,
                name=step.name,
                kind=step.kind,
                start=first,
                duration=max(1000, round((end - start) * 1e6) * 1000),
                status=SpanStatus.ERROR if failed else SpanStatus.OK,
                peer=step.peer,
                attributes=attributes,
            )
        )

    def _new_id(self) -> str:
        return f"{self._chance.getrandbits(64):016x}"

    def _took(self, ms: float) -> float:
        """Return seconds about so many milliseconds."""
        return ms / 1000 * self._chance.lognormvariate(0.0, 0.28)


def simulate_traces(seed: int, story: Story, now: float) -> TraceFindings:
    """Return the latest 200 traces, those of them that have a page, and the calls between services."""
    traces = aggregate((span for spans in _requests(seed, story, now) for span in spans), SOURCE)
    return TraceFindings(
        traces=tuple(sorted(traces, key=lambda trace: (-trace.duration, trace.trace_id))),
        paged=frozenset(trace.trace_id for trace in choose_traces(traces, _PAGED)),
        edges=service_edges(traces),
        sources=(SourceRow(SOURCE, Freshness.FRESH, Instant(now)),),
    )


def _requests(seed: int, story: Story, now: float) -> Iterator[Sequence[Span]]:
    latest = int((now - _SETTLED) // _EVERY)
    for number in range(latest - TRACES + 1, latest + 1):
        chance = Random(f"{seed} trace {number}")
        request = _Request(story, chance)
        (step,) = chance.choices([one for _, one in _REQUESTS], [often for often, _ in _REQUESTS])
        request.run(step, None, number * _EVERY + chance.uniform(0.0, 8.0))
        yield request.spans
