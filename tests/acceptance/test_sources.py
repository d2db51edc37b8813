"""How a source is asked: the credentials, tenants and paths of the configuration, and nothing else, reach its server."""

import base64
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from tests.acceptance.comparing import figure_of, values_in
from tests.acceptance.documents import sentence_of
from tests.acceptance.peers import CLOCK, answer, panel, source, text_of
from tests.acceptance.sites import Site, make_site
from tests.faulty_server import FaultyServer, Reply

PLAIN_HEADERS = {
    "host",
    "user-agent",
    "accept",
    "accept-encoding",
    "connection",
    "content-type",
    "content-length",
}
USER, PASSWORD, TOKEN = "observer", "correct-horse-battery", "s3cr3t-token-of-the-source"


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


# Each way to name credentials: the lines of the source's table, and the headers that must arrive beside the plain ones.
WAYS = {
    "open": ("", {}),
    "password": (
        f"basic_auth = {{ username = '{USER}', password = '{PASSWORD}' }}",
        {"authorization": basic(USER, PASSWORD)},
    ),
    "password-file": (
        "basic_auth = { username = 'observer', password_file = 'secrets/password' }",
        {"authorization": basic(USER, PASSWORD)},
    ),
    "username-file": (
        "basic_auth = { username_file = 'secrets/user', password_file = 'secrets/password' }",
        {"authorization": basic(USER, PASSWORD)},
    ),
    "user-only": ("basic_auth = { username = 'observer' }", {"authorization": basic(USER, "")}),
    "bearer": (f"authorization = {{ credentials = '{TOKEN}' }}", {"authorization": f"Bearer {TOKEN}"}),
    "bearer-file": (
        "authorization = { credentials_file = 'secrets/token' }",
        {"authorization": f"Bearer {TOKEN}"},
    ),
    "other-type": (
        "authorization = { type = 'Token', credentials_file = 'secrets/token' }",
        {"authorization": f"Token {TOKEN}"},
    ),
    "variable": (
        "authorization = { credentials = '${SOURCE_TOKEN}' }",
        {"authorization": "Bearer from-the-environment"},
    ),
    "tenant": ("http_headers = { X-Scope-OrgID = { values = ['team-a'] } }", {"x-scope-orgid": "team-a"}),
    "headers": (
        f"""[metrics.sources.http_headers]
            X-Scope-OrgID = {{ values = ['team-a|team-b'] }}
            X-Api-Key = {{ secrets = ['{TOKEN}'] }}
            X-From-File = {{ files = ['secrets/token'] }}""",
        {"x-scope-orgid": "team-a|team-b", "x-api-key": TOKEN, "x-from-file": TOKEN},
    ),
    "both": (
        f"""http_headers = {{ X-Scope-OrgID = {{ values = ['team-a'] }} }}
            basic_auth = {{ username = '{USER}', password = '{PASSWORD}' }}""",
        {"authorization": basic(USER, PASSWORD), "x-scope-orgid": "team-a"},
    ),
}


# --- Credentials --------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """A site that asked a server in each of the ways, and what each server received."""

    site: Site
    servers: dict[str, FaultyServer]
    printed: str


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    site = make_site(tmp_path_factory.mktemp("asked"))
    (site.folder / "secrets").mkdir()
    # A file made by an editor or by `echo` ends in a newline, which is no part of the secret.
    for name, secret in (("user", USER), ("password", PASSWORD), ("token", TOKEN)):
        (site.folder / "secrets" / name).write_text(f"{secret}\n")
    with ExitStack() as stack:
        reply = Reply(body=answer(({"job": "a"}, "42.5")))
        servers = {name: stack.enter_context(FaultyServer(reply)) for name in WAYS}
        tables = [source(name, servers[name].url, more) + panel(name) for name, (more, _) in WAYS.items()]
        (site.folder / "sitegen.toml").write_text("\n".join(tables))
        outcome = site.run(
            "build", "-v", "--format", "json", *CLOCK, env={"SOURCE_TOKEN": "from-the-environment"}
        )
        assert outcome.code == 0, outcome.stderr
        assert json.loads(outcome.stdout)["status"] == "ok"
        yield Asked(site, servers, outcome.stdout + outcome.stderr)


@pytest.mark.parametrize("way", WAYS)
def test_a_server_receives_exactly_the_headers_that_its_source_names(asked, way):
    requests = asked.servers[way].requests
    for request in requests:
        own = {name: value for name, value in request.headers.items() if name not in PLAIN_HEADERS}
        assert own == WAYS[way][1]
        assert parse_qs(request.body.decode())["query"] == ["up"]
    paths = ["/api/v1/query_range", "/api/v1/query"]
    assert [(request.method, request.path) for request in requests] == [("POST", path) for path in paths]
    assert values_in(sentence_of(figure_of(asked.site, way, "1h", "1h")))[0] == 42.5


