"""Where the machine says no: a run beside a run, a disk that is full, a file that may not grow."""

import json
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.acceptance.foreign import matrix, serve_answers
from tests.acceptance.sites import Site, make_site, read_tree
from tests.acceptance.sources import panel, source
from tests.faulty_server import Failure, FaultyServer, Position, Reply
from tests.program import clean_environment
from tests.waiting import wait_for

SLOW = """
[[metrics.sources]]
name = "slow"
type = "prometheus"
url = "{url}"

[[metrics.panels]]
id = "slow"
title = "slow"
source = "slow"
query = "up"

[deploy.targets.folder]
path = "www"
"""
HANG = Reply(fault=Failure.HANG, at=Position.BEFORE)


@pytest.fixture
def site(built: Site) -> Site:
    return built


def add(site: Site, text: str) -> None:
    path = site.folder / "sitegen.toml"
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


@pytest.mark.parametrize("count", [6, pytest.param(50, marks=pytest.mark.slow)])
def test_of_many_builds_at_once_exactly_one_works_and_the_others_touch_nothing(site: Site, count: int):
    before = site.tree()
    with FaultyServer(HANG) as server:
        add(site, SLOW.format(url=server.url))
        crowd = [site.start("build", "--format", "json") for _ in range(count)]
        wait_for(lambda: sum(one.poll() is None for one in crowd) == 1, "all others that have left")
        assert site.tree() == before
    ended = {one.pid: (*one.communicate(timeout=60), one.returncode) for one in crowd}

    codes = sorted(code for _, _, code in ended.values())
    assert codes == [0] + [5] * (count - 1)
    for said, complaint, code in ended.values():
        if code == 5:
            assert (json.loads(said)["exit"], complaint.count("\n")) == (5, 1)
            assert re.match(r"error: Another sitegen run is at work in .*process \d+ since 20", complaint)
        else:
            assert json.loads(said)["generation"] == 2


def test_a_deploy_beside_a_build_sends_what_was_published_last(site: Site):
    with FaultyServer(HANG) as server:
        add(site, SLOW.format(url=server.url))
        build = site.start("build")
        wait_for(lambda: server.requests, "a build that waits for its source")
        outcome = site.run("deploy")
        assert build.poll() is None
        build.kill()
        build.communicate()

    assert outcome.code == 0, outcome.stderr
    assert (site.folder / "www" / "index.html").read_bytes() == (site.dist / "index.html").read_bytes()


def test_a_source_that_drips_does_not_keep_the_build_beyond_its_share(site: Site):
    drip = Reply(body=b'{"status":"success"' + b" " * 5000, fault=Failure.DRIP, at=Position.BODY, delay=0.1)
    with FaultyServer(drip) as server:
        add(site, SLOW.format(url=server.url))
        started = time.monotonic()
        report = json.loads(site.run("build", "--deadline", "20s", "--format", "json").stdout)
        took = time.monotonic() - started

    assert report["status"] == "degraded"
    assert took < 20 + 30  # the answer would take eight minutes
    assert {one["name"]: one["status"] for one in site.status["sources"]}["slow"] == "missing"


def run_limited(site: Site, size: int) -> subprocess.CompletedProcess:
    """Build where no file may grow beyond `size` bytes, as on a disk that is full; root is held to it too."""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # then a write fails with EFBIG
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return subprocess.run(
        [sys.executable, "-m", "sitegen", "build", "--jobs", "1"],
        cwd=site.folder,
        env=clean_environment(home=site.folder),
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
        preexec_fn=limit,
    )


@pytest.mark.parametrize("size", [0, 4096, 12_000])
def test_a_disk_that_takes_no_more_bytes_fails_the_build_and_keeps_the_old_site(site: Site, size: int):
    before = site.tree()

    done = run_limited(site, size)

    assert done.returncode == 1, done.stderr
    assert done.stderr.count("\n") == 1
    assert re.search(r"space|too large|cannot be written|could not be published", done.stderr)
    assert site.tree() == before
    assert [path for path, body in site.tree().items() if not body] == []
    report = site.build()
    assert report["status"] == "ok", report["problems"]
    assert {path.name for path in site.state.iterdir()} & {"staging", "manifest.next.json"} == set()


