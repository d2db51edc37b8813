"""What users of other tools reported of values and steps: sums and peaks of long windows, over a real Prometheus."""

import csv
import io
import json
import math
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from tests.acceptance.monitoring import Monitoring, run_prometheus
from tests.acceptance.sites import Site, make_site
from tests.conftest import find_component

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
    tool = Path(find_component("prometheus")).with_name("promtool")
    command = [
        "tsdb",
        "create-blocks-from",
        "openmetrics",
        "--quiet",
        "--max-block-duration=768h",
        "past.om",
        "data",
    ]
    subprocess.run([tool, *command], cwd=folder, check=True, capture_output=True)
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
