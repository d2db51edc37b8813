"""What sitegen remembers, against a naive oracle that keeps everything."""

import math
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.state.builds import Builds
from sitegen.state.database import Database
from sitegen.state.deploys import DeployRecord
from sitegen.state.folder import State
from sitegen.state.samples import Aggregation, Series, aggregation_of
from sitegen.units import Window

NOW = 1_764_000_000.0
DAY, CYCLE = 86_400.0, 30.0


def forgetful():
    """A state in memory: its folder cannot be made."""
    return State.open(Path("/dev/null"), NOW)


def oracle(samples, window, aggregation):
    """The columns of a window, worked out the slow way: `samples` maps slots to values."""
    times, values = [], []
    for instant in window.instants():
        inside = [samples[slot] for slot in sorted(samples) if instant - window.step < slot <= instant]
        if inside:
            times.append(instant)
            values.append(
                {
                    Aggregation.MEAN: lambda found: math.fsum(found) / len(found),
                    Aggregation.SUM: math.fsum,
                    Aggregation.MAX: max,
                    Aggregation.LAST: lambda found: found[-1],
                }[aggregation](inside)
            )
    return times, values


# --- builds -------------------------------------------------------------------


def test_the_first_build_is_number_one(state):
    assert state.builds.next_generation() == 1
    assert state.builds.last(5) == ()
    assert state.builds.last_completed() is None


def test_builds_come_back_as_they_were_the_newest_first(state, build):
    for generation in (1, 2, 3):
        state.builds.add(build(generation))
    assert state.builds.last(2) == (build(3), build(2))
    assert state.builds.next_generation() == 4


def test_a_failed_build_is_not_the_last_completed_one(state, build):
    state.builds.add(build(1, status="degraded"))
    state.builds.add(build(2, status="failed"))
    assert state.builds.last_completed() == build(1, status="degraded")
    assert state.builds.last(1) == (build(2, status="failed"),)


@pytest.mark.parametrize(
    ("before", "after"),
    [(b"sitegen_up{", b"sitegen_up["), (b'probe="web"', b'probe=\xe2web"'), (b"degraded", b"dEgraded")],
)
def test_a_word_that_no_run_can_have_written_is_damage(folder, before, after):
    with State.open(folder, NOW) as state:
        state.series.add(NOW, {'sitegen_up{probe="web"}': 1.0})
        state.probes.add("web", NOW, "degraded", CYCLE)
    path = folder / "state.db"
    path.write_bytes(path.read_bytes().replace(before, after))
    with State.open(folder, NOW) as state:
        assert () in (state.series.names(), tuple(state.probes.intervals("web", NOW, NOW + 30)))
        assert "The history was lost" in state.problems[0].message


def test_a_build_or_deploy_in_which_a_bit_has_changed_is_left_out(folder, build):
    with State.open(folder, NOW) as state:
        state.builds.add(build(1))
        state.deploys.add(NOW, "www", "ok", b'{"uploaded": 3}')
    path = folder / "state.db"
    path.write_bytes(path.read_bytes().replace(b'"workers":2', b'"workers":3').replace(b": 3}", b": 7}"))
    with State.open(folder, NOW) as state:
        assert state.builds.last(5) == state.deploys.last(5) == ()
        assert state.builds.last_completed() is None
        assert state.builds.next_generation() == 2


def test_the_tasks_of_the_last_two_hundred_builds_are_kept_and_older_builds_without_them(state, build):
    with state.batch():
        for generation in range(1, 231):
            state.builds.add(build(generation))
    builds = state.builds.last(1000)
    assert [len(record.tasks) for record in builds] == [3] * 200 + [0] * 30
    assert builds[-1].sections == build(1).sections


def test_only_so_many_builds_are_kept(state, build):
    with state.batch():
        for generation in range(1, 3011):
            state.builds.add(build(generation, tasks=0))
    assert len(state.builds.last(10_000)) == 3000


