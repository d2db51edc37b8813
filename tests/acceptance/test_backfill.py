"""A past of Prometheus' own in every window: cells, words, pages, counters that reset, histograms, gaps."""

import math
import re
from collections.abc import Iterator
from itertools import pairwise

import pytest
from tests.acceptance.backfill import BOUNDS, END, LARGE, SMALL, run_backfilled
from tests.acceptance.bucketing import check_buckets, check_cells, check_quantile
from tests.acceptance.comparing import (
    Observed,
    Panel,
    check_csv,
    check_table,
    check_words,
    configuration,
    finite,
    instant,
    metrics_pages,
    observe_apart,
    read_csv,
    read_page,
    values_in,
)
from tests.acceptance.documents import legend_of, sentence_of
from tests.acceptance.sites import make_site
from tests.acceptance.tracing import check_line

pytestmark = [pytest.mark.needs("prometheus")]

# Each window with the step that keeps it to 240 columns.
WINDOWS = {"1h": 15.0, "6h": 120.0, "24h": 360.0, "7d": 3600.0, "30d": 10_800.0}
SERIES = {
    "temperature": Panel('temperature{floor="1"}', "{{room}} on floor {{floor}}"),
    "requests": Panel("sum by (code) (rate(requests_total[5m]))", "{{code}}", "area", "requests/s"),
    "counter": Panel('requests_total{instance="web-0",code="200"}', "HTTP {{method}}"),
    "increase": Panel("sum by (code) (increase(requests_total[1h]))", "status {{code}}", "bar"),
    "restarts": Panel("sum by (instance) (resets(requests_total[6h]))", "{{instance}}", "line", "", 3),
    "reading": Panel("reading", "{{kind}}", "line", "", 6),
    "broken": Panel('reading{kind="broken"}', "", "line"),
    "slowest": Panel(
        "histogram_quantile(0.95, sum by (le) (rate(latency_seconds_bucket[5m])))", "", "stat", "seconds"
    ),
    "errors": Panel(
        'sum(rate(requests_total{code="500"}[5m])) / sum(rate(requests_total[5m]))', "", "area", "ratio"
    ),
}
BUCKETS = {
    "heat": Panel("sum by (le) (rate(latency_seconds_bucket[5m]))", "", "heatmap", "seconds"),
    "latency": Panel(
        'sum by (le) (increase(latency_seconds_bucket{path="/a"}[1h]))', "", "histogram", "seconds"
    ),
    "ever": Panel("sum by (le) (latency_seconds_bucket)", "", "histogram", "seconds"),
}
PANELS = {"heat": BUCKETS["heat"]} | SERIES | BUCKETS


@pytest.fixture(
    scope="module",
    params=[pytest.param(SMALL, id="day"), pytest.param(LARGE, id="week", marks=pytest.mark.slow)],
)
def observed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Observed]:
    folder = tmp_path_factory.mktemp("past")
    with run_backfilled(folder / "monitoring", request.param) as monitoring:
        site = make_site(folder / "site", config=configuration(monitoring.url, PANELS, list(WINDOWS)))
        report = site.build("--clock", "2026-03-01T12:00:00Z")
        assert report["problems"] == []
        yield Observed(site, monitoring, report, PANELS, WINDOWS)


@pytest.fixture(scope="module")
def apart(observed: Observed, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Observed]:
    return observe_apart(
        tmp_path_factory.mktemp("apart"), observed, PANELS, "--clock", "2026-03-01T12:00:00Z"
    )


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("panel", SERIES)
def test_every_cell_of_a_csv_is_what_prometheus_answers_for_that_instant(observed, panel, window):
    check_csv(observed, panel, window)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("panel", SERIES)
def test_every_cell_of_a_table_is_the_mean_of_prometheus_samples(apart, panel, window):
    check_table(apart[panel], panel, window)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("panel", SERIES)
def test_the_sentence_and_the_legend_say_prometheus_last_least_and_largest_samples(apart, panel, window):
    check_words(apart[panel], panel, window)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("panel", BUCKETS)
def test_the_buckets_of_a_histogram_are_the_means_of_prometheus_own(apart, panel, window):
    check_buckets(apart[panel], panel, window)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("panel", BUCKETS)
def test_the_quantiles_of_a_histogram_are_those_of_histogram_quantile(observed, panel, window):
    for place, share in enumerate((0.5, 0.95, 0.99)):
        check_quantile(observed, panel, window, share, place)


@pytest.mark.parametrize("window", WINDOWS)
def test_every_cell_of_a_heatmap_has_the_class_of_prometheus_own_count(observed, window):
    check_cells(observed, "heat", window)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("panel", [name for name, one in SERIES.items() if one.kind == "line"])
def test_lines_run_where_prometheus_has_samples_at_the_heights_of_their_values(apart, panel, window):
    check_line(apart[panel], panel, window)


# --- Windows and pages ----------------------------------------------------------------


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("panel", PANELS)
def test_a_window_has_at_most_240_instants_on_multiples_of_its_step_up_to_now(observed, panel, window):
    _, rows = read_csv(observed.site, panel, window)
    times, step = [instant(row[0]) for row in rows], WINDOWS[window]

    assert len(times) == {"6h": 180, "7d": 168}.get(window, 240)
    assert {after - before for before, after in pairwise(times)} == {step}
    assert {at % step for at in times} == {0}
    assert END - step - 2 < times[-1] <= END - 2


