"""The records of the HTTP door: a configured source, its answer, and what went wrong instead."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec.structs import replace

from sitegen.keys import Form, Key

ERROR_BODY = 64 * 1024
"""How much of an error answer is kept, in decoded bytes: an API's error envelope fits, a page of HTML may not."""

Params = Mapping[str, str | Sequence[str]]
"""A query string or a form; a name with several values is written several times."""


# fmt: off
class TlsConfig(msgspec.Struct, frozen=True):
    """`tls_config`, as in Prometheus' http_client_config."""

    ca_file: Annotated[str | None, Key("The certificates that the server's is checked by, as PEM.", "secrets/ca.pem", Form.PATH)] = None
    cert_file: Annotated[str | None, Key("The client's certificate, as PEM; it goes with `key_file`.", "secrets/client.pem", Form.PATH)] = None
    key_file: Annotated[str | None, Key("The key of the client's certificate, as PEM.", "secrets/client.key", Form.PATH)] = None
    server_name: Annotated[str | None, Key("The name that the server's certificate must have.", "prometheus.internal")] = None
    insecure_skip_verify: Annotated[bool, Key("Whether the server's certificate is taken unchecked.", example=True)] = False
    min_version: Annotated[Literal["TLS12", "TLS13"] | None, Key("The oldest version of TLS that is spoken.", "TLS13")] = None
    max_version: Annotated[Literal["TLS12", "TLS13"] | None, Key("The newest version of TLS that is spoken.", "TLS13")] = None
# fmt: on


class Endpoint(msgspec.Struct, frozen=True):
    """One configured source. `timeout` bounds one attempt, from connecting to the last byte, in seconds.

    The names follow Prometheus' http_client_config: `authorization` is a complete
    header value ("Bearer ..."), `ca_file`, `cert_file` and `key_file` are PEM files,
    `server_name` is what the certificate must name, `min_version` and `max_version` are
    TLS12 or TLS13. `max_body` caps a body in bytes,
    as sent and as decoded; a longer one is a fault, or cut there if `cut_body` says so; one that
    nobody looks at need not be decoded.
    `redirects` of 0 gives a redirect back as what it is; `leaves` lets one lead to another origin.
    """

    name: str
    url: str
    timeout: float = 5.0
    headers: dict[str, str] = {}
    username: str | None = None
    password: str | None = None
    authorization: str | None = None
    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    server_name: str | None = None
    insecure_skip_verify: bool = False
    min_version: str | None = None
    max_version: str | None = None
    max_body: int = 64 * 1024 * 1024
    connections: int = 8
    attempts: int = 3
    redirects: int = 5
    cut_body: bool = False
    decodes: bool = True
    strict_certificates: bool = True
    leaves: bool = False

    @property
    def bare(self) -> "Endpoint":
        """The same without what is meant for this origin alone."""
        return replace(
            self, headers={}, username=None, password=None, authorization=None, cert_file=None, key_file=None, server_name=None
        )  # fmt: skip


class Certificate(msgspec.Struct, frozen=True):
    """One of those that a server sends: how long it is still valid, and how long it is in all, in days."""

    left: float
    life: float


def _days_left(found: "Answer | Fault") -> float | None:
    """Return the days until the first certificate of a chain ends, which is when the chain does (RFC 5280, 6.1.3)."""
    return min((one.left for one in found.chain), default=None)


class Answer(msgspec.Struct, frozen=True):
    """An answer with a status of 2xx: header names in lower case, the body decoded and, unless it was `cut`, whole.

    `elapsed` is the seconds of the attempt that succeeded, `attempts` counts all of
    them; `chain` are the server's certificates, its own first (none without TLS, or
    where they were not verified). `lead` is by how many seconds the server's clock is ahead of the one
    here, 0 where they agree, or the one here stands still.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    elapsed: float
    attempts: int
    chain: tuple[Certificate, ...] = ()
    cut: bool = False
    lead: float = 0.0

    certificate_days = property(_days_left)


class FaultKind(StrEnum):
    """What went wrong, as far as a caller acts on it; the words are in failures.py."""

    DNS = "dns"
    NO_NAME = "no_name"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    DEADLINE = "deadline"
    TLS = "tls"
    REDIRECT = "redirect"
    TOO_LARGE = "too_large"
    DECOMPRESSION = "decompression"
    UNREADABLE = "unreadable"
    RESET = "reset"
    PROTOCOL = "protocol"
    STATUS = "status"
    BUDGET = "budget"


class Fault(msgspec.Struct, frozen=True):
    """Why there is no answer: `message` is a redacted sentence for operators, `reason` what visitors read.

    `status`, `headers` and `body` (at most ERROR_BODY decoded bytes) are there where
    a server did answer; `elapsed`, `chain`, `cut` and `lead` are as in `Answer`.
    """

    kind: FaultKind
    message: str
    reason: str
    status: int | None = None
    body: bytes = b""
    attempts: int = 0
    headers: dict[str, str] = {}
    elapsed: float = 0.0
    chain: tuple[Certificate, ...] = ()
    cut: bool = False
    lead: float = 0.0

    certificate_days = property(_days_left)
