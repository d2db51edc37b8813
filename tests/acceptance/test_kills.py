"""A build that is killed at any moment: readers see one whole generation, and nobody has to clean up."""

import json
import os
import random
import signal
import subprocess
import time

import pytest
from tests.acceptance.documents import parse
from tests.acceptance.sites import Site, file_at
from tests.acceptance.sources import panel, source
from tests.faulty_server import Failure, FaultyServer, Position, Reply
from tests.signals import in_background
from tests.waiting import wait_for

SETTLED = {
    "answers",
    "cache",
    "lock",
    "log",
    "manifest.json",
    "manifest.previous.json",
    "metrics.prom",
    "previous",
    "report.json",
    "state.db",
    "traces",
}


@pytest.fixture
def site(built: Site) -> Site:
    return built


def living(group: int) -> list[str]:
    """The processes of a group that are alive, as `ps` tells them."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pgid=,pid=,stat=,command="], capture_output=True, check=True, text=True
    )
    rows = [line.split(None, 3) for line in listed.stdout.splitlines()]
    return [" ".join(row) for row in rows if row[0] == str(group) and not row[2].startswith("Z")]


def kill(site: Site, after: float, *arguments: str) -> bool:
    """Kill a build that many seconds after its start, its workers not; say whether it was still running."""
    process = site.start("build", *arguments)
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    wait_for(lambda: not living(process.pid), "the end of every process")
    return process.returncode == -signal.SIGKILL


def assert_whole(site: Site) -> None:
    """Every link resolves, and all parts are of one moment."""
    tree = site.tree()
    pages = {address: parse(site.page(address)) for address in site.addresses()}
    for address, page in pages.items():
        for element in page.walk():
            for name in ("href", "src"):
                target = element.attributes.get(name, "").partition("#")[0]
                if target.startswith("/"):
                    assert file_at(target) in tree, f"{address} leads to {target}"
    generated = json.loads(tree["status.json"])["generated_at"]
    for address in ("/", "/follow/"):
        footer = pages[address].one("footer")
        assert footer.all("time")[0].attributes["datetime"] == generated


@pytest.mark.parametrize("kills", [8, pytest.param(200, marks=pytest.mark.slow)])
def test_a_kill_at_any_moment_leaves_one_whole_generation_and_the_next_build_needs_no_help(
    site: Site, kills: int
):
    chance = random.Random(20261123)
    interrupted = 0
    for number in range(kills):
        pools = () if number % 2 else ("--jobs", "2")
        interrupted += kill(site, chance.uniform(0.02, 0.9), *pools)
        assert_whole(site)
        if number % 4 == 0:
            checked = site.run("check", "site")
            assert checked.code == 0, checked.stderr
            site.build()
            assert_whole(site)
    site.build()

    assert interrupted > kills / 3, "the test must hit builds that are still running"
    assert {path.name for path in site.folder.iterdir()} == {
        ".gitignore",
        ".sitegen",
        "content",
        "dist",
        "sitegen.toml",
    }
    strays = {path.name for path in site.state.iterdir()} - SETTLED
    assert {name for name in strays if not name.startswith("state.db")} == set()


def test_the_build_after_a_kill_while_publishing_has_the_whole_history(site: Site):
    before = json.loads(site.run("status", "--format", "json").stdout)["builds"]
    kill(site, 0.15)
    report = site.build()
    after = json.loads(site.run("status", "--format", "json").stdout)["builds"]

    assert report["generation"] > before[0]["generation"]
    assert [one["generation"] for one in after][-1] == before[0]["generation"]


def holds_the_lock(site: Site, pid: int) -> bool:
    return f"process {pid} " in (site.state / "lock").read_text(encoding="utf-8")


@pytest.mark.parametrize("rounds", [4, pytest.param(30, marks=pytest.mark.slow)])
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM], ids=lambda end: end.name)
def test_an_interrupt_ends_a_build_with_130_and_one_line_and_leaves_a_whole_site_and_no_process(
    site: Site, end, rounds: int
):
    chance = random.Random(7)
    interrupted = 0
    for _ in range(rounds):
        before = site.tree()
        process = site.start("build", "--jobs", "2")
        wait_for(lambda run=process: holds_the_lock(site, run.pid) or run.poll() is not None, "the build")
        time.sleep(chance.uniform(0, 0.25))
        os.killpg(process.pid, end)  # the whole group, as Ctrl-C and service managers do
        _, said = process.communicate(timeout=20)
        wait_for(lambda group=process.pid: not living(group), "the end of every process")
        if process.returncode:
            interrupted += 1
            assert (process.returncode, said) == (
                130,
                "error: interrupted before the end; run the same command again\n",
            )
            if site.tree() != before:  # it had come as far as that
                assert_whole(site)
    site.build()
    assert interrupted > rounds / 4


def wait_in_background(site: Site, url: str) -> subprocess.Popen:
    """Start a build that asks a silent source, and that ignores what a shell has its background jobs ignore."""
    config = site.folder / "sitegen.toml"
    config.write_text(config.read_text() + source("silent", url) + panel("silent", "silent"))
    with in_background():
        return site.start_as_inherited("build")


def test_a_build_in_the_background_does_not_hear_an_interrupt_and_ends_as_ever(site: Site):
    with FaultyServer(Reply(fault=Failure.HANG, at=Position.BEFORE)) as server:
        process = wait_in_background(site, server.url)
        wait_for(lambda: server.requests, "a build that waits for its source")
        os.killpg(process.pid, signal.SIGINT)
        os.killpg(process.pid, signal.SIGHUP)
    said, complaint = process.communicate(timeout=30)

    assert (process.returncode, complaint) == (0, "")
    assert said.endswith(": degraded\n")


def test_a_build_in_the_background_obeys_a_termination(site: Site):
    with FaultyServer(Reply(fault=Failure.HANG, at=Position.BEFORE)) as server:
        process = wait_in_background(site, server.url)
        wait_for(lambda: server.requests, "a build that waits for its source")
        os.killpg(process.pid, signal.SIGTERM)
        _, complaint = process.communicate(timeout=20)

    assert (process.returncode, complaint) == (
        130,
        "error: interrupted before the end; run the same command again\n",
    )
