"""Pages that rest, through whole builds: a page changes when its data or its class does, not because time passes."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest
from tests.acceptance.documents import parse
from tests.acceptance.foreign import serve_answers
from tests.acceptance.running import run_at
from tests.acceptance.sites import Site, make_site
from tests.acceptance.stepping import Steady, at, build_at, changed, configuration

EVERY_CYCLE = {"index.html", "follow/index.html", "build/index.html", "index.txt", "status.json"}
CALM = {"deps/index.html", "logs/index.html", "metrics.txt", "slo/index.html", "traces/index.html"}
"""What tells of sitegen itself, five minutes at a time; what ended with such a time is shown by the build after."""


@pytest.fixture
def server() -> Iterator[tuple[Steady, str]]:
    said = Steady()
    with serve_answers(said) as url:
        yield said, url


@dataclass(frozen=True)
class Hour:
    """What each of the builds of one stretch changed, by its seconds since the start."""

    site: Site
    changes: dict[int, set[str]]


def watch(site: Site, first: int, last: int) -> Hour:
    """Build every cycle; the clock begins four hours before, so that no window's first column is still open."""
    for before in (-14_400, first - 60, first - 30):
        build_at(site, before)
    changes = {}
    for seconds in range(first, last, 30):
        before = site.tree()
        build_at(site, seconds)
        changes[seconds] = changed(before, site.tree())
    return Hour(site, changes)


def of_own_windows(site: Site, seconds: int) -> set[str]:
    """The pages and files of the starter's windows in which a column has ended since the build before."""
    steps = {"1h": 120, "24h": 360, "7d": 3600, "30d": 3 * 3600}
    ended = {
        label for label, step in steps.items() if (seconds - 2) // step != (seconds - 32) // step
    }  # windows end two seconds ago
    files = {path for path in site.tree() if any(path.endswith(f".{label}.csv") for label in ended)}
    pages = {f"metrics/{label}/index.html" for label in ended - {"1h"}}
    # On the first page each panel stands in its own first window.
    return files | pages | ({"metrics/index.html"} if ended & {"1h", "24h"} else set())


def check_starter(hour: Hour) -> None:
    for seconds, found in hour.changes.items():
        allowed = EVERY_CYCLE | of_own_windows(hour.site, seconds)
        if seconds % 300 in (0, 30):
            allowed |= CALM
        assert found >= EVERY_CYCLE, at(seconds)
        assert found <= allowed, (at(seconds), found - allowed)
    assert sum(map(len, hour.changes.values())) / len(hour.changes) <= 8


def test_of_a_starter_only_what_is_new_changes_and_at_most_8_files_a_cycle(tmp_path):
    check_starter(watch(make_site(tmp_path), 0, 600))


def count_changes(site: Site, before: Sequence[float], first: int, last: int) -> list[int]:
    """Build at these seconds and then every cycle, with a clock that runs: how many files each of the latter changed."""
    for seconds in before:
        run_at(site, seconds)
    counts = []
    for seconds in range(first, last, 30):
        known = site.tree()
        run_at(site, seconds)
        counts.append(len(changed(known, site.tree())))
    return counts


def test_a_starter_that_reads_its_machine_changes_at_most_8_files_a_cycle(tmp_path):
    counts = count_changes(make_site(tmp_path), (-14_400, 240, 270), 300, 480)
    assert sum(counts) / len(counts) <= 8
    assert min(counts) == len(EVERY_CYCLE)


@pytest.mark.slow
def test_through_its_first_twenty_cycles_a_starter_changes_at_most_8_files_a_cycle(tmp_path):
    counts = count_changes(make_site(tmp_path), (-60, -30), 0, 600)
    assert sum(counts) / len(counts) <= 8


@pytest.mark.slow
def test_through_a_whole_hour_a_starter_whose_clock_runs_changes_at_most_8_files_a_cycle(tmp_path):
    counts = count_changes(make_site(tmp_path), (-14_400, -60, -30), 0, 3600)
    assert sum(counts) / len(counts) <= 8
    assert sorted(counts)[len(counts) // 2] == len(EVERY_CYCLE)


def test_of_a_source_whose_numbers_rest_only_the_windows_that_moved_change(tmp_path, server):
    _, url = server
    hour = watch(make_site(tmp_path, config=configuration(url)), 0, 420)
    for seconds, found in hour.changes.items():
        mine = {path for path in found if path.startswith("metrics/")}
        moving = {"metrics/index.html", "metrics/load.1h.csv"}  # a column of 15 s ends with every cycle
        # Windows end two seconds ago, at a multiple of their step.
        if seconds % 360 == 30:
            moving |= {"metrics/24h/index.html", "metrics/load.24h.csv", "metrics/queue.24h.csv"}
        if seconds % 3600 == 30:
            moving |= {"metrics/7d/index.html", "metrics/load.7d.csv"}
        assert mine == moving, at(seconds)


def test_while_a_source_is_down_its_pages_change_only_with_its_class(tmp_path, server):
    said, url = server
    site = make_site(tmp_path, config=configuration(url))
    build_at(site, -30)
    build_at(site, 0)
    said.failing = True
    pages = {"metrics/index.html", "metrics/24h/index.html", "metrics/7d/index.html"}
    found = {}
    for seconds in (30, 60, 90, 120, 150, 180, 600, 3570, 3600, 3630, 3660, 9000):
        before = site.tree()
        build_at(site, seconds)
        found[seconds] = {path for path in changed(before, site.tree()) if path.startswith("metrics/")}

    # It fell silent; it became stale; it expired. Its breaker opened and closed in between.
    assert {seconds: paths for seconds, paths in found.items() if paths} == {
        30: pages,
        90: pages,
        3630: pages,
    }


RELATIVE = re.compile(
    r"\b(?:\d+|an?|one|few) *(?:s|secs?|seconds?|m|mins?|minutes?|h|hours?|d|days?|weeks?) ago\b|just now|yesterday"
)


def test_no_page_says_how_long_ago_anything_was(tmp_path, server):
    said, url = server
    site = make_site(tmp_path, config=configuration(url))
    build_at(site, 0)
    build_at(site, 30)
    said.failing = True
    build_at(site, 210)
    for address in site.addresses():
        document = parse(site.page(address))
        # What a reader of a saved page is told to do is no age, nor is the scale of the 90 days: both are the same for ever.
        lasting = [one.text for one in (*document.all("p", "stamp"), *document.all("svg", "mo"))]
        text = document.one("body").text
        for part in lasting:
            text = text.replace(part, "")
        assert RELATIVE.findall(text) == [], address
    assert RELATIVE.findall((site.dist / "index.txt").read_text(encoding="utf-8")) == []
