"""Cases of public bug reports: certificates that browsers take, and addresses that swallow connections."""

import contextlib
import errno
import ipaddress
import os
import socket
import ssl
import sys
from datetime import UTC, datetime, timedelta

import pytest
from sitegen.availability.model import Probe, ServiceState
from sitegen.availability.prober import judge_own_outage, probe
from sitegen.http import Endpoint, Fault, FaultKind, RetryBudget, Session, TlsConfig
from sitegen.http.causes import classify
from sitegen.instrumentation.clock import Deadline, SystemClock
from sitegen.redaction import Redactor
from tests.faulty_server import FaultyServer, Reply, silent_port

UP, DEGRADED, DOWN, NO_DATA = ServiceState.UP, ServiceState.DEGRADED, ServiceState.DOWN, ServiceState.NO_DATA
DAY = 24


def issue(subject, issuer, signer, life, ca):
    """A certificate as many make it: without the key identifiers that RFC 5280 asks of who writes one; hours from now."""
    x509 = pytest.importorskip("cryptography.x509", reason="certificates are made by cryptography")
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    now = datetime.now(UTC)
    start, end = (now + timedelta(hours=one) for one in life)
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, one)]) for one in (subject, issuer)]
    made = x509.CertificateBuilder(
        names[1], names[0], key.public_key(), x509.random_serial_number(), start, end
    )
    made = made.add_extension(x509.BasicConstraints(ca, None), critical=True)
    if not ca:
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        made = made.add_extension(x509.SubjectAlternativeName([address]), critical=False)
    return made.sign(signer or key, hashes.SHA256()), key


