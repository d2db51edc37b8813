"""Time that is not as it should be, through whole builds: cycles that did not run, and clocks that jump."""

import json
import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest
from tests.acceptance.documents import parse
from tests.acceptance.foreign import matrix, serve_answers
from tests.acceptance.sites import Site, make_site
from tests.acceptance.stepping import at, build_at, slot_at

RAN = """
[[metrics.panels]]
id = "ran"
source = "self"
title = "cycles"
query = "sitegen_up"
windows = ["1h", "7d"]
"""


def journal(site: Site) -> list[dict]:
    return [json.loads(line) for line in (site.state / "log" / "sitegen.jsonl").read_bytes().splitlines()]


def ask_history(site: Site, question: str) -> list[tuple]:
    with closing(sqlite3.connect(site.state / "state.db")) as database, database:
        return database.execute(question).fetchall()


# --- Cycles that did not run ---------------------------------------------------------


def strokes(site: Site, address: str) -> int:
    """How many pieces the line of the first series has: each begins where the pen is set down anew."""
    (line,) = [one for one in parse(site.page(address)).all("path") if one.attributes.get("class") == "s1"]
    return len(re.findall("m", line.attributes["d"].replace("m0 0", "m"))) or 1


def stretches(columns: Sequence[float]) -> int:
    """How many runs of neighbouring columns there are."""
    return 1 + sum(after - before > 1 for before, after in pairwise(columns))


@pytest.fixture(scope="module")
def gappy(tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, list[int]]:
    """Nine cycles, one that does not run, nine cycles, ten that do not, nine cycles."""
    site = make_site(tmp_path_factory.mktemp("gappy"), config=RAN)
    seconds = [*range(0, 241, 30), *range(300, 541, 30), *range(870, 1111, 30)]
    reports = [build_at(site, one) for one in seconds]
    # One run each: nothing is caught up.
    assert [report["generation"] for report in reports] == list(range(1, len(seconds) + 1))
    assert [report["slot"] for report in reports] == [at(one) for one in seconds]
    return site, seconds


def test_what_did_not_run_is_counted_and_never_made_up_for(gappy):
    site, seconds = gappy
    stored = ask_history(
        site, "select slot from sample join series on id = series where name = 'sitegen_up' order by slot"
    )
    lines = [(line["time"][:19] + "Z", line["missed"]) for line in journal(site) if "missed" in line]

    assert stored == [(slot_at(one),) for one in seconds]
    assert lines == [(at(300), 1), (at(870), 10)]
    assert ask_history(site, "select start / 1000, stop / 1000 from probe_run where probe = '@cycles'") == [
        (slot_at(0), slot_at(270)),
        (slot_at(300), slot_at(570)),
        (slot_at(870), slot_at(1140)),
    ]


def test_a_line_is_broken_over_ten_lost_cycles_and_not_over_a_single_one(gappy):
    site, _ = gappy
    # Columns of a minute, two cycles: 0 to 9 have samples, 10 to 14 have none, 15 to 18 have some again.
    rows = (site.dist / "metrics" / "ran.1h.csv").read_text().split()[1:]
    shown = [row.split(",")[0] for row in rows if row.split(",")[1]]

    assert shown == [at(minute * 60) for minute in (*range(10), *range(15, 19))]
    assert strokes(site, "/metrics/") == 2


def test_after_a_day_without_a_cycle_one_run_follows_and_the_gap_is_seen(tmp_path):
    site = make_site(tmp_path, config=RAN)
    later = 60 + 2881 * 30
    for seconds in (0, 30, 60, later, later + 3600):
        report = build_at(site, seconds)

    assert report["generation"] == 5
    assert [line["missed"] for line in journal(site) if "missed" in line] == [2880, 119]
    rows = (site.dist / "metrics" / "ran.7d.csv").read_text().split()[1:]
    held = [index for index, row in enumerate(rows) if row.split(",")[1]]
    # The site is a day old, and so is its window, in columns of ten minutes: that of the first cycle
    # alone, that of the two after it, a day without any, that of the fourth.
    assert [after - before for before, after in pairwise(held)] == [1, 144]
    assert strokes(site, "/metrics/7d/") == stretches(held) == 2
    # Only what ran was observed: 30 s of the fourth cycle, in the day that ended at nine.
    (day, week) = parse(site.page("/slo/")).by_id("service-sitegen").all("td")[2:4]
    made = slot_at(later + 3600) // 300 * 300
    assert parse(site.page("/slo/")).one("footer").one("time").attributes["datetime"] == at(made - slot_at(0))
    assert [one.attributes["value"] for one in day.all("data")] == ["1", str(30 / 86400)]
    assert [one.attributes["value"] for one in week.all("data")] == ["1", str(120 / (7 * 86400))]


# --- Clocks that jump ----------------------------------------------------------------

