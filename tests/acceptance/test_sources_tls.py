"""Sources behind TLS: whom a build trusts, what it shows of itself, and what it refuses; with a real Prometheus too."""

import base64
import json
import re
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from tests.acceptance.comparing import figure_of, values_in
from tests.acceptance.documents import sentence_of
from tests.acceptance.monitoring import Monitoring, run_prometheus
from tests.acceptance.peers import CLOCK, answer, panel, source, text_of
from tests.acceptance.sites import make_site
from tests.faulty_server import FaultyServer, Reply

USER, PASSWORD = "observer", "hunter2-but-longer"
# bcrypt of that password, of the lowest cost.
HASH = "$2b$04$abcdefghijklmnopqrstuuqEgDOhLWsE1WKG1dSfZN.tHUx.PDYjW"


class Authority:
    """An authority of its own, whose files lie in a folder: `ca.pem`, and certificates by name."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._authority = trustme.CA()
        self._authority.cert_pem.write_to_path(str(self.path("ca.pem")))
        # Nobody but itself has signed the authority's own certificate.
        own = self._authority.private_key_pem.bytes() + self._authority.cert_pem.bytes()
        self.path("self.pem").write_bytes(own)

    def path(self, name: str) -> Path:
        return self.folder / name

    def issue(self, name: str, host: str, *, days: float = 30) -> None:
        """Write NAME.pem and NAME.key, valid for so many days from now on."""
        # trustme starts a certificate in the year 2000, so one that has ended is possible.
        made = self._authority.issue_cert(host, not_after=datetime.now(UTC) + timedelta(days=days))
        made.private_key_and_cert_chain_pem.write_to_path(str(self.path(f"{name}.pem")))
        made.private_key_pem.write_to_path(str(self.path(f"{name}.key")))

    def context(self, name: str) -> ssl.SSLContext:
        """What a server with this certificate needs."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path(f"{name}.pem"))
        return context


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    made = Authority(tmp_path / "authority")
    made.issue("localhost", "localhost")
    made.issue("other", "prometheus.internal")
    made.issue("expired", "localhost", days=-1)
    made.issue("client", "builder@example.org")
    return made


def local(server: FaultyServer) -> str:
    return f"https://localhost:{server.port}"


def tls(**keys: str | Path | bool) -> str:
    """The line `tls_config = {...}`."""
    values = {key: str(value).lower() if value is True else f"'{value}'" for key, value in keys.items()}
    return f"tls_config = {{ {', '.join(f'{key} = {value}' for key, value in values.items())} }}"


SECRET = "\nauthorization = { credentials = 'token-that-nobody-may-see' }"
REFUSED = {
    "self-signed": ("self", "", "self-signed certificate"),
    "stranger": ("localhost", "stranger", "unable to get local issuer certificate"),
    "wrong-host": ("other", "own", "Hostname mismatch"),
    "wrong-name": ("localhost", "own-other", "Hostname mismatch"),
    "expired": ("expired", "own", "certificate has expired"),
}


def test_certificates_that_prove_nothing_are_refused_with_a_sentence_and_the_build_goes_on(
    tmp_path: Path, authority: Authority
):
    Authority(tmp_path / "stranger")
    trusts = {
        "": "",
        "stranger": tls(ca_file=tmp_path / "stranger" / "ca.pem"),
        "own": tls(ca_file=authority.path("ca.pem")),
        "own-other": tls(ca_file=authority.path("ca.pem"), server_name="prometheus.internal"),
    }
    reply = Reply(body=answer(({}, "42.5")))
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(FaultyServer(reply, tls=authority.context(certificate)))
            for name, (certificate, *_) in {**REFUSED, "good": ("localhost",)}.items()
        }
        wanted = {name: trusts[trust] for name, (_, trust, _) in REFUSED.items()} | {"good": trusts["own"]}
        tables = [
            source(name, local(servers[name]), more + SECRET) + panel(name) for name, more in wanted.items()
        ]
        site = make_site(tmp_path / "site", config="\n".join(tables))
        report = site.build(*CLOCK)
        checked = site.run("check", "sources")

    assert report["status"] == "degraded"
    assert [problem["where"] for problem in report["problems"]] == [f"metrics.{name}" for name in REFUSED]
    for (name, (*_, said)), problem in zip(REFUSED.items(), report["problems"], strict=True):
        assert "shows a certificate that is not trusted for localhost" in problem["message"]
        assert said in problem["message"]
        assert f"{name} cannot be trusted" in text_of(site, name)
        assert "no data" in text_of(site, name)
        assert servers[name].requests == [], "nothing, and no credential, is sent to whom is not trusted"
        assert f"sources: {name}: " in checked.stderr
    assert values_in(sentence_of(figure_of(site, "good", "1h", "1h"))) == [42.5]
    assert {one["name"]: one["status"] for one in site.status["sources"]} == {
        "self": "fresh", "good": "fresh", **dict.fromkeys(REFUSED, "missing"),
    }  # fmt: skip
    assert checked.code == 3