def test_what_another_version_wrote_about_a_build_is_left_out(folder, build):
    with State.open(folder, NOW) as state:
        state.builds.add(build(1))
        state.builds.add(build(2))
    database = Database(folder / "state.db", NOW)
    database.write(
        lambda connection: connection.execute("UPDATE build SET record = x'7b7d' WHERE generation = 2")
    )
    assert Builds(database).last(5) == (build(1),)
    assert Builds(database).last_completed() == build(1)
    assert Builds(database).next_generation() == 3
    assert database.problems == ()
    database.close()


def test_deploys_come_back_the_newest_first(state):
    for number in range(3):
        state.deploys.add(NOW + number, "production", "ok", b'{"number": %d}' % number)
    assert state.deploys.last(2) == (
        DeployRecord(at=NOW + 2, target="production", status="ok", report=b'{"number": 2}'),
        DeployRecord(at=NOW + 1, target="production", status="ok", report=b'{"number": 1}'),
    )


# --- numbers ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "aggregation"),
    [
        ("sitegen_build_duration_seconds", Aggregation.MEAN),
        ("sitegen_requests_total", Aggregation.SUM),
        ('sitegen_requests_total{source="web"}', Aggregation.SUM),
        ("sitegen_site_bytes", Aggregation.LAST),
        ("sitegen_last_publish_timestamp_seconds", Aggregation.LAST),
        ("sitegen_drift_seconds_max", Aggregation.MAX),
        ('probe_duration_seconds{probe="x_total"}', Aggregation.MEAN),
    ],
)
def test_the_end_of_a_name_says_what_a_column_becomes(name, aggregation):
    assert aggregation_of(name) is aggregation


def test_a_column_covers_what_came_after_the_last_one_up_to_its_instant(state):
    for offset, value in [(-60, 9.0), (-30, 2.0), (0, 4.0), (30, 8.0)]:
        state.series.add(NOW + offset, {"a": value})
    times, values = state.series.columns("a", Window(start=NOW, end=NOW, step=60.0))
    assert (list(times), list(values)) == ([NOW], [3.0])


def test_absence_stays_absence(state):
    state.series.add(NOW, {"a": 0.0})
    state.series.add(NOW + 300, {"a": 5.0, "b": 1.0})
    times, values = state.series.columns("a", Window(start=NOW, end=NOW + 600, step=60.0))
    assert (list(times), list(values)) == ([NOW, NOW + 300], [0.0, 5.0])
    assert list(state.series.columns("unknown", Window(start=NOW, end=NOW, step=60.0))[0]) == []


def test_numbers_that_are_none_are_not_stored(state):
    state.series.add(NOW, {"a": math.nan, "b": math.inf, "c": -math.inf, "d": 1})
    assert state.series.names() == ("d",)


def test_the_latest_value_is_the_one_stored_last_though_the_clock_was_ahead(state):
    state.series.add(NOW + 3600, {"a": 1.0})
    state.series.add(NOW, {"a": 2.0})
    assert state.series.latest("a") == (NOW, 2.0)
    assert state.series.latest("unknown") is None


def test_the_oldest_hour_ends_after_the_first_sample_whatever_came_later(state):
    first = NOW // 3600 * 3600 - 500 * DAY + CYCLE
    for slot in (first + DAY, first, NOW):
        state.series.add(slot, {"a": 1.0})
    assert state.series.oldest("a") == first - CYCLE + 3600
    assert state.series.oldest("unknown") is None


@pytest.mark.parametrize(
    ("start", "end"), [(0, 300), (10, 200), (30, 31), (100, 4000), (0, 8000), (3601, 7200)]
)
def test_what_is_removed_is_in_no_tier(state, start, end):
    samples = {NOW + second: float(second % 7) for second in range(0, 7800, 30)}
    for slot, value in samples.items():
        state.series.add(slot, {"sitegen_build_seconds": value, "other": value})
    state.series.remove(("sitegen_build_seconds", "never"), NOW + start, NOW + end)
    left = {slot: value for slot, value in samples.items() if not NOW + start <= slot < NOW + end}
    for step in (30.0, 300.0, 3600.0):
        window = Window(NOW, NOW + 10_800, step)
        for name, known in (("sitegen_build_seconds", left), ("other", samples)):
            times, values = state.series.columns(name, window)
            expected = oracle(known, window, Aggregation.MEAN)
            assert (list(times), list(values)) == (expected[0], pytest.approx(expected[1]))


