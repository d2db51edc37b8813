import contextlib
import ssl
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sitegen.http import Endpoint, RetryBudget, Session
from sitegen.instrumentation.clock import Deadline, SystemClock
from sitegen.redaction import Redactor

sys.path.append(str(Path(__file__).resolve().parents[1]))  # faulty_server.py, shared by several rooms

from faulty_server import FaultyServer


@pytest.fixture
def server():
    with FaultyServer() as running:
        yield running


@pytest.fixture
def make_session():
    """Make sessions that are closed after the test; what is not an option of Session is a field of Endpoint."""
    made = []

    def make(
        url, *, seconds=5.0, budget=None, redactor=None, seed=7, clock=None, name="prometheus", **fields
    ):
        clock = clock or SystemClock()
        session = Session(
            Endpoint(name=name, url=url, **fields),
            clock=clock,
            deadline=Deadline(clock, seconds),
            budget=budget or RetryBudget(),
            redactor=redactor or Redactor(),
            seed=seed,
        )
        made.append(session)
        return session

    yield make
    for session in made:
        session.close()


@pytest.fixture
def quick_backoff(monkeypatch):
    """Make pauses between attempts short, where their length is not what is tested."""
    monkeypatch.setattr("sitegen.http.retries.FIRST", 0.002)


class Tls:
    """An authority of its own, and servers with certificates of it."""

    def __init__(self, folder, stack):
        import trustme

        self._authority = trustme.CA()
        self._folder = folder
        self._stack = stack
        self.ca_file = str(folder / "ca.pem")
        self._authority.cert_pem.write_to_path(self.ca_file)

    def serve(self, host, *, days=365, ask_for_client=False, newest=ssl.TLSVersion.MAXIMUM_SUPPORTED):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.maximum_version = newest
        expires = datetime.now(UTC) + timedelta(days=days)
        # trustme starts a certificate in the year 2000, so one that has ended is possible.
        self._authority.issue_cert(host, not_after=expires).configure_cert(context)
        if ask_for_client:
            context.verify_mode = ssl.CERT_REQUIRED
            self._authority.configure_trust(context)
        return self._stack.enter_context(FaultyServer(tls=context))

    def client(self):
        certificate = self._authority.issue_cert("client@example.org")
        files = {"cert_file": str(self._folder / "client.pem"), "key_file": str(self._folder / "client.key")}
        certificate.cert_chain_pems[0].write_to_path(files["cert_file"])
        certificate.private_key_pem.write_to_path(files["key_file"])
        return files


@pytest.fixture
def make_tls(tmp_path):
    with contextlib.ExitStack() as stack:
        yield Tls(tmp_path, stack)
