"""What users of other tools reported of values and steps: sums and peaks of long windows, over a real Prometheus."""

import csv
import io
import json
import math
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from tests.acceptance.monitoring import Monitoring, run_prometheus, write_blocks
from tests.acceptance.sites import Site, make_site
from tests.acceptance.sources import figure_of

pytestmark = [pytest.mark.needs("prometheus")]

END = 1_772_366_400  # 2026-03-01T12:00:00Z
SCRAPE, SPAN = 60, 10 * 86_400 + 7200
TIMES = range(END - SPAN, END + 1, SCRAPE)
HOUR = 3600


def grown(at: int) -> tuple[int, int]:
    """How many requests one scrape counts, and how many of them failed: quarters of an hour of trouble, eight hours apart."""
    requests = 3 + at // SCRAPE % 7
    trouble = at % (8 * HOUR) // 60 in range(20, 35)
    return requests, requests - 1 if trouble else 0


def write_past(path: Path) -> None:
    totals, failures, lines, errors = 0, 0, ["# TYPE requests counter"], ["# TYPE failures counter"]
    for at in TIMES:
        requests, failed = grown(at)
        totals, failures = totals + requests, failures + failed
        lines.append(f"requests_total {totals} {at}")
        errors.append(f"failures_total {failures} {at}")
    path.write_text("\n".join([*lines, *errors, "# EOF\n"]))


@pytest.fixture(scope="module")
def monitoring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Monitoring]:
    """Ten days and two hours of two counters, a sample a minute."""
    folder = tmp_path_factory.mktemp("past")
    write_past(folder / "past.om")
    write_blocks(folder)
    with run_prometheus(folder) as running:
        yield running


PANELS = """
[[metrics.sources]]
name = "shop"
type = "prometheus"
url = "{url}"
scrape_interval = "1m"

[[metrics.panels]]
id = "orders"
title = "requests"
query = "sum(increase(requests_total[{range}]))"
kind = "bar"
windows = ["7d", "24h", "10d"]

[[metrics.panels]]
id = "counts"
title = "requests, each once"
query = "sum(increase(requests_total[$__interval]))"
kind = "bar"
windows = ["7d", "24h", "10d"]

[[metrics.panels]]
id = "errors"
title = "errors"
query = "sum(rate(failures_total[{range}])) / sum(rate(requests_total[{range}]))"
unit = "ratio"
windows = ["7d", "24h", "10d"]

[[slos]]
id = "answers"
title = "answers"
target = 0.9
window = "7d"
good = "sum(increase(requests_total[{range}])) - sum(increase(failures_total[{range}]))"
total = "sum(increase(requests_total[{range}]))"
"""


@pytest.fixture(scope="module")
def site(monitoring: Monitoring, tmp_path_factory: pytest.TempPathFactory) -> Site:
    config = PANELS.replace("{url}", monitoring.url).replace("{range}", "$__rate_interval")
    site = make_site(tmp_path_factory.mktemp("steps") / "site", config=config)
    assert site.build("--clock", "2026-03-01T12:00:02Z")["problems"] == []
    return site


def column(site: Site, panel: str, window: str) -> dict[int, float]:
    text = (site.dist / f"metrics/{panel}.{window}.csv").read_text()
    _, *rows = csv.reader(io.StringIO(text))
    return {int(datetime.fromisoformat(at).timestamp()): float(value) for at, value in rows}


def counted(start: int, end: int) -> tuple[int, int]:
    """The requests and the failures after one instant up to another, by arithmetic."""
    found = [grown(at) for at in TIMES if start < at <= end]
    return sum(requests for requests, _ in found), sum(failed for _, failed in found)


@pytest.mark.parametrize(("window", "step"), [("24h", 360), ("7d", HOUR), ("10d", HOUR)])
def test_steps_that_lose_nothing_the_bars_of_a_window_sum_to_what_was_counted_in_it(site, window, step):
    bars = column(site, "orders", window)
    requests, _ = counted(min(bars) - step, max(bars))
    assert math.isclose(sum(column(site, "counts", window).values()), requests, rel_tol=0.001)
    # Here a bar reaches one scrape further back than the one before it ends.
    assert math.isclose(sum(bars.values()), requests * (step + SCRAPE) / step, rel_tol=0.005)


