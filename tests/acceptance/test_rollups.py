"""Numbers of two years, through a whole build: every window shows what a hand would count, and no tier outgrows its reach."""

import sqlite3
from contextlib import closing
from itertools import pairwise

import pytest
from sitegen.state.folder import State
from tests.acceptance.comparing import figure_of, instant, read_csv
from tests.acceptance.documents import sentence_of
from tests.acceptance.running import last, mean, own_panel
from tests.acceptance.sites import Site, make_site
from tests.acceptance.stepping import build_at, slot_at

DAY, HOUR = 86_400, 3600
REACHES = ((25 * HOUR, 30), (31 * DAY, 300), (728 * DAY, HOUR))
"""Back to how long ago there is a sample every so many seconds, in seconds."""
STEPS = {"1h": 120, "24h": 360, "7d": HOUR, "30d": 3 * HOUR, "728d": 4 * DAY}
MEAN, SUM, LAST = (
    "sitegen_build_duration_seconds",
    'sitegen_http_requests_total{class="2xx"}',
    'sitegen_asset_bytes{kind="html"}',
)


def number(slot: int) -> float:
    """The sample of a slot: nothing that a neighbour could stand for."""
    return (slot // 30 * 7919 % 100_003) / 64


@pytest.fixture(scope="module")
def long_lived(tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, list[int]]:
    """A site with two years behind it, left through the same door as a build leaves its numbers."""
    panels = [
        own_panel(query, tuple(STEPS), name) for name, query in (("mean", MEAN), ("sum", SUM), ("last", LAST))
    ]
    site = make_site(tmp_path_factory.mktemp("long"), config="\n".join(panels))
    now, slots = int(slot_at(0)), set[int]()
    for reach, step in REACHES:
        slots |= set(range((now - reach) // step * step, now, step))
    stored = sorted(slots)
    with State.open(site.state, float(now)) as state, state.batch():
        for slot in stored:
            state.series.add(slot, dict.fromkeys((MEAN, SUM, LAST), number(slot)) | {"sitegen_up": 1.0})
    build_at(site, 2)
    return site, stored


@pytest.mark.parametrize("window", STEPS)
@pytest.mark.parametrize(("panel", "combine"), [("mean", mean), ("sum", sum), ("last", last)])
def test_every_window_over_two_years_is_what_a_hand_would_count(long_lived, panel: str, combine, window: str):
    site, stored = long_lived
    rows = [(instant(time), cells) for time, *cells in read_csv(site, panel, window)[1]]
    step = STEPS[window]
    assert {after - before for (before, _), (after, _) in pairwise(rows)} == {step}
    columns: dict[float, list[float]] = {}
    for slot in stored:
        columns.setdefault(-(-slot // step) * step, []).append(number(slot))
    shown = {end: float(cell) for end, (cell,) in rows if cell}
    expected = {end: combine(columns[end]) for end, _ in rows if end in columns}
    assert shown == pytest.approx(expected, rel=1e-9)
    # A column of the last day has all its samples, and the page says the last of them.
    assert len(shown) >= len(rows) - 1
    told = sentence_of(figure_of(site, panel, window, "1h")).all("data")
    assert float(told[0].attributes["value"]) == pytest.approx(shown[max(shown)], rel=1e-9)


def test_no_tier_keeps_more_than_it_promises(long_lived):
    site, stored = long_lived
    now = slot_at(0)
    with closing(sqlite3.connect(site.state / "state.db")) as database, database:
        for table, reach in (("sample", 25 * HOUR), ("sample_5min", 31 * DAY), ("sample_1h", 730 * DAY)):
            question = f"select min(slot), count(*) from {table} join series on id = series where name = ?"  # noqa: S608
            oldest, count = database.execute(question, (MEAN,)).fetchone()
            assert now - reach - 2 * HOUR <= oldest <= now - reach + 2 * DAY, table
            width = {"sample": 30, "sample_5min": 300, "sample_1h": HOUR}[table]
            assert count <= reach // width + 200
    assert stored[0] < now - 31 * DAY
