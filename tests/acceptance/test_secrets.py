"""The owner's own credentials: in no file of a site or its state, on no terminal, whatever fails and however loud."""

import base64
import gzip
import html
import json
from itertools import cycle
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.acceptance.sites import Site, make_site
from tests.acceptance.sources import answered, clock_at, copy_site, panel, probe, source
from tests.faulty_server import Failure, FaultyServer, Position, Reply
from tests.program import Outcome

USER = "observer"
# One for every option that takes a secret.
SECRETS = {
    "password": "canary-password-<b>\"&'/%41",
    "password_file": "canary-of-the-password-file",
    "bearer": "canary-bearer.of+the/source=",
    "credentials_file": "canary-of-the-credentials-file",
    "header": "canary-of-the-header",
    "header_file": "canary-of-the-headers-file",
    "variable": "canary-of-the-environment",
    "in-the-url": "canary-in/the url",
    "probe-header": "canary-of-the-probes-header",
    "probe-bearer": "canary-of-the-probes-bearer",
    "in-the-probes-url": "canary-in-the-probes-url",
    "in-the-query": "canary-in-the-query",
}
VARIABLES = {"OWN_TOKEN": SECRETS["variable"]}


def forms(secret: str) -> set[bytes]:
    """How a secret may look where it leaks: as it is, escaped, or on its way in a header."""
    pairs = (secret, f"{USER}:{secret}")
    coded = {base64.b64encode(pair.encode()).decode() for pair in pairs}
    escaped = {html.escape(secret), html.escape(secret, quote=False), quote(secret), quote(secret, safe="")}
    return {form.encode() for form in {secret, json.dumps(secret)[1:-1], *escaped, *coded}}


FORMS = {name: forms(secret) for name, secret in SECRETS.items()}


def toml(text: str) -> str:
    return json.dumps(text)


def configuration(url: str) -> list[str]:
    """A site that has a secret in each of these options; whoever it asks is at `url`."""
    host = url.removeprefix("http://")
    ways = {
        "password": f'basic_auth = {{ username = "{USER}", password = {toml(SECRETS["password"])} }}',
        "password-file": f'basic_auth = {{ username = "{USER}", password_file = "secrets/password_file" }}',
        "bearer": f"authorization = {{ credentials = {toml(SECRETS['bearer'])} }}",
        "bearer-file": 'authorization = { credentials_file = "secrets/credentials_file" }',
        "variable": 'authorization = { credentials = "${OWN_TOKEN}" }',
        "headers": f"http_headers = {{ X-Key = {{ secrets = [{toml(SECRETS['header'])}] }},"
        ' X-File = { files = ["secrets/header_file"] } }',
    }
    parts = [source(name, url, "300ms", more=more) for name, more in ways.items()]
    secret = quote(SECRETS["in-the-url"], safe="")
    parts.append(source("url", f"http://{USER}:{secret}@{host}", "300ms"))
    parts += [panel(name, name) for name in (*ways, "url")]
    headers = f'{{ X-Key = "{SECRETS["probe-header"]}", Authorization = "Bearer {SECRETS["probe-bearer"]}" }}'
    parts.append(probe("headers", url, "300ms") + f"headers = {headers}\n")
    parts.append(probe("url", f"http://{USER}:{SECRETS['in-the-probes-url']}@{host}/x", "300ms"))
    parts.append(probe("query", f"{url}/x?token={SECRETS['in-the-query']}", "300ms"))
    return parts


def echo(status: int, *, headers: tuple[tuple[str, str], ...] = (), shape: str = "error") -> Reply:
    """A server that says back what it was sent."""
    said = " ".join(sorted(form.decode() for every in FORMS.values() for form in every))
    document = {"status": "error", "errorType": "bad_data", "error": said}
    bodies = {"error": json.dumps(document).encode(), "text": said.encode()}
    if shape == "labels":
        labels = {name.replace("-", "_"): secret for name, secret in SECRETS.items()}
        bodies["labels"] = answered({"__name__": said[:900], **labels}, warnings=[said], infos=[said])
    return Reply(status=status, headers=headers, body=bodies[shape])


