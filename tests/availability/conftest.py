import contextlib
import ssl
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sitegen.availability.model import Probe
from sitegen.availability.prober import probe
from sitegen.instrumentation.clock import Deadline, SystemClock
from sitegen.redaction import Redactor

sys.path.append(str(Path(__file__).resolve().parents[1]))  # faulty_server.py, shared by several rooms

from faulty_server import FaultyServer


@pytest.fixture
def server():
    with FaultyServer() as running:
        yield running


@pytest.fixture
def check():
    """Make one check of a url; what is not said of the probe has its default."""

    def run(url, *, seconds=5.0, **fields):
        clock = SystemClock()
        described = Probe(id="home", title="Home", url=url, **fields)
        return probe(
            described, at=1000.0, clock=clock, deadline=Deadline(clock, seconds), redactor=Redactor()
        )

    return run


class TlsServers:
    """Servers with certificates of an authority of their own, which end after some days."""

    def __init__(self, folder, stack):
        import trustme

        self._authority = trustme.CA()
        self._stack = stack
        self.ca_file = str(folder / "ca.pem")
        self._authority.cert_pem.write_to_path(self.ca_file)

    def __call__(self, host, days=365):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        ends = datetime.now(UTC) + timedelta(days=days, minutes=5)
        self._authority.issue_cert(host, not_after=ends).configure_cert(context)
        return self._stack.enter_context(FaultyServer(tls=context))


@pytest.fixture
def make_tls(tmp_path):
    with contextlib.ExitStack() as stack:
        yield TlsServers(tmp_path, stack)
