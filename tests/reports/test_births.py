"""What users of other tools reported of counters that are born late: their first errors are not counted."""

import random
from collections.abc import Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from sitegen.availability.births import spell_births
from tests.acceptance.counted import objective, source
from tests.acceptance.foreign import serve_answers
from tests.acceptance.monitoring import Monitoring, run_prometheus, write_blocks
from tests.acceptance.probed import BEGIN, configure, facts, panel, run_cycle
from tests.acceptance.sites import Site, make_site

END, SCRAPE, DAY = int(BEGIN), 60, 86_400
WINDOWS = {"7d": 7 * DAY, "3d": 3 * DAY, "6h": 21_600, "1h": 3600, "5m": 300}
OLDEST = 11 * DAY
CASES = range(40)

Samples = dict[int, int]


def count(begin: int, end: int, value: int, growth: int, resets: tuple[int, ...] = ()) -> Samples:
    """A counter from `begin` to `end` seconds before the end, by instant; at a reset it starts from zero."""
    samples = dict[int, int]()
    for at in range(END - begin, END - end + 1, SCRAPE):
        value = 0 if at in resets else value + growth * (at // SCRAPE % 3)
        samples[at] = value
    return samples


def born(case: int) -> Samples:
    """A counter that is born at any instant of eight days, some rising, some reset."""
    chance = random.Random(case)
    begin = round(DAY * 8 * chance.random() ** 3) // SCRAPE * SCRAPE
    later = range(0, begin - 1200, SCRAPE)
    resets = (END - chance.choice(later),) if case % 3 == 2 and later else ()
    return count(begin, 0, chance.randrange(1, 500), case % 4, resets)


def rise(samples: Samples, window: float, *, whole: bool = False) -> int:
    """What a counter rose by in a window, and with what it began with where that counts."""
    seen = [value for at, value in samples.items() if at > END - window]
    return sum(b if b < a else b - a for a, b in pairwise(seen)) + (seen[0] if whole and seen else 0)


SERIES = {
    'requests_total{code="200",job="shop",instance="a"}': count(OLDEST, 0, 10**6, 40),
    'requests_total{code="500",job="shop",instance="a"}': count(2 * DAY, 0, 1500, 0),
    # Taken out for five days, and back since one and a half with what it had.
    'requests_total{code="200",job="shop",instance="back"}': count(OLDEST, 8 * DAY, 10**7, 1)
    | count(36 * 3600, 0, 10**7 + 50_000, 1),
    # Both were found by the collector yesterday: one had run for a year, the other was started then.
    'requests_total{code="500",job="shop",instance="old"}': count(DAY, 0, 5 * 10**6, 1),
    'up{job="shop",instance="old"}': count(DAY, 0, 1, 0),
    'process_start_time_seconds{job="shop",instance="old"}': count(DAY, 0, END - 365 * DAY, 0),
    'requests_total{code="200",job="shop",instance="new"}': count(DAY, 0, 700, 0),
    'up{job="shop",instance="new"}': count(DAY, 0, 1, 0),
    'process_start_time_seconds{job="shop",instance="new"}': count(DAY, 0, END - DAY - 90, 0),
    # What is known of this job began four days ago.
    'requests_total{code="200",job="young"}': count(4 * DAY, 0, 10**8, 3),
    'requests_total{code="500",job="young"}': count(2 * DAY, 0, 900, 0),
} | {f'requests_total{{job="case",case="{case}"}}': born(case) for case in CASES} | {
    'requests_total{job="case",case="all"}': count(OLDEST, 0, 5, 1)
}  # fmt: skip


@pytest.fixture(scope="module")
def monitoring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Monitoring]:
    folder = tmp_path_factory.mktemp("births")
    lines = [f"{name} {value} {at}" for name in sorted(SERIES) for at, value in SERIES[name].items()]
    (folder / "past.om").write_text("\n".join([*lines, "# EOF", ""]), encoding="utf-8")
    write_blocks(folder)
    with run_prometheus(folder) as running:
        yield running


