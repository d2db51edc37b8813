"""The machine that builds: its folders and its name are cut from what others say, and published by nothing else."""

import gzip
import json
import os
import shutil
from pathlib import Path

import pytest
from sitegen.templating.palette import theme_folder
from tests.acceptance.sites import Site, make_site
from tests.acceptance.sources import answered, clock_at, panel, probe, source
from tests.faulty_server import FaultyServer, Reply

HOST, HOME = "wonder-7.example.org", "/home/alice-7"
SHORT = HOST.partition(".")[0]


def called(patch: pytest.MonkeyPatch, host: str) -> None:
    """Let this machine be called so."""
    real = os.uname()
    patch.setattr(os, "uname", lambda: os.uname_result([real[0], host, *real[2:]]))


@pytest.fixture(autouse=True)
def name(monkeypatch: pytest.MonkeyPatch) -> None:
    called(monkeypatch, HOST)


def build(site: Site, *arguments: str) -> tuple[int, str]:
    done = site.run("build", "--jobs", "1", "--deadline", "60s", *arguments, env={"HOME": HOME})
    return done.code, done.stderr


def words(site: Site) -> list[str]:
    """How one speaks of this machine."""
    inside = str(site.folder)
    return [f"{HOME}/x.py", f"{inside}/app.py", SHORT, HOST, inside.replace("/", "%2F") + "%2Fq"]


def logs(site: Site) -> str:
    lines = [
        json.dumps(
            {"time": "2026-03-01T11:59:00Z", "level": "error", "message": f"at {one} failed", "host": one}
            | {"service": one, "logger": one, "exception": f'Traceback:\n File "{one}", line 7'}
        )
        for one in words(site)
    ]
    return "\n".join([*lines, *(f"Mar  1 11:59:00 {one} kernel: {one}" for one in words(site))]) + "\n"


def traces(site: Site) -> str:
    def attribute(key: str, text: str) -> dict:
        return {"key": key, "value": {"stringValue": text}}

    spans = [
        {
            "resource": {"attributes": [attribute("service.name", one), attribute("host.name", one)]},
            "scopeSpans": [
                {"spans": [{
                    "traceId": f"{number:032x}", "spanId": f"{number:016x}", "name": f"open {one}",
                    "startTimeUnixNano": "1772366340000000000", "endTimeUnixNano": "1772366341000000000",
                    "attributes": [attribute("http.route", one), attribute("url.path", one), attribute("shop.file", one)],
                    "status": {"code": 2, "message": one},
                    "events": [{"name": one, "timeUnixNano": "1772366340500000000", "attributes": [attribute("exception.message", one)]}],
                }]}
            ],
        }
        for number, one in enumerate(words(site), 1)
    ]  # fmt: skip
    return json.dumps({"resourceSpans": spans})


def test_what_others_say_of_this_machine_is_cut_and_stops_nothing(tmp_path: Path):
    site = make_site(tmp_path / "site")
    labels = [
        {"__name__": "up", "instance": f"{one}:9100", "path": one, "n": f"{number}"}
        for number, one in enumerate(words(site))
    ]
    refusal = json.dumps({"status": "error", "errorType": "bad_data", "error": " ".join(words(site))})
    (site.folder / "a.log").write_text(logs(site), encoding="utf-8")
    (site.folder / "a.json").write_text(traces(site), encoding="utf-8")
    with (
        FaultyServer(Reply(body=answered(*labels))) as good,
        FaultyServer(Reply(status=400, body=refusal.encode())) as bad,
    ):
        parts = [source("good", good.url), source("bad", bad.url), panel("b", "bad"), probe("p", bad.url)]
        parts += [panel("a", "good", more="top = 9\nlegend = '{{path}} of {{instance}}'")]
        parts += ["[traces]\nattributes = ['shop.file']", "[[logs.sources]]\nname = 'a'\npath = 'a.log'"]
        parts += ["[[traces.sources]]\nname = 'a'\ntype = 'otlp-file'\npath = 'a.json'"]
        (site.folder / "sitegen.toml").write_text("\n".join(parts), encoding="utf-8")
        assert build(site, *clock_at(), "--record", str(tmp_path / "recording")) == (0, "")
    public = site.tree()
    public["recording"] = gzip.decompress((tmp_path / "recording").read_bytes().partition(b"\n")[2])
    private = (SHORT, HOME, str(site.folder), "%2Fsite")
    assert [(path, one) for path, body in public.items() for one in private if one.encode() in body] == []
    assert "~/x.py" in site.page("/logs/")
    assert "…/app.py" in site.page("/logs/")
    assert "‹host›" in site.page("/logs/")
    assert b"host-1:9100" in public["metrics/a.1h.csv"]


