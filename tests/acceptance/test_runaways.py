"""What does not end by itself: each is one named problem, in its time, and the rest of the site is there."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.acceptance.sites import Site
from tests.acceptance.sources import probe
from tests.faulty_server import FaultyServer, Reply

RUNAWAY = "a" * 60 + "@example.org"
PATTERNS = ["(a+)+b", r"^(([a-z])+.)+[A-Z]([a-z])+$", "(?:a|aa)+$"]


@pytest.fixture
def site(built: Site) -> Site:
    return built


def add(site: Site, text: str) -> None:
    with (site.folder / "sitegen.toml").open("a", encoding="utf-8") as file:
        file.write(text)


def problems(report: dict, where: str) -> list[str]:
    return [one["message"] for one in report["problems"] if one["where"].startswith(where)]


@pytest.mark.parametrize("jobs", ["2", pytest.param("1", marks=pytest.mark.slow)])
@pytest.mark.parametrize("key", ["rules", "allow"])
def test_a_text_that_an_authors_expression_does_not_end_for_is_cut_as_a_whole(
    site: Site, key: str, jobs: str
):
    add(site, f"\n[redaction]\n{key} = ['{PATTERNS[0]}']\n[[logs.sources]]\nname = 'app'\npath = 'app.log'\n")
    texts = ["harmless", f"mail {RUNAWAY}", "harmless too"] * 5
    lines = (
        json.dumps({"time": f"2026-11-24T02:04:{number:02}Z", "level": "info", "message": text})
        for number, text in enumerate(texts)
    )
    (site.folder / "app.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
    report = site.build("--jobs", jobs, "--deadline", "60s")
    (problem,) = problems(report, "redaction")
    assert f"`{key}`" in problem
    shown = "".join(site.page(address) for address in site.addresses())
    assert "aaaaaaaa" not in shown
    assert "harmless" in shown


def test_a_secret_that_an_authors_expression_does_not_end_for_is_cut_and_that_is_told(site: Site):
    add(site, f"\n[redaction]\nallow = ['{PATTERNS[0]}']\n[[metrics.sources]]\nname = 'p'\ntype = 'prometheus'\n"
        f"url = 'http://127.0.0.1:9'\nbasic_auth = {{ username = 'me', password = '{'a' * 60}' }}\n"
        "[[logs.sources]]\nname = 'app'\npath = 'app.log'\n")  # fmt: skip
    line = {"time": "2026-11-24T02:04:00Z", "level": "info", "message": f"x {'a' * 60}"}
    (site.folder / "app.log").write_text(json.dumps(line) + "\n", encoding="utf-8")
    (problem,) = problems(site.build("--jobs", "1", "--deadline", "60s"), "redaction")
    assert "`allow`" in problem
    assert "aaaaaaaa" not in site.page("/logs/")


def test_a_page_that_an_authors_expression_does_not_end_for_is_named_and_costs_no_other(site: Site):
    add(site, f"\n[redaction]\nallow = ['{PATTERNS[0]}']\n")
    head = '+++\ntitle = "x"\ndate = 2026-02-01\n+++\n'
    for name, text in {"held": "key AKIA" + "IOSFODNN7EXAMPLQ", "free": "words"}.items():
        page = site.folder / "content" / "posts" / f"{name}.md"
        page.write_text(f"{head}{text} {'a' * 60}\n", encoding="utf-8")
    (problem,) = problems(site.build("--jobs", "1", "--deadline", "60s"), "content")
    assert problem.startswith("content/posts/held.md:5: ")
    assert "an expression of `redaction.allow` takes too long" in problem
    assert (site.dist / "posts" / "free" / "index.html").exists()


ENDLESS = ("1", ".", '"', "[", "{", "(", "![", "%25", "password=", "a@", "::")


def test_lines_of_a_million_characters_cost_no_line_beside_them(site: Site):
    good = '{"time":"2026-11-24T02:04:00Z","level":"info","message":"beside"}\n'
    for number, piece in enumerate(ENDLESS):
        text = piece * (1_000_000 // len(piece))
        (site.folder / f"{number}.log").write_text(f"{text}\n{good}", encoding="utf-8")
        add(site, f"\n[[logs.sources]]\nname = 'n{number}'\npath = '{number}.log'\n")
    report = site.build("--jobs", "1", "--deadline", "60s")
    assert problems(report, "redaction") == []
    assert report["sections"]["logs"]["status"] in {"ok", "degraded"}
    assert "beside" in site.page("/logs/")


@pytest.mark.parametrize(
    "pattern", [PATTERNS[0], *(pytest.param(one, marks=pytest.mark.slow) for one in PATTERNS[1:])]
)
def test_a_service_whose_answer_an_expression_does_not_end_for_is_not_judged(site: Site, pattern: str):
    with FaultyServer(Reply(body=RUNAWAY.encode())) as server:
        add(site, probe("late", server.url) + f"expect_body = '{pattern}'\n")
        report = site.build("--jobs", "1", "--deadline", "60s")
    (problem,) = problems(report, "availability")
    assert "`expect_body`" in problem
    (service,) = site.status["services"]
    assert service["status"] == "no data"


FENCES = {
    "a lexer": "```perl\n" + "s{" * 125_000 + "\n```\n",
    "pictures": "![" * 450_000,
    "links": "[" * 450_000,
    "quotes": ">" * 450_000,
}


@pytest.mark.parametrize(
    "page", ["a lexer", *(pytest.param(one, marks=pytest.mark.slow) for one in [*FENCES][1:])]
)
def test_a_page_that_takes_for_ever_is_left_out_and_named(site: Site, page: str):
    head = '+++\ntitle = "x"\ndate = 2026-02-01\n+++\n'
    (site.folder / "content" / "posts" / "late.md").write_text(head + FENCES[page], encoding="utf-8")
    report = site.build("--jobs", "1", "--deadline", "100s")
    assert len([one for one in problems(report, "content") if "late" in one]) == 1
    assert (site.dist / "metrics" / "index.html").exists()


HARMLESS = (
    *("content/posts/pipe.md", "content/posts/pipe.png", "pipe.log", "pipe.json"),
    *(".sitegen/state.db.seen", ".sitegen/log/sitegen.jsonl", ".sitegen/metrics.prom"),
)
REFUSED = {
    ".sitegen/lock": (1, "cannot be written"),
    "sitegen.toml": (2, "no regular file"),
    "secret": (2, "no regular file"),
    "own/about.mako": (2, "no regular file"),
    "own/theme.css": (2, "no regular file"),
    "own/theme.toml": (2, "no regular file"),
    "own/palettes/amber.toml": (2, "no regular file"),
    "authority": (2, "is not a file"),
}


def put_pipe(place: Path) -> None:
    place.unlink(missing_ok=True)
    os.mkfifo(place)


def take_own_theme(site: Site) -> None:
    shutil.copytree(Path(__file__).parents[2] / "themes" / "terminal", site.folder / "own")
    text = (site.folder / "sitegen.toml").read_text(encoding="utf-8")
    (site.folder / "sitegen.toml").write_text(
        text.replace("[site]", "[site]\ntheme = 'own'"), encoding="utf-8"
    )


def test_pipes_in_the_place_of_files_are_named_and_not_waited_for(site: Site):
    add(site, "\n[[logs.sources]]\nname = 'pipe'\npath = 'pipe.log'\n")
    add(site, "\n[[traces.sources]]\nname = 'pipe'\ntype = 'otlp-file'\npath = 'pipe.json'\n")
    for name in HARMLESS:
        put_pipe(site.folder / name)
    report = site.build("--jobs", "1", "--deadline", "60s")
    assert len(problems(report, "content")) == 2
    assert problems(report, "logs") == ["no file matches pipe.log"]
    assert problems(report, "traces") == ["no file matches pipe.json"]


def test_a_pipe_in_the_place_of_the_state_is_set_aside(site: Site):
    put_pipe(site.state / "state.db")
    assert problems(site.build("--jobs", "1", "--deadline", "60s"), "state")


@pytest.mark.parametrize("name", REFUSED)
def test_a_pipe_that_a_build_cannot_do_without_is_one_line(site: Site, name: str):
    code, said = REFUSED[name]
    take_own_theme(site)
    if name == "own/palettes/amber.toml":
        text = (site.folder / "sitegen.toml").read_text(encoding="utf-8")
        (site.folder / "sitegen.toml").write_text(
            text.replace("[site]", "[site]\npalette = 'amber'"), encoding="utf-8"
        )
    if name == "authority":
        add(site, "\n[[metrics.sources]]\nname = 'p'\ntype = 'prometheus'\nurl = 'https://127.0.0.1:9'\n"
            "tls_config = { ca_file = 'authority' }\n")  # fmt: skip
    if name == "secret":
        add(site, "\n[[metrics.sources]]\nname = 'p'\ntype = 'prometheus'\nurl = 'http://127.0.0.1:9'\n"
            "authorization = { credentials_file = 'secret' }\n")  # fmt: skip
    put_pipe(site.folder / name)
    done = site.run("build", "--jobs", "1", "--deadline", "60s")
    assert (done.code, done.stderr.count("\n")) == (code, 1)
    assert said in done.stderr


RAISED = [
    ("import sys; sys.exit(0)", "SystemExit"),
    ("raise MemoryError", "MemoryError"),
    ("raise RecursionError", "RecursionError"),
    ("raise GeneratorExit", "GeneratorExit"),
    ("raise BaseException('x')", "BaseException"),
]


@pytest.mark.parametrize("jobs", ["1", pytest.param("2", marks=pytest.mark.slow)])
@pytest.mark.parametrize(("code", "name"), RAISED)
def test_a_template_that_raises_anything_is_one_line(site: Site, code: str, name: str, jobs: str):
    take_own_theme(site)
    template = site.folder / "own" / "about.mako"
    template.write_text(f"<% {code} %>" + template.read_text(encoding="utf-8"), encoding="utf-8")
    before = site.tree()
    done = site.run("build", "--jobs", jobs)
    assert done.code == 1
    (line,) = done.stderr.splitlines()
    assert f"about.mako: {name}" in line
    assert "bug" not in line
    assert site.tree() == before


def test_a_template_that_raises_an_interrupt_ends_the_build_as_one(site: Site):
    take_own_theme(site)
    template = site.folder / "own" / "about.mako"
    template.write_text(
        "<% raise KeyboardInterrupt %>" + template.read_text(encoding="utf-8"), encoding="utf-8"
    )
    before = site.tree()
    done = site.run_apart("build", "--jobs", "1")
    assert (done.code, done.stderr.count("\n"), site.tree()) == (130, 1, before)


def test_what_is_kept_of_templates_is_for_the_owner_alone(site: Site):
    folders = [site.state / "cache", *(site.state / "cache").iterdir()]
    assert [folder.stat().st_mode & 0o777 for folder in folders] == [0o700, 0o700]


HANGING = """
import sys, time
from sitegen.pipeline import build
from sitegen.instrumentation import recorder
async def hang(*_):
    {how}
build._run = hang
from sitegen.__main__ import main
main()
"""
HOW = {
    "in a call": "time.sleep(600)",
    "deaf to interruption": "\n    while True:\n        try: time.sleep(600)\n        except BaseException: pass",
    "in C code that holds the interpreter": "sum(range(10**12))",
}


@pytest.mark.parametrize("how", [pytest.param(next(iter(HOW)), marks=pytest.mark.slow), *[*HOW][1:]])
@pytest.mark.parametrize("command", [["build", "--format", "json"]])
def test_a_build_is_gone_after_its_deadline_whatever_it_does(site: Site, how: str, command: list[str]):
    before, generation = site.tree(), json.loads((site.state / "report.json").read_bytes())["generation"]
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", HANGING.format(how=HOW[how]), *command, "--deadline", "1s"],
        cwd=site.folder,
        env=site.environment(),
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert time.monotonic() - started < 30
    assert done.returncode == 1
    assert site.tree() == before
    assert site.build("--jobs", "1", "--deadline", "60s")["generation"] > generation
    if "interpreter" in how:
        return
    (line,) = done.stderr.splitlines()
    assert "had not ended by its deadline" in line
    assert json.loads(done.stdout)["status"] == "failed"