def test_a_slot_that_comes_again_replaces_in_every_tier(state):
    with state.batch():
        for value in (100.0, 1.0):
            for slot in range(0, 7200, 30):
                state.series.add(NOW + 30 + slot, {"a": value, "b_total": value})
    for step in (30.0, 300.0, 3600.0):
        window = Window(start=NOW + step, end=NOW + 7200, step=step)
        assert set(state.series.columns("a", window)[1]) == {1.0}
        assert set(state.series.columns("b_total", window)[1]) == {step / 30}


# Halves and quarters add up exactly in any order.
VALUES = st.integers(-4000, 4000).map(lambda number: number / 4)
SLOTS = st.integers(0, 1100).map(lambda number: NOW - 30 * number) | st.integers(0, 30_000).map(
    lambda second: NOW - second
)


@settings(deadline=None, max_examples=100)
@given(
    stored=st.lists(st.tuples(SLOTS, VALUES), min_size=1, max_size=60),
    name=st.sampled_from(["a", "a_total", "a_max", "a_bytes"]),
    step=st.sampled_from([30.0, 60.0, 300.0, 360.0, 600.0, 1800.0, 3600.0, 7200.0]),
)
def test_columns_are_those_of_an_oracle_that_keeps_everything(stored, name, step):
    samples = {}
    window = Window.ending(NOW + step, 36_000, least_step=step, max_columns=2000)
    with forgetful() as state:
        for at, value in stored:
            state.series.add(at, {name: value})
            samples[at] = value
        times, values = state.series.columns(name, window)
    assert (list(times), list(values)) == oracle(samples, window, aggregation_of(name))


@settings(deadline=None, max_examples=30)
@given(
    st.lists(st.sampled_from([-3600.0, 3600.0, -30.0, 30.0, 0.0, 7.0, -400 * DAY, 400 * DAY]), max_size=80)
)
def test_no_clock_makes_a_slot_that_is_there_twice(moves):
    database = Database(Path("/dev/null/state.db"), NOW)
    series, at, slots = Series(database), NOW, set()
    for move in moves:
        at += move
        slots.add(at)
        series.add(at, {"a": 1.0})
    sql = "SELECT count(*), count(DISTINCT slot) FROM sample"
    counted = database.read(lambda connection: connection.execute(sql).fetchone(), None)
    assert counted[0] == counted[1] <= len(slots)
    database.close()


@pytest.mark.parametrize("jump", [-400 * DAY, -3600.0, 3600.0, 400 * DAY, 2_147_483_648.0 - NOW])
def test_a_clock_that_jumps_for_one_run_costs_nothing(state, jump):
    with state.batch():
        for number in range(100):
            at = NOW + 30 * number + (jump if number == 90 else 0.0)
            state.probes.add("web", at, "up", CYCLE)
            state.series.add(at, {"a": 1.0})
    window = Window(start=NOW, end=NOW + 2970, step=30.0)
    assert len(state.series.columns("a", window)[0]) >= 99
    assert state.series.latest("a") == (NOW + 2970, 1.0)
    lost = [] if -2970 < jump < 2970 else [(NOW + 2700, NOW + 2730)]
    seen = state.probes.intervals("web", NOW, NOW + 3000)
    assert [(before[1], after[0]) for before, after in pairwise(seen)] == lost
    assert (seen[0][0], seen[-1][1]) == (NOW, NOW + 3000)


def test_a_probe_is_remembered_for_more_than_a_year(state):
    with state.batch():
        for day in range(0, 900, 2):
            state.probes.add("web", NOW + day * DAY, "up", CYCLE)
    kept = state.probes.intervals("web", 0, NOW + 900 * DAY)
    assert kept[0][0] == NOW + (896 - 398) * DAY


# --- probes -------------------------------------------------------------------


def test_cycles_without_change_are_one_interval(state):
    with state.batch():
        for cycle in range(100):
            state.probes.add("web", NOW + 30 * cycle, "up", CYCLE)
    assert state.probes.intervals("web", NOW - 1, NOW + 10_000) == [(NOW, NOW + 3000, "up")]


