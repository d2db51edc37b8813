"""Whatever foreign text says, it stays text: on pages, in files, on the terminal."""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import Browser
from tests.acceptance.documents import parse
from tests.acceptance.foreign import matrix, serve_answers
from tests.acceptance.serving import preview
from tests.acceptance.sites import Site, make_site

SCRIPT = "<script>alert(1)</script>"
HOSTILE = (
    SCRIPT,
    '"><img src=//evil.example/x onerror=alert(2)>',
    "' onmouseover='alert(3)",
    "</style></title></textarea></svg><svg onload=alert(4)>",
    "<!--<iframe src=javascript:alert(5)>",
    "javascript:alert(6)//",
    "${alert(7)} <%page/> ## {{8}}",
    "&lt;b&gt; &amp;amp; &#60;",
    "\x1b[31;1mred\x1b[0m \x1b]0;owned\x07 \x9b2J",
    "bell\x07 back\x08 return\r null\x00 delete\x7f",
    "\u202egnp.exe \u2066isolate\u2069 \u200bzero\ufeff",
    '=HYPERLINK("http://evil.example/";"x")',
    "]]><script>alert(9)</script>",
    "\ud800lone",
    "a" * 300,
)
# JSON of programs that follow its standard has no lone surrogates; lines of a log may have anything.
SENDABLE = tuple(text for text in HOSTILE if not text.startswith("\ud800"))
# Bidi and invisible controls, as Unicode TR 36 warns of them.
HIDDEN = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
TEXT = (".html", ".svg", ".xml", ".txt", ".json", ".csv")


def toml(text: str) -> str:
    """A TOML string; what it cannot hold, a lone surrogate, is left out."""
    escaped = "".join(
        f"\\u{ord(char):04x}" if unicodedata.category(char) == "Cc" else char
        for char in text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
        if unicodedata.category(char) != "Cs"
    )
    return f'"{escaped}"'


def configuration(url: str) -> str:
    everything = " ".join(HOSTILE[:13])[:100]
    panels = [
        f"[[metrics.panels]]\nid = 'panel-{number}'\nsource = 'foreign'\ntitle = {toml(text[:100])}\n"
        f"query = 'hostile'\nkind = '{kind}'\nlegend = {toml('{{evil}} ' + text[:30])}\n"
        for number, (text, kind) in enumerate(
            zip(HOSTILE, ["line", "bar", "area", "stat", "histogram"] * 3, strict=True)
        )
    ]
    probes = [
        f"[[probes]]\nid = 'probe-{number}'\ntitle = {toml(text[:100])}\nurl = '{url}/{200 if number % 2 else 503}/{number}'\n"
        for number, text in enumerate(HOSTILE)
    ]
    return f"""
[site]
title = {toml(SCRIPT)}
description = {toml(everything)}
[[metrics.sources]]
name = "foreign"
type = "prometheus"
url = "{url}"
[[metrics.panels]]
id = "refused"
title = "refused"
source = "foreign"
query = "refused"
{chr(10).join(panels)}
{chr(10).join(probes)}
[[maintenance]]
title = {toml(everything)}
start = "2020-01-01T00:00:00Z"
end = "2099-01-01T00:00:00Z"
probes = ["probe-1"]
[[slos]]
id = "slo"
title = {toml(everything)}
probe = "probe-0"
[[traces.sources]]
name = "spans"
type = "otlp-file"
path = "spans.json"
[traces]
attributes = ["http.route", {toml(SCRIPT)}]
[[logs.sources]]
name = "lines"
path = "lines.log"
"""


def answer(asked: dict[str, str]) -> dict:
    if asked["query"] == "refused":
        return {"status": "error", "errorType": "execution", "error": " ".join(SENDABLE)}
    labels = [
        {"__name__": text, "evil": text, "le": str(number), text[:40]: "name"}
        for number, text in enumerate(SENDABLE)
    ]
    return matrix(asked, labels, warnings=list(SENDABLE), infos=list(SENDABLE))


def spans() -> dict:
    def attribute(key: str, value: str) -> dict:
        return {"key": key, "value": {"stringValue": value}}

    return {
        "resourceSpans": [
            {
                "resource": {"attributes": [attribute("service.name", text)]},
                "scopeSpans": [
                    {
                        "spans": [
                            {
                                "traceId": f"{number + 1:032x}",
                                "spanId": f"{number + 1:016x}",
                                "name": text,
                                "kind": 2,
                                "startTimeUnixNano": str(1_700_000_000_000_000_000 + number),
                                "endTimeUnixNano": str(1_700_000_001_000_000_000 + number),
                                "attributes": [attribute("http.route", text), attribute(SCRIPT, text)],
                                "status": {"code": 2, "message": text},
                            }
                        ]
                    }
                ],
            }
            for number, text in enumerate(SENDABLE)
        ]
    }