@contextlib.contextmanager
def serving(folder, leaf_hours, chain_hours):
    """A server with a chain of three; yields its address and the file of its root."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    root, root_key = issue("Example Root", "Example Root", None, (-2400, 72_000), ca=True)
    chain, chain_key = issue("Example CA 2", "Example Root", root_key, chain_hours, ca=True)
    leaf, key = issue("shop", "Example CA 2", chain_key, leaf_hours, ca=False)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "leaf.pem").write_bytes(
        leaf.public_bytes(Encoding.PEM) + chain.public_bytes(Encoding.PEM) + private
    )
    (folder / "root.pem").write_bytes(root.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "leaf.pem")
    with FaultyServer(tls=context) as server:
        yield server.url, str(folder / "root.pem")


def ask(url, **fields):
    clock = SystemClock()
    check = Probe(id="shop", title="shop", url=url, **fields)
    return probe(check, at=0.0, clock=clock, deadline=Deadline(clock, 60.0), redactor=Redactor())


LONG = (-2400, 24_000)


@pytest.mark.parametrize(
    ("leaf", "chain", "state"),
    [
        ((-1, 159), LONG, UP),  # of six days, just issued
        ((-100, 60), LONG, UP),  # more than a third is left
        ((-120, 40), LONG, DEGRADED),  # less than a third
        ((-720, 7200), LONG, UP),
        ((-80 * DAY, 10 * DAY), LONG, DEGRADED),
        ((-300 * DAY, 65 * DAY), LONG, UP),
        ((-720, 7200), (-300 * DAY, 5 * DAY), DEGRADED),  # one that is sent along ends first
        ((-170, -10), LONG, DOWN),
        ((-720, 7200), (-300 * DAY, -1), DOWN),
    ],
)
def test_certificates_of_any_life_are_judged_by_the_share_that_is_left_and_as_browsers_do(
    tmp_path, leaf, chain, state
):
    with serving(tmp_path, leaf, chain) as (url, root):
        found = ask(url, tls_config=TlsConfig(ca_file=root))
    assert found.state is state, found.message


def test_a_certificate_in_its_last_hours_is_not_told_to_end_in_no_days(tmp_path):
    with serving(tmp_path, (-120, 5), LONG) as (url, root):
        found = ask(url, tls_config=TlsConfig(ca_file=root))
    assert found.message == "the certificate of shop ends within a day; renew it"


@pytest.mark.skipif(sys.version_info < (3, 13), reason="older Pythons take such a chain everywhere")
def test_certificates_of_a_metric_source_are_held_to_the_letter(tmp_path):
    clock = SystemClock()
    with serving(tmp_path, (-720, 7200), LONG) as (url, root), Session(
        Endpoint(name="prom", url=url, ca_file=root, attempts=1), clock=clock, deadline=Deadline(clock, 10.0),
        budget=RetryBudget(0), redactor=Redactor(),
    ) as session:  # fmt: skip
        assert isinstance(session.request("GET", "/"), Fault)


@contextlib.contextmanager
def silent_ipv6_port():
    try:
        listener = socket.socket(socket.AF_INET6)
        listener.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6")
    with contextlib.ExitStack() as held:
        held.enter_context(listener).listen(0)
        for _ in range(4):
            waiting = held.enter_context(socket.socket(socket.AF_INET6))
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


@pytest.mark.parametrize("order", ["dead6 live", "dead4 dead4 live", "dead6 dead4 live", "live dead6"])
def test_dead_ipv6_an_address_that_swallows_connections_makes_no_service_slow(monkeypatch, order):
    with FaultyServer() as server, silent_ipv6_port() as six, silent_port() as four:
        places = {
            "dead6": (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", six, 0, 0)),
            "dead4": (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", four)),
            "live": (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port)),
        }
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [places[one] for one in order.split()])
        # An equal share of the time for each address would be 10 s at least.
        found = ask("http://shop.example.org:18307/", timeout=30.0, degraded_above=8.0)
    assert found.state is UP, found.message
    assert len(server.requests) == 1


# --- What the machine that asks lacks ------------------------------------------------

FOUND = {name: getattr(socket, f"EAI_{name}") for name in ("NONAME", "NODATA", "AGAIN", "FAIL", "SYSTEM")}


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("NONAME", DOWN),
        ("NODATA", DOWN),
        ("AGAIN", NO_DATA),
        ("FAIL", NO_DATA),
        ("SYSTEM", NO_DATA),
        (None, UP),
    ],
)
def test_only_an_answer_of_the_resolver_makes_a_service_down(monkeypatch, said, state):
    with FaultyServer() as server:

        def resolve(*_: object, **__: object) -> list[tuple[object, ...]]:
            if said:
                raise socket.gaierror(FOUND[said], said)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))]

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        found = [ask("http://shop.example.org/"), ask("http://pay.example.org/")]
    kept, problems = judge_own_outage(found)
    assert [one.state for one in kept] == [state, state]
    assert bool(problems) is (state is NO_DATA)


@pytest.mark.parametrize(
    ("number", "state"),
    [
        (errno.ECONNREFUSED, DOWN),
        (errno.EHOSTUNREACH, NO_DATA),  # at once, so no router said it
        (errno.ENETUNREACH, NO_DATA),
        (errno.EADDRNOTAVAIL, NO_DATA),
        (errno.EMFILE, NO_DATA),
        (errno.EPERM, NO_DATA),
    ],
)
def test_what_the_own_machine_lacks_for_a_connection_is_no_fault_of_the_service(monkeypatch, number, state):
    def connect(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    with FaultyServer() as server:
        monkeypatch.setattr(socket.socket, "connect", connect)
        found = ask(server.url)
    assert found.state is state, found
    assert (found.reason == "was not asked") is (state is NO_DATA)


@pytest.mark.parametrize(
    ("url", "fields"),
    [
        pytest.param(
            "https://127.0.0.1:9/", {"tls_config": TlsConfig(ca_file="/dev/null")}, id="no authority"
        ),
        pytest.param("http://127.0.0.1:9/", {"headers": {"X-Name": "€"}}, id="a header that cannot be sent"),
        pytest.param("http://☕.example.org/", {}, id="a name that IDNA does not have"),
    ],
)
def test_what_could_not_be_asked_is_not_down(url, fields):
    found = ask(url, **fields)
    assert (found.state, found.reason) == (NO_DATA, "was not asked")


@pytest.mark.parametrize("kind", ["http", "tcp"])
def test_a_name_beyond_ascii_is_asked_for_as_browsers_spell_it(monkeypatch, kind):
    asked = []
    with FaultyServer() as server:
        place = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.port))
        monkeypatch.setattr(socket, "getaddrinfo", lambda host, *_, **__: asked.append(host) or [place])
        assert ask(f"{kind}://straße.example.org:80", type=kind).state is UP
        assert ask(f"{kind}://shop.localhost:80", type=kind).state is UP
    assert asked == ["xn--strae-oqa.example.org", "localhost"]


def test_a_redirect_back_to_the_same_page_with_a_cookie_is_followed_as_visitors_do():
    def raw(status: str, *fields: str) -> Reply:
        head = "\r\n".join([f"HTTP/1.1 {status}", "Connection: close", "Content-Length: 0", *fields])
        return Reply(raw=f"{head}\r\n\r\n".encode())

    with FaultyServer() as server:
        server.then(raw("302 Found", "Location: /", "Set-Cookie: seen=1; Path=/"), raw("200 OK"))
        assert ask(server.url, follow_redirects=True).state is UP
    assert [one.headers.get("cookie") for one in server.requests] == [None, "seen=1"]


def test_a_server_of_newer_versions_of_http_alone_is_not_down():
    error = ssl.SSLError(1, "[SSL] tlsv1 alert no application protocol (_ssl.c:1020)")
    error.reason = None
    clock = SystemClock()
    deadline = Deadline(clock, 60.0)
    found = classify(error, Endpoint(name="shop", url="https://shop.example.org/"), "", deadline, deadline)
    assert found.failure.kind is FaultKind.UNREADABLE


def test_addresses_that_fail_at_once_hold_no_other_up(monkeypatch):
    connect = socket.socket.connect

    def refuse(self: socket.socket, place: tuple[str, int]) -> None:
        if place[1] == 1:
            raise OSError(errno.ENETUNREACH, "no route")
        connect(self, place)

    with FaultyServer() as server, silent_port() as silent:
        ports = [silent, *[1] * 20, server.port]
        places = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in ports]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: places)
        monkeypatch.setattr(socket.socket, "connect", refuse)
        # A delay after each would be 5 s.
        assert ask("http://shop.example.org/", timeout=3.0).state is UP
