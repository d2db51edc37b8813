"""Asking a source politely, over real sockets: who is asked how often, and that nothing stays open."""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sitegen.concurrency.manager import Manager
from sitegen.concurrency.pool_sizes import PoolSizes
from sitegen.errors import Problem
from sitegen.http import Endpoint, RetryBudget, Session
from sitegen.instrumentation.clock import Deadline, SystemClock
from sitegen.instrumentation.recorder import Recorder
from sitegen.metrics.asking import Asked, Asker, Server
from sitegen.metrics.model import MetricQuery, MetricResult
from sitegen.metrics.source import PrometheusSource
from sitegen.redaction import Redactor
from sitegen.state.sources import SourceRecord
from sitegen.units import Window
from tests.faulty_server import Failure, FaultyServer, Position, Reply

NOW = 1_764_000_000.0
GONE, HUNG = Reply(fault=Failure.RESET, at=Position.BEFORE), Reply(fault=Failure.HANG, at=Position.BEFORE)
FINE = Reply(body=b'{"status":"success","data":{"resultType":"matrix","result":[]}}')
QUERIES = [MetricQuery("prom", f"up{number}", Window(NOW - 60, NOW, 15.0)) for number in range(5)]
DOWN = SourceRecord(failures=3, failing_since=NOW - 90, answered_at=NOW - 120, asked=9)


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with FaultyServer(FINE) as running:
        yield running


class Opened:
    """A source over a real session, which remembers whether it was closed."""

    def __init__(self, url: str, timeout: float = 5.0, seconds: float = 10.0) -> None:
        self.clock = SystemClock()
        self.deadline = Deadline(self.clock, seconds)
        self.endpoint = Endpoint(name="prom", url=url, timeout=timeout)
        self.budget = RetryBudget()
        self.sessions: list[Session] = []
        self.closed = 0

    def server(self) -> Server:
        return Server("prom", 2, self.open)

    def open(self, failed: bool) -> PrometheusSource:
        session = Session(
            self.endpoint, clock=self.clock, deadline=self.deadline, budget=self.budget, redactor=Redactor()
        )
        self.sessions.append(session)
        opened = self

        class Source(PrometheusSource):
            def close(self) -> None:
                opened.closed += 1
                super().close()

        assert failed in {True, False}
        return Source(session, name="prom", redactor=Redactor())

    def ask(self, record: SourceRecord | None = None, queries: Sequence[MetricQuery] = QUERIES) -> Asked:
        recorder = Recorder(self.clock)
        with Manager(
            PoolSizes(default_threads=2, threads={}, processes={}, shared=1), recorder, self.deadline
        ) as manager:

            async def put(server, call, some):
                return await manager.io(
                    "metrics", call, some, name=lambda _: "ask", width=server.width, deadline=self.deadline
                )

            known = {} if record is None else {"prom": record}
            return asyncio.run(Asker(put, NOW, self.deadline).ask(queries, [self.server()], known))


def lines(server: FaultyServer) -> list[str]:
    return [one.line.split()[1].rpartition("/")[2] for one in server.requests]


def test_every_query_is_answered_and_the_record_says_when(server):
    opened = Opened(server.url)
    asked = opened.ask()
    assert all(isinstance(asked.answers[query], MetricResult) for query in QUERIES)
    assert asked.records == {"prom": SourceRecord(answered_at=NOW, asked=5)}
    assert lines(server) == ["query_range"] * 5


def test_nobody_is_asked_who_has_no_query(server):
    opened = Opened(server.url)
    assert opened.ask(queries=[]) == Asked({}, {}, ())
    assert opened.sessions == []


def test_while_nobody_is_there_the_answer_to_the_first_query_is_that_to_all(server):
    server.then(GONE)
    asked = Opened(server.url).ask()
    assert len(set(asked.answers.values())) == 1
    assert isinstance(asked.answers[QUERIES[0]], Problem)
    assert len(server.requests) <= 3
    assert asked.records["prom"].failures == 1
    assert "reset the connection" in asked.records["prom"].fault


