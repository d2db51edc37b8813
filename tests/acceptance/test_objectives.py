"""Uptime and objectives over probes: what a site says against what is worked out by hand, in fractions."""

import re
from fractions import Fraction
from pathlib import Path

import pytest
from sitegen.state.folder import State
from tests.acceptance.documents import parse
from tests.acceptance.probed import BEGIN, configure, facts, panel, probe, run_cycle, stamp
from tests.acceptance.sites import Site, make_site
from tests.faulty_server import FaultyServer

HOUR, DAY = 3600, 86_400
NOW = int(BEGIN)
"""The uptimes count to this instant: a multiple of five minutes."""
WINDOWS = {"24h": DAY, "7d": 7 * DAY, "30d": 30 * DAY, "90d": 90 * DAY, "365d": 365 * DAY}

# Seconds before NOW: from, to, state. What is in none of them is no data.
PAST = [
    (300 * DAY, 200 * DAY, "up"),
    (200 * DAY, 199 * DAY + 17 * HOUR, "down"),
    (120 * DAY, 80 * DAY, "up"),
    (77 * DAY, 60 * DAY, "up"),
    (60 * DAY, 60 * DAY - 4567, "degraded"),
    (60 * DAY - 4567, 20 * DAY, "up"),
    (20 * DAY, 20 * DAY - 1230, "down"),
    (19 * DAY, 5 * DAY, "up"),
    (5 * DAY, 5 * DAY - 90, "no data"),
    (5 * DAY - 90, 2 * DAY, "up"),
    (2 * DAY, 2 * DAY - 5430, "down"),
    (2 * DAY - 5430, 30 * HOUR, "degraded"),
    (30 * HOUR, 5 * HOUR, "up"),
    (5 * HOUR, 5 * HOUR - 330, "down"),
    (4 * HOUR, 1800, "up"),
    (1800, 1740, "down"),
    (1740, 0, "up"),
]
PLANNED = (26 * HOUR, 25 * HOUR)
LONG_AGO = (40 * DAY, 40 * DAY - 2 * HOUR)


def by_hand(window: int) -> dict[str, Fraction]:
    """The seconds in each state over the window before NOW, planned times cut out."""
    seconds = dict.fromkeys(("up", "degraded", "down", "no data", "maintenance"), Fraction(0))
    for start, end, state in PAST:
        whole = max(0, min(start, window) - end)
        planned = sum(
            max(0, min(start, window, first) - max(end, last)) for first, last in (PLANNED, LONG_AGO)
        )
        seconds[state] += whole - planned
    seconds["maintenance"] = Fraction(
        sum(max(0, min(first, window) - last) for first, last in (PLANNED, LONG_AGO))
    )
    return seconds


def uptime_by_hand(window: int) -> tuple[Fraction, Fraction]:
    seconds = by_hand(window)
    seen = seconds["up"] + seconds["degraded"] + seconds["down"]
    return (seconds["up"] + seconds["degraded"]) / seen, seen / (window - seconds["maintenance"])


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Site:
    """A year of a probe, one that is well now, and objectives over it."""
    made = make_site(tmp_path_factory.mktemp("objectives") / "site")
    planned = [
        f"\n[[maintenance]]\ntitle = 'planned'\nstart = '{stamp(NOW - start)}'\nend = '{stamp(NOW - end)}'"
        for start, end in (PLANNED, LONG_AGO)
    ]
    slos = [
        f"\n[[slos]]\nid = '{identity}'\ntitle = '{identity}'\nprobe = 'home'\ntarget = {target}\nwindow = '{window}'"
        for identity, target, window in (
            ("month", 0.99, "30d"),
            ("week", 0.9999, "7d"),
            ("strict", 0.9999999, "36h"),
        )
    ]
    with State.open(made.state, NOW - 1) as state:
        for start, end, word in PAST:
            state.probes.add("home", NOW - start, word, start - end)
    with FaultyServer() as server:
        configure(made, probe("home", server.url), *planned, *slos)
        run_cycle(made, 0)
    return made


@pytest.mark.parametrize("window", WINDOWS)
def test_the_uptime_of_each_window_is_the_one_by_hand_and_stands_beside_its_coverage(site: Site, window: str):
    ratio, coverage = uptime_by_hand(WINDOWS[window])
    said = facts(panel(site, "service-home"))[window]

    assert said == [pytest.approx(float(ratio), abs=1e-9), pytest.approx(float(coverage), abs=1e-9)]
    assert 0 < said[0] < 1
    assert 0 < said[1] < 1