EVERYTHING = """
[[metrics.sources]]
name = "shop"
type = "prometheus"
url = "{url}"

[[metrics.panels]]
id = "load"
source = "shop"
title = "load"
query = "load"

[[probes]]
id = "home"
title = "home"
url = "{url}/200/"

[[slos]]
id = "home"
title = "home"
probe = "home"
"""
JUMPS = {
    "an hour back": ("2026-11-23T07:01:00Z", "2026-11-23T07:01:30Z"),
    "an hour ahead": ("2026-11-23T09:01:00Z", "2026-11-23T09:01:30Z"),
    "400 days back": ("2025-10-19T08:01:00Z", "2025-10-19T08:01:30Z"),
    "the end of summer time": ("2026-10-25T02:59:30+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T02:30:00+01:00"),
    "the start of summer time": ("2027-03-28T01:59:30+01:00", "2027-03-28T03:00:00+02:00", "2027-03-28T03:00:30+02:00"),
    "the end of 32 bits": ("2038-01-19T03:14:07Z", "2038-01-19T03:14:08Z", "2038-01-19T03:14:37Z"),
    "the year 1970": ("1970-01-01T00:00:00Z", "1970-01-01T00:00:30Z"),
    "before 1970": ("1969-12-31T23:59:30Z",),
    "the end of the calendar": ("9999-12-31T23:59:30Z",),
    "its first days": ("0001-01-03T00:00:00Z",),
}  # fmt: skip
NEGATIVE = re.compile(
    r'value="-[^"]*"'  # a number on a page
    r"|(?<![\w.:-])-\d[\d.]* ?(?:ns|µs|ms|s|min|h|d|%)\b"  # a duration in words
    r'|"\w*(?:seconds|duration|drift|age)\w*": ?-'  # one in JSON
)


@pytest.mark.parametrize("jump", JUMPS)
def test_a_clock_that_jumps_costs_no_exception_no_negative_age_and_no_history(tmp_path: Path, jump: str):
    with serve_answers(lambda asked: matrix(asked, [{"job": "shop"}])) as url:
        site = make_site(tmp_path)
        with (site.folder / "sitegen.toml").open("a") as config:
            config.write(EVERYTHING.format(url=url))
        seen = [at(0), *JUMPS[jump], at(30)]
        for number, clock in enumerate(seen, 1):
            report = site.build("--clock", clock, env={"TZ": "Europe/Berlin"})

            assert (report["status"], report["problems"]) == ("ok", []), clock
            assert report["generation"] == number
            assert report["drift_seconds"] >= 0
            assert instant(report["slot"]) == instant(clock) // 30 * 30
            check_pages(site, clock)
            assert {one["status"] for one in site.status["sources"]} == {"fresh"}
            assert {one["status"] for one in site.status["services"]} == {"up"}
            assert instant(site.status["services"][0]["since"]) <= instant(clock)

    assert not list(site.state.glob("*corrupt*"))
    assert NEGATIVE.findall(site.run("status", "--format", "json").stdout) == []
    check_history(site, [instant(clock) for clock in seen])


def check_pages(site: Site, clock: str) -> None:
    documents = {path: body.decode() for path, body in site.tree().items() if not path.startswith("_a/")}
    documents["report.json"] = (site.state / "report.json").read_text()
    for path, text in documents.items():
        assert NEGATIVE.findall(text) == [], (clock, path)


def check_history(site: Site, instants: list[float]) -> None:
    """No cycle is there twice, none is lost, and what the probe found never overlaps."""
    slots = sorted({instant // 30 * 30 for instant in instants})
    up = "select slot from sample join series on id = series where name = 'sitegen_up' order by slot"
    kept = [slot for (slot,) in ask_history(site, up)]
    assert set(kept) >= {slot for slot in slots if slot >= slot_at(0)}
    assert len(set(kept)) == len(kept)
    generations = [number for (number,) in ask_history(site, "select generation from build order by 1")]
    assert generations == list(range(1, len(instants) + 1))
    runs = ask_history(site, "select start, stop from probe_run where probe = 'home' order by start")
    assert all(before[1] <= after[0] for before, after in pairwise(runs))
    assert all(start < stop for start, stop in runs)
    assert (slot_at(0) * 1000, slot_at(60) * 1000) in runs


def instant(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def test_a_source_that_fails_while_the_clock_is_wrong_is_asked_again_when_it_is_right(tmp_path: Path):
    answers = {"failing": False}

    def answer(asked: dict[str, str]) -> dict:
        if answers["failing"]:
            return {"status": "error", "errorType": "internal", "error": "down"}
        return matrix(asked, [{"job": "shop"}])

    with serve_answers(answer) as url:
        site = make_site(tmp_path, config=EVERYTHING.format(url=url))
        build_at(site, 0)
        answers["failing"] = True
        for seconds in (86_400, 86_430, 86_460, 86_490):  # a day ahead, until its breaker is open
            build_at(site, seconds)
        assert site.status["sources"][0]["status"] == "expired"
        # Set back: the age of an answer of the future is nothing, whatever the difference.
        build_at(site, -7200)
        assert site.status["sources"][0] == {"name": "shop", "status": "fresh", "fetched_at": at(0)}
        answers["failing"] = False
        build_at(site, 30)
        assert site.status["sources"][0] == {"name": "shop", "status": "fresh", "fetched_at": at(30)}
