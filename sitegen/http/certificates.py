"""The certificates that a server sends: how long each is still valid, and how long it is in all."""

import ssl
from typing import Any

from sitegen.http.model import Certificate
from sitegen.units import DAY


def read_chain(live: ssl.SSLSocket, now: float) -> tuple[Certificate, ...]:
    """Return the certificates of a handshake, the server's own first; none where they were not verified.

    One that has ended is left out, for the chain was found good without it.
    """
    if live.context.verify_mode is ssl.CERT_NONE:
        return ()
    # No public name for it before Python 3.13; tests/http/test_tls.py fails when this one changes.
    inside: Any = live._sslobj  # type: ignore[attr-defined]  # noqa: SLF001
    told = (one.get_info() for one in inside.get_unverified_chain())
    times = (
        (ssl.cert_time_to_seconds(one["notBefore"]), ssl.cert_time_to_seconds(one["notAfter"]))
        for one in told
    )
    return tuple(
        Certificate((ends - now) / DAY, (ends - starts) / DAY) for starts, ends in times if ends > now
    )
