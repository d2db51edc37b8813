from email.utils import formatdate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.http.dates import measure_lead, parse_date

NOW = 1_795_780_496.0


def dated(instant: float, **more: str) -> dict[str, str]:
    return {"date": formatdate(instant, usegmt=True), **more}


@pytest.mark.parametrize(
    ("headers", "elapsed", "lead"),
    [
        (dated(NOW + 600), 0.0, 600.0),
        (dated(NOW - 600), 0.0, -600.0),
        (dated(NOW - 30), 0.0, -30.0),
        (dated(NOW + 29), 0.0, 29.0),  # cut to the second: it may have been 30
        (dated(NOW + 86_400 * 400), 0.0, 86_400.0 * 400),
        (dated(NOW + 28), 0.0, 0.0),
        (dated(NOW - 29), 0.0, 0.0),
        (dated(NOW), 0.0, 0.0),
        (dated(NOW - 31), 4.0, 0.0),  # half of four seconds is the error
        (dated(NOW - 36), 4.0, -34.0),
        (dated(NOW - 40), 60.0, 0.0),
        (dated(NOW - 600, age="580"), 0.0, 0.0),
        (dated(NOW - 600, age="0"), 0.0, -600.0),  # a proxy says so of what it has not stored
        (dated(NOW - 600, age="1" * 5000), 0.0, 0.0),
        ({"date": "soon"}, 0.0, 0.0),
        ({"date": "Fri, 32 Nov 2026 11:54:56 GMT"}, 0.0, 0.0),
        ({"date": ""}, 0.0, 0.0),
        ({}, 0.0, 0.0),
    ],
)
def test_clocks_differ_from_thirty_seconds_on_that_are_no_error_of_measuring(headers, elapsed, lead):
    assert measure_lead(headers, NOW, elapsed) == lead


def test_clocks_up_to_a_day_apart_are_told_apart_to_the_second():
    for tenths in range(-864_000, 864_000, 101):
        ahead, now = tenths / 10, NOW + tenths % 10 / 10
        lead = measure_lead(dated((now + ahead) // 1), now, 0.2)
        assert lead == 0.0 or abs(lead - ahead) <= 1.1
        assert bool(lead) == (abs(ahead) >= 30) or 29 <= abs(ahead) <= 31.1


@given(st.text(max_size=60))
@settings(deadline=None, max_examples=200)
def test_any_text_is_a_date_or_none(text):
    assert parse_date(text) is None or isinstance(parse_date(text), float)
