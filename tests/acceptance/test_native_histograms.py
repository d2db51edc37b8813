"""Native histograms, which are not drawn, and series that end: named on their panel, never dropped in silence."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acceptance.backfill import END
from tests.acceptance.comparing import (
    Observed,
    Panel,
    check_csv,
    check_table,
    check_words,
    configuration,
    figure_of,
    read_csv,
    values_in,
)
from tests.acceptance.documents import sentence_of
from tests.acceptance.monitoring import run_prometheus
from tests.acceptance.peers import CLOCK, LAST, panel, source, text_of
from tests.acceptance.remote_write import FLAGS, STALE, Native, write
from tests.acceptance.sites import make_site
from tests.faulty_server import FaultyServer, Reply

PANELS = {
    "native": Panel("native"),
    "heat": Panel("native", "", "heatmap"),
    "histogram": Panel("native", "", "histogram"),
    "number": Panel("native", "", "stat"),
    "beside": Panel('{__name__=~"native|ended"}', "{{__name__}}"),
    "mixed": Panel("mixed"),
    "quantile": Panel("histogram_quantile(0.5, native)"),
    "ended": Panel("ended"),
    "weird": Panel("weird"),
}
NAMED = {
    "native": "1 series with native histograms, which are not drawn: native",
    "heat": "1 series with native histograms, which are not drawn: native",
    "histogram": "1 series with native histograms, which are not drawn: native",
    "number": "1 series with native histograms, which are not drawn: native",
    "beside": "1 series with native histograms, which are not drawn: native",
    "mixed": "1 series with native histograms, which are not drawn: mixed",
}
WINDOWS = {"15m": 5.0, "1h": 15.0}


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Observed]:
    """Twelve minutes of samples: `ended` has a stale marker in its seventh, `mixed` histograms from then on."""
    folder = tmp_path_factory.mktemp("native")
    times = [END - 720 + 60 * minute for minute in range(13)]
    grown = {at: Native((2 * n, 5 * n, 3 * n, n), 20.0 * n) for n, at in enumerate(times, 1)}
    weird = {2: float("nan"), 3: float("inf"), 4: float("-inf"), 7: STALE}
    with run_prometheus(folder / "monitoring", *FLAGS) as monitoring:
        write(
            monitoring,
            {
                "native": grown,
                "ended": {at: STALE if n == 6 else 40.0 + n for n, at in enumerate(times[:7])},
                "mixed": {at: 7.5 if n < 6 else grown[at] for n, at in enumerate(times)},
                "weird": {at: weird.get(n, 1.5 * n) for n, at in enumerate(times)},
            },
        )
        site = make_site(folder / "site", config=configuration(monitoring.url, PANELS, list(WINDOWS)))
        yield Observed(site, monitoring, site.build(*CLOCK), PANELS, WINDOWS)


@pytest.mark.needs("prometheus")
@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("panel", NAMED)
def test_native_histograms_of_a_real_prometheus_are_named_on_every_kind_of_panel(observed, panel, window):
    text = observed.figure(panel, window).text

    assert NAMED[panel] in text
    assert "The query gave no series." not in text
    assert observed.report["problems"] == [], "an answer that cannot be drawn is no fault of the source"


@pytest.mark.needs("prometheus")
def test_what_stands_beside_a_native_histogram_is_drawn(observed):
    assert read_csv(observed.site, "beside", "15m")[0] == ["time", "ended"]
    assert values_in(sentence_of(observed.figure("beside", "15m")))[0] == 45.0
    assert {row[1] for row in read_csv(observed.site, "mixed", "15m")[1]} == {"", "7.5"}


@pytest.mark.needs("prometheus")
@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("panel", ["quantile", "ended", "weird"])
def test_quantiles_of_native_histograms_and_series_that_ended_are_prometheus_own(observed, panel, window):
    check_csv(observed, panel, window)
    check_table(observed, panel, window)
    check_words(observed, panel, window)


@pytest.mark.needs("prometheus")
def test_a_series_is_absent_from_its_stale_marker_on_and_no_nan_is_shown(observed):
    rows = dict(read_csv(observed.site, "ended", "15m")[1])
    text = observed.figure("ended", "15m").text

    # Its last sample would count for five minutes, were it not for the marker.
    assert (rows["2026-03-01T11:53:55Z"], rows["2026-03-01T11:54:00Z"]) == ("45", "")
    assert "no data now · last 45, at 11:53 · " in text
    assert "Gaps" not in text, "what is absent is no sample, finite or not"
    assert "nan" not in text.lower()


@pytest.mark.needs("prometheus")
def test_samples_that_are_no_numbers_are_counted_apart_from_what_is_absent(observed):
    rows = read_csv(observed.site, "weird", "15m")[1]
    cells = [row[1] for row in rows]
    broken = [cell for cell in cells if cell in ("NaN", "Inf", "-Inf")]

    assert {"NaN", "Inf", "-Inf", ""} <= set(cells)
    assert f"Gaps: {len(broken)} samples are not a finite number." in observed.figure("weird", "15m").text


HISTOGRAM = {"count": "10", "sum": "3.4", "buckets": [[3, "-0.25", "0.25", "4"], [0, "0.25", "0.5", "6"]]}


def test_the_histograms_of_a_canned_answer_are_counted_and_named(tmp_path: Path):
    result = [
        {"metric": {"__name__": "rpc", "job": job}, "histograms": [[LAST, HISTOGRAM]]} for job in "abcde"
    ]
    result.append(
        {"metric": {"job": "both"}, "values": [[LAST, "7"]], "histograms": [[LAST - 15, HISTOGRAM]]}
    )
    body = json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}})
    with FaultyServer(Reply(body=body.encode())) as server:
        site = make_site(tmp_path, config=source("mine", server.url) + panel("mine"))
        report = site.build(*CLOCK)

    assert report["status"] == "ok"
    assert "6 series with native histograms, which are not drawn: " in text_of(site, "mine")
    assert "and 3 more" in text_of(site, "mine")
    assert values_in(sentence_of(figure_of(site, "mine", "1h", "1h"))) == [7.0]
    assert read_csv(site, "mine", "1h")[1][-1] == ["2026-03-01T11:59:45Z", "7"]
