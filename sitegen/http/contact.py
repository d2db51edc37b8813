"""A host below HTTP: whether its port takes a connection, whether TLS agrees, which addresses its name has.

Endpoint("mail", "tls://mail.example.org:993") -> Contact(elapsed=0.04, chain=(Certificate(left=61.2, life=90.0),))
"""

import socket
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace

from sitegen.http.address import spell_host
from sitegen.http.faults import FaultFormatter
from sitegen.http.model import Certificate, Endpoint, Fault
from sitegen.instrumentation.clock import Clock, Deadline
from sitegen.redaction import Redactor


class Contact(msgspec.Struct, frozen=True):
    """What was found after `elapsed` seconds: the addresses of a name, the certificates of a server."""

    elapsed: float = 0.0
    addresses: tuple[str, ...] = ()
    chain: tuple[Certificate, ...] = ()


def reach(endpoint: Endpoint, *, clock: Clock, deadline: Deadline, redactor: Redactor) -> Contact | Fault:
    """Make one attempt at `tcp://host:port`, `tls://host:port` or `dns://name?type=A`. Never raises for what the world does wrong."""
    from sitegen.http.causes import classify  # noqa: PLC0415 - as heavy as the network itself
    from sitegen.http.transport import ERRORS  # noqa: PLC0415

    limit, started = deadline.sooner(endpoint.timeout), clock.monotonic()
    try:
        found: Contact | Fault = _try(endpoint, limit, clock)
    except ERRORS as error:
        told = classify(error, endpoint, endpoint.url, limit, deadline)
        found = FaultFormatter(endpoint, redactor).fault(told)
    return replace(found, elapsed=clock.monotonic() - started)


def _try(endpoint: Endpoint, limit: Deadline, clock: Clock) -> Contact:
    from sitegen.http.dialling import dial, resolve  # noqa: PLC0415

    parts = urlsplit(endpoint.url)
    host = spell_host(parts.hostname or "")
    if parts.scheme == "dns":
        family = socket.AF_INET6 if parts.query == "type=AAAA" else socket.AF_INET
        found = resolve(host, None, limit, family)
        return Contact(addresses=tuple(dict.fromkeys(str(one[4][0]) for one in found)))
    with dial(host, parts.port or 0, limit) as dialled:
        return _shake_hands(endpoint, dialled, limit, clock) if parts.scheme == "tls" else Contact()


def _shake_hands(endpoint: Endpoint, dialled: socket.socket, limit: Deadline, clock: Clock) -> Contact:
    from sitegen.http.certificates import read_chain  # noqa: PLC0415
    from sitegen.http.transport import make_context  # noqa: PLC0415
    from sitegen.http.watchdog import Watchdog  # noqa: PLC0415

    name = endpoint.server_name or spell_host(urlsplit(endpoint.url).hostname or "")
    watchdog = Watchdog()
    try:
        with watchdog.watch(limit) as watch:
            watch.begin(dialled)
            with make_context(endpoint).wrap_socket(dialled, server_hostname=name.partition("%")[0]) as live:
                return Contact(chain=read_chain(live, clock.now()))
    finally:
        watchdog.close()