def test_a_source_that_is_down_is_asked_one_small_question(server):
    server.then(GONE)
    opened = Opened(server.url)
    opened.budget = RetryBudget(0)
    asked = opened.ask(DOWN)
    assert lines(server) == ["buildinfo"]
    assert asked.records["prom"].failures == 4
    assert asked.records["prom"].failing_since == DOWN.failing_since


def test_one_that_is_down_is_asked_everything_as_soon_as_it_is_well_again(server):
    asked = Opened(server.url).ask(DOWN)
    assert lines(server) == ["buildinfo", *["query_range"] * 5]
    assert all(isinstance(asked.answers[query], MetricResult) for query in QUERIES)
    assert asked.records["prom"].failures == 0


def test_one_that_is_well_but_answers_no_query_gets_one_alone_and_another_each_time(server):
    server.then(FINE, Reply(status=500, body=b"no"), FINE, Reply(status=500, body=b"no"))
    opened = Opened(server.url)
    first = opened.ask(DOWN)
    opened.ask(first.records["prom"])
    assert lines(server) == ["buildinfo", "query_range"] * 2
    assert server.requests[1].body != server.requests[3].body
    assert first.records["prom"].failures == 4


def test_a_server_that_is_proxied_and_knows_no_small_question_is_well(server):
    server.then(Reply(status=404, body=b"no such page"), FINE)
    assert Opened(server.url).ask(DOWN).records["prom"].failures == 0


def test_what_the_end_of_gathering_cut_off_is_worded_alike(server):
    server.then(HUNG)
    asked = Opened(server.url, seconds=0.5).ask()
    [problem] = set(asked.answers.values())
    assert problem.where == "metrics.prom"
    assert problem.message.startswith("prom had not answered when the time for gathering was over")


# --- Nothing stays open ------------------------------------------------------------


@contextmanager
def closes_all(opened: Opened) -> Iterator[None]:
    yield
    assert opened.closed == len(opened.sessions) == 1


@pytest.mark.parametrize("reply", [FINE, GONE, HUNG, Reply(status=429), Reply(body=b"<html>")])
def test_a_session_is_closed_whatever_was_answered(server, reply):
    server.then(reply)
    opened = Opened(server.url, timeout=0.3)
    with closes_all(opened):
        opened.ask()


def test_a_session_is_closed_when_the_deadline_cuts_everything_off(server):
    server.then(HUNG)
    opened = Opened(server.url, seconds=0.3)
    with closes_all(opened):
        opened.ask()


def test_a_session_is_closed_when_an_exception_ends_the_gathering(server):
    opened = Opened(server.url)

    async def fail(*_: object) -> list:
        raise RuntimeError("a bug")

    async def ask() -> None:
        await Asker(fail, NOW, opened.deadline).ask(QUERIES, [opened.server()], {})

    with closes_all(opened), pytest.raises(ExceptionGroup):
        asyncio.run(ask())


def test_a_session_is_closed_and_no_task_left_when_the_gathering_is_cancelled(server):
    server.then(HUNG)
    opened = Opened(server.url, timeout=0.5, seconds=1.0)

    async def ask() -> None:
        with ThreadPoolExecutor(1) as pool:

            async def put(_: Server, call, some):
                return [await asyncio.get_running_loop().run_in_executor(pool, call, one) for one in some]

            task = asyncio.create_task(Asker(put, NOW, opened.deadline).ask(QUERIES, [opened.server()], {}))
            await asyncio.to_thread(server_saw, server)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.sleep(0)
            assert asyncio.all_tasks() == {asyncio.current_task()}

    with closes_all(opened):
        asyncio.run(ask())


def server_saw(server: FaultyServer) -> None:
    """Wait until a question has come in."""
    pause = threading.Event()
    for _ in range(500):
        if server.requests:
            return
        pause.wait(0.01)
