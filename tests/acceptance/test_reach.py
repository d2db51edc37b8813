"""Only what is configured is ever fetched: a trap on loopback whose address stands in everything foreign hears nothing."""

import contextlib
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.acceptance.sites import Site, make_site
from tests.acceptance.sources import NOON, answered, clock_at, copy_site, panel, probe, source
from tests.faulty_server import FaultyServer, Reply

# Each becomes an address of the trap; {trap} is `localhost:1234`, {number} tells them apart.
BAITS = (
    "http://{trap}/{number}",
    "//{trap}/{number}",
    "HTTP://{trap}/{number}",
    "\thttp://{trap}/{number}",
    "http:\\\\{trap}\\{number}",
    "http://example.org@{trap}/{number}",
    "<a href=http://{trap}/{number}>x</a>",
    "<img src=http://{trap}/{number}>",
    '"><script src="//{trap}/{number}"></script>',
    "'><svg onload=fetch('//{trap}/{number}')>",
    "<base href=//{trap}/{number}/>",
    '<meta http-equiv=refresh content="0;url=http://{trap}/{number}">',
    '<link rel=stylesheet href="http://{trap}/{number}">',
    "[click](http://{trap}/{number})",
    "![](http://{trap}/{number})",
    "<http://{trap}/{number}>",
    "url(http://{trap}/{number})",
    "@import 'http://{trap}/{number}';",
    "javascript:fetch('http://{trap}/{number}')",
    "data:text/html,<img src=http://{trap}/{number}>",
    '<!DOCTYPE x [<!ENTITY e SYSTEM "http://{trap}/{number}">]>&e;',
    '<image xlink:href="http://{trap}/{number}"/>',
    '=IMPORTXML("http://{trap}/{number}";"//a")',
    "${{http://{trap}/{number}}}",
    "${{jndi:ldap://{trap}/{number}}}",
)
PANELS, SERIES = 25, 20
COUNT = PANELS * SERIES
NAMES = ("url", "href", "src", "instance", "__address__")


class Baited(NamedTuple):
    """A site full of the trap's addresses, and the trap."""

    site: Site
    trap: FaultyServer
    port: bytes


def baits(trap: FaultyServer, count: int = COUNT) -> list[str]:
    """So many different ones."""
    where = f"localhost:{trap.port}"
    return [bait.format(trap=where, number=number) for number, bait in enumerate(islice(cycle(BAITS), count))]


@pytest.fixture(scope="module")
def baited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Baited]:
    blank = make_site(tmp_path_factory.mktemp("blank") / "site")
    with contextlib.ExitStack() as stack:
        trap = stack.enter_context(FaultyServer())
        every = baits(trap)
        parts = []
        for number in range(PANELS):
            own = every[number * SERIES : (number + 1) * SERIES]
            labels = [{NAMES[index % len(NAMES)]: bait, "bait": bait} for index, bait in enumerate(own)]
            body = answered(*labels, warnings=own[:3], infos=own[3:6])
            server = stack.enter_context(FaultyServer(Reply(body=body)))
            legend = f"legend = '{{{{bait}}}}'\ntop = {SERIES}"
            parts += [source(f"s{number}", server.url), panel(f"p{number}", f"s{number}", more=legend)]
        for status in (301, 302, 303, 307, 308):
            leads = Reply(status=status, headers=(("Location", f"http://localhost:{trap.port}/{status}"),))
            server = stack.enter_context(FaultyServer(leads))
            parts += [source(f"r{status}", server.url), panel(f"p{status}", f"r{status}")]
            parts.append(probe(f"r{status}", server.url))
        error = json.dumps({"status": "error", "errorType": "bad_data", "error": " ".join(every[:9])})
        refuses = stack.enter_context(FaultyServer(Reply(status=400, body=error.encode())))
        parts += [source("refuses", refuses.url), panel("refuses", "refuses")]
        site = copy_site(blank, tmp_path_factory.mktemp("baited") / "site", *parts, LOGS_AND_TRACES)
        (site.folder / "lines.log").write_text("".join(map(line, every)))
        (site.folder / "spans.json").write_text(json.dumps(spans(every)))
        site.build(*clock_at())
        site.build(*clock_at(30))
        yield Baited(site, trap, str(trap.port).encode())


