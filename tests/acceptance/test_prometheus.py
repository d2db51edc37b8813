"""Every number that a page shows of a real Prometheus is Prometheus' own."""

import csv
import io
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest
from tests.acceptance.documents import Element, parse
from tests.acceptance.monitoring import Monitoring, run_monitoring, wait_for
from tests.acceptance.sites import Site, make_site

pytestmark = [pytest.mark.needs("prometheus", "node_exporter")]

WINDOWS = {"2m": 1.0, "1h": 15.0}
CPU = 'rate(node_cpu_seconds_total{cpu="0"}[5s])'
BUCKETS = "prometheus_http_response_size_bytes_bucket"

# Panels of series: id, query, the label that names a series, kind and unit.
SERIES = {
    "load": ("node_load1", "", "line", ""),
    "cpu": (CPU, "mode", "area", "ratio"),
    "answers": ("sum by (code) (rate(prometheus_http_requests_total[5s]))", "code", "bar", "requests/s"),
    "up": ("up", "job", "line", ""),
    "own": ("sitegen_build_duration_seconds", "", "stat", "seconds"),
    "updated": ("sitegen_last_build_timestamp_seconds", "", "stat", "timestamp"),
    "assets": ("sitegen_asset_bytes", "kind", "line", "bytes"),
    "broken": ("node_load1 / (time() % 7 > bool 0)", "", "line", ""),
}
OTHERS = {
    "latency": (f"sum by (le) ({BUCKETS})", "", "histogram", "bytes"),
    "heat": (f"sum by (le) (rate({BUCKETS}[5s]))", "", "heatmap", "bytes"),
    "refused": ("rate(node_load1)", "", "line", ""),
    "empty": ("nothing_of_this_name", "", "line", ""),
}


def configuration(url: str) -> str:
    panels = [
        f"[[metrics.panels]]\nid = '{name}'\nsource = 'real'\ntitle = 'Panel {name}'\nquery = '''{query}'''\n"
        f"legend = '{'{{' + label + '}}' if label else ''}'\nkind = '{kind}'\nunit = '{unit}'\n"
        f"windows = {list(WINDOWS)}\n"
        for name, (query, label, kind, unit) in (SERIES | OTHERS).items()
    ]
    source = f"[[metrics.sources]]\nname = 'real'\ntype = 'prometheus'\nurl = '{url}'\n"
    return "\n".join([source, *panels])


@dataclass(frozen=True)
class Observed:
    """A site that was built while Prometheus answered, and the Prometheus, which answers still."""

    site: Site
    monitoring: Monitoring
    report: dict


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Observed]:
    folder = tmp_path_factory.mktemp("observed")
    site = make_site(folder / "site")
    site.build()
    with run_monitoring(folder / "monitoring", textfiles=site.state) as monitoring:
        wait_for(lambda: count_samples(monitoring, CPU) > 3, "rates of the exporter's CPU")
        site.build()
        # Windows end a little ago, at a multiple of their step: this asks for two columns of the longest.
        wait_for(lambda: count_columns(monitoring) > 1, "a window of an hour with two columns", 90)
        (site.folder / "sitegen.toml").write_text(configuration(monitoring.url))
        yield Observed(site, monitoring, site.build())


