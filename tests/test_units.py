import math
import random
import re
import zoneinfo
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sitegen.units import (
    MAX_POINTS,
    Instant,
    Quantity,
    Window,
    even,
    floor_percent,
    format_bytes,
    format_duration,
    format_quantity,
    nice_step,
    parse_duration,
    parse_rfc3339,
    plain,
    rfc3339,
    window_label,
    zone_of,
)
from sitegen.visualization.primitives.scales import fixed

NOW = 1_795_419_810.0  # 2026-11-23T07:43:30Z
numbers = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("500ms", 0.5), ("30s", 30), ("5m", 300), ("1h", 3600), ("7d", 604_800), ("2w", 1_209_600), ("1y", 31_536_000),
     ("1h30m", 5400), ("1.5h", 5400), ("0s", 0)],
)  # fmt: skip
def test_a_duration_is_read_as_seconds(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "5", "s", "-1s", "1 h", "1h 30m", "1e3s", "5 minutes", "٣s", "9" * 400 + "s", "1h\n"]
)
def test_what_is_no_duration_is_refused_with_a_sentence_that_shows_how(text):
    with pytest.raises(ValueError, match="is not a duration; write it like 500ms, 30s, 5m, 1h or 7d"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "label"),
    [(30, "30s"), (60, "1m"), (90, "90s"), (3600, "1h"), (5400, "90m"), (86_400, "24h"), (172_800, "2d"),
     (604_800, "7d"), (0.5, "500ms")],
)  # fmt: skip
def test_a_window_is_spelled_as_the_configuration_does_and_reads_back(seconds, label):
    assert window_label(seconds) == label
    assert parse_duration(label) == seconds


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (412e-6, "412 µs"), (0.0389, "38.9 ms"), (0.9994, "999 ms"), (0.9996, "1 s"), (1.239, "1.24 s"),
     (59.94, "59.9 s"), (59.96, "1 min"), (250, "4 min 10 s"), (3599.6, "1 h"), (11_100, "3 h 5 min"),
     (187_200, "2 d 4 h"), (-0.5, "-500 ms"), (math.nan, "–"), (math.inf, "–"), (1e300, "1.16e295 d")],
)  # fmt: skip
def test_a_duration_is_written_for_people(seconds, text):
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "number", "size"),
    [(0, "0", "0 B"), (512, "512", "512 B"), (999.5, "1000", "1 kB"), (1234, "1234", "1.23 kB"), (24_400, "24.4 k", "24.4 kB"),
     (1.2e6, "1.2 M", "1.2 MB"), (4.5e9, "4.5 G", "4.5 GB"), (2e12, "2 T", "2 TB"), (-1.2e6, "-1.2 M", "-1.2 MB"),
     (0.00123, "0.00123", "0.00123 B"), (4e-13, "4e-13", "4e-13 B"), (1e15, "1 P", "1 PB"), (1e18, "1 E", "1 EB"), (1e300, "1e282 E", "1e282 EB"),
     ],
)  # fmt: skip
def test_numbers_and_sizes_are_written_in_three_digits(value, number, size):
    assert format_quantity(value, "") == number
    assert format_bytes(value) == size


@pytest.mark.parametrize("value", [math.nan, -math.inf])
def test_a_size_that_is_no_number_is_a_dash(value):
    assert format_bytes(value) == "–"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [(99.97, "percent", "99.97 %"), (-99.97, "percent", "-99.97 %"), (99.9999999, "percent", "99.99999 %"), (100, "percent", "100 %"),
     (100.4, "percent", "100.4 %"), (100.0000001, "percent", "100.00001 %"), (100.9, "percent", "100.9 %"), (99, "percent", "99 %"),
     (0.0004, "percent", "0.0004 %"), (1.004, "ratio", "100.4 %"), (math.nextafter(1, 2), "ratio", "100.00001 %"),
     (math.nextafter(1, 0), "availability", "99.99 %"), (1, "availability", "100.00 %"), (4e-6, "ratio", "0.0004 %"),
     (1023, "bytes-iec", "1023 B"), (1536, "bytes-iec", "1.5 KiB"), (3 * 2**30, "bytes-iec", "3 GiB"), (12_300, "bits", "12.3 kbit"),
     (0.039, "seconds", "39 ms"), (1e6, "bytes", "1 MB"), (0.5, "ratio", "50 %"), (12.5, "percent", "12.5 %"),
     (NOW, "timestamp", "2026-11-23T07:43:30Z"), (3, "requests", "3 requests"), (1, "requests", "1 request"), (1, "queries/s", "1 query/s"), (1, "", "1"),
     (12.3e6, "bytes/s", "12.3 MB/s"), (2000, "W", "2 kW"), (0, "bits/s", "0 bit/s"), (3, "", "3"), (None, "seconds", "no data"),
     (math.nan, "seconds", "no data"), (math.inf, "", "no data")],
)  # fmt: skip
def test_a_quantity_is_written_with_its_unit(value, unit, text):
    assert format_quantity(value, unit) == text


