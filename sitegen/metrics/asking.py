"""How sources are asked: side by side, each politely, and what is shown of one that does not answer.

A source that is down is asked once a run, however many queries wait for it. One query goes
first, and the others follow when anybody is there. After a run without a good answer the
first has to be answered well; after three, one small question goes before it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import closing
from typing import NamedTuple, Protocol, TypeVar

from sitegen.errors import Notice, Problem, Reason
from sitegen.http import Failure
from sitegen.instrumentation.clock import Deadline
from sitegen.metrics.failures import explain_lead
from sitegen.metrics.model import MetricQuery, MetricResult
from sitegen.metrics.source import Source
from sitegen.state.sources import SourceRecord

T = TypeVar("T")
Answer = MetricResult | Problem

_PATIENCE, _SHARE = 3.0, 0.3
"""After so many seconds, or that share of the time for gathering, the others no longer wait for the first: it may be
slow on its own account. Refused three times it takes at most half of that, with the pauses between."""


class Server(NamedTuple):
    """A source as it is configured: its name, and how many queries it takes at once.

    `open` is told whether it failed in the last run: then no question is sent again, for
    the next run asks anyway.
    """

    name: str
    width: int
    open: Callable[[bool], Source]


class Put(Protocol):
    """How calls are run in threads."""

    def __call__(
        self, server: Server, call: Callable[[MetricQuery], T | Problem], queries: Sequence[MetricQuery], /
    ) -> Awaitable[list[T | Problem]]:
        """Call a function for each query, in as many threads as the server takes; late ones become a `Problem`."""
        ...


class Asked(NamedTuple):
    """What sources answered, what is known of each now, by its name, and what is dangerous in how they are asked."""

    answers: dict[MetricQuery, Answer]
    records: dict[str, SourceRecord]
    warnings: tuple[Problem, ...]

    @property
    def apart(self) -> dict[str, Notice]:
        """The sources whose clock and the one here differ, by name: of what time their answers are is not known."""
        return {
            one.where.partition(".")[2]: one.notice for one in self.warnings if one.reason == Reason.CLOCK
        }


class Asker(NamedTuple):
    """The hands and the clock of whoever asks: `now` in POSIX seconds, `deadline` the end of all waiting."""

    put: Put
    now: float
    deadline: Deadline

    async def ask(
        self, queries: Sequence[MetricQuery], servers: Sequence[Server], known: Mapping[str, SourceRecord]
    ) -> Asked:
        """Ask each server the queries that name it; its connections are closed in the end, whatever happens."""
        wanted = {server: [query for query in queries if query.source == server.name] for server in servers}
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._ask_server(server, own, known.get(server.name, SourceRecord())))
                for server, own in wanted.items()
                if own
            ]
        found = [task.result() for task in tasks]
        return Asked(
            {query: answer for one in found for query, answer in one.answers.items()},
            {name: record for one in found for name, record in one.records.items()},
            tuple(warning for one in found for warning in one.warnings),
        )

    async def _ask_server(
        self, server: Server, queries: Sequence[MetricQuery], record: SourceRecord
    ) -> Asked:
        # Another one first each time: a query that is too heavy must not keep the source shut.
        place = record.failures % len(queries)
        queries = [*queries[place:], *queries[:place]]
        with closing(server.open(record.failures > 0)) as source:
            found = await self._ping(server, source, queries) if record.is_down else []
            if not found:
                found = await self._probe_then_query(server, source, queries, failed=record.failures > 0)
            if self.deadline.passed:
                found = [_tell_late(one, server.name, all_of_them=not source.healthy) for one in found]
            after = record.after(
                self.now,
                healthy=source.healthy,
                answered=any(isinstance(one, MetricResult) for one in found),
                asked=len(found),
                fault=next((one.message for one in found if isinstance(one, Problem)), ""),
            )
            where = f"metrics.{server.name}"
            warnings = (
                *(Problem(where, warning, Reason.UNTRUSTED) for warning in source.warnings),
                *explain_lead(server.name, source.lead),
            )
        # While nobody answers, the answer to the first is that to all.
        found += found[:1] * (len(queries) - len(found))
        return Asked(dict(zip(queries, found, strict=True)), {server.name: after}, warnings)

    async def _ping(self, server: Server, source: Source, queries: Sequence[MetricQuery]) -> list[Answer]:
        """Put the smallest question; return why the server is not well, and nothing where it is."""
        return [fault for fault in await self.put(server, source.ping, queries[:1]) if fault is not None]

    async def _probe_then_query(
        self, server: Server, source: Source, queries: Sequence[MetricQuery], *, failed: bool
    ) -> list[Answer]:
        """Put one query, and the others once somebody is there; the answer to the first alone where nobody is.

        One that failed in the run before has to answer well; any other only has to say
        something, or to think about it for longer than a refused connection takes.
        """
        first = asyncio.ensure_future(self.put(server, source.ask, queries[:1]))
        patience = None if failed else min(_PATIENCE, _SHARE * self.deadline.remaining())
        try:
            await asyncio.wait({first}, timeout=patience)
            if first.done() and not (source.healthy if failed else source.reachable):
                return first.result()
            rest = await self.put(server, source.ask, queries[1:])
            return [*await first, *rest]
        finally:
            first.cancel()


def _tell_late(answer: Answer, name: str, *, all_of_them: bool) -> Answer:
    """Word alike every query that the end of gathering cut off, whichever side saw it first."""
    where = f"metrics.{name}"
    if isinstance(answer, MetricResult) or not (all_of_them or answer.where != where):
        return answer
    return Problem(where, f"{name} {Failure.UNFINISHED.operator}", Failure.UNFINISHED.visitor)