def test_a_source_whose_verification_is_skipped_by_name_answers_and_each_run_warns(
    tmp_path: Path, authority: Authority
):
    reply = Reply(body=answer(({}, "42.5")))
    with (
        FaultyServer(reply, tls=authority.context("expired")) as careless,
        FaultyServer(reply, tls=authority.context("expired")) as careful,
    ):
        site = make_site(
            tmp_path / "site",
            config=source("careless", local(careless), tls(insecure_skip_verify=True)) + panel("careless")
            + source("careful", local(careful), tls(ca_file=authority.path("ca.pem"))) + panel("careful"),
        )  # fmt: skip
        runs = [site.build(*CLOCK), site.build(*CLOCK)]
        checked = site.run("check", "sources")

    for report in runs:
        (warning,) = [one for one in report["problems"] if "insecure_skip_verify" in one["message"]]
        assert warning["where"] == "metrics.careless"
    assert "insecure_skip_verify" in checked.stdout + checked.stderr
    assert values_in(sentence_of(figure_of(site, "careless", "1h", "1h"))) == [42.5]
    assert "careful cannot be trusted" in text_of(site, "careful"), "the opt-out is of one source alone"


def test_a_certificate_file_that_cannot_be_used_is_named_and_the_build_goes_on(tmp_path, authority):
    authority.path("bad.pem").write_text("not PEM")
    with FaultyServer(Reply(body=answer(({}, "1"))), tls=authority.context("localhost")) as server:
        ca, key = authority.path("ca.pem"), authority.path("other.key")
        site = make_site(
            tmp_path / "site",
            config=source("bad-ca", local(server), tls(ca_file=authority.path("bad.pem"))) + panel("bad-ca")
            + source("bad-key", local(server), tls(ca_file=ca, cert_file=authority.path("client.pem"), key_file=key))
            + panel("bad-key") + source("good", local(server), tls(ca_file=ca)) + panel("good"),
        )  # fmt: skip
        told = {one["where"]: one["message"] for one in site.build(*CLOCK)["problems"]}

    assert "has a ca_file that cannot be used" in told["metrics.bad-ca"]
    assert "has a cert_file and key_file that cannot be used" in told["metrics.bad-key"]
    assert "bad-ca was not asked" in text_of(site, "bad-ca")
    assert values_in(sentence_of(figure_of(site, "good", "1h", "1h"))) == [1.0]


# --- A real Prometheus ----------------------------------------------------------------


@pytest.fixture
def guarded(tmp_path: Path, authority: Authority) -> Iterator[Monitoring]:
    """A Prometheus with TLS and passwords that lets nobody in without a client certificate of the authority."""
    folder = tmp_path / "monitoring"
    folder.mkdir()
    (folder / "web.yml").write_text(
        json.dumps(  # YAML takes JSON
            {
                "tls_server_config": {
                    "cert_file": str(authority.path("localhost.pem")),
                    "key_file": str(authority.path("localhost.key")),
                    "client_auth_type": "RequireAndVerifyClientCert",
                    "client_ca_file": str(authority.path("ca.pem")),
                },
                "basic_auth_users": {USER: HASH},
            }
        )
    )
    context = ssl.create_default_context(cafile=str(authority.path("ca.pem")))
    context.load_cert_chain(authority.path("client.pem"))
    token = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    with run_prometheus(
        folder, "--web.config.file=web.yml", tls=context, headers={"Authorization": f"Basic {token}"}
    ) as monitoring:
        yield monitoring


@pytest.mark.needs("prometheus")
def test_a_prometheus_with_passwords_and_client_certificates_answers_whom_it_knows_and_nobody_else(
    tmp_path: Path, authority: Authority, guarded: Monitoring
):
    site = make_site(tmp_path / "site")
    (site.folder / "password").write_text(f"{PASSWORD}\n")
    ca = authority.path("ca.pem")
    shown = tls(
        ca_file=ca, cert_file=authority.path("client.pem"), key_file=authority.path("client.key"),
        server_name="localhost",
    )  # fmt: skip
    right = f"basic_auth = {{ username = '{USER}', password_file = 'password' }}"
    wrong = f"basic_auth = {{ username = '{USER}', password = 'hunter2' }}"
    by_number = guarded.url.replace("localhost", "127.0.0.1")
    newest = shown.replace("}", ", min_version = 'TLS13' }")
    sources = {
        "known": (by_number, f"{newest}\n{right}"),
        "wrong-password": (guarded.url, f"{shown}\n{wrong}"),
        "no-password": (guarded.url, shown),
        "no-certificate": (guarded.url, f"{tls(ca_file=ca)}\n{right}"),
        "no-tls": (guarded.url.replace("https:", "http:"), right),
    }
    (site.folder / "sitegen.toml").write_text(
        "\n".join(source(name, *how) + panel(name, "vector(6) * vector(7)") for name, how in sources.items())
    )
    told = {one["where"]: one["message"] for one in site.build()["problems"]}
    checked = site.run("check", "sources", "--format", "json")

    assert values_in(sentence_of(figure_of(site, "known", "1h", "1h"))) == [42.0]
    for name in ("wrong-password", "no-password"):
        assert "the server wants other credentials (401)" in told[f"metrics.{name}"]
        assert f"{name} refuses access" in text_of(site, name)
    # Where a handshake is over for the client already (TLS 1.3), the refusal may come with the connection's end.
    assert re.search(
        "could not agree on TLS|in the middle of TLS|reset the connection", told["metrics.no-certificate"]
    )
    assert "HTTP request to an HTTPS server" in told["metrics.no-tls"]
    reached = {one["name"]: one["reachable"] for one in json.loads(checked.stdout)["sources"]}
    assert reached == {name: name == "known" for name in sources}
    assert checked.code == 3
    assert PASSWORD not in checked.stdout + checked.stderr