@pytest.mark.parametrize(
    ("values", "unit", "texts"),
    [([0.0898, 0.419, 0.88], "seconds", ["90 ms", "419 ms", "880 ms"]),
     ([0.301, 1.5, 2.36, 90], "seconds", ["301 ms", "1.50 s", "2.36 s", "1 min 30 s"]),
     ([17.1, 21, 0], "requests/s", ["17.1 requests/s", "21.0 requests/s", "0 requests/s"]),
     ([0.00433, 0.378, 0.000002], "ratio", ["0.43 %", "37.80 %", "< 0.01 %"]), ([1, 2], "jobs", ["1 job", "2 jobs"]),
     ([1, 12.5], "seconds", ["1.0 s", "12.5 s"]), ([0.99931, 0.5], "ratio", ["99.931 %", "50 %"]), ([99.97, 100, 100.4, 50.04], "percent", ["99.97 %", "100 %", "100.4 %", "50 %"]), ([50, -0.00001], "percent", ["50 %", "> -1 %"]), ([1e300, 1], "", ["1e282 E", "1"])],
)  # fmt: skip
def test_figures_that_stand_together_are_written_to_one_place(values, unit, texts):
    assert [part.text for part in even([Quantity(value, unit) for value in values])] == texts


@given(
    st.lists(numbers),
    st.sampled_from(["", "seconds", "bytes", "ratio", "percent", "requests"]),
)
def test_no_figure_is_lost_beside_others_nor_becomes_long(values, unit):
    parts = [Quantity(value, unit) for value in values]
    assert [part.value for part in even(parts)] == values
    assert all(len(part.text) <= 32 for part in even(parts))


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (1, "100 %"),
        (0.9999999, "99.99999 %"),
        (0.99931, "99.931 %"),
        (0.99, "99 %"),
        (0.5, "50 %"),
        (0, "0 %"),
        (1.2, "120 %"),
    ],
)
def test_availability_is_never_rounded_up_to_a_hundred(ratio, text):
    assert format_quantity(ratio, "ratio") == text


@given(numbers, st.sampled_from(["", "seconds", "bytes", "ratio", "percent", "requests", "timestamp"]))
def test_any_number_in_any_unit_is_short(value, unit):
    assert len(format_quantity(value, unit)) <= 32


@given(numbers)
def test_the_raw_value_gives_the_same_double_back(value):
    assert float(Quantity(value).raw) == value


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_no_data_has_no_raw_value(value):
    assert (Quantity(value, "seconds").raw, Quantity(value, "seconds").text) == ("", "no data")


def test_whole_numbers_are_raw_without_a_point():
    assert (Quantity(3.0).raw, Quantity(0.1).raw, Quantity(1e300).raw) == ("3", "0.1", "1e+300")


@pytest.mark.parametrize(
    ("instant", "digits", "text"),
    [(NOW, 0, "2026-11-23T07:43:30Z"), (NOW + 0.999, 0, "2026-11-23T07:43:30Z"), (NOW + 0.0124, 3, "2026-11-23T07:43:30.012Z"),
     (NOW + 0.9996, 3, "2026-11-23T07:43:31.000Z"), (-1.5, 0, "1969-12-31T23:59:58Z"), (1e300, 0, "9999-12-31T23:59:59Z"),
     (-math.inf, 0, "0001-01-01T00:00:00Z")],
)  # fmt: skip
def test_an_instant_is_written_in_utc_and_never_leaves_the_years_of_rfc3339(instant, digits, text):
    assert rfc3339(instant, digits=digits) == text


