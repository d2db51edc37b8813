"""Services below HTTP: a port, a handshake, a name. What the site says of them, and that it names no address."""

import ssl
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from tests.acceptance.probed import configure, panel, probe, states_told
from tests.acceptance.sites import Site, make_site
from tests.faulty_server import FaultyServer


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path / "site")


def serve_tls(stack: ExitStack, authority: trustme.CA, days: int) -> int:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(
        "127.0.0.1", not_after=datetime.now(UTC) + timedelta(days=days, hours=1)
    ).configure_cert(context)
    return stack.enter_context(FaultyServer(tls=context)).port


def test_each_type_is_told_on_every_page_by_its_title_alone(site: Site, free_port: int):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(site.folder / "ca.pem"))
    with ExitStack() as stack:
        port = stack.enter_context(FaultyServer()).port
        good, ending = serve_tls(stack, authority, 61), serve_tls(stack, authority, 5)
        configure(
            site,
            probe("db", f"tcp://127.0.0.1:{port}", type="tcp"),
            probe("queue", f"tcp://127.0.0.1:{free_port}", type="tcp"),
            probe("name", "dns://localhost?type=A", type="dns", expect_answer="127.0.0.1"),
            probe("moved", "dns://localhost", type="dns", expect_answer=["192.0.2.77"]),
            *(
                probe(name, f"tls://127.0.0.1:{number}", type="tls") + "\ntls_config = { ca_file = 'ca.pem' }"
                for name, number in (("mail", good), ("post", ending))
            ),
        )
        report = site.build()

    states = {"db": "up", "queue": "down", "name": "up", "moved": "down", "mail": "up", "post": "degraded"}
    assert {one["id"]: one["status"] for one in site.status["services"]} == states
    assert report["problems"] == []
    for name, state in states.items():
        told = states_told(site, name)
        assert all(state in told[where] for where in ("status.json", "overview", "slo", "index.txt")), told
    said = {name: panel(site, f"service-{name}").text for name in states}
    assert "does not answer" in said["queue"]
    assert "sends an answer that cannot be used" in said["moved"]
    assert "certificate: 61 days left" in said["mail"]
    assert "its certificate ends in 5 days" in said["post"]
    private = (
        b"127.0.0.1",
        b"localhost",
        b"192.0.2.77",
        b"tcp:",
        b"tls:",
        b"dns:",
        *(b":%d" % one for one in (port, good, ending)),
    )
    for path, body in site.tree().items():
        assert [one for one in private if one in body] == [], path


def test_an_address_that_may_be_shown_is_shown_as_text(site: Site):
    with FaultyServer() as server:
        configure(site, probe("db", f"tcp://127.0.0.1:{server.port}", type="tcp") + "\nshow_url = true")
        site.build()
    shown = panel(site, "service-db")
    assert f"tcp://127.0.*.*:{server.port}" in shown.text or f"tcp://127.0.0.1:{server.port}" in shown.text
    assert "href" not in {
        name for one in shown.walk() for name in one.attributes if "tcp:" in str(one.attributes[name])
    }