def test_the_formula_stands_in_words_beside_the_numbers(site: Site):
    text = parse(site.page("/slo/")).text
    assert "uptime = (time up + time degraded) / time observed" in text
    assert "coverage = time observed / time that should have been observed" in text


def test_ninety_bars_show_the_worst_of_each_day(site: Site):
    looks = {"ok": "up", "m": "maintenance", "w": "degraded", "c": "down", "u": "no data"}
    bars: dict[int, str] = {}
    [drawing] = panel(site, "service-home").all("svg")
    for path in drawing.all("path"):
        x = 0
        for step, across in re.findall(r"([mM])(-?\d+)", path.attributes["d"]):
            x = int(across) if step == "M" else x + int(across)
            bars[(x - 2) // 4] = looks[path.attributes["class"]]

    worst = ["down", "degraded", "up", "maintenance", "no data"]
    midnight = NOW // DAY * DAY
    expected = {}
    for back in range(90):
        start, end = NOW - midnight + back * DAY, max(0, NOW - midnight + (back - 1) * DAY)
        seen = [state for first, last, state in PAST if min(first, start) > max(last, end)]
        expected[89 - back] = min(seen, key=worst.index, default="no data")
    assert bars == expected
    assert len(set(bars.values())) == 4


@pytest.mark.parametrize(
    ("identity", "target", "window"),
    [("month", "0.99", 30 * DAY), ("week", "0.9999", 7 * DAY), ("strict", "0.9999999", 36 * HOUR)],
)
def test_an_objective_over_a_probe_is_the_one_by_hand(site: Site, identity: str, target: str, window: int):
    allowed = 1 - Fraction(target)
    seconds = by_hand(window)
    total, bad = seconds["up"] + seconds["degraded"] + seconds["down"], seconds["down"]
    said = facts(panel(site, f"slo-{identity}"))

    assert said["objective"] == [float(target)]
    assert said["attained"] == [pytest.approx(float(1 - bad / total), abs=1e-9)]
    assert said["coverage"] == [pytest.approx(float(total / (window - seconds["maintenance"])), abs=1e-9)]
    # A float's 1 - 0.9999999 is right to nine digits only.
    for name, value in (("error budget", allowed * total), ("budget used", bad)):
        assert said[name] == [pytest.approx(float(value), rel=1e-9, abs=1e-9)]
    left = allowed * total - bad
    ratio = left / (allowed * total)
    assert said["budget left"] == [
        pytest.approx(float(left), rel=1e-9),
        pytest.approx(float(ratio), rel=1e-9, abs=1e-9),
    ]
    for name, length in (("1h", HOUR), ("6h", 6 * HOUR), ("3d", 3 * DAY)):
        short = by_hand(length)
        seen = short["up"] + short["degraded"] + short["down"]
        assert said[f"burn rate {name}"] == [pytest.approx(float(short["down"] / seen / allowed), rel=1e-9)]


def test_a_budget_that_is_exhausted_is_below_zero_and_the_formula_says_so(site: Site):
    section = panel(site, "slo-strict")
    left, ratio = facts(section)["budget left"]
    assert left < 0
    assert ratio < -1
    assert "✖ missed" in section.text
    assert "of it is used, which overspends it by " in section.text
    assert (
        "A burn rate is the share that failed, divided by 1 − target; at 1 the budget lasts 36h."
        in section.text
    )


@pytest.mark.parametrize("target", ["1.0", "0", "99.9"])
def test_an_objective_that_allows_nothing_or_everything_is_refused(tmp_path: Path, target: str):
    site = make_site(tmp_path)
    slo = f"\n[[slos]]\nid = 'x'\ntitle = 'x'\nprobe = 'home'\ntarget = {target}"
    configure(site, probe("home", "http://127.0.0.1:1/"), slo)

    outcome = site.run("build")

    assert outcome.code == 2
    assert "slos[0].target: " in outcome.stderr
    assert "must be a ratio between 0 and 1, like 0.999" in outcome.stderr
    assert not site.dist.exists()


def test_a_young_site_has_little_coverage_and_says_it(tmp_path: Path):
    site = make_site(tmp_path)
    with FaultyServer() as server:
        configure(site, probe("home", server.url), "\n[[slos]]\nid = 'x'\ntitle = 'x'\nprobe = 'home'")
        run_cycle(site, 0)

    said = facts(panel(site, "slo-x"))
    assert said["attained"] == [1]
    assert said["coverage"] == [pytest.approx(30 / (30 * DAY), abs=1e-9)]
    assert facts(panel(site, "service-home"))["365d"] == [1, pytest.approx(30 / (365 * DAY), abs=1e-9)]
    assert parse(site.page("/slo/")).all("time")