@given(st.integers(-62_135_596_800, 253_402_300_799))
def test_an_instant_reads_back(seconds):
    assert parse_rfc3339(rfc3339(seconds)) == seconds


def test_an_instant_may_come_with_a_zone_a_fraction_and_small_letters():
    assert parse_rfc3339("2026-11-23T08:43:30+01:00") == NOW
    assert parse_rfc3339("2026-11-23t07:43:30.250z") == NOW + 0.25


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-23",
        "2026-11-23T07:43:30",
        "20261123T074330Z",
        "2026-W48-1T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "now",
    ],
)
def test_what_is_no_instant_with_a_zone_is_refused_with_a_sentence(text):
    with pytest.raises(ValueError, match="is not an RFC 3339 instant; write it like 2026"):
        parse_rfc3339(text)


def test_an_instant_is_shown_with_a_space_and_its_zone():
    assert (Instant(NOW).raw, Instant(NOW).text) == ("2026-11-23T07:43:30Z", "2026-11-23 07:43:30 UTC")


def test_a_sentence_reads_as_text():
    assert (
        plain(("took ", Quantity(0.25, "seconds"), " at ", Instant(NOW)))
        == "took 250 ms at 2026-11-23 07:43:30 UTC"
    )


@pytest.mark.parametrize(
    ("least", "step"),
    [
        (0.1, 1),
        (1, 1),
        (3, 5),
        (15, 15),
        (16, 20),
        (61, 120),
        (361, 600),
        (43_201, 86_400),
        (90_000, 172_800),
    ],
)
def test_a_step_divides_minutes_hours_or_days(least, step):
    assert nice_step(least) == step


@given(st.floats(0, 4e9), st.floats(1, 1e9), st.floats(0.01, 1e6), st.integers(0, 20_000))
def test_a_window_is_aligned_to_its_step_and_ends_by_now(now, span, least, columns):
    window = Window.ending(now, span, least_step=least, max_columns=columns)
    assert window.start % window.step == 0
    assert window.end % window.step == 0
    assert window.end <= now < window.end + window.step
    assert 1 <= window.columns == len(window.instants()) <= max(1, min(columns, MAX_POINTS))
    assert window.step >= least


def test_a_window_moves_only_once_a_step():
    day = [Window.ending(NOW + second, 86_400) for second in range(0, 600, 30)]
    assert {window.step for window in day} == {360.0}
    assert len({window.end for window in day}) <= 3


def test_utc_needs_no_database_of_zones():
    zoneinfo.ZoneInfo.clear_cache()
    zoneinfo.reset_tzpath(())
    try:
        assert zone_of("UTC") is UTC
    finally:
        zoneinfo.reset_tzpath()
    assert zone_of("Europe/Berlin").key == "Europe/Berlin"


def test_a_hundred_per_cent_and_none_are_said_of_nothing_else():
    random_, said = random.Random(14), re.compile(r"(?<![\d.])(-?\d+(?:\.\d+)?) %")
    for _ in range(10_000):
        around, side = random_.choice((0, 100, -100)), random_.choice((-1, 1))
        amount = around + side * 10 ** random_.uniform(-12, 0.3)
        beside = random_.choice((0, 50, 100)) + 10 ** random_.uniform(-12, 1)
        for unit, size in (("percent", 1), ("ratio", 100)):
            value, other = amount / size, beside / size
            texts = [format_quantity(value, unit), *(fixed(value, unit, places) for places in range(4))]
            texts += [part.text for part in even((Quantity(value, unit), Quantity(other, unit)))[:1]]
            texts += [floor_percent(amount / 100, 2)] if 0 < amount < 100 else []
            for text in texts:
                if text[0] not in "<>" and abs(value * size) not in {0, 100}:
                    assert float(said.match(text)[1] if "e" not in text else 1) not in {0, 100, -100}, (
                        value,
                        text,
                    )
