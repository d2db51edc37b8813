"""Objectives over good and total queries, against a hand's arithmetic and a real Prometheus."""

import math
from fractions import Fraction
from pathlib import Path

import pytest
from tests.acceptance.counted import BURNS, NUMBERS, Canned, check_numbers, counts, objective, source
from tests.acceptance.foreign import serve_answers
from tests.acceptance.monitoring import run_prometheus, write_blocks
from tests.acceptance.probed import BEGIN, configure, facts, panel, run_cycle, stamp
from tests.acceptance.sites import Site, make_site

DAY = 86_400


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path / "site")


def test_what_two_queries_count_is_worked_out_as_by_hand_and_told_in_words(site: Site):
    canned = Canned(counts("good", "total", NUMBERS))
    with serve_answers(canned) as url:
        configure(site, source(url), objective("counted"))
        report = run_cycle(site, 0)

    check_numbers(site, "counted", "0.99", "30d", NUMBERS)
    section = panel(site, "slo-counted")
    assert report["problems"] == []
    assert section.all("p")[0].text == "● met"
    assert facts(section)["coverage"] == [1]
    for words in (
        "In the last 30d, ",
        " requests were counted and ",
        "Attained: 1 − ",
        "A burn rate is the share",
    ):
        assert words in section.text
    assert {"name": "counters", "status": "fresh", "fetched_at": stamp(BEGIN)} in site.status["sources"]


def test_a_window_in_the_place_of_a_range_is_filled_in_and_brackets_in_quotes_are_text(site: Site):
    canned = Canned(
        counts('good{path=~"/a[0-9]+(x)?"}', "x", NUMBERS)
        | {f"sum(rate(total[{window}])) * 2": pair[1] for window, pair in NUMBERS.items()}
    )
    with serve_answers(canned) as url:
        own = objective("counted", 'good{path=~"/a[0-9]+(x)?"}', "sum(rate(total[$window])) * 2")
        configure(site, source(url), own)
        run_cycle(site, 0)
    check_numbers(site, "counted", "0.99", "30d", NUMBERS)


EDGES = {
    "nothing-counted": ((0, 0), "no data", "Nothing was counted in this window yet."),
    "more-good-than-all": ((100.5, 100), "met", "Attained"),
    "not-a-number": ((math.nan, 100), "no data", "the good query gave no finite number"),
    "infinite": ((5, math.inf), "no data", "the total query gave no finite number"),
    "no-series": ((None, 100), "missed", "the good query gave no series"),
    "all-bad": ((0, 40), "missed", "of it is used, which overspends it by"),
    "several": (([1, 2], 3), "no data", "several sends an answer that cannot be used"),
}


def test_what_is_no_number_is_no_data_and_never_a_hundred_per_cent(site: Site):
    values: dict[str, object] = {}
    for identity, (pair, _, _) in EDGES.items():
        name = identity.replace("-", "_")
        values |= counts(f"{name}_good", f"{name}_total", dict.fromkeys(NUMBERS, pair))
    with serve_answers(Canned(values)) as url:
        slos = [
            objective(one, f"{one.replace('-', '_')}_good", f"{one.replace('-', '_')}_total") for one in EDGES
        ]
        configure(site, source(url), *slos)
        report = run_cycle(site, 0)

    for identity, (pair, word, reason) in EDGES.items():
        page = next(
            one for one in ("/slo/", "/slo/2/", "/slo/3/") if f'id="slo-{identity}"' in site.page(one)
        )
        section = panel(site, f"slo-{identity}", page)
        said = facts(section)
        assert section.all("p")[0].text.endswith(word), identity
        if word == "no data":
            assert said["attained"] == []
            assert said["budget left"] == []
            assert reason in section.text
        else:
            assert said["attained"] == [1 if pair[0] else 0]
    [problem] = report["problems"]
    assert (problem["where"], problem["message"]) == (
        "slos.several",
        "the good query gave 2 series instead of one; put it into sum(...)",
    )


def test_little_history_shows_as_little_coverage(site: Site):
    canned = Canned(counts("good", "total", NUMBERS))
    canned.since = BEGIN - 3 * DAY
    with serve_answers(canned) as url:
        configure(site, source(url), objective("counted"))
        run_cycle(site, 0)
    assert facts(panel(site, "slo-counted"))["coverage"] == [pytest.approx(3 / 30)]


# --- Against a real Prometheus -------------------------------------------------------


def write_past(folder: Path) -> None:
    """Fill a Prometheus' storage with eight days of two counters, one reset in the middle."""
    sparse: list[str] = []
    lines, first, total, bad = ["# TYPE requests counter"], int(BEGIN) - 8 * DAY, 0, 0
    for number, at in enumerate(range(first, int(BEGIN), 120)):
        if at == first + 4 * DAY:
            total = bad = 0
        total += 100 + number % 37
        bad += 3 if number % 11 == 0 else number % 2
        lines += [
            f'requests_total{{code="200"}} {total - bad} {at}',
            f'requests_total{{code="500"}} {bad} {at}',
        ]
        # Two hours of every three.
        sparse += [f"sparse_total{{}} {number} {at}"] if at % 10_800 < 7200 else []
    series = sorted(lines[1:], key=lambda line: line.split("}")[0])
    text = "\n".join([lines[0], *series, "# TYPE sparse counter", *sparse, "# EOF", ""])
    folder.mkdir(parents=True)
    (folder / "past.om").write_text(text, encoding="utf-8")
    write_blocks(folder)


@pytest.mark.needs("prometheus")
def test_an_objective_says_what_prometheus_itself_answers_for_the_same_instant(site: Site, tmp_path: Path):
    write_past(tmp_path / "prometheus")
    good, total = 'requests_total{code!~"5.."}', "requests_total"
    ratio = 'sum(increase(requests_total{code="200"}[$window]))'
    with run_prometheus(tmp_path / "prometheus") as prometheus:
        configure(
            site,
            source(prometheus.url),
            objective("week", good, total, 0.99, "7d"),
            objective("sparse", "sparse_total", "sparse_total", 0.99, "7d"),
            objective("own", ratio, "sum(increase(requests_total[$window]))", 0.995, "30d"),
        )
        report = run_cycle(site, 7)

        def answer(query: str) -> str:
            found = prometheus.ask("/api/v1/query", query=query, time=BEGIN)
            [one] = found["data"]["result"]
            return one["value"][1]

        numbers = {
            window: (
                Fraction(float(answer(f"sum(increase({good}[{window}]))"))),
                Fraction(float(answer(f"sum(increase({total}[{window}]))"))),
            )
            for window in ("7d", "30d", *BURNS)
        }
    assert report["problems"] == []
    assert all(0 < one < other for one, other in numbers.values())
    check_numbers(site, "week", "0.99", "7d", numbers)
    check_numbers(site, "own", "0.995", "30d", numbers)
    assert facts(panel(site, "slo-week"))["coverage"] == [1]
    [coverage] = facts(panel(site, "slo-own"))["coverage"]
    assert coverage == pytest.approx(8 / 30, abs=1e-3)
    [sparse] = facts(panel(site, "slo-sparse"))["coverage"]
    assert sparse == pytest.approx(2 / 3, abs=0.02)
    # The three gauges of the burn rates, and before them what was left of the budget, wide and narrow.
    assert [len(panel(site, f"slo-{one}").all("svg")) for one in ("week", "own")] == [5, 5]