REPLIES = {
    **{
        f"{fault} {at}": Reply(body=answered(), fault=fault, at=at, delay=0.4)
        for fault, at in zip(Failure, cycle(Position), strict=False)
    },
    **{f"echo {status}": echo(status) for status in (400, 401, 403, 404, 422, 429, 500, 503)},
    "echo as text": echo(400, shape="text"),
    "echo as labels": echo(200, shape="labels"),
    "echo as a redirect": echo(
        302, headers=(("Location", f"http://{USER}:{SECRETS['bearer']}@127.0.0.2:9/{SECRETS['header']}?x={SECRETS['bearer']}"),)
    ),
    "echo as a header": Reply(raw=b"HTTP/1.1 200 OK\r\nX-Echo " + SECRETS["bearer"].encode() + b"\r\n\r\n"),
    "echo as a status": Reply(raw=SECRETS["bearer"].encode() + b" is what you said\r\n\r\n"),
}  # fmt: skip


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A scaffolded site with its files of secrets."""
    site = make_site(tmp_path_factory.mktemp("blank") / "site")
    (site.folder / "secrets").mkdir()
    for name in ("password_file", "credentials_file", "header_file"):
        (site.folder / "secrets" / name).write_text(SECRETS[name] + "\n")
    return site


# One for each way in which a server can speak or fall silent; the soak has all of them.
SAMPLE = ("latency before the head", "reset in the head", "hang before the head", "echo 400", "echo 401", "echo 503",
          "echo as text", "echo as labels", "echo as a redirect", "echo as a header", "echo as a status")  # fmt: skip


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(name, id=name, marks=() if name in SAMPLE else pytest.mark.slow) for name in REPLIES
    ],
)
def failed(
    request: pytest.FixtureRequest, blank: Site, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Site, list[Outcome]]:
    """A site whose servers all fail in one way, and what the program said, as loud as it can be."""
    with FaultyServer(REPLIES[request.param]) as server:
        parts = configuration(server.url)
        folder = tmp_path_factory.mktemp("failed") / "site"
        site = copy_site(blank, folder, *parts, build='gather = "1s"\ndeadline = "9s"')
        recorded = ("--record", site.state / "recording")
        outcomes = [site.run("build", "-vvv", *recorded, *clock_at(), env=VARIABLES)]
        if request.param.startswith("echo"):
            outcomes += [
                site.run("build", "--format", "json", *clock_at(30), env=VARIABLES),
                site.run("check", "-vvv", env=VARIABLES),
                site.run("status", "-vvv", env=VARIABLES),
            ]
        return site, outcomes


def leaks(*bodies: bytes) -> list[tuple[str, bytes]]:
    return [
        (name, form) for name, every in FORMS.items() for form in every for body in bodies if form in body
    ]


def kept(site: Site) -> dict[str, bytes]:
    """Every file that the program wrote; the configuration and its secrets are the owner's own."""
    files = {
        str(path): path.read_bytes()
        for folder in (site.dist, site.state)
        for path in folder.rglob("*")
        if path.is_file()
    }
    packed = files[str(site.state / "recording")].partition(b"\n")[2]
    return files | {"what is packed in the recording": gzip.decompress(packed)}


def test_no_secret_is_in_what_a_failing_build_publishes_keeps_or_prints(failed):
    site, outcomes = failed

    assert outcomes[0].code == 0, outcomes[0]
    for outcome in outcomes:
        assert "Traceback" not in outcome.stderr
        assert leaks(outcome.stdout.encode(), outcome.stderr.encode()) == []
    files = kept(site)
    assert any(path.endswith("state.db") for path in files)
    assert {path: found for path, body in files.items() if (found := leaks(body))} == {}


def test_the_secrets_do_reach_the_servers_they_are_for(blank: Site, tmp_path: Path):
    with FaultyServer(Reply(body=answered())) as server:
        site = copy_site(blank, tmp_path / "site", *configuration(server.url))
        assert site.run("build", env=VARIABLES).code == 0
        seen = [request.raw for request in server.requests]

    assert {name for name, every in FORMS.items() if any(form in raw for form in every for raw in seen)} == {
        *SECRETS
    }


