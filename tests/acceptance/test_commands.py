"""The commands as people and scripts meet them: words, codes, reports."""

import json
import os
import re
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.acceptance.documents import parse
from tests.acceptance.sites import Site, make_site
from tests.acceptance.sources import answered, panel, source
from tests.faulty_server import Failure, FaultyServer, Position, Reply
from tests.waiting import wait_for

HANGING = """
[[metrics.sources]]
name = "slow"
type = "prometheus"
url = "{url}"
timeout = "8s"

[[metrics.panels]]
id = "slow"
title = "slow"
query = "up"
"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path / "site")


def one_line(text: str) -> str:
    assert len(text.splitlines()) == 1, text
    return text.rstrip("\n")


def test_a_build_that_succeeds_says_one_line_and_a_quiet_one_says_nothing(site: Site):
    spoken, quiet = site.run("build"), site.run("build", "-q")
    assert (spoken.code, spoken.stderr) == (0, "")
    assert re.fullmatch(r"built \d+ files .*: ok", one_line(spoken.stdout))
    assert (quiet.code, quiet.stdout, quiet.stderr) == (0, "", "")


def test_the_report_of_a_build_is_the_one_of_the_contract(site: Site):
    report = site.build()
    assert list(report) == [
        "version", "status", "generation", "started_at", "slot", "drift_seconds", "duration_seconds", "process_seconds", "files",
        "stages", "style_hashes", "sections", "problems", "concurrency",
    ]  # fmt: skip
    assert set(report["sections"]) == {"metrics", "traces", "logs", "availability", "content"}
    assert set(report["concurrency"]) == {"wall_seconds", "busy_seconds", "cpu_seconds", "workers"}
    assert report["files"]["total"] == len(site.tree())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("title = ", "titel = "), r"site\.titel: unknown key; did you mean 'title'\?"),
        (('title = "obs"', "title = 3"), r"site\.title: expected text, found a whole number"),
        (
            ('kind = "bar"', 'kind = "bra"'),
            r"metrics\.panels\[0\]\.kind: 'bra' is not known; did you mean 'bar'\?",
        ),
        (
            ('source = "self"', 'source = "prom"'),
            r"metrics\.panels\[0\]\.source: 'prom' is no source; known: self",
        ),
    ],
)
def test_a_mistake_in_the_configuration_is_one_line_with_the_key_and_the_way_out(site: Site, change, said):
    config = site.folder / "sitegen.toml"
    config.write_text(config.read_text(encoding="utf-8").replace(*change, 1), encoding="utf-8")
    outcome = site.run("build")
    assert outcome.code == 2
    assert re.search(r"sitegen\.toml(:\d+)?: " + said, one_line(outcome.stderr))
    assert not site.dist.exists()


def test_a_missing_configuration_names_the_one_that_is_near(site: Site):
    outcome = site.run("build", "-c", "sitegne.toml")
    assert outcome.code == 2
    assert "did you mean" in one_line(outcome.stderr)


def test_an_output_that_cannot_be_written_leaves_the_old_site(site: Site):
    site.build()
    before = site.tree()
    (site.folder / "file").write_text("not a folder", encoding="utf-8")
    outcome = site.run("build", "-o", "file/below")
    assert outcome.code == 1
    assert "below" in one_line(outcome.stderr)
    assert site.tree() == before


def test_of_two_builds_at_once_the_second_leaves_before_the_first_is_done_and_touches_nothing(site: Site):
    site.build()
    before = site.tree()
    with FaultyServer(Reply(fault=Failure.HANG, at=Position.BEFORE)) as server:
        config = site.folder / "sitegen.toml"
        config.write_text(
            config.read_text(encoding="utf-8") + HANGING.format(url=server.url), encoding="utf-8"
        )
        first = site.start("build")
        wait_for(
            lambda: f"process {first.pid} " in (site.state / "lock").read_text(encoding="utf-8"),
            "the first build",
        )
        second = site.run("build")
        assert first.poll() is None
        first.kill()
        first.communicate()
    assert second.code == 5
    assert "another" in one_line(second.stderr).lower()
    assert site.tree() == before


@pytest.mark.parametrize("jobs", ["1", "2", "4"])
def test_a_fixed_clock_gives_the_same_bytes_whatever_the_number_of_workers(tmp_path: Path, jobs: str):
    trees = []
    for name, count in (("one", "1"), ("other", jobs)):
        site = make_site(tmp_path / name)
        for clock in ("2026-11-23T07:43:30Z", "2026-11-23T07:44:00Z"):
            site.build("--clock", clock, "--jobs", count)
        trees.append(site.tree())
    assert trees[0] == trees[1]


def test_a_fixed_clock_gives_the_same_bytes_however_long_the_build_takes(tmp_path: Path):
    trees = []
    for name, delay in (("quick", 0.0), ("slow", 1.5)):
        reply = Reply(body=answered(), fault=Failure.LATENCY, at=Position.BEFORE, delay=delay)
        with FaultyServer(reply) as server:
            site = make_site(tmp_path / name, config=source("shop", server.url) + panel("shop", "shop"))
            site.build("--clock", "2026-11-23T07:43:30Z")
            site.build("--clock", "2026-11-23T07:44:00Z")
        trees.append(site.tree())
    assert trees[0] == trees[1]


def test_only_one_section_keeps_every_other_file_byte_for_byte(site: Site):
    site.build()
    before = site.tree()
    site.build("--only", "metrics")
    after = site.tree()
    assert {path for path in after if before[path] != after[path]} <= {
        path for path in after if path.startswith("metrics/")
    }
    assert set(before) == set(after)


@pytest.mark.parametrize(
    ("variable", "value", "arguments"),
    [
        ("SITEGEN_OUTPUT", "elsewhere", ["build"]),
        ("SITEGEN_CONFIG", "none.toml", ["build"]),
        ("SITEGEN_FORMAT", "json", ["status"]),
    ],
)
def test_every_option_can_be_given_as_a_variable(site: Site, variable: str, value: str, arguments: list[str]):
    outcome = site.run(*arguments, env={variable: value})
    match variable:
        case "SITEGEN_OUTPUT":
            assert (site.folder / "elsewhere" / "index.html").is_file()
        case "SITEGEN_CONFIG":
            assert (outcome.code, "none.toml" in outcome.stderr) == (2, True)
        case _:
            assert json.loads(outcome.stdout)["builds"] == []


def test_a_flag_goes_before_a_variable(site: Site):
    site.run("build", "-o", "flag", env={"SITEGEN_OUTPUT": "variable"})
    assert (site.folder / "flag").is_dir()
    assert not (site.folder / "variable").exists()


def test_colour_is_for_terminals_and_for_those_who_force_it(site: Site):
    plain = site.run("nonsense")
    forced = site.run("nonsense", env={"CLICOLOR_FORCE": "1"})
    refused = site.run("nonsense", env={"CLICOLOR_FORCE": "1", "NO_COLOR": "1"})
    assert ["\x1b" in outcome.stderr for outcome in (plain, forced, refused)] == [False, True, False]


def test_init_never_overwrites(site: Site):
    config = site.folder / "sitegen.toml"
    config.write_text("# mine\n", encoding="utf-8")
    outcome = site.run("init", ".")
    assert outcome.code == 1
    assert "nothing is ever overwritten" in one_line(outcome.stderr)
    assert config.read_text(encoding="utf-8") == "# mine\n"


def test_a_check_of_a_built_starter_finds_nothing_and_of_a_page_with_a_script_finds_it(site: Site):
    site.build()
    assert site.run("check").code == 0
    page = site.dist / "about/index.html"
    page.write_text(
        page.read_text(encoding="utf-8").replace("</main>", "<script>1</script></main>"), encoding="utf-8"
    )
    outcome = site.run("check", "site", "--format", "json")
    assert outcome.code == 3
    assert any("about/index.html" in finding["where"] for finding in json.loads(outcome.stdout)["findings"])


def test_a_check_of_a_source_that_is_down_finds_it(site: Site, free_port: int):
    config = site.folder / "sitegen.toml"
    url = f"http://127.0.0.1:{free_port}"
    config.write_text(config.read_text(encoding="utf-8") + HANGING.format(url=url), encoding="utf-8")
    outcome = site.run("check", "sources")
    assert outcome.code == 3
    assert "slow" in outcome.stderr


@pytest.mark.parametrize(
    ("kind", "word"), [("systemd", "OnCalendar"), ("cron", "sleep 30"), ("launchd", "StartInterval")]
)
def test_the_timer_of_each_kind_is_printed_and_nothing_is_written(site: Site, kind: str, word: str):
    before = sorted(path.name for path in site.folder.iterdir())
    outcome = site.run("timer", "print", "--kind", kind)
    assert outcome.code == 0
    assert word in outcome.stdout
    assert sorted(path.name for path in site.folder.iterdir()) == before


def test_the_status_tells_the_last_builds_and_when_the_next_is_due(site: Site):
    site.build()
    spoken = site.run("status")
    told = json.loads(site.run("status", "--format", "json").stdout)
    assert "next tick due" in spoken.stdout
    assert [build["generation"] for build in told["builds"]] == [1]
    assert [(one["name"], one["status"]) for one in told["sources"]] == [("self", "fresh"), ("host", "fresh")]


def test_the_status_tells_why_a_source_is_down_and_how_the_timer_fares(site: Site):
    with (site.folder / "sitegen.toml").open("a") as config:
        config.write(source("shop", "http://127.0.0.1:9") + panel("load", "shop"))
    site.build()
    told = json.loads(site.run("status", "--format", "json").stdout)
    shop = next(one for one in told["sources"] if one["name"] == "shop")
    assert (shop["kind"], shop["status"], shop["fetched_at"], shop["tried"]) == (
        "metrics",
        "missing",
        None,
        1,
    )
    assert "127.0.0.1:9" in shop["fault"]
    assert f"  {shop['fault']}" in site.run("status").stdout
    assert set(told["timer"]) == {
        "installed", "kind", "next_due", "missed_last_day", "busy_last_day", "drift_median_seconds",
    }  # fmt: skip
    assert told["timer"]["installed"] is False
    timer = json.loads(site.run("timer", "status", "--format", "json").stdout)
    assert timer == {"version": 1} | told["timer"]


def test_the_second_build_of_a_new_site_has_something_to_show_in_every_window(site: Site):
    site.build()
    site.build()
    for name in ("speed", "availability", "assets", "updated"):
        for path in sorted((site.dist / "metrics").glob(f"{name}.*.csv")):
            rows = path.read_text(encoding="utf-8").splitlines()[1:]
            assert [row for row in rows if row.partition(",")[2].strip(",")], path.name


@pytest.mark.parametrize(("age", "state"), [(0, "fresh"), (600, "stale"), (7200, "expired")])
def test_the_status_tells_the_freshness_of_now_not_of_when_the_site_was_made(
    site: Site, age: int, state: str
):
    made = datetime.now(UTC) - timedelta(seconds=age)
    site.build("--clock", made.isoformat())
    [source] = json.loads(site.run("status", "--format", "json").stdout)["sources"]
    assert (source["name"], source["status"]) == ("self", state)
    assert f"source self  {state}  last answer {source['fetched_at']}" in site.run("status").stdout


def test_the_first_page_of_the_build_shows_it_so_far_and_the_second_the_first(site: Site):
    site.build()
    first = site.page("/build/")
    site.build()
    assert "the gathering of the first one" in first
    page = parse(site.page("/build/"))
    assert page.one("h1").text == "build 1"
    assert page.one("header", "top").text.partition("Build ")[2].startswith("1: ")


@pytest.mark.parametrize("kind", ["systemd", "cron", "launchd"])
@pytest.mark.parametrize("called", ["by its path", "as a module"])
def test_a_printed_timer_runs_this_very_installation_whatever_the_path_holds(
    site: Site, tmp_path: Path, kind, called
):
    other = tmp_path / "other"
    other.mkdir()
    (other / "sitegen").write_text("#!/bin/sh\necho another\n")
    (other / "sitegen").chmod(0o755)
    script = Path(sys.executable).with_name("sitegen")
    program = [str(script)] if called == "by its path" else [sys.executable, "-m", "sitegen"]
    printed = subprocess.run(
        [*program, "timer", "print", "--kind", kind],
        cwd=site.folder, env=site.environment({"PATH": f"{other}:/usr/bin:/bin"}), check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert str(other) not in printed
    words = re.findall(r"[^\s\"<>:]+", printed)
    assert any(words[at : at + len(program)] == program for at in range(len(words))) or (
        kind == "launchd" and all(f"<string>{word}</string>" in printed for word in program)
    )


def test_a_timer_is_printed_without_the_secrets_that_the_file_names(site: Site):
    with (site.folder / "sitegen.toml").open("a") as config:
        config.write(
            source("prom", "http://127.0.0.1:9", more='authorization = { credentials = "${PROM_TOKEN}" }')
        )
    assert site.run("timer", "print").code == 0


def test_the_line_for_cron_has_the_secrets_from_the_file_of_variables(site: Site):
    folder = site.folder / ".config" / "sitegen"
    folder.mkdir(parents=True)
    (folder / "environment").write_text("PROM_TOKEN=a b$HOME#c\n")
    with (site.folder / "sitegen.toml").open("a") as config:
        config.write(
            source("prom", "http://127.0.0.1:9", more='authorization = { credentials = "${PROM_TOKEN}" }')
        )
    assert not site.dist.exists()
    lines = site.run_apart("timer", "print", "--kind", "cron").stdout.splitlines()
    line = next(one.removeprefix("* * * * * ") for one in lines if one.startswith("* * * * * "))
    bare = {"HOME": str(site.folder), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        ["/bin/sh", "-c", line], env=bare, cwd="/", check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (site.dist / "index.html").is_file()


def test_status_is_1_before_a_build_when_the_last_failed_and_when_none_has_ended_within_three_cycles(
    tmp_path: Path,
):
    site = make_site(tmp_path / "site")
    assert site.run("status").code == 1
    site.build()
    assert site.run("status").code == 0
    report = site.state / "report.json"
    for age, code in ((80, 0), (100, 1)):
        os.utime(report, (time.time() - age,) * 2)
        assert site.run("status").code == code
    site.build()
    assert json.loads(site.run("status", "--format", "json").stdout)["builds"][0]["changed"] > 0
    (site.folder / "theirs").mkdir()
    (site.folder / "theirs" / "x").touch()
    assert site.run("build", "-o", "theirs").code == 6
    assert site.run("status").code == 1