@pytest.mark.parametrize(("window", "step"), [("24h", 360), ("7d", HOUR), ("10d", HOUR)])
def test_steps_that_lose_nothing_the_highest_ratio_is_that_of_the_worst_step(site, window, step):
    shown = column(site, "errors", window)
    true = {at: failed / requests for at in shown for requests, failed in [counted(at - step, at)]}
    assert math.isclose(max(shown.values()), max(true.values()), rel_tol=0.03)
    assert sum(value > 0.01 for value in shown.values()) >= sum(value > 0.01 for value in true.values())


def test_steps_that_lose_nothing_an_objective_counts_its_whole_window(site):
    page = site.page("/slo/")
    at = END // 300 * 300
    requests, failed = counted(at - 7 * 86_400, at)
    said = (1 - failed / requests) * 100
    assert f"{said:.1f}" in page or f"{said:.2f}" in page


def test_steps_that_lose_nothing_a_fixed_range_is_warned_of_and_does_not_fail(site, tmp_path):
    text = PANELS.replace("{url}", "http://127.0.0.1:9").replace("[{range}]", "[5m]", 1)
    own = make_site(tmp_path / "site", config=text.replace("{range}", "$__rate_interval"))
    checked = own.run("check", "config", "--format", "json")
    (finding,) = json.loads(checked.stdout)["findings"]
    assert (checked.code, finding["severity"]) == (0, "warning")
    assert finding["where"] == "metrics.panels[0].query"
    assert "[5m]" in finding["message"]
    assert "1h" in finding["message"]
    assert "[$__rate_interval]" in finding["message"]
    # Read by people, it is no error either.
    assert "config: warning: metrics.panels[0].query: [5m]" in own.run("check", "config").stderr
    assert site.run("check", "config").stderr == ""


# --- What is now ----------------------------------------------------------------------

NOW = END + 47  # the last scrape was 47 s ago, and no window ends here
BACK = 40 * 60
HOURLY = range(END - 5 * 86_400 + 20 * 60, END, HOUR)
"""Far from each step of a day's window, or a week's: no sample is repeated up to one of them."""


def write_gauges(path: Path) -> None:
    """Three gauges whose last sample stands out, and one that ended forty minutes before."""
    lines = ["# TYPE load gauge"]
    for number, name in enumerate("abc"):
        lines += [f'load{{host="{name}"}} {number + 1} {at}' for at in range(END - 7200, END, SCRAPE)]
        lines.append(f'load{{host="{name}"}} {10 * (number + 1)} {END}')
    lines += [f'load{{host="gone"}} 99 {at}' for at in range(END - 7200, END - BACK, SCRAPE)]
    lines += ["# TYPE backups gauge", *(f"backups {at // HOUR % 100} {at}" for at in HOURLY)]
    path.write_text("\n".join([*lines, "# EOF\n"]))


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Monitoring]:
    folder = tmp_path_factory.mktemp("loaded")
    write_gauges(folder / "past.om")
    write_blocks(folder)
    with run_prometheus(folder) as running:
        yield running


def gauge(identity: str, query: str, windows: str, more: str = "") -> str:
    return (
        f"\n[[metrics.panels]]\nid = '{identity}'\ntitle = '{identity}'\nquery = '''{query}'''\n"
        f"legend = '{{{{host}}}}'\nwindows = {windows}\n{more}\n"
    )


@pytest.fixture(scope="module")
def load(loaded: Monitoring, tmp_path_factory: pytest.TempPathFactory) -> Site:
    config = (
        f"[[metrics.sources]]\nname = 'shop'\ntype = 'prometheus'\nurl = '{loaded.url}'\n"
        + gauge("all", 'load{host!="gone"}', '["1h", "24h"]', "thresholds = [{ above = 30 }, { above = 99 }]")
        + gauge("year", 'load{host="a"}', '["365d"]')
        + gauge("ended", 'load{host="gone"}', '["1h"]')
        + gauge(
            "least",
            "load",
            '["1h"]',
            "kind = 'stat'\nvalue = 'min'\nthresholds = [{ below = 11, status = 'crit' }]",
        )
        + gauge("total", "load", '["1h"]', "kind = 'stat'\nvalue = 'sum'")
        + gauge("backups", "backups # of each hour", '["1h", "24h", "7d"]')
        + gauge("mixed", 'backups or load{host="a"}', '["1h"]')
        + "\n[overview]\ntiles = ['all', 'year', 'ended', 'least', 'total']\ncharts = ['all', 'total']\n"
    )
    site = make_site(tmp_path_factory.mktemp("load") / "site", config=config)
    assert site.build("--clock", "2026-03-01T12:00:47Z")["problems"] == []
    return site


