"""Forty sources and probes that fail, each in its way: visitors read what each does, operators also where it is."""

import contextlib
import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.acceptance.cloudfront import aws_at, cdn_panel, cloudwatch
from tests.acceptance.documents import parse
from tests.acceptance.sites import Site, make_site
from tests.acceptance.sources import answered, clock_at, panel, probe, source
from tests.faulty_server import Failure, FaultyServer, Position, Reply

# Each fault, and the class that visitors read where a source has it.
REFUSAL = json.dumps({"status": "error", "errorType": "bad_data", "error": "raise it at /secret-words:1234"})
KINDS = {
    "bad-query": (Reply(status=400, body=REFUSAL.encode()), "refuses the query"),
    "locked": (Reply(status=401, body=b"check /secret-words"), "refuses access"),
    "forbidden": (Reply(status=403, body=b"check /secret-words"), "refuses access"),
    "absent": (Reply(status=404, body=b"/secret-words"), "refuses the query"),
    "too-often": (Reply(status=429), "refuses the query"),
    "broken": (Reply(status=500, body=b"at /secret-words"), "answers with an error 500"),
    "busy": (Reply(status=503, body=b"at /secret-words"), "answers with an error 503"),
    "elsewhere": (
        Reply(status=302, headers=(("Location", "http://secret-words.example:4321/x"),)),
        "sends an answer that cannot be used",
    ),
    "page": (Reply(body=b"<html>/secret-words"), "sends an answer that cannot be used"),
    "no-json": (Reply(body=b"/secret-words"), "sends an answer that cannot be used"),
    "no-http": (Reply(raw=b"/secret-words\r\n\r\n"), "sends an answer that cannot be used"),
    "coded": (
        Reply(headers=(("Content-Encoding", "secret-words"),)),
        "sends an answer that cannot be used",
    ),
    "cut": (Reply(fault=Failure.TRUNCATED, at=Position.BODY), "does not answer"),
    "silent": (Reply(fault=Failure.HANG, at=Position.BEFORE), "does not answer in time"),
    "down": (Reply(fault=Failure.DOWN, at=Position.BEFORE), "does not answer"),
    "no-tls": (Reply(), "cannot be trusted"),
    "unresolved": (None, "does not answer"),
}
LARGE = {"warned": answered(warnings=["lower it at /secret-words"], infos=["`secret-words` = 5"])}
PAGES = ("/", "/follow/", "/metrics/", "/traces/", "/deps/", "/logs/", "/build/", "/slo/")
KEYS = [
    "timeout",
    "gather",
    "url",
    "query",
    "max_concurrency",
    "basic_auth",
    "authorization",
    "tls_config",
    "ca_file",
    "server_name",
    "region",
]
ADVICE = re.compile(rf"\b(?:raise|lower|check|correct)\b|`|\b(?:{'|'.join(KEYS)}|insecure_skip_verify) ?=")


class Built(NamedTuple):
    """A site of which everything fails, built twice, the report and recording of the second build, the addresses."""

    site: Site
    report: dict
    recording: bytes
    addresses: dict[str, str]


def tables(name: str, url: str) -> list[str]:
    """A source and a probe of their own at this address."""
    patience = "300ms" if name == "silent" else "3s"
    return [
        source(name, f"{url}/path-of-{name}", patience),
        panel(name, name, query=f"up{{x='query-of-{name}'}}"),
        probe(f"{name}-service", f"{url}/probed-{name}?key=query-of-{name}", patience),
    ]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    folder = tmp_path_factory.mktemp("topology")
    for name in ("traces", "logs"):
        (folder / f"secret-{name}").mkdir()
    (folder / "secret-traces" / "secret-file.json").write_text(
        '{"resourceSpans": [{"scopeSpans": "secret-words"'
    )
    (folder / "secret-logs" / "secret-file.log").write_text("")
    addresses, parts = {}, ["[build]\ngather = '5s'\ndeadline = '30s'", cloudwatch(), cdn_panel("Requests")]
    with contextlib.ExitStack() as stack:
        for name, (reply, _) in KINDS.items():
            url = f"http://secret-host-{name}.invalid:4{len(addresses):03}"
            if reply is not None:
                url = stack.enter_context(FaultyServer(reply)).url
            addresses[name] = url.replace("http:", "https:") if name == "no-tls" else url
            parts += tables(name, addresses[name])
        for name, body in LARGE.items():
            addresses[name] = stack.enter_context(FaultyServer(Reply(body=body))).url
            parts += [source(name, addresses[name]), panel(name, name)]
        aws = stack.enter_context(FaultyServer(Reply(status=500, body=b"at /secret-words")))
        for kind, more in (("traces", 'type = "otlp-file"\n'), ("logs", "")):
            for part in ("missing", "file"):
                place = folder / f"secret-{kind}" / f"secret-{part}.*"
                parts.append(f'\n[[{kind}.sources]]\nname = "{kind}-{part}"\n{more}path = "{place}"\n')
        site = make_site(folder / "site", config="\n".join(parts))
        environment = aws_at(aws.url)
        site.build(*clock_at(-900), env=environment)
        report = site.build(*clock_at(), "--record", str(folder / "recording"), env=environment)
        recording = gzip.decompress((folder / "recording").read_bytes().partition(b"\n")[2])
        yield Built(site, report, recording, addresses | {"cdn": aws.url})


