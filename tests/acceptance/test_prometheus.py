"""Every number that a page shows of a real Prometheus is Prometheus' own."""

import math
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from tests.acceptance.bucketing import check_buckets, check_quantile
from tests.acceptance.comparing import (
    Observed,
    Panel,
    check_csv,
    check_table,
    check_words,
    configuration,
    figure_of,
    finite,
    observe_apart,
    values_in,
)
from tests.acceptance.documents import sentence_of, table_of
from tests.acceptance.monitoring import Monitoring, run_monitoring
from tests.acceptance.sites import Site, make_site
from tests.waiting import wait_for

pytestmark = [pytest.mark.needs("prometheus", "node_exporter")]

WINDOWS = {"2m": 1.0, "8m": 2.0}
CPU = 'rate(node_cpu_seconds_total{cpu="0"}[5s])'
BUCKETS = "prometheus_http_response_size_bytes_bucket"

SERIES = {
    "load": Panel("node_load1"),
    "cpu": Panel(CPU, "{{mode}}", "area", "ratio"),
    "answers": Panel(
        "sum by (code) (rate(prometheus_http_requests_total[5s]))", "{{code}}", "bar", "requests/s"
    ),
    "up": Panel("up", "{{job}}"),
    "own": Panel("sitegen_build_duration_seconds", "", "stat", "seconds"),
    "updated": Panel("sitegen_last_build_timestamp_seconds", "", "stat", "timestamp"),
    "assets": Panel("sitegen_asset_bytes", "{{kind}}", "line", "bytes"),
    "broken": Panel("node_load1 / (time() % 7 > bool 0)"),
}
OTHERS = {
    "latency": Panel(f"sum by (le) ({BUCKETS})", "", "histogram", "bytes"),
    "heat": Panel(f"sum by (le) (rate({BUCKETS}[5s]))", "", "heatmap", "bytes"),
    "refused": Panel("rate(node_load1)"),
    "empty": Panel("nothing_of_this_name"),
}
PANELS = SERIES | OTHERS


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Observed]:
    folder = tmp_path_factory.mktemp("observed")
    site = make_site(folder / "site")
    site.build()
    with run_monitoring(folder / "monitoring", textfiles=site.state) as monitoring:
        wait_for(lambda: count_samples(monitoring, CPU) > 3, "rates of the exporter's CPU")
        site.build()
        # Windows end a little ago, at a multiple of their step: this asks for some columns of the longest.
        wait_for(lambda: count_columns(monitoring) > 2, "a window of eight minutes with some columns", 90)
        (site.folder / "sitegen.toml").write_text(
            # Of the title that its series have had from the first build on.
            '[site]\ntitle = "obs"\n' + configuration(monitoring.url, PANELS, list(WINDOWS))
        )
        yield Observed(site, monitoring, site.build(), PANELS, WINDOWS)


@pytest.fixture(scope="module")
def apart(observed: Observed, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Observed]:
    return observe_apart(tmp_path_factory.mktemp("apart"), observed, SERIES)