def test_a_cycle_that_did_not_run_is_a_gap(state):
    for cycle in (0, 1, 3):
        state.probes.add("web", NOW + 30 * cycle, "up", CYCLE)
    assert state.probes.intervals("web", NOW, NOW + 300) == [
        (NOW, NOW + 60, "up"),
        (NOW + 90, NOW + 120, "up"),
    ]


def test_intervals_are_cut_to_what_was_asked(state):
    state.probes.add("web", NOW, "up", cycle=300.0)
    assert state.probes.intervals("web", NOW + 10, NOW + 20) == [(NOW + 10, NOW + 20, "up")]
    assert state.probes.intervals("web", NOW + 20, NOW + 20) == []
    assert state.probes.intervals("other", NOW, NOW + 300) == []


@settings(deadline=None, max_examples=80)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 40), st.sampled_from(["up", "down", "degraded"]), st.sampled_from([1, 2, 5])
        ),
        max_size=60,
    ),
    st.integers(0, 45),
    st.integers(0, 45),
)
def test_intervals_are_those_of_an_oracle_that_keeps_every_cycle(found, first, last):
    oracle = {}
    with forgetful() as kept:
        for slot, state, length in found:
            kept.probes.add("web", NOW + 30 * slot, state, cycle=30.0 * length)
            oracle.update(dict.fromkeys(range(slot, slot + length), state))
        intervals = kept.probes.intervals("web", NOW + 30 * first, NOW + 30 * last)
    expected = []
    for slot in range(first, last):
        if slot in oracle:
            start, end, state = NOW + 30 * slot, NOW + 30 * slot + 30, oracle[slot]
            if expected and expected[-1][1:] == (start, state):
                expected[-1] = (expected[-1][0], end, state)
            else:
                expected.append((start, end, state))
    assert intervals == expected


def test_a_probe_that_always_flaps_stays_bounded(state, monkeypatch):
    monkeypatch.setattr("sitegen.state.probes._RUNS", 500)
    with state.batch():
        for cycle in range(600):
            state.probes.add("web", NOW + 30 * cycle, "up" if cycle % 2 else "down", CYCLE)
    assert state.probes.intervals("web", 0, NOW * 2)[0][0] == NOW + 100 * 30
    assert len(state.probes.intervals("web", 0, NOW * 2)) == 500


# --- growth -------------------------------------------------------------------


def cycle_of(state, build, number):
    at = NOW + 30 * number
    with state.batch():
        state.series.add(at, {f"series_{index}": number + index for index in range(40)})
        for probe in range(20):
            state.probes.add(f"probe_{probe}", at, "down" if (number + probe) % 500 == 0 else "up", CYCLE)
        state.builds.add(build(number + 1, tasks=60))


@pytest.mark.slow
def test_thirty_days_stay_below_the_bound_and_no_cycle_becomes_slow(folder, build):
    seconds = []
    for number in range(86_400):
        begun = time.process_time()
        with State.open(folder, NOW + 30 * number) as state:
            cycle_of(state, build, number)
            assert state.problems == ()
        seconds.append(time.process_time() - begun)
    size = (folder / "state.db").stat().st_size
    assert size <= 200_000_000
    first, last = sorted(seconds[100:1100])[500], sorted(seconds[-1000:])[500]
    print(f"{size / 1e6:.1f} MB, {first * 1e3:.2f} ms a cycle at first, {last * 1e3:.2f} ms at the end")


def test_what_no_tier_keeps_is_pruned_a_little_at_a_time(state):
    with state.batch():
        for number in range(200):
            state.series.add(NOW + 30 * number, {f"series_{index}": 1.0 for index in range(4)})
    later = NOW + 3 * 365 * DAY
    with state.batch():
        for number in range(20):
            state.series.add(later + 30 * number, {"series_0": 1.0})
    assert state.series.names() == ("series_0",)
    window = Window.ending(NOW + 6000, 6000, least_step=30)
    assert list(state.series.columns("series_0", window)[0]) == []