def public(built: Built) -> dict[str, bytes]:
    """Everything that leaves the house: the published files, and the recording."""
    return built.site.tree() | {"recording": built.recording}


def test_no_host_port_path_or_query_of_a_source_or_probe_is_public(built: Built):
    assert len(built.addresses) * 2 + 4 >= 40
    private = ["secret-", "path-of-", "probed-", "query-of-", "127.0.0.1", ".invalid", str(built.site.folder)]
    private += [f":{url.rpartition(':')[2]}" for url in built.addresses.values()]
    found = {
        (path, name) for path, body in public(built).items() for name in private if name.encode() in body
    }
    assert found == set()


def test_what_is_said_of_them_has_no_advice_and_no_key(built: Built):
    told = {address: parse(built.site.page(address)).text for address in PAGES}
    told |= {name: built.site.tree()[name].decode() for name in ("index.txt", "status.json")}
    assert {(name, match[0]) for name, text in told.items() for match in ADVICE.finditer(text)} == set()


@pytest.mark.parametrize("name", KINDS)
def test_visitors_read_the_class_and_operators_the_whole_sentence(built: Built, name: str):
    [problem] = [one for one in built.report["problems"] if one["where"] == f"metrics.{name}"]
    assert problem["reason"] == KINDS[name][1]
    assert f"{name} {KINDS[name][1]}" in parse(built.site.page("/metrics/") + more(built.site)).text
    said = built.site.run("status").stdout
    log = (built.site.state / "log" / "sitegen.jsonl").read_text()
    assert problem["message"] in said
    assert json.dumps(problem["message"], ensure_ascii=False)[1:-1] in log
    [remark] = [
        one
        for one in built.report["sections"]["availability"]["remarks"]
        if one["where"] == f"availability.{name}-service"
    ] or [None]
    if name not in ("page", "no-json", "coded"):
        assert remark["message"] in said


def more(site: Site) -> str:
    """The further pages of panels."""
    return "".join(site.page(one) for one in site.addresses() if re.fullmatch(r"/metrics/\d+/", one))


def test_the_own_log_is_shown_in_the_words_for_visitors(built: Built):
    assert "busy answers with an error 503" in parse(built.site.page("/logs/")).text


def test_a_probes_address_is_public_where_that_is_asked_for_and_without_its_query(tmp_path: Path):
    with FaultyServer(Reply(status=503)) as shown, FaultyServer(Reply(status=503)) as hidden:
        url = shown.url.replace("//", "//someone:something@")
        site = make_site(
            tmp_path / "site",
            config=probe("shown", f"{url}/health?key=hidden-query") + "show_url = true\n"
            + probe("kept", f"{hidden.url}/private-path"),
        )  # fmt: skip
        site.build(*clock_at())
    services = {one["id"]: one.get("url") for one in site.status["services"]}
    assert services == {"shown": f"{shown.url}/health", "kept": None}
    assert f"{shown.url}/health" in site.page("/slo/")
    words = (b"hidden-query", b"something", b"private-path", f":{hidden.port}".encode())
    assert [word for word in words for body in site.tree().values() if word in body] == []
