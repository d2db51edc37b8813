"""The records of the availability room: a probe and its result, an objective and how it is met."""

from enum import StrEnum

import msgspec

__all__ = [
    "WORST_FIRST",
    "Interval",
    "Maintenance",
    "Probe",
    "ProbeResult",
    "ServiceState",
    "ServiceStatus",
    "Slo",
]


class ServiceState(StrEnum):
    """The five states of a service."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    NO_DATA = "no data"
    MAINTENANCE = "maintenance"

    @property
    def glyph(self) -> str:
        """A mark of its own shape, so that colour is never alone."""
        return _GLYPHS[self]


_GLYPHS = {
    ServiceState.UP: "●", ServiceState.DEGRADED: "▲", ServiceState.DOWN: "✖", ServiceState.MAINTENANCE: "■",
    ServiceState.NO_DATA: "○",
}  # fmt: skip

WORST_FIRST = (
    ServiceState.DOWN,
    ServiceState.DEGRADED,
    ServiceState.NO_DATA,
    ServiceState.MAINTENANCE,
    ServiceState.UP,
)


class Probe(msgspec.Struct, frozen=True):
    """A check of `[[probes]]`; times in seconds."""

    id: str
    title: str
    url: str
    method: str = "GET"
    expect_status: int = 200
    expect_body: str | None = None
    timeout: float = 3.0
    degraded_above: float | None = None
    headers: dict[str, str] = {}


class ProbeResult(msgspec.Struct, frozen=True):
    """What one probe found in one cycle; `at` is the cycle's slot in POSIX seconds, `latency` seconds.

    `certificate_days` is how long the server's certificate is still valid, in days;
    `fault` what kept an answer away (a FaultKind of the HTTP door), empty where the
    server answered.
    """

    probe: str
    at: float
    state: ServiceState
    latency: float | None = None
    code: int | None = None
    certificate_days: float | None = None
    message: str = ""
    fault: str = ""


class Maintenance(msgspec.Struct, frozen=True):
    """A planned time of `[[maintenance]]`, POSIX seconds; no probes named means all."""

    title: str
    start: float
    end: float
    probes: tuple[str, ...] = ()


class Slo(msgspec.Struct, frozen=True):
    """An objective of `[[slos]]`: `target` as a ratio over `window` seconds, from a probe or from two queries."""

    id: str
    title: str
    target: float = 0.999
    window: float = 30 * 86_400.0
    probe: str | None = None
    source: str | None = None
    good: str | None = None
    total: str | None = None


class Interval(msgspec.Struct, frozen=True):
    """A stretch of time in one state, POSIX seconds, `end` exclusive."""

    start: float
    end: float
    state: ServiceState


class ServiceStatus(msgspec.Struct, frozen=True):
    """What the site says of one service now; `since` is when this state began (None: unknown)."""

    id: str
    title: str
    state: ServiceState
    since: float | None
    latency: float | None = None
    message: str = ""