def count_columns(monitoring: Monitoring) -> int:
    step = WINDOWS["8m"]
    settled = time.time() - 3
    found = monitoring.series(CPU, settled // step * step - 480, settled // step * step, step)
    return min(map(len, found.values()))


def count_samples(monitoring: Monitoring, query: str) -> int:
    (one,) = monitoring.ask("/api/v1/query", query=f"count_over_time(({query})[1m:1s])", time="")["data"][
        "result"
    ][:1]
    return int(one["value"][1])


def builds_a_change(site: Site, csv: str) -> bool:
    """Build, and tell whether the only series of a panel is not flat."""
    site.build()
    _, *rows = (site.dist / "metrics" / csv).read_text().split()
    return len({row.partition(",")[2] for row in rows} - {""}) > 1


# --- Series -----------------------------------------------------------------------


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("panel", SERIES)
def test_every_cell_of_a_csv_is_what_prometheus_answers_for_that_instant(observed, panel, window):
    check_csv(observed, panel, window)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("panel", SERIES)
def test_every_cell_of_a_table_is_the_mean_of_prometheus_samples_from_its_time_to_the_next(
    apart, panel, window
):
    check_table(apart[panel], panel, window)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("panel", SERIES)
def test_the_sentence_and_the_legend_say_prometheus_last_least_and_largest_samples(apart, panel, window):
    check_words(apart[panel], panel, window)


def test_only_the_largest_series_are_drawn_and_the_rest_is_told(apart):
    figure = apart["cpu"].figure("cpu", "2m")
    answer = apart["cpu"].answer("cpu", "2m")
    shown = [cell.text for cell in table_of(figure).one("thead").all("th")][1:]
    means = {name: sum(finite(samples)) / len(samples) for name, samples in answer.items()}

    assert len(shown) == 5
    assert min(means[name] for name in shown) >= max(means[name] for name in answer if name not in shown)
    assert f"{len(answer) - 5} more series are in the CSV." in figure.text


def test_what_is_not_a_finite_number_is_a_gap_and_is_counted(observed):
    figure = observed.figure("broken", "2m")
    (samples,) = observed.answer("broken", "2m").values()
    broken = [value for value in samples.values() if not math.isfinite(value)]

    assert broken
    assert (
        f"Gaps: {len(broken)} sample{'s are' if len(broken) > 1 else ' is'} not a finite number."
        in figure.text
    )
    assert "nan" not in figure.text.lower().replace("finance", "")


# --- Histograms -------------------------------------------------------------------


@pytest.mark.parametrize("panel", ["latency", "heat"])
def test_the_buckets_of_a_histogram_are_the_means_of_prometheus_own(observed, panel):
    check_buckets(observed, panel, "2m")


@pytest.mark.parametrize(("share", "place"), [(0.5, 0), (0.95, 1), (0.99, 2)])
def test_the_quantiles_of_a_histogram_are_those_of_histogram_quantile(observed, share, place):
    check_quantile(observed, "latency", "2m", share, place)


# --- What Prometheus does not answer ------------------------------------------------


def test_a_query_that_prometheus_refuses_is_told_to_operators_in_its_words_and_the_build_goes_on(observed):
    refusal = observed.monitoring.ask(
        "/api/v1/query_range", query=OTHERS["refused"].query, start=0, end=1, step=1
    )
    figure = observed.figure("refused", "2m")

    assert refusal["status"] == "error"
    assert refusal["error"] not in figure.text
    assert "real refuses the query" in figure.text
    assert "no data" in figure.text
    assert observed.report["status"] == "degraded"
    assert any(refusal["error"] in problem["message"] for problem in observed.report["problems"])


def test_a_query_without_series_says_no_data_and_is_no_fault(observed):
    figure = observed.figure("empty", "2m")

    assert "The query gave no series." in figure.text
    assert figure.all("table") == []
    assert not any("nothing_of_this_name" in problem["message"] for problem in observed.report["problems"])


def test_a_source_of_which_one_query_is_refused_is_fresh(observed):
    (source,) = [one for one in observed.site.status["sources"] if one["name"] == "real"]

    assert source == {"name": "real", "status": "fresh", "fetched_at": observed.site.status["generated_at"]}


# --- Without Prometheus -------------------------------------------------------------


def test_when_prometheus_stops_its_panels_show_the_last_known_values_and_when_they_were_fetched(
    tmp_path: Path,
):
    site = make_site(tmp_path / "site")
    site.build()
    with run_monitoring(tmp_path / "monitoring", textfiles=site.state) as monitoring:
        wait_for(lambda: count_samples(monitoring, "node_load1") > 3, "samples of the exporter")
        (site.folder / "sitegen.toml").write_text(
            # Of the title that its series have had from the first build on.
            '[site]\ntitle = "obs"\n' + configuration(monitoring.url, PANELS, list(WINDOWS))
        )
        # The kernel counts anew every five seconds; a line that is still flat has but one number to tell.
        wait_for(lambda: builds_a_change(site, "load.2m.csv"), "a load that changes")
        before, known = figure_of(site, "load", "2m", "2m"), site.status
        csv_before = (site.dist / "metrics/load.2m.csv").read_bytes()
        monitoring.stop()

        report = site.build()
        assert report["status"] == "degraded"
        assert report["sections"]["metrics"]["status"] == "degraded"
        # What was now is the last sample with its time: the others are what they were.
        known_before = values_in(sentence_of(before))[1:]
        assert values_in(sentence_of(figure_of(site, "load", "2m", "2m")))[2:] == known_before
        assert (site.dist / "metrics/load.2m.csv").read_bytes() == csv_before
        assert "real does not answer" in figure_of(site, "load", "2m", "2m").text
        source = next(one for one in site.status["sources"] if one["name"] == "real")
        assert (source["status"], source["fetched_at"]) == ("fresh", known["generated_at"])
        assert site.status["status"] == "degraded"

        assert site.run("build", "--strict").code == 4

        # Later the same values are old, and say so.
        later = datetime.fromisoformat(known["generated_at"]).timestamp()
        for age, state in ((600, "stale"), (7200, "expired")):
            site.build("--clock", datetime.fromtimestamp(later + age).astimezone().isoformat())
            source = next(one for one in site.status["sources"] if one["name"] == "real")
            assert (source["status"], source["fetched_at"]) == (state, known["generated_at"])
            fetched = known["generated_at"].replace("T", " ").replace("Z", " UTC")
            assert f"last known values, fetched {fetched}" in figure_of(site, "load", "2m", "2m").text
            now = figure_of(site, "load", "2m", "2m")
            assert set(known_before) <= set(values_in(sentence_of(now)))
            assert "now" not in now.one("header").text
            assert "last " in now.one("header").text


def test_a_prometheus_that_never_answered_leaves_honest_panels_and_all_other_pages(tmp_path: Path, free_port):
    site = make_site(tmp_path, config=configuration(f"http://127.0.0.1:{free_port}", PANELS, list(WINDOWS)))

    report = site.build()

    assert report["status"] == "degraded"
    figure = figure_of(site, "load", "2m", "2m")
    assert "no data" in figure.text
    assert figure.all("data") == []
    assert {"/", "/metrics/", "/traces/", "/logs/", "/build/", "/slo/", "/about/"} <= set(site.addresses())
    assert {"name": "real", "status": "missing", "fetched_at": None} in site.status["sources"]
    assert site.run("build", "--strict").code == 4
