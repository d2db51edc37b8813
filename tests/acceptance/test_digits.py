"""Numbers of 5,000 digits, which Python refuses to read: each is a named problem, wherever others may write one."""

import json
import re
import shutil
from contextlib import ExitStack
from pathlib import Path

import pytest
from sitegen.templating.palette import theme_folder
from tests.acceptance.sites import Site, make_site
from tests.acceptance.sources import answered, panel, probe, source
from tests.faulty_server import FaultyServer, Reply

LONG = "9" * 5000
TIME = "2026-11-24T02:04:00Z"


@pytest.fixture
def site(built: Site) -> Site:
    return built


def add(site: Site, text: str) -> None:
    with (site.folder / "sitegen.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n{text}\n")


def problems(site: Site) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in site.build("--jobs", "1", "--deadline", "60s")["problems"]:
        assert len(one["message"]) < 1000, one
        found.setdefault(one["where"], []).append(one["message"])
    return found


LINES = {
    "a field": f'{{"time":"{TIME}","level":"info","message":"kept","n":{LONG},"e":1e{LONG}}}',
    "a field as text": f'{{"time":"{TIME}","level":"info","message":"kept","n":"{LONG}"}}',
    "a level": f'{{"time":"{TIME}","level":{LONG},"message":"kept"}}',
    "a time": f'{{"time":{LONG},"level":"info","message":"kept"}}',
    "a time with a fraction": f'{{"time":{LONG}.5,"level":"info","message":"kept"}}',
    "digits of a second": f'{{"time":"2026-11-24T02:04:00.{LONG}Z","level":"info","message":"kept"}}',
    "a year": f'{{"time":"{LONG}-11-24T02:04:00Z","level":"info","message":"kept"}}',
    "nothing else": LONG,
}


def test_in_logs_they_cost_their_line_at_most(site: Site):
    (site.folder / "a.log").write_text("\n".join(LINES.values()) + "\n", encoding="utf-8")
    add(site, "[[logs.sources]]\nname = 'a'\npath = 'a.log'")
    assert {*problems(site)} <= {"logs.a"}
    assert "kept" in site.page("/logs/")


SPAN = '{"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","name":"GET","startTimeUnixNano":"1"'
SPANS = {
    "start": SPAN.replace('"1"', LONG),
    "start-as-text": SPAN.replace('"1"', f'"{LONG}"'),
    "end": f'{SPAN},"endTimeUnixNano":{LONG}',
    "kind": f'{SPAN},"kind":{LONG}',
    "status": f'{SPAN},"status":{{"code":"{LONG}"}}',
    "attribute": f'{SPAN},"attributes":[{{"key":"http.route","value":{{"intValue":{LONG}}}}}]',
    "attribute-as-text": f'{SPAN},"attributes":[{{"key":"http.route","value":{{"intValue":"{LONG}"}}}}]',
    "fraction": f'{SPAN},"attributes":[{{"key":"http.route","value":{{"doubleValue":{LONG}.5}}}}]',
}


def test_in_traces_they_cost_their_file_at_most(site: Site):
    for name, span in SPANS.items():
        text = f'{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span}}}]}}]}}]}}\n'
        (site.folder / f"{name}.json").write_text(text, encoding="utf-8")
        add(site, f"[[traces.sources]]\nname = '{name}'\ntype = 'otlp-file'\npath = '{name}.json'")
    add(site, "[traces]\nattributes = ['http.route']")
    found = problems(site)
    # A span whose start cannot be read has no time, and a trace without any is left out and told.
    assert {*found} <= {"traces", *(f"traces.{name}" for name in SPANS)}
    assert {"traces.start", "traces.start-as-text", "traces.end"} <= {*found}


HEADS = {
    "length": f"HTTP/1.1 200 OK\r\nContent-Length: {LONG}\r\n\r\n{{}}",
    "patience": f"HTTP/1.1 503 No\r\nRetry-After: {LONG}\r\nContent-Length: 2\r\n\r\n{{}}",
    "status": f"HTTP/1.1 {LONG} OK\r\n\r\n",
    "version": f"HTTP/{LONG} 200 OK\r\n\r\n",
    "chunk": f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{'f' * 5000}\r\n{{}}",
    "port": f"HTTP/1.1 302 Found\r\nLocation: http://a:{LONG}/\r\nContent-Length: 0\r\n\r\n",
    "type": json.dumps({"status": "error", "errorType": LONG, "error": LONG}),
    "bucket": answered({"__name__": "b", "le": LONG}).decode(),
}


def test_in_answers_they_cost_the_answer_at_most(site: Site):
    with ExitStack() as stack:
        for name, text in HEADS.items():
            reply = Reply(raw=text.encode()) if text.startswith("HTTP") else Reply(body=text.encode())
            url = stack.enter_context(FaultyServer(reply)).url
            add(site, source(name, url, "1s") + panel(name, name) + probe(f"of-{name}", url, "1s"))
        found = problems(site)
    assert {*found} == {f"metrics.{name}" for name in HEADS if name != "bucket"}


