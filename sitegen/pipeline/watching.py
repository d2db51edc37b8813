"""Sources that were asked: whether they answered at all, and what is said of one that is left alone."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from sitegen.errors import Problem
from sitegen.http import Answer, Failure, Fault, FaultKind, Params, Session
from sitegen.pipeline.run import Run

__all__ = ["WatchedSession", "put_one_first", "remember_fault", "tell_left_alone"]

Q = TypeVar("Q")
A = TypeVar("A")

_PATIENCE, _SHARE = 3.0, 0.3
"""After so many seconds, or that share of the time for gathering, the others no longer wait for the first: it may be
slow on its own account. Refused three times it takes at most half of that, with the pauses between."""

_ABSENCE = frozenset(
    (
        FaultKind.DNS,
        FaultKind.REFUSED,
        FaultKind.UNREACHABLE,
        FaultKind.RESET,
        FaultKind.TLS,
        FaultKind.BUDGET,
    )
)
"""What says that nobody is there, or nobody who is meant. Silence does not: a question may be too heavy."""


class WatchedSession(Session):
    """A session that remembers whether its server answered at all, and whether with more than its own failure."""

    _spoke = False
    _heard = False

    def spoke(self) -> bool:
        """Say whether anybody is there: whether any request got an answer, be it a 503, or was only too slow."""
        return self._spoke

    def answered(self) -> bool:
        """Say whether any request was answered by a server that is well: with less than a 500."""
        return self._heard

    def request(
        self,
        method: str,
        path: str = "",
        *,
        params: Params | None = None,
        form: Params | None = None,
        headers: Mapping[str, str] | None = None,
        idempotent: bool | None = None,
    ) -> Answer | Fault:
        """Ask as a session does, and remember whether an answer came."""
        result = super().request(
            method, path, params=params, form=form, headers=headers, idempotent=idempotent
        )
        if isinstance(result, Answer) or result.status is not None or result.kind not in _ABSENCE:
            self._spoke = True
        if isinstance(result, Answer) or (result.status is not None and result.status < 500):
            self._heard = True
        return result


async def put_one_first(
    questions: Sequence[Q],
    put: Callable[[Sequence[Q]], Awaitable[list[A]]],
    *,
    failed_before: bool,
    time_left: float,
    spoke: Callable[[], bool],
    answered: Callable[[], bool],
) -> list[A]:
    """Put one question to a source, and the others once somebody is there: a source that is down is asked only once.

    While nobody answers, the answer to the first is that to all. One that failed in the
    cycle before has to answer well; any other only has to say something, or to think about
    it for longer than a refused connection takes.
    """
    first = asyncio.ensure_future(put(questions[:1]))
    await asyncio.wait({first}, timeout=None if failed_before else min(_PATIENCE, _SHARE * time_left))
    there = answered if failed_before else spoke
    if first.done() and not there():
        return first.result() * len(questions)
    rest = put(questions[1:]) if len(questions) > 1 else _nothing()
    return [one for found in await asyncio.gather(first, rest) for one in found]


async def _nothing() -> list[A]:
    return []


def remember_fault(run: Run, breaker: str, answers: Iterable[object]) -> None:
    """Keep the words of the first fault among the answers, for the cycles that leave the source alone."""
    failed = next((answer for answer in answers if isinstance(answer, Problem)), None)
    if failed is not None:
        run.state.history.save_fault(breaker, run.context.now, failed.message)


def tell_left_alone(run: Run, breaker: str, source: str) -> Problem:
    """Say why a source is not asked while its breaker is open.

    In the words of its last failure: a page must not change because its source is left alone this time.
    """
    said = run.state.history.fault(breaker)
    return Problem(f"metrics.{source}", said or f"{source} {Failure.LEFT_ALONE.operator}")
