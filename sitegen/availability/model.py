"""The records of the availability room: a probe and its result, an objective and how it is met."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from sitegen.http import TlsConfig
from sitegen.keys import Form, Key


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


def worst_of(states: Iterable[ServiceState]) -> ServiceState:
    """Return the one word for several services; what is planned counts only where there is nothing else."""
    known = {*states}
    return min(
        known - {ServiceState.MAINTENANCE} or known, key=WORST_FIRST.index, default=ServiceState.NO_DATA
    )


_Class = Literal["2xx", "3xx", "4xx", "5xx"]


# fmt: off
class Probe(msgspec.Struct, frozen=True):
    """A check of `[[probes]]`; times in seconds."""

    id: Annotated[str, Key("Its name in URLs.", "home", Form.SLUG)]
    title: Annotated[str, Key("What people call the service.", "home page", least=1, most=120)]
    url: Annotated[str, Key("The address that is asked: of http a URL, else `tcp://host:port`, `dns://name?type=A` or `tls://host:port`.", "https://example.org/health", Form.ADDRESS)]
    type: Annotated[Literal["http", "tcp", "dns", "tls"], Key("What is tried: a request, a connection, a name's addresses, or a handshake.", "http")] = "http"
    method: Annotated[Literal["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"], Key("How it is asked, once a cycle whatever happens.", "HEAD")] = "GET"
    body: Annotated[str | None, Key("What is sent with the method; its type is one of `headers`.", '{"query": "up"}')] = None
    expect_status: Annotated[int | _Class | tuple[int | _Class, ...], Key("The status that is expected: a number, a class like `2xx`, or a list of such.", ["2xx", 304], unit="HTTP status", least=100, most=599)] = 200
    expect_body: Annotated[str | None, Key("What the body must contain.", "ok|fine", Form.PATTERN)] = None
    expect_answer: Annotated[str | tuple[str, ...] | None, Key("Of dns, the addresses that must be among those of the name.", ["192.0.2.10"])] = None
    timeout: Annotated[float, Key("How long an answer may take.", "2s", Form.DURATION)] = 3.0
    degraded_above: Annotated[float | None, Key("From which latency on the service counts as degraded.", "800ms", Form.DURATION)] = None
    headers: Annotated[dict[str, str], Key("Further headers of the request.", {"Accept": "application/json"})] = {}
    tls_config: Annotated[TlsConfig, Key("Of http and tls, how the server is known, and the prober to it.", {"ca_file": "secrets/ca.pem"})] = TlsConfig()
    follow_redirects: Annotated[bool, Key("Whether redirects are followed, ten at most; another origin gets none of `headers`.", example=True)] = False
    confirm: Annotated[int, Key("How many cycles in a row must fail before the service is called down, and go well before it is up again.", 3, unit="cycles", least=1, most=100)] = 1
    show_url: Annotated[bool, Key("Whether visitors read the address, without its query; else it is not public.", example=True)] = False


class ProbeResult(msgspec.Struct, frozen=True):
    """What one probe found in one cycle; `at` is the cycle's slot in POSIX seconds, `latency` seconds.

    `certificate_days` is how long the server's certificate is still valid, in days;
    `fault` what kept an answer away (a FaultKind of the HTTP door), empty where the
    server answered; `reason` what visitors read where all is not well.
    """

    probe: str
    at: float
    state: ServiceState
    latency: float | None = None
    code: int | None = None
    certificate_days: float | None = None
    reason: str = ""
    fault: str = ""


class ProbeOutcome(ProbeResult, frozen=True):
    """What one probe found, and `message`, the sentence for operators, empty where all is well."""

    message: str = ""

    @property
    def public(self) -> ProbeResult:
        """What may become public of it."""
        return ProbeResult(**{name: getattr(self, name) for name in ProbeResult.__struct_fields__})


class Maintenance(msgspec.Struct, frozen=True):
    """A planned time, POSIX seconds; no probes named means all."""

    title: str
    start: float
    end: float
    probes: tuple[str, ...] = ()


class Slo(msgspec.Struct, frozen=True):
    """An objective of `[[slos]]`: `target` as a ratio over `window` seconds, from a probe or from two queries."""

    id: Annotated[str, Key("Its name in URLs.", "home-answers", Form.SLUG)]
    title: Annotated[str, Key("What is promised.", "The home page answers", least=1, most=120)]
    target: Annotated[float, Key("The share that must go well, above 0 and below 1.", 0.995, unit="ratio")] = 0.999
    window: Annotated[float, Key("The time that the promise spans.", "7d", Form.DURATION)] = 30 * 86_400.0
    probe: Annotated[str | None, Key("The id of the probe whose answers are counted.", "home")] = None
    source: Annotated[str | None, Key("The source that `good` and `total` ask; the first server when left out.", "prometheus")] = None
    good: Annotated[str | None, Key("A PromQL query for the requests that went well; of a selector, what counters had at birth is counted too.", 'http_requests_total{code!~"5.."}')] = None
    total: Annotated[str | None, Key("A PromQL query for all requests; `$window` is where it is counted over a window.", "sum(increase(http_requests_total[$window]))")] = None


# fmt: on


class Interval(msgspec.Struct, frozen=True):
    """A stretch of time in one state, POSIX seconds, `end` exclusive."""

    start: float
    end: float
    state: ServiceState


class StateChange(msgspec.Struct, frozen=True):
    """When a service came into a state (POSIX seconds); `service` is its id."""

    at: float
    service: str
    title: str
    state: ServiceState


class ServiceStatus(msgspec.Struct, frozen=True):
    """What the site says of one service now; `since` is when this state began (None: unknown).

    `url` is its address, where that may be shown.
    """

    id: str
    title: str
    state: ServiceState
    since: float | None
    latency: float | None = None
    reason: str = ""
    url: str = ""