def test_a_name_and_a_password_in_the_url_are_a_password_too(tmp_path: Path):
    with FaultyServer(Reply(body=answer(({}, "42.5")))) as server:
        url = server.url.replace("//", f"//{USER}:{PASSWORD}@")
        site = make_site(tmp_path, config=source("mine", url) + panel("mine"))
        site.build(*CLOCK)

    assert server.requests[0].headers["authorization"] == basic(USER, PASSWORD)
    assert server.requests[0].path == "/api/v1/query_range"
    assert [name for name, body in site.tree().items() if PASSWORD.encode() in body] == []


def test_no_secret_is_published_kept_or_printed(asked):
    secrets = (PASSWORD, TOKEN, "from-the-environment", basic(USER, PASSWORD).removeprefix("Basic "))
    kept = {
        **asked.site.tree(),
        **{str(p): p.read_bytes() for p in asked.site.state.rglob("*") if p.is_file()},
    }

    for secret in secrets:
        assert [name for name, body in kept.items() if secret.encode() in body] == []
        assert secret not in asked.printed


# --- Credentials that cannot be right ---------------------------------------------------


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("basic_auth = { username = 'a', password_file = 'gone' }", ("basic_auth.password_file", "gone")),
        ("authorization = { credentials_file = 'gone' }", ("authorization.credentials_file", "gone")),
        ("http_headers = { X-Key = { files = ['gone'] } }", ("http_headers.X-Key.files", "gone")),
        ("tls_config = { ca_file = 'gone.pem' }", ("tls_config.ca_file", "gone.pem")),
        ("tls_config = { cert_file = 'c.pem' }", ("tls_config", "cert_file and key_file together")),
        ("authorization = {}", ("authorization", "credentials")),
        ("authorization = { credentials_file = 'empty' }", ("authorization", "credentials")),
        (
            "authorization = { credentials = 'a', credentials_file = 'empty' }",
            ("authorization.credentials", "given twice"),
        ),
        (
            "basic_auth = { username = 'a' }\nauthorization = { credentials = 'b' }",
            ("authorization", "keep one"),
        ),
        ("http_headers = { Authorization = { values = ['a'] } }", ("Authorization", "`authorization`")),
        ("http_headers = { host = { values = ['a'] } }", ("http_headers", "host")),
        ("http_headers = { Content-Length = { values = ['1'] } }", ("http_headers", "Content-Length")),
        ("http_headers = { 'X Key' = { values = ['1'] } }", ("http_headers", "X Key")),
        ("basic_auth = { pasword = 'a' }", ("basic_auth.pasword", "did you mean 'password'?")),
    ],
)
def test_credentials_that_cannot_be_right_are_an_error_of_the_configuration_before_anything_is_asked(
    tmp_path: Path, more: str, said: tuple[str, ...]
):
    (tmp_path / "empty").write_text("\n")
    with FaultyServer() as server:
        (tmp_path / "sitegen.toml").write_text(source("mine", server.url, more) + panel("mine"))
        outcome = Site(tmp_path).run("build")

    assert (outcome.code, outcome.stdout) == (2, "")
    assert outcome.stderr.count("\n") == 1
    for part in ("metrics.sources[0]", *said):
        assert part in outcome.stderr
    assert server.requests == []


@pytest.mark.parametrize(
    ("status", "said", "methods"),
    [
        (401, "check `basic_auth` or `authorization`", ["POST"]),
        (403, "check the tenant header", ["POST", "GET"]),
    ],
)
def test_credentials_that_a_server_refuses_are_told_to_operators_and_tried_once(
    tmp_path, status, said, methods
):
    with FaultyServer(Reply(status=status, body=b"no org id")) as server:
        site = make_site(tmp_path, config=source("mine", server.url) + panel("mine"))
        report = site.build()

    assert report["status"] == "degraded"
    [problem] = report["problems"]
    assert said in problem["message"]
    assert "no org id" in problem["message"]
    assert "mine refuses access" in text_of(site, "mine")
    assert "no org id" not in text_of(site, "mine")
    assert [one.method for one in server.requests] == methods


# --- The scaffold -----------------------------------------------------------------------


def test_every_example_of_the_scaffold_is_a_configuration_that_works(tmp_path: Path):
    site = make_site(tmp_path)
    text = (tmp_path / "sitegen.toml").read_text()
    examples = re.sub(r"^# (?=\[\[?[a-z]|[a-z_]+ = )", "", text, flags=re.MULTILINE)
    (tmp_path / "sitegen.toml").write_text(examples)

    outcome = site.run("check", "config")

    assert outcome.code == 0, outcome.stderr
    assert "10 panels, 1 probes, 1 objectives" in outcome.stdout


def test_the_scaffold_shows_some_twenty_keys_and_points_to_all_the_others(tmp_path: Path):
    make_site(tmp_path)
    text = (tmp_path / "sitegen.toml").read_text()

    keys = set(re.findall(r"(?:^|^# |[{,] )([a-z_]+) = ", text, re.MULTILINE))

    assert len(keys) <= 24
    assert "docs/configuration.md" in text