def test_each_window_has_its_own_pages_of_at_most_eight_panels_linked_from_the_first(observed):
    tabs = links_of(observed, "/metrics/")
    for window in WINDOWS:
        addresses = metrics_pages(observed.site, window, "1h")
        shown = [
            section.attributes["aria-labelledby"]
            for address in addresses
            for section in read_page(observed.site.page(address)).all("section")
            if section.attributes.get("aria-labelledby") in PANELS
        ]
        assert shown == list(PANELS)
        assert len(addresses) == 2
        assert addresses[0] in tabs
        for address in addresses:
            ids = read_page(observed.site.page(address)).all("section")
            assert len(ids) <= 8
            assert set(addresses) <= links_of(observed, address)


def links_of(observed: Observed, address: str) -> set[str]:
    return {link.attributes.get("href", "") for link in read_page(observed.site.page(address)).all("a")}


# --- The overview -----------------------------------------------------------------------


def test_the_tiles_of_the_overview_are_what_prometheus_says_of_now_and_medians(observed):
    tiles = read_page(observed.site.page("/")).one("dl", "ti").all("div")
    for tile, (panel, asked) in zip(tiles, list(PANELS.items())[:6], strict=True):
        value = tile.all("dd")[0]
        title, _, name = tile.one("dt").text.partition(", ")
        assert title == f"Panel {panel}"
        if panel in BUCKETS:
            assert name == "p50 over 1h"
            expected = values_in(sentence_of(observed.figure(panel, "1h")))[0]
        else:
            now = observed.now(panel)
            expected = max(now.values())
            if len(now) > 1:
                assert name == f"{max(now, key=lambda one: now[one])}, max of {len(now)}"
        assert values_in(value) == pytest.approx([expected], rel=1e-12), asked


# --- Counters -------------------------------------------------------------------------


@pytest.mark.parametrize("window", ["24h", "7d"])
def test_a_counter_falls_where_its_instance_started_anew_and_its_rate_never_does(observed, window):
    head, rows = read_csv(observed.site, "counter", window)
    falls = 0
    for column in range(1, len(head)):
        values = [float(row[column]) for row in rows if row[column]]
        falls += sum(after < before for before, after in pairwise(values))
    rates = [
        float(cell) for row in read_csv(observed.site, "requests", window)[1] for cell in row[1:] if cell
    ]

    assert falls > 0
    assert rates
    assert min(rates) >= 0


# --- Legends --------------------------------------------------------------------------


@pytest.mark.parametrize("panel", [name for name, one in SERIES.items() if one.legend])
def test_labels_fill_the_template_of_a_legend_on_the_page_and_in_the_csv(observed, panel):
    named = set(observed.answer(panel, "24h"))
    figure = observed.figure(panel, "24h")
    legend = [entry.text for entry in legend_of(figure)]

    assert set(read_csv(observed.site, panel, "24h")[0][1:]) == named
    assert legend
    assert all(any(name in entry for name in named) for entry in legend)


# --- Gaps -----------------------------------------------------------------------------


@pytest.mark.parametrize("window", WINDOWS)
def test_samples_that_are_no_finite_number_are_gaps_counted_in_words_and_never_written(observed, window):
    figure = observed.figure("broken", window)
    (samples,) = observed.answer("broken", window).values()
    broken = [value for value in samples.values() if not math.isfinite(value)]
    said = re.search(r"Gaps: (\d+) samples? (?:is|are) not a finite number\.", figure.text)

    assert (int(said[1]) if said else 0) == len(broken)
    assert window not in ("1h", "6h") or broken
    assert not re.search(r"\b(nan|inf|infinity)\b", figure.text, re.IGNORECASE)
    drawn = [value for one in figure.walk() for value in one.attributes.values()]
    assert not re.search(r"\b(nan|inf)\b", " ".join(drawn), re.IGNORECASE)


def test_a_silence_is_empty_in_the_csv_and_broken_in_the_line_and_no_zero(observed):
    head, rows = read_csv(observed.site, "reading", "1h")
    place = head.index("gap")
    cells = [row[place] for row in rows]
    answer = observed.answer("reading", "1h")["gap"]

    assert len(answer) < len(cells)
    assert [bool(cell) for cell in cells] == [instant(row[0]) in answer for row in rows]
    assert "0" not in cells
    assert min(finite(answer)) > 5


def test_a_series_that_ended_is_told_without_a_value_now(observed):
    figure = observed.figure("reading", "1h")
    answer = observed.answer("reading", "1h")["ended"]
    entry = next(one for one in legend_of(figure) if one.text.startswith("ended"))

    assert max(answer) < END - 600
    assert [float(one.attributes["value"]) for one in entry.all("data")] == [
        min(answer.values()),
        max(answer.values()),
    ]


def test_the_past_holds_what_these_tests_are_about(observed):
    series = observed.monitoring.series('count({__name__=~".+"})', END, END, 1)
    assert len(BOUNDS) == 10
    assert next(iter(series.values()))[END] > 45
