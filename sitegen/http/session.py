"""A session with one source: attempts inside the deadline, redirects inside the origin, faults as values."""

import time
from collections.abc import Mapping
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Self

from msgspec.structs import replace

from sitegen.errors import Problem, Reason
from sitegen.http.address import check_url, join_path
from sitegen.http.body import collect, read_beginning
from sitegen.http.dates import measure_lead
from sitegen.http.failures import DoorError, Failure
from sitegen.http.faults import FaultFormatter
from sitegen.http.message import REDIRECTS, Message, redirected
from sitegen.http.model import ERROR_BODY, Answer, Endpoint, Fault, FaultKind, Params
from sitegen.http.retries import Backoff, RetryBudget, is_idempotent, is_worth_retrying, retry_after
from sitegen.instrumentation.clock import Clock, Deadline
from sitegen.redaction import Redactor
from sitegen.units import format_bytes

if TYPE_CHECKING:
    from tenacity import RetryCallState

    from sitegen.http.transport import Reply


class Session:
    """One source, asked from any number of threads. Raises ValueError for a url that is never fetched.

    All requests end by `deadline`; their retries come out of `budget`, which all
    sources of a build share. `warnings` is to be shown on every run.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        clock: Clock,
        deadline: Deadline,
        budget: RetryBudget,
        redactor: Redactor,
        seed: int | None = None,
    ) -> None:
        # Loaded here, for a command that asks nobody must not wait for requests.
        from sitegen.http.transport import ERRORS, Transport  # noqa: PLC0415

        check_url(endpoint.url)
        self._endpoint = endpoint
        self._clock = clock
        self._deadline = deadline
        self._budget = budget
        self._backoff = Backoff(seed)
        self._turn = Lock()
        self._formatter = FaultFormatter(endpoint, redactor)
        self._errors = ERRORS
        self._transport = Transport(endpoint, clock)
        self._away = Transport(endpoint.bare, clock) if endpoint.leaves else self._transport

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What is dangerous in this source's configuration, as problems of this run."""
        if not self._endpoint.insecure_skip_verify:
            return ()
        says = (
            f"{self._endpoint.name} is asked without verifying its certificate (insecure_skip_verify),"
            " so anybody on the way can answer in its place; give its authority as ca_file instead"
        )
        return (Problem(self._endpoint.name, self._formatter.clean(says), Reason.UNTRUSTED),)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()
        self._away.close()

    def request(
        self,
        method: str,
        path: str = "",
        *,
        params: Params | None = None,
        form: Params | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        idempotent: bool | None = None,
    ) -> Answer | Fault:
        """Ask for `path` below the endpoint's url; a `form` is sent as the body: URL-encoded, or bytes as they are.

        Whether it may be sent again follows from the method (RFC 9110, 9.2.2) unless
        `idempotent` says otherwise, as for a query that is sent by POST because it is
        long. Never raises for what the world does wrong.
        """
        from tenacity import Retrying  # noqa: PLC0415

        message = Message(method.upper(), join_path(self._endpoint.url, path), params, form, headers or {})
        again = is_idempotent(method) if idempotent is None else idempotent
        retrying = Retrying(
            retry=lambda state: again and is_worth_retrying(_result(state)),
            wait=self._pause,
            stop=self._gives_up,
            sleep=time.sleep,
            retry_error_callback=self._last_word,
        )
        result: Answer | Fault = retrying(self._attempt, message, [])
        return replace(result, attempts=retrying.statistics["attempt_number"])

    def _pause(self, state: "RetryCallState") -> float:
        result = _result(state)
        return self._backoff.pause(state.attempt_number, retry_after(result.headers, self._clock.now()))

    def _gives_up(self, state: "RetryCallState") -> bool:
        """Decide after the pause is known: out of attempts, of time, or of the build's retries, in this order."""
        return (
            state.attempt_number >= self._endpoint.attempts
            or state.upcoming_sleep >= self._deadline.remaining()
            or not self._budget.take()
        )

    def _last_word(self, state: "RetryCallState") -> Answer | Fault:
        """Return the last fault; where the server or the build forbade another attempt, its sentence says so.

        A pause that chance made too long is not told, nor how long it was: the same fault
        would read differently in every build.
        """
        fault = _result(state)
        if isinstance(fault, Answer) or state.attempt_number >= self._endpoint.attempts:
            return fault
        if state.upcoming_sleep >= self._deadline.remaining():
            if not retry_after(fault.headers, self._clock.now()):
                return fault
            return replace(fault, message=f"{fault.message}; there was no time to wait as long as it asks")
        used_up = Failure.BUDGET.operator.format(first=fault.message)
        return replace(fault, kind=FaultKind.BUDGET, message=used_up)

    def _attempt(self, message: Message, before: list[Answer | Fault]) -> Answer | Fault:
        """Make one attempt, told what came of those before it.

        When the build's time ends during a second attempt, the fault of the first one says
        more, and is the same in every build.
        """
        result = self._try_once(message)
        if before and isinstance(result, Fault) and result.kind is FaultKind.DEADLINE:
            result = before[-1]
        before.append(result)
        return result

    def _try_once(self, message: Message) -> Answer | Fault:
        if self._deadline.passed:
            return self._formatter.fault(DoorError(Failure.TOO_LATE))
        started = self._clock.monotonic()
        limit = self._deadline.sooner(self._endpoint.timeout)
        try:
            result = self._exchange(message, limit)
        except self._errors as error:
            from sitegen.http.causes import classify  # noqa: PLC0415 - as heavy as the network itself

            result = self._formatter.fault(
                classify(error, self._endpoint, message.url, limit, self._deadline)
            )
        elapsed = self._clock.monotonic() - started
        lead = 0.0 if self._clock.fixed else measure_lead(result.headers, self._clock.now(), elapsed)
        return replace(result, elapsed=elapsed, lead=lead)

    def _exchange(self, message: Message, limit: Deadline) -> Answer | Fault:
        """Send, follow redirects, and read the answer."""
        follows = self._endpoint.redirects
        for _ in range(follows + 1):
            transport = self._away if message.is_away else self._transport
            with transport.send(message, limit) as reply:
                location = reply.headers.get("location")
                if not follows or location is None or reply.status not in REDIRECTS:
                    return self._read(message, reply, limit)
            message = redirected(message, reply.status, location, leaves=self._endpoint.leaves)
        raise DoorError(Failure.REDIRECTS, reply.status, count=follows)

    def _read(self, message: Message, reply: "Reply", limit: Deadline) -> Answer | Fault:
        if 200 <= reply.status < 300:
            body, cut = self._read_body(message, reply, limit)
            return Answer(
                reply.status, reply.headers, body, elapsed=0.0, attempts=1, chain=reply.chain, cut=cut
            )
        fault = self._formatter.status_fault(reply.status, message.url)
        headers = {name: self._formatter.cut(value) for name, value in reply.headers.items()}
        body, cut = self._read_error(reply)
        return replace(fault, headers=headers, body=body, chain=reply.chain, cut=cut)

    def _read_body(self, message: Message, reply: "Reply", limit: Deadline) -> tuple[bytes, bool]:
        cap = self._endpoint.max_body
        if self._endpoint.cut_body:
            return read_beginning(reply.pieces, cap)
        announced = reply.headers.get("content-length", "")
        if (
            message.method != "HEAD"
            and announced.isascii()
            and announced.isdigit()
            and int(announced[:19]) > cap
        ):
            raise DoorError(Failure.ANNOUNCED, reply.status, cap=format_bytes(cap))
        return collect(reply.pieces, cap, limit, self._turn), False

    def _read_error(self, reply: "Reply") -> tuple[bytes, bool]:
        """Read the beginning of an error's body; the status is the news, so a body that breaks is left out.

        What the server broke is all there is; what could not be read here is more than that.
        """
        try:
            body, cut = read_beginning(reply.pieces, ERROR_BODY)
        except self._errors as error:
            unread = isinstance(error, DoorError) and error.failure.kind is FaultKind.UNREADABLE
            return b"", unread or self._deadline.passed
        return self._formatter.cut_bytes(body), cut


def _result(state: "RetryCallState") -> Answer | Fault:
    """Return what an attempt gave; attempts never raise."""
    assert state.outcome is not None  # noqa: S101 - tenacity calls its hooks after an attempt
    result: Answer | Fault = state.outcome.result()
    return result
