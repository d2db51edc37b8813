"""Sources that were asked: whether they answered at all, and what is said of one that is left alone."""

from collections.abc import Iterable, Mapping

from sitegen.errors import Problem
from sitegen.http import Answer, Fault, Params, Session
from sitegen.pipeline.run import Run

__all__ = ["WatchedSession", "remember_fault", "tell_left_alone"]


class WatchedSession(Session):
    """A session that remembers whether its server answered at all, be it with an error."""

    _heard = False

    def answered(self) -> bool:
        """Say whether any request was answered."""
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
        if isinstance(result, Answer) or (result.status is not None and result.status < 500):
            self._heard = True
        return result


def remember_fault(run: Run, breaker: str, answers: Iterable[object]) -> None:
    """Keep the words of the first fault among the answers, for the cycles that leave the source alone."""
    failed = next((answer for answer in answers if isinstance(answer, Problem)), None)
    if failed is not None:
        run.state.answers.put(f"fault\0{breaker}", run.moment.now, failed.message.encode())


def tell_left_alone(run: Run, breaker: str, source: str) -> Problem:
    """Say why a source is not asked while its breaker is open.

    In the words of its last failure: a page must not change because its source is left alone this time.
    """
    said = run.state.answers.get(f"fault\0{breaker}")
    words = f"{source} failed again and again; it is asked less often until it answers"
    return Problem(f"metrics.{source}", said[1].decode() if said else words)