def count_columns(monitoring: Monitoring) -> int:
    step = WINDOWS["1h"]
    settled = time.time() - 3
    found = monitoring.series(CPU, settled // step * step - 3600, settled // step * step, step)
    return min(map(len, found.values()))


def count_samples(monitoring: Monitoring, query: str) -> int:
    (one,) = monitoring.ask("/api/v1/query", query=f"count_over_time(({query})[1m:1s])", time="")["data"][
        "result"
    ][:1]
    return int(one["value"][1])


# --- What the page says -----------------------------------------------------------


def figure_of(site: Site, panel: str, window: str) -> Element:
    """The panel's section, wherever its window's pages have it."""
    start = "/metrics/" if window == next(iter(WINDOWS)) else f"/metrics/{window}/"
    for address in site.addresses():
        rest = address.removeprefix(start)
        if address.startswith(start) and (not rest or rest.strip("/").isdigit()):
            for section in parse(site.page(address)).all("section"):
                if section.attributes.get("aria-labelledby") == panel:
                    return section
    raise AssertionError(f"no page has the panel {panel} in the window {window}")


def values_in(element: Element) -> list[float]:
    """The raw values of the numbers, and the POSIX seconds of the instants, in order."""
    return [
        float(one.attributes["value"]) if one.tag == "data" else instant(one.attributes["datetime"])
        for one in element.walk()
        if one.tag in ("data", "time")
    ]


def instant(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def read_csv(site: Site, panel: str, window: str) -> tuple[list[str], list[list[str]]]:
    head, *rows = csv.reader(io.StringIO((site.dist / f"metrics/{panel}.{window}.csv").read_text()))
    return head, rows


def answer_for(observed: Observed, panel: str, window: str) -> dict[str, dict[float, float]]:
    """Prometheus' own answer for the instants of the CSV: samples by instant, by the name of the series."""
    query, label, *_ = (SERIES | OTHERS)[panel]
    _, rows = read_csv(observed.site, panel, window)
    found = observed.monitoring.series(query, instant(rows[0][0]), instant(rows[-1][0]), WINDOWS[window])
    names = {labels: dict(labels).get(label, "") if label else "" for labels in found}
    assert len(set(names.values())) == len(names), "the test must name its series apart"
    return {names[labels]: samples for labels, samples in found.items()}


# --- Series -----------------------------------------------------------------------


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("panel", SERIES)
def test_every_cell_of_a_csv_is_what_prometheus_answers_for_that_instant(observed, panel, window):
    head, rows = read_csv(observed.site, panel, window)
    answer = answer_for(observed, panel, window)

    assert sorted(head[1:]) == sorted(answer) or (list(answer) == [""] and len(head) == 2)
    times = [instant(row[0]) for row in rows]
    assert {after - before for before, after in pairwise(times)} == {WINDOWS[window]}
    for column, name in enumerate(head[1:], 1):
        expected = answer[name if name in answer else ""]
        shown = {at: float(row[column]) for at, row in zip(times, rows, strict=True) if row[column]}
        assert shown == pytest.approx(expected, rel=0, abs=0, nan_ok=True)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("panel", SERIES)
def test_every_cell_of_a_table_is_the_mean_of_prometheus_samples_from_its_time_to_the_next(
    observed, panel, window
):
    figure = figure_of(observed.site, panel, window)
    answer = answer_for(observed, panel, window)
    head = [cell.text for cell in figure.one("table").all("th")]
    rows = [row.all("td") for row in figure.one("tbody").all("tr")]
    starts = [values_in(row[0])[0] for row in rows]
    ends = [*starts[1:], math.inf]

    assert rows
    for row, start, end in zip(rows, starts, ends, strict=True):
        for name, cell in zip(head[1:], row[1:], strict=True):
            samples = finite(answer[name if name in answer else ""], start, end)
            if panel == "updated":
                samples = [math.floor(value) for value in samples[-1:]]  # instants have no mean
            expected = [pytest.approx(sum(samples) / len(samples), rel=1e-12)] if samples else []
            assert values_in(cell) == expected


def finite(samples: dict[float, float], start: float = -math.inf, end: float = math.inf) -> list[float]:
    return [value for at, value in sorted(samples.items()) if start <= at < end and math.isfinite(value)]


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("panel", SERIES)
def test_the_sentence_and_the_legend_say_prometheus_last_least_and_largest_samples(observed, panel, window):
    figure = figure_of(observed.site, panel, window)
    answer = answer_for(observed, panel, window)
    head = [cell.text for cell in figure.one("table").all("th")][1:]
    shown = {name: finite(answer[name if name in answer else ""]) for name in head}
    if panel == "updated":  # `<time>` has whole seconds
        shown = {name: [float(math.floor(value)) for value in values] for name, values in shown.items()}
    lasts = [values[-1] for values in shown.values()]
    everything = [value for values in shown.values() for value in values]
    low, high = min(everything), max(everything)
    changes = [
        abs(values[-1] - values[0])
        for values in map(finite, (answer[name if name in answer else ""] for name in head))
    ]
    change = max(changes) * (100 if SERIES[panel][3] == "ratio" else 1)

    said = values_in(figure.one("figcaption"))
    expected = list(lasts)
    if low != high:
        at = [when_was(answer, head, value) for value in (low, high)]
        expected += [low, at[0], high, at[1]] + ([change] if change else [])
    assert said == pytest.approx(expected, rel=1e-12)
    legend = [pytest.approx(values_in(entry)[0], rel=1e-12) for entry in figure.all("li")]
    assert legend in ([], lasts), "a single number needs no legend"


def when_was(answer: dict[str, dict[float, float]], names: list[str], value: float) -> float:
    """The first instant with this value, of the first series shown that has it."""
    samples = [answer[name if name in answer else ""] for name in names]
    return next(at for one in samples for at, found in sorted(one.items()) if value in (found, found // 1))


def test_only_the_largest_series_are_drawn_and_the_rest_is_told(observed):
    figure = figure_of(observed.site, "cpu", "2m")
    answer = answer_for(observed, "cpu", "2m")
    shown = [cell.text for cell in figure.one("table").all("th")][1:]
    means = {name: sum(finite(samples)) / len(samples) for name, samples in answer.items()}

    assert len(shown) == 5
    assert min(means[name] for name in shown) >= max(means[name] for name in answer if name not in shown)
    assert f"{len(answer) - 5} more series are in the CSV." in figure.text


def test_what_is_not_a_finite_number_is_a_gap_and_is_counted(observed):
    figure = figure_of(observed.site, "broken", "2m")
    (samples,) = answer_for(observed, "broken", "2m").values()
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
    counts = mean_counts(observed, panel)
    figure = figure_of(observed.site, panel, "2m")
    rows = [values_in(row) for row in figure.one("tbody").all("tr")]

    expected = [(count, count / sum(counts)) for count in counts if count]
    assert [tuple(row) for row in rows if row[0]] == [pytest.approx(pair, rel=1e-9) for pair in expected]
    assert len(expected) > 1


@pytest.mark.parametrize(("share", "place"), [(0.5, 0), (0.95, 1), (0.99, 2)])
def test_the_quantiles_of_a_histogram_are_those_of_histogram_quantile(observed, share, place):
    query = OTHERS["latency"][0]
    _, rows = read_csv(observed.site, "latency", "2m")
    start, end = instant(rows[0][0]), instant(rows[-1][0])
    asked = f"histogram_quantile({share}, avg_over_time(({query})[{int(end - start)}s:1s]))"
    (samples,) = observed.monitoring.series(asked, end, end, 1).values()

    said = values_in(figure_of(observed.site, "latency", "2m").one("figcaption"))
    assert said[place] == pytest.approx(samples[end], rel=1e-6)


def mean_counts(observed: Observed, panel: str) -> list[float]:
    """The mean counts of each bucket over the window, from Prometheus' cumulative ones."""
    _, rows = read_csv(observed.site, panel, "2m")
    found = observed.monitoring.series(OTHERS[panel][0], instant(rows[0][0]), instant(rows[-1][0]), 1.0)
    by_bound = sorted(
        ((float(dict(labels)["le"]), samples) for labels, samples in found.items()), key=lambda one: one[0]
    )
    columns = []
    for at in by_bound[0][1]:
        cumulative = [samples[at] for _, samples in by_bound]
        columns.append([upper - lower for lower, upper in pairwise([0.0, *cumulative])])
    return [sum(column) / len(columns) for column in zip(*columns, strict=True)]


# --- What Prometheus does not answer ------------------------------------------------


def test_a_query_that_prometheus_refuses_shows_its_words_on_the_panel_and_the_build_goes_on(observed):
    refusal = observed.monitoring.ask(
        "/api/v1/query_range", query=OTHERS["refused"][0], start=0, end=1, step=1
    )
    figure = figure_of(observed.site, "refused", "2m")

    assert refusal["status"] == "error"
    assert refusal["error"] in figure.text
    assert "No data." in figure.text
    assert observed.report["status"] == "degraded"
    assert any(refusal["error"] in problem["message"] for problem in observed.report["problems"])


def test_a_query_without_series_says_no_data_and_is_no_fault(observed):
    figure = figure_of(observed.site, "empty", "2m")

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
        (site.folder / "sitegen.toml").write_text(configuration(monitoring.url))
        site.build()
        before, known = figure_of(site, "load", "2m"), site.status
        csv_before = (site.dist / "metrics/load.2m.csv").read_bytes()
        monitoring.stop()

        report = site.build()
        assert report["status"] == "degraded"
        assert report["sections"]["metrics"]["status"] == "degraded"
        assert values_in(figure_of(site, "load", "2m").one("figcaption")) == values_in(
            before.one("figcaption")
        )
        assert (site.dist / "metrics/load.2m.csv").read_bytes() == csv_before
        assert "refuses connections" in figure_of(site, "load", "2m").text
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
            assert f"last known values, fetched {fetched}" in figure_of(site, "load", "2m").text
            now = figure_of(site, "load", "2m")
            assert set(values_in(before.one("figcaption"))) <= set(values_in(now.one("figcaption")))
            assert "No data now, last" in now.text


def test_a_prometheus_that_never_answered_leaves_honest_panels_and_all_other_pages(tmp_path: Path, free_port):
    site = make_site(tmp_path, config=configuration(f"http://127.0.0.1:{free_port}"))

    report = site.build()

    assert report["status"] == "degraded"
    figure = figure_of(site, "load", "2m")
    assert "No data." in figure.text
    assert figure.all("data") == []
    assert {"/", "/metrics/", "/traces/", "/logs/", "/build/", "/slo/", "/about/"} <= set(site.addresses())
    assert {"name": "real", "status": "missing", "fetched_at": None} in site.status["sources"]
    assert site.run("build", "--strict").code == 4