LOGS_AND_TRACES = """
[[logs.sources]]
name = "lines"
path = "lines.log"
[[traces.sources]]
name = "spans"
type = "otlp-file"
path = "spans.json"
[traces]
attributes = ["http.url", "url.full"]
"""


def line(bait: str) -> str:
    fields = {"time": "2026-03-01T11:59:00Z", "level": "info", "message": bait, "url": bait, "href": bait}
    return json.dumps(fields) + "\n"


def spans(every: list[str]) -> dict:
    def span(number: int, bait: str) -> dict:
        start = int(NOON) * 10**9 + number * 1000
        return {
            "traceId": f"{number // 25 + 1:032x}",
            "spanId": f"{number + 1:016x}",
            "name": bait,
            "startTimeUnixNano": str(start),
            "endTimeUnixNano": str(start + 500),
            "attributes": [{"key": key, "value": {"stringValue": bait}} for key in ("http.url", "url.full")],
        }

    service = [{"key": "service.name", "value": {"stringValue": every[0]}}]
    made = [span(number, bait) for number, bait in enumerate(every)]
    return {"resourceSpans": [{"resource": {"attributes": service}, "scopeSpans": [{"spans": made}]}]}


class _Attributes(HTMLParser):
    """Every attribute of a page but a description's words, and the text of its style sheets."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.style = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.lasttag = tag
        described = tag == "meta" and dict(attrs).get("http-equiv") is None
        self.found += [(name, value or "") for name, value in attrs if not (described and name == "content")]

    def handle_data(self, data: str) -> None:
        if self.lasttag == "style":
            self.style += data


def test_a_build_asks_nobody_but_the_sources_whatever_they_say(baited: Baited):
    assert baited.trap.connections == 0


def test_the_baits_are_on_the_site_at_all(baited: Baited):
    csv = b"".join(body for path, body in baited.site.tree().items() if path.endswith(".csv"))
    pages = b"".join(body for path, body in baited.site.tree().items() if path.endswith(".html"))

    assert all(re.search(rb"localhost:%b[/\\]%d\b" % (baited.port, number), csv) for number in range(COUNT))
    assert len(set(re.findall(rb"localhost:%b[/\\](\d+)" % baited.port, pages))) > 100


def test_no_attribute_of_any_page_leads_to_what_was_said(baited: Baited):
    for path, body in baited.site.tree().items():
        if not path.endswith((".html", ".svg", ".xml")):
            continue
        seen = _Attributes()
        seen.feed(body.decode())
        assert [one for one in seen.found if str(baited.trap.port) in one[1]] == [], path
        assert str(baited.trap.port) not in seen.style, path
    for name in ("sitemap.xml", "robots.txt"):
        assert baited.port not in baited.site.tree().get(name, b"")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "gopher://127.0.0.1:70/_x",
        "unix:///run/docker.sock",
        "javascript:alert(1)",
        "http://169.254.169.254/latest/meta-data/",
        "http://169.254.169.254.:80/",
        "http://169.254.170.2/v2/credentials",
        "http://2852039166/",
        "http://0xa9fea9fe/",
        "http://0251.0376.0251.0376/",
        "http://[::ffff:169.254.169.254]/",
        "http://[fe80::1]/",
        "http://[fd00:ec2::254]/latest/",
        "http://metadata.google.internal/computeMetadata/v1/",
    ],
)
def test_a_url_that_is_never_fetched_is_refused_by_its_key(sitegen, tmp_path: Path, url: str):
    for key, part in (("metrics.sources[0].url", source("one", url)), ("probes[0].url", probe("one", url))):
        (tmp_path / "sitegen.toml").write_text(part)

        outcome = sitegen("build")

        assert (outcome.code, outcome.stdout) == (2, "")
        assert outcome.stderr.count("\n") == 1
        assert key in outcome.stderr
        assert not (tmp_path / "dist").exists()