POSTS = {
    "toml": f"+++\ntitle = 'x'\ndate = 2026-01-01\nweight = {LONG}\n+++\n",
    "toml-hex": f"+++\ntitle = 'x'\ndate = 2026-01-01\nweight = 0x{LONG}\n+++\n",
    "toml-date": f"+++\ntitle = 'x'\n\ndate = {LONG}-01-01\n+++\n",
    "toml-date-as-text": f"+++\ntitle = 'x'\n\ndate = '{LONG}-01-01'\n+++\n",
    "yaml": f"---\ntitle: x\ndate: 2026-01-01\nweight: {LONG}\n---\n",
    "yaml-sixty": f"---\ntitle: x\ndate: 2026-01-01\nweight: {LONG}:30\n---\n",
    "yaml-octal": f"---\ntitle: x\ndate: 2026-01-01\nweight: 0o{'7' * 5000}\n---\n",
    "yaml-date": f"---\ntitle: x\n\ndate: {LONG}-01-01\n---\n",
}


def test_in_heads_of_pages_they_are_named_with_their_line(site: Site):
    for name, text in POSTS.items():
        (site.folder / "content" / "posts" / f"{name}.md").write_text(text, encoding="utf-8")
    text = f"+++\ntitle = 'x'\ndate = 2026-01-01\n+++\n{LONG}. item\n\n&#{LONG}; &#x{LONG};\n\n::panel{{id={LONG} window={LONG}d}}\n"
    (site.folder / "content" / "posts" / "text.md").write_text(text, encoding="utf-8")
    found = problems(site)
    named = {one.split(": ")[0] for one in found["content"]}
    assert named == {f"content/posts/{name}.md:4" for name in POSTS}
    assert not [one for one in found["content"] if "Exceeds" in one]
    assert (site.dist / "posts" / "text" / "index.html").exists()


SETTINGS = {
    "a number": ("[build]", f"workers = {LONG}"),
    "hex": ("[build]", f"workers = 0x{LONG}"),
    "hex for a fraction": ("[[slos]]", f"target = 0x{LONG}"),
    "a fraction": ("[[slos]]", f"target = {LONG}.0"),
    "a duration": ("[build]", f"cycle = '{LONG}s'"),
    "a date": ("[[maintenance]]", f"start = {LONG}-01-01T00:00:00Z"),
    "a date as text": ("[[maintenance]]", f"start = '{LONG}-01-01T00:00:00Z'"),
    "a port": ("[[probes]]", f"url = 'http://a:{LONG}/'", "id = 'a'", "title = 'a'"),
    "a port of a connection": (
        "[[probes]]",
        f"url = 'tcp://a:{LONG}'",
        "id = 'a'",
        "title = 'a'",
        "type = 'tcp'",
    ),
    "a key": ("[build]", f"{LONG} = 1"),
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_in_a_configuration_they_are_named_with_their_line(tmp_path: Path, setting: str):
    site = make_site(tmp_path / "site", config="\n".join(SETTINGS[setting]))
    done = site.run("build")
    assert (done.code, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("error: sitegen.toml:2: ")
    assert len(done.stderr) < 300


@pytest.mark.parametrize(("file", "line"), [("theme.toml", 1), ("palettes/amber.toml", 1)])
@pytest.mark.parametrize("number", [LONG, f"0x{LONG}"])
def test_in_a_theme_they_are_one_line(site: Site, file: str, line: int, number: str):
    shutil.copytree(theme_folder("terminal"), site.folder / "own")
    path = site.folder / "own" / file
    path.write_text(f"number = {number}\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    config = site.folder / "sitegen.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("[site]", "[site]\ntheme = 'own'\npalette = 'amber'"), encoding="utf-8")
    done = site.run("build")
    assert (done.code, done.stderr.count("\n")) == (2, 1)
    assert f":{line}: a number here has too many digits" in done.stderr


@pytest.mark.parametrize("name", ["manifest.json", "report.json"])
@pytest.mark.parametrize("command", ["build", "status", "check site"])
def test_in_what_builds_leave_behind_they_stop_nothing(site: Site, name: str, command: str):
    path = site.state / name
    path.write_text(re.sub(r"(?<=[:\[,])\d+\b(?=[,\]}])", LONG, path.read_text(encoding="utf-8")), "utf-8")
    assert LONG in path.read_text(encoding="utf-8")
    assert site.run(*command.split()).code in {0, 1}


@pytest.mark.parametrize(
    "arguments",
    [["build", "--jobs", LONG], ["build", "--deadline", f"{LONG}s"], ["serve", "--port", LONG]],
    ids=["jobs", "deadline", "port"],
)
def test_on_the_command_line_they_are_a_usage_error(site: Site, arguments: list[str]):
    done = site.run(*arguments)
    assert (done.code, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
