"""What a probe makes of an answer, a certificate and foreign words, and whose availability a site shows."""

import json
import ssl
import xml.etree.ElementTree as ET
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from tests.acceptance.documents import parse
from tests.acceptance.probed import (
    BEGIN,
    configure,
    facts,
    panel,
    probe,
    run_cycle,
    stamp,
)
from tests.acceptance.sites import Site, make_site
from tests.faulty_server import Failure, FaultyServer, Position, Reply

WELL = Reply(body=b"welcome")


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path / "site")


@pytest.fixture
def server():
    with FaultyServer(WELL) as running:
        yield running


# --- What an answer must be ---------------------------------------------------------------


def test_status_body_redirects_and_headers_are_judged_as_configured(site: Site, server: FaultyServer):
    with ExitStack() as stack:
        target = stack.enter_context(FaultyServer(WELL))
        moved = stack.enter_context(
            FaultyServer(Reply(status=301, headers=(("Location", f"{target.url}/new"),), body=b""))
        )
        head = stack.enter_context(FaultyServer(WELL))
        reset = stack.enter_context(FaultyServer(Reply(fault=Failure.RESET, at=Position.BODY)))
        configure(
            site,
            probe("match", server.url, expect_body="wel+come"),
            probe("no-match", server.url, expect_body="goodbye"),
            probe("teapot", server.url, expect_status=418),
            probe("moved", moved.url),
            probe("moved-as-planned", moved.url, expect_status=301),
            probe("head", head.url, method="HEAD"),
            probe("reset", reset.url) + "\nheaders = { X-From = 'probe-93841' }",
        )
        report = site.build()
        assert [request.method for request in head.requests] == ["HEAD"]
        assert [request.headers.get("x-from") for request in reset.requests] == ["probe-93841"]
        assert len(moved.requests) == 2
        assert target.requests == []

    states = {one["id"]: one["status"] for one in site.status["services"]}
    assert states == {
        "match": "up", "no-match": "down", "teapot": "down", "moved": "down", "moved-as-planned": "up", "head": "up",
        "reset": "down",
    }  # fmt: skip
    said = {identity: panel(site, f"service-{identity}").text for identity in states}
    assert "sends an answer that cannot be used" in said["no-match"]
    assert "sends an answer that cannot be used" in said["teapot"]
    assert "sends an answer that cannot be used" in said["moved"]
    told = {one["where"]: one["message"] for one in report["sections"]["availability"]["remarks"]}
    assert told["availability.no-match"] == "no-match answered without the text that is expected"
    assert told["availability.teapot"] == "teapot answered 200 instead of 418"
    assert told["availability.moved"] == "moved answered 301 instead of 200"
    # What is wrong with a service is no fault of the site.
    assert (report["status"], report["problems"]) == ("ok", [])


def serve_tls(stack: ExitStack, authority: trustme.CA, days: float, **names: str) -> FaultyServer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ends = datetime.now(UTC) + timedelta(days=days)
    host = names.pop("host", "127.0.0.1")
    authority.issue_cert(host, not_after=ends, **names).configure_cert(context)
    return stack.enter_context(FaultyServer(WELL, tls=context))


def trust(authority: trustme.CA, folder: Path) -> dict[str, str]:
    """Let a program find this authority among those of the machine; probes have no authorities of their own."""
    authority.cert_pem.write_to_path(str(folder / "authorities.pem"))
    shim = f"import certifi\ncertifi.where = lambda: {str(folder / 'authorities.pem')!r}\n"
    (folder / "sitecustomize.py").write_text(shim)
    return {"PYTHONPATH": str(folder)}


def test_a_certificates_days_are_told_and_one_about_to_end_or_that_proves_nothing_shows(
    site: Site, tmp_path: Path
):
    authority, stranger = trustme.CA(), trustme.CA()
    name = "<script>alert(1)</script>"
    with ExitStack() as stack:
        servers = {
            "good": serve_tls(stack, authority, 61.5, common_name=name),
            "ending": serve_tls(stack, authority, 5.5),
            "ended": serve_tls(stack, authority, -3, common_name=name),
            "elsewhere": serve_tls(stack, authority, 90, host="elsewhere.example", common_name=name),
            "unknown": serve_tls(stack, stranger, 90, common_name=name, organization_name="<img src=x>"),
        }
        configure(site, *(probe(identity, server.url) for identity, server in servers.items()))
        # Only a process of its own trusts another authority.
        built = site.run_apart("build", "--format", "json", env=trust(authority, tmp_path))
        assert built.code == 0

    states = {one["id"]: one["status"] for one in site.status["services"]}
    assert states == {
        "good": "up",
        "ending": "degraded",
        "ended": "down",
        "elsewhere": "down",
        "unknown": "down",
    }
    said = {identity: panel(site, f"service-{identity}") for identity in servers}
    days = {
        identity: float(said[identity].all("td")[0].one("data").attributes["value"])
        for identity in ("good", "ending")
    }
    assert days == {"good": 61, "ending": 5}
    assert "certificate: 61 days left" in said["good"].text
    assert "its certificate ends in 5 days" in said["ending"].text
    assert "cannot be trusted" in said["ended"].text
    assert "cannot be trusted" in said["elsewhere"].text
    remarks = json.loads(built.stdout)["sections"]["availability"]["remarks"]
    told = {one["where"]: one["message"] for one in remarks}
    assert told["availability.ending"] == "the certificate of ending ends in 5 days; renew it"
    assert "certificate has expired" in told["availability.ended"]
    assert "not trusted for 127.0.0.1" in told["availability.elsewhere"]
    assert "certificate: " not in said["ended"].text
    for path, body in site.tree().items():
        assert b"<script" not in body, path
        assert b"<img src=x" not in body, path