def ask(monitoring: Monitoring, query: str) -> float:
    answer = monitoring.ask("/api/v1/query", query=query, time=END)
    assert answer["status"] == "success", answer
    return sum(float(one["value"][1]) for one in answer["data"]["result"])


def missed(monitoring: Monitoring, labels: str, window: str) -> float:
    job = labels.split(",", maxsplit=1)[0]
    query = spell_births(f"requests_total{{{labels}}}", f"requests_total{{{job}}}", WINDOWS[window], SCRAPE)
    return ask(monitoring, query)


@pytest.mark.needs("prometheus")
@pytest.mark.parametrize("window", WINDOWS)
def test_births_at_any_instant_are_counted_whole(monitoring: Monitoring, window: str):
    counted = partial(ask, monitoring)
    for case in CASES:
        samples, labels = born(case), f'job="case",case="{case}"'
        inside = min(samples) > END - WINDOWS[window]
        expected = rise(samples, WINDOWS[window], whole=inside)
        increase = counted(f"sum(increase(requests_total{{{labels}}}[{window}]))")
        if inside:
            # Over a reset, an increase is stretched to the edges, and the first value is one of a step of 14 minutes.
            found, tolerance = increase + missed(monitoring, labels, window), 45 if case % 3 == 2 else 1e-6
            assert found == pytest.approx(expected, abs=tolerance), (case, labels)
        else:
            assert missed(monitoring, labels, window) == 0, case


@pytest.mark.needs("prometheus")
@pytest.mark.parametrize(
    ("labels", "window", "expected"),
    [
        ('job="shop",instance="a",code="500"', "3d", 1500),
        ('job="shop",instance="a",code="500"', "6h", 0),
        ('job="shop",instance="back"', "7d", 0),
        ('job="shop",instance="back"', "3d", 0),
        ('job="shop",instance="old"', "7d", 0),
        ('job="shop",instance="old"', "3d", 0),
        ('job="shop",instance="new"', "7d", 700),
        ('job="shop",instance="new"', "6h", 0),
        ('job="young",code="200"', "7d", 0),
        ('job="young",code="500"', "7d", 900),
        ('job="young",code="500"', "3d", 900),
    ],
)
def test_births_are_told_from_what_comes_back_or_is_first_looked_at(
    monitoring: Monitoring, labels: str, window: str, expected: float
):
    assert missed(monitoring, labels, window) == expected


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return make_site(tmp_path / "site")


@pytest.mark.needs("prometheus")
def test_births_of_errors_miss_an_objective_that_the_increase_alone_would_meet(
    site: Site, monitoring: Monitoring
):
    selector = 'requests_total{job="shop",instance="a"%s}'
    good, total = selector % ',code="200"', selector % ""
    configure(site, source(monitoring.url), objective("errors", good, total, 0.999, "7d"))
    report = run_cycle(site, 0)

    answered = ask(monitoring, f"sum(increase({total}[7d]))")
    said = facts(panel(site, "slo-errors"))
    assert report["problems"] == []
    assert answered == ask(monitoring, f"sum(increase({good}[7d]))")
    assert said["attained"] == [pytest.approx(1 - 1500 / (answered + 1500))]
    assert panel(site, "slo-errors").all("p")[0].text.endswith("missed")
    assert said["burn rate 3d"][0] > 1
    assert said["burn rate 6h"] == [0]


def test_births_that_cannot_be_asked_are_said_to_be_left_out(site: Site):
    def answer(asked: dict[str, str]) -> dict:
        if "unless" in asked["query"]:
            return {"status": "error", "errorType": "execution", "error": "too many samples"}
        values = [[float(asked["end"]), "10"]]
        return {
            "status": "success",
            "data": {"resultType": "matrix", "result": [{"metric": {}, "values": values}]},
        }

    with serve_answers(answer) as url:
        configure(site, source(url), objective("counted", "good", "total", 0.99, "7d"))
        run_cycle(site, 0)
    said = panel(site, "slo-counted")
    assert facts(said)["attained"] == [1]
    assert "what counters had when they began is left out" in said.text