def tile(page: str, title: str) -> str:
    """A tile of the overview as text."""
    (found,) = re.findall(rf'<dt><a href="[^"]*#{title}">.*?</div>', page)
    return re.sub(r"<svg.*?</svg>|<[^>]+>", "", found.replace("</dt>", " | ").replace("</dd>", " | "))


@pytest.mark.parametrize("path", ["/", "/follow/"])
def test_now_is_now_the_overview_has_the_value_of_the_builds_own_time_and_names_the_series(load, path):
    page = load.page(path)
    assert tile(page, "all").startswith("all, c, max of 3 | 30  | ▲ warn ")
    # Of a window of 365 days the last column is days old; what is now is not.
    assert tile(page, "year").startswith("year, a | 10 ")
    assert tile(page, "least").startswith("least, a, min of 3 | 10 ")
    assert tile(page, "total").startswith("total, sum of 3 | 60 ")
    assert "now <data value=30>" in page.replace('"', "")


def test_now_is_now_a_series_that_has_ended_has_no_now(load):
    assert "no data" in tile(load.page("/"), "ended")
    assert "99" not in tile(load.page("/"), "total")
    text = re.sub("<[^>]+>", "", load.page("/metrics/"))
    assert "no data now · last 99, gone, at 11:2" in text


def test_now_is_now_index_txt_says_the_same(load):
    lines = load.tree()["index.txt"].decode().splitlines()
    shown = [line.split(maxsplit=1) for line in lines if " of 3" in line or "year, a" in line]
    assert shown == [["30", "all, c, max of 3, ▲ warn"], ["10", "year, a"], ["10", "least, a, min of 3, ✖ crit"], ["60", "total, sum of 3"]]  # fmt: skip


def test_now_is_now_pages_of_longer_windows_say_when_their_last_sample_was(load):
    first, day = (re.sub("<[^>]+>", "", load.page(path)) for path in ("/metrics/", "/metrics/24h/"))
    assert "now 30, max of 3: c" in first
    assert "now" not in day.partition("sitegen metrics")[2].partition("csv of")[0]
    assert "last 30, max of 3: c, at 12:00" in day


def test_now_is_now_pages_that_do_not_change_with_every_build_rest_while_their_data_do(load, loaded):
    before = load.tree()
    asked = load.build("--clock", "2026-03-01T12:01:17Z")
    after = load.tree()
    assert asked["problems"] == []
    changed = {path for path in before if path.startswith("metrics/") and before[path] != after[path]}
    # The first window moves with every build; the day's step is six minutes, that of the year two days.
    assert {path for path in changed if ".1h." not in path} <= {"metrics/index.html"}
    assert after["metrics/24h/index.html"] == before["metrics/24h/index.html"]


def test_now_is_now_what_comes_hourly_is_so_beside_what_comes_each_minute(load):
    rows = figure_of(load, "mixed").all("table")[0].one("tbody").all("tr")
    assert [row.all("td")[0].text for row in rows] == [str(HOURLY[-1] // HOUR % 100), "10"]


@pytest.mark.parametrize(("window", "count"), [("24h", 24), ("7d", len(HOURLY))])
def test_what_comes_between_the_steps_of_a_long_window_is_in_it(load, window, count):
    cells = [
        row.split(",")[1] for row in (load.dist / f"metrics/backups.{window}.csv").read_text().split()[1:]
    ]
    wanted = [str(at // HOUR % 100) for at in HOURLY][-count:]
    assert [cell for cell in cells if cell][-count:] == wanted
    page = re.sub("<[^>]+>", "", load.page("/metrics/24h/" if window == "24h" else "/metrics/7d/"))
    assert f"last {wanted[-1]}, " in page


# --- Thresholds -----------------------------------------------------------------------


def test_thresholds_change_word_glyph_and_colour_on_every_page_now_and_last(load):
    for path in ("/metrics/", "/metrics/24h/"):
        page = load.page(path)
        assert re.findall(r"</i>(\w) ?(?:<span class=\"?(\w+)\"?>(.*?)</span>)?", page)[:3] == [
            ("a", "", ""),
            ("b", "", ""),
            ("c", "warn", "▲ warn"),
        ]
    assert re.search(r"<tspan class=\"?c\"?>✖ crit</tspan> · min of 3: a", load.page("/metrics/"))
    assert re.search(r"<tspan class=\"?c\"?>10</tspan>", load.page("/metrics/"))
    assert "✖ crit" in tile(load.page("/"), "least")