# --- What is allowed, and what hides behind colours ------------------------------------

TOKEN = "ghp_" + "a1B2" * 9
LOG = """
[[logs.sources]]
name = "app"
path = "in/*"
"""


def published(site: Site) -> str:
    return "".join(
        path.read_text() for path in site.dist.rglob("*") if path.suffix in {".html", ".json", ".txt", ".xml"}
    )


@pytest.mark.parametrize("allow", [True, False])
def test_an_allowed_text_is_published_and_another_is_cut(blank: Site, tmp_path: Path, allow: bool):
    site = copy_site(
        blank,
        tmp_path / "site",
        LOG + (f'[redaction]\nallow = ["{TOKEN[:8]}[0-9A-Za-z]+"]\n' if allow else ""),
    )
    (site.folder / "in").mkdir()
    line = f"\x1b[36mpassword\x1b[0m=\x1b[35mcorrecthorse9\x1b[0m \x1b[36mbuild\x1b[0m={TOKEN}"
    (site.folder / "in" / "app.log").write_text(f"{line}\n")

    assert site.run("build", *clock_at()).code == 0
    assert site.run("check", "site").code == 0
    assert "password" in published(site)
    assert "correcthorse9" not in published(site)
    assert (TOKEN in published(site)) == allow


# --- A configuration that is wrong ------------------------------------------------------

CANARY = "canary-in-a-wrong-file"
WRONG = {
    "unknown key": f"basic_auth = {{ username = 'a', password = '{CANARY}', realm = 'x' }}",
    "misspelt key": f"basic_auth = {{ username = 'a', pasword = '{CANARY}' }}",
    "a list": f"basic_auth = {{ username = 'a', password = ['{CANARY}'] }}",
    "a word": f"basic_auth = '{CANARY}'",
    "two lines": f'authorization = {{ credentials = "{CANARY}\\nX: y" }}',
    "not ASCII": f'authorization = {{ credentials = "{CANARY}\u20ac" }}',
    "both": f"basic_auth = {{ username = 'a', password = '{CANARY}' }}\nauthorization = {{ credentials = '{CANARY}' }}",
    "twice": f"authorization = {{ credentials = '{CANARY}', credentials_file = 'x' }}",
    "no such file": f"authorization = {{ credentials = '{CANARY}' }}\ntls_config = {{ ca_file = 'gone' }}",
    "header of two lines": f'http_headers = {{ X-Key = {{ secrets = ["{CANARY}\\r\\nX: y"] }} }}',
    "header as a word": f"http_headers = {{ X-Key = '{CANARY}' }}",
    "not TOML": f"basic_auth = {{ username = 'a', password = '{CANARY}",
    "open variable": f"authorization = {{ credentials = '{CANARY}${{' }}",
    "unset variable": f"authorization = {{ credentials = '{CANARY}${{GONE}}' }}",
}
URLS = (
    f"ftp://user:{CANARY}@127.0.0.1/",
    f"http://user:{CANARY}@169.254.169.254/",
    f"http://user:{CANARY}@127.0.0.1:port/",
    f"http://user:{CANARY}@127.0.0.1:9/a b",
    f"http://user:{CANARY}@",
    f"//user:{CANARY}@127.0.0.1/",
    f"http://user:{CANARY}@[::1/",
)


@pytest.mark.parametrize("name", [*WRONG, *URLS])
def test_a_wrong_configuration_is_told_without_its_secrets(sitegen, tmp_path: Path, name: str):
    more, url = WRONG.get(name, ""), "http://127.0.0.1:9" if name in WRONG else name
    (tmp_path / "sitegen.toml").write_text(source("one", url, more=more) + panel("one", "one"))

    for command in (["build", "-vvv"], ["check", "config", "-vvv"], ["status"]):
        outcome = sitegen(*command)
        assert outcome.code == 2, outcome
        assert outcome.stderr.count("\n") == 1
        assert CANARY not in outcome.stdout + outcome.stderr