def test_a_disk_that_has_room_for_the_pages_but_not_for_the_history_publishes_and_says_what_is_lost(
    site: Site,
):
    history = site.state / "state.db"

    # The history is the largest file, pages are well below it, and each build adds to it.
    done = run_limited(site, history.stat().st_size)

    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(": degraded\n")
    assert site.build()["status"] == "ok"


def test_a_compiled_template_that_was_cut_short_is_made_anew(site: Site):
    kept = [path for path in (site.state / "cache").rglob("*") if path.suffix in (".py", ".pyc")]
    assert kept
    for path in kept:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert site.build()["status"] == "ok"
    assert site.build("--jobs", "2")["status"] == "ok"


@pytest.mark.skipif(
    sys.platform != "linux", reason="needs a small file system of its own, which Linux mounts as tmpfs"
)
def test_a_full_file_system_keeps_the_old_site_and_space_is_all_that_the_next_build_needs(tmp_path: Path):
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", small], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("needs root's right to mount a tmpfs")
    try:
        site = make_site(small / "site")
        site.build()
        before = site.tree()
        filler = small / "filler"
        free = shutil.disk_usage(small).free
        filler.write_bytes(b"x" * (free - 16_384))
        outcome = site.run("build")
        assert outcome.code == 1, outcome
        assert outcome.stderr.count("\n") == 1
        assert site.tree() == before
        filler.unlink()
        assert site.build()["files"]["total"] == len(site.tree())
    finally:
        subprocess.run(["umount", "-l", small], check=True)


def test_an_output_that_holds_something_else_is_refused_and_kept(site: Site):
    home = site.folder / "home"
    home.mkdir()
    (home / "thesis.txt").write_text("years of work")

    outcome = site.run("build", "-o", "home")

    assert outcome.code == 6
    assert outcome.stderr.count("\n") == 1
    assert read_tree(home) == {"thesis.txt": b"years of work"}


@pytest.mark.parametrize("deadline", ["1ms", "60ms"])
def test_a_build_that_cannot_be_done_by_its_deadline_fails_and_keeps_the_old_site(site: Site, deadline: str):
    before = site.tree()

    outcome = site.run("build", "--jobs", "1", "--deadline", deadline)

    assert (outcome.code, outcome.stdout) == (1, "")
    assert re.fullmatch(r"error: .*deadline.*the old site stays\n", outcome.stderr)
    assert site.tree() == before
    assert site.run("status").stdout.count("failed") == 1


def test_a_csv_that_would_be_too_large_has_the_largest_series_and_page_and_report_say_so(site: Site):
    labels = [{"job": f"job-{number:03}"} for number in range(600)]
    with serve_answers(lambda asked: matrix(asked, labels)) as url:
        config = site.folder / "sitegen.toml"
        config.write_text(config.read_text() + source("wide", url) + panel("wide", "wide", more="top = 3"))
        report = site.build()
    files = {path: body for path, body in site.tree().items() if path.startswith("metrics/wide.")}
    assert files
    for path, body in files.items():
        assert len(body) <= 1_000_000, path
        assert body.splitlines()[0] == b"time,job job-597,job job-598,job job-599"
    said = [one["message"] for one in report["problems"] if one["where"] == "metrics.wide"]
    assert len(said) == len(files)
    assert all("lacks 597 of its series" in one for one in said)
    (page,) = [
        body for path, body in site.tree().items() if path.startswith("metrics/") and b"panel wide<" in body
    ]
    assert b"The CSV lacks 597 series" in page
    assert b"in the CSV." not in page