@pytest.fixture
def site(built: Site) -> Site:
    return built


def set_site(site: Site, text: str) -> None:
    path = site.folder / "sitegen.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("[site]", f"[site]\n{text}", 1), encoding="utf-8"
    )


@pytest.mark.parametrize(
    ("said", "rule", "allow"),
    [
        ("${__import__('os').uname().nodename}", "the name of the machine that builds", SHORT),
        ("${__import__('os').getcwd()}/x", "a folder of the machine that builds", ".*/site"),
        (f"{HOME}/x", "a folder of the machine that builds", HOME),
    ],
)
def test_a_theme_that_tells_of_this_machine_is_refused_with_the_rule_and_the_key_and_may_be_allowed(
    site: Site, said: str, rule: str, allow: str
):
    shutil.copytree(theme_folder("terminal"), site.folder / "own")
    template = site.folder / "own" / "build.mako"
    template.write_text(
        template.read_text(encoding="utf-8").replace(
            '<div class="grid">', f'<p>{said}</p><div class="grid">', 1
        ),
        "utf-8",
    )
    set_site(site, "theme = 'own'")
    before = site.tree()
    code, complaint = build(site)
    assert (code, site.tree()) == (3, before)
    for one in ("build/index.html", rule, "`redaction.allow`", " in line "):
        assert one in complaint
    assert SHORT not in complaint
    with (site.folder / "sitegen.toml").open("a", encoding="utf-8") as config:
        config.write(f"\n[redaction]\nallow = ['{allow}', '{HOST}']\n")
    assert build(site) == (0, "")
    assert site.tree() != before


def test_what_an_author_says_of_this_machine_stops_nothing(site: Site):
    text = site.folder / "sitegen.toml"
    text.write_text(text.read_text(encoding="utf-8").replace('title = "', f'title = "{SHORT} ', 1), "utf-8")
    post = f'+++\ntitle = "How {HOST} is built"\ndate = 2026-02-01\ntags = ["{SHORT}"]\n+++\nOf {HOST}.\n'
    (site.folder / "content" / "posts" / "how.md").write_text(post, encoding="utf-8")
    assert build(site) == (0, "")
    assert f"Of {HOST}" in site.page("/posts/how/")
    assert SHORT in site.page("/")
    assert site.run("check", "site").code == 0
    assert site.run("check", "config").code == 0


def test_a_site_below_a_path_that_is_the_folder_it_is_built_in_is_published(site: Site):
    set_site(site, f"base_url = 'https://{HOST}{'/'.join(['', *site.folder.parts[-2:]])}/'")
    assert build(site) == (0, "")


def test_a_folder_in_an_authors_page_costs_that_page_its_news_and_nothing_else(site: Site):
    post = '+++\ntitle = "x"\ndate = 2026-02-01\n+++\n{}\n'
    page = site.folder / "content" / "posts" / "how.md"
    page.write_text(post.format("old text"), encoding="utf-8")
    assert build(site) == (0, "")
    page.write_text(post.format(f"new text in {HOME}/x"), encoding="utf-8")
    assert build(site) == (0, "")
    (problem,) = json.loads((site.state / "report.json").read_bytes())["problems"]
    assert problem["message"].startswith(
        "content/posts/how.md:5: holds a folder of the machine that builds in line 5"
    )
    assert "`redaction.allow`" in problem["message"]
    assert "old text" in site.page("/posts/how/")


@pytest.mark.parametrize("host", ["build", "web", "shop", "overview", "traces", "localhost", "sitegen.local"])
def test_a_host_that_is_called_as_half_of_all_hosts_are_changes_nothing(
    site: Site, host: str, monkeypatch: pytest.MonkeyPatch
):
    called(monkeypatch, host)
    assert site.run("build", "--jobs", "1", env={"HOME": "/root"}).code == 0
    assert "‹host›" not in "".join(site.page(address) for address in site.addresses())