# --- Words from outside, and whose availability it is ------------------------------------------


def test_hostile_words_of_probes_and_maintenance_are_text(site: Site, server: FaultyServer):
    words = '<script>alert(1)</script>"><img src=x onerror=alert(2)> & \u202e'
    away = f"start = '{stamp(BEGIN - 60)}'\nend = '{stamp(BEGIN + 60)}'\nprobes = ['away']"
    configure(
        site,
        probe("home", server.url, title=words),
        probe("away", server.url, title="away"),
        f"\n[[maintenance]]\ntitle = '{words}'\n{away}",
    )
    run_cycle(site, 0)

    shown = '<script>alert(1)</script>"><img src=x onerror=alert(2)> &'
    page = parse(site.page("/slo/"))
    assert {one.tag for one in page.walk()} & {"script", "img"} == set()
    assert shown in panel(site, "service-home").text
    assert shown[:50] in panel(site, "service-away").text
    assert shown[:50] in page.by_id("maintenance").text + page.text
    assert {one["id"]: one["status"] for one in site.status["services"]} == {
        "home": "up",
        "away": "maintenance",
    }
    for path in ("feed.xml", "badge.svg"):
        ET.fromstring((site.dist / path).read_bytes())  # noqa: S314 - well formed, or it raises
    for path, body in site.tree().items():
        if not path.endswith((".json", ".txt")):
            assert b"<script" not in body, path


def test_the_overview_says_whose_availability_it_shows(site: Site, server: FaultyServer):
    run_cycle(site, 0)
    whose = availability(site)
    assert "sitegen (its own cycles)" in whose
    assert (
        "no probes are configured: this is the availability of sitegen's own cycles"
        in panel(site, "service-sitegen").text
    )
    assert "availability of its own cycles" in parse(site.page("/metrics/")).text

    starter = (site.folder / "sitegen.toml").read_text(encoding="utf-8")
    tables = starter.partition("# [[probes]]")[2].partition("# [[slos]]")[0]
    probes = "[[probes]]" + tables.replace("\n# ", "\n").replace("\n#\n", "\n")
    text = starter.partition("# --- Availability")[0] + probes.replace("https://example.org/", server.url)
    (site.folder / "sitegen.toml").write_text(text.replace("# # The", "# The"), encoding="utf-8")
    run_cycle(site, 1)
    run_cycle(site, 20)

    assert "home page" in availability(site)
    assert "own cycles" not in availability(site)
    # The panels of the host stand before those of probes, so that these may come on a second page.
    told = [parse(page.read_text(encoding="utf-8")).text for page in pages_of_metrics(site)]
    assert "availability of its own cycles" in told[0]
    assert sum("availability of what is probed" in text for text in told) == 1
    assert (site.dist / "metrics/probes.24h.csv").read_text().splitlines()[0] == "time,home"


def pages_of_metrics(site: Site) -> list[Path]:
    """The pages that list panels, in their order."""
    metrics = site.dist / "metrics"
    more = [page for page in metrics.glob("*/index.html") if page.parent.name.isdigit()]
    return [metrics / "index.html", *sorted(more)]


def availability(site: Site) -> str:
    page = parse(site.page("/"))
    return next(
        one for one in page.all("section") if one.attributes.get("aria-labelledby") == "services"
    ).text


# --- The site itself ----------------------------------------------------------------------


def test_a_probe_of_the_site_itself_tells_what_it_proves_and_others_do_not(site: Site, server: FaultyServer):
    with FaultyServer(WELL) as other:
        configure(site, probe("home", f"{server.url}/status.json"), probe("api", other.url))
        text = (site.folder / "sitegen.toml").read_text()
        (site.folder / "sitegen.toml").write_text(
            text.replace("[site]", f"[site]\nbase_url = '{server.url}'")
        )
        run_cycle(site, 0)
        run_cycle(site, 40)
    page = parse(site.page("/slo/"))
    own = [one for one in page.all("section") if one.one("h2").text == "this site"]
    assert [one.attributes["aria-labelledby"] for one in own] == ["own0"]
    told = facts(own[0])
    assert told["failed"] == [0]
    probes, measured = told["measured"][1], told["measured"][0]
    assert measured == 1.0
    assert told["proven"][0] == pytest.approx(0.05 ** (1 / probes))
    assert told["to prove it"] == [299_572, 299_572 - probes]