def log_lines() -> bytes:
    lines = [
        json.dumps(
            {"time": "2026-01-01T00:00:00Z", "level": text, "service": text, "message": text, text: text}
        ).encode()
        for text in HOSTILE
    ]
    plain = [text.replace("\r", "").encode("utf-8", "surrogatepass") for text in HOSTILE]
    return b"\n".join([*lines, *plain, b"\xff\xfe not utf-8 \xc0\xaf", b"", b"\x00" * 20]) + b"\n"


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str]]:
    """A site with hostile text in every sink, and all that its builds and checks said."""
    with serve_answers(answer) as url:
        site = make_site(tmp_path_factory.mktemp("attacked"), config=configuration(url))
        (site.folder / "spans.json").write_text(json.dumps(spans()))
        (site.folder / "lines.log").write_bytes(log_lines())
        said = []
        for *arguments, code in (
            ("build", "-v", 0),
            ("build", "-vv", 0),
            ("build", "--format", "json", 0),
            ("status", 0),
            ("check", 3),  # it names the lines of the log that are no records
        ):
            outcome = site.run(*arguments)
            said += [outcome.stdout, outcome.stderr]
            assert outcome.code == code, outcome.stderr
    return site, "".join(said)


def test_no_element_attribute_or_comment_comes_from_foreign_text(attacked):
    site, _ = attacked
    for address in site.addresses():
        html = site.page(address)
        assert "<!--" not in html
        for element in parse(html).walk():
            assert element.tag not in ("script", "iframe", "textarea", "object"), address
            assert not any(name.startswith("on") for name in element.attributes), address
            assert element.tag != "img" or element.attributes["src"].startswith("/_a/"), address
            for name in ("href", "src", "action"):
                target = element.attributes.get(name, "/")
                assert target.startswith(("/", "#", "data:image/svg+xml")), target


@pytest.mark.parametrize(
    ("address", "sink"),
    [
        ("/", "title"),
        ("/", "services"),
        ("/metrics/", "panel-0"),
        ("/traces/", "Main"),
        ("/traces/00000000000000000000000000000001/", "Main"),
        ("/logs/", "Main"),
        ("/slo/", "Main"),
    ],
)
def test_hostile_text_appears_as_text(attacked, address: str, sink: str):
    page = parse(attacked[0].page(address))
    place = page.one("head").one("title") if sink == "title" else page.by_id(sink)
    if place.tag == "h2":
        place = next(one for one in page.all("section") if one.attributes.get("aria-labelledby") == sink)
    assert SCRIPT in place.text


def test_no_file_has_a_control_character_or_one_that_reorders_text(attacked):
    for path, body in attacked[0].tree().items():
        if path.endswith(TEXT):
            text = body.decode()  # strictly: a lone surrogate would fail here
            lines = text.replace("\r\n", "\n") if path.endswith(".csv") else text
            assert RAW.search(lines) is None, path
            assert HIDDEN.search(lines) is None, path


def test_files_for_machines_parse_whatever_the_text(attacked):
    tree = attacked[0].tree()
    for path in ("feed.xml", "sitemap.xml", "badge.svg"):
        ET.fromstring(tree[path])  # noqa: S314 - sitegen wrote it
    assert next(service["title"] for service in json.loads(tree["status.json"])["services"]) == SCRIPT


def test_no_cell_of_a_csv_is_a_formula(attacked):
    for path, body in attacked[0].tree().items():
        if path.endswith(".csv"):
            for row in csv.reader(io.StringIO(body.decode(), newline="")):
                assert not any(re.match(r"[=@+]|-(?!\d|Inf)", cell) for cell in row), path


def test_nothing_hostile_reaches_the_terminal(attacked):
    _, said = attacked
    assert SCRIPT in said, "the test must have something to say"
    assert RAW.search(said) is None
    assert HIDDEN.search(said) is None


UNIT = "[[metrics.panels]]\nid = 'a'\ntitle = 'a'\nquery = 'up'\nunit = "


@pytest.mark.parametrize("wrong", [f"[site]\ntitle = 1\n{toml(HOSTILE[8])} = 1\n", UNIT + toml(HOSTILE[8])])
def test_an_error_that_quotes_the_configuration_is_one_harmless_line(tmp_path: Path, wrong: str):
    site = make_site(tmp_path, config=wrong)
    outcome = site.run("build")

    assert outcome.code == 2
    assert outcome.stderr.count("\n") == 1
    assert RAW.search(outcome.stderr) is None


@pytest.mark.needs("chromium")
def test_without_any_policy_no_dialog_opens_and_no_request_is_made(browser: Browser, attacked):
    site, _ = attacked
    with preview(site, "--no-build") as origin, browser.new_context(bypass_csp=True) as context:
        page = context.new_page()
        seen: list[str] = []
        page.on("dialog", lambda dialog: (seen.append(f"dialog {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: seen.append(request.url))
        page.on("pageerror", lambda error: seen.append(str(error)))
        for address in site.addresses():
            seen.clear()
            page.goto(origin + address)
            page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            for tag in ("section", "li", "td"):
                for element in page.locator(tag).all()[:3]:
                    element.dispatch_event("mouseover")
            asked = [one for one in seen if not one.startswith(("data:", f"{origin}/_a/"))]
            assert asked == [origin + address]
