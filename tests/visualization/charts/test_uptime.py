from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sitegen.availability.model import ServiceState
from sitegen.availability.uptime import midnights
from sitegen.visualization.generator import draw_months, draw_uptime

DAY = 86_400.0


def bars(kit, markup):
    return {path.get("class"): kit.points_of(path.get("d")) for path in kit.read_svg(markup).iter("path")}


def test_the_state_is_told_by_class_and_by_height(kit):
    states = [
        ServiceState.UP,
        ServiceState.DEGRADED,
        ServiceState.DOWN,
        ServiceState.NO_DATA,
        ServiceState.MAINTENANCE,
    ]
    drawn = bars(kit, draw_uptime([(DAY * index, state) for index, state in enumerate(states)]))
    heights = {css: abs(strokes[0][0][1] - strokes[0][1][1]) for css, strokes in drawn.items()}
    assert heights == {"ok": 11, "w": 17, "c": 24, "u": 3, "m": 11}


def test_only_the_latest_ninety_days_are_drawn_oldest_first(kit):
    days = [(DAY * index, ServiceState.UP if index >= 30 else ServiceState.DOWN) for index in range(120)]
    drawn = bars(kit, draw_uptime(days))
    assert set(drawn) == {"ok"}
    assert [stroke[0][0] for stroke in drawn["ok"]] == [4 * index + 2 for index in range(90)]


def test_a_day_that_is_not_given_stays_empty(kit):
    drawn = bars(kit, draw_uptime([(0.0, ServiceState.UP), (2 * DAY, ServiceState.UP)]))
    assert [stroke[0][0] for stroke in drawn["ok"]] == [2, 10]


def test_days_of_a_zone_stand_side_by_side_where_one_has_23_hours(kit):
    now = datetime(2026, 4, 2, 12, tzinfo=UTC).timestamp()
    for zone in ("Europe/London", "Pacific/Auckland", "America/New_York"):
        begun = midnights(now, 30, ZoneInfo(zone))[:-1]
        drawn = bars(kit, draw_uptime([(start, ServiceState.UP) for start in begun]))
        assert [stroke[0][0] for stroke in drawn["ok"]] == [4 * index + 2 for index in range(30)]


def test_the_scale_names_the_months_of_a_zone(kit):
    new_year = datetime(2026, 12, 31, 23, 30, tzinfo=UTC).timestamp()
    texts = [one.text for one in kit.read_svg(draw_months(new_year, ZoneInfo("Asia/Tokyo"))).iter("text")]
    assert texts == ["90 days ago", "Nov", "Dec", "today"]


def test_no_days_are_an_empty_drawing(kit):
    assert bars(kit, draw_uptime([])) == {}


def test_the_scale_names_both_ends_and_the_months_that_begin_between_them(kit):
    texts = {one.text: one.get("x") for one in kit.read_svg(draw_months(1_795_392_000.0)).iter("text")}
    assert texts == {"90 days ago": "0", "Oct": "40%", "Nov": "74.44%", "today": "100%"}


def test_the_scale_begins_no_earlier_than_the_calendar(kit):
    third_of_january = -62_135_596_800.0 + 2 * DAY
    texts = [one.text for one in kit.read_svg(draw_months(third_of_january)).iter("text")]
    assert texts == ["90 days ago", "today"]


def test_of_the_days_that_were_down_the_worst_is_the_tallest_mark(kit):
    days = [(DAY * index, ServiceState.DOWN) for index in range(4)]
    drawn = bars(kit, draw_uptime(days, (60.0, 86_000.0, 85_000.0, 43_000.0)))
    assert [abs(stroke[0][1] - stroke[1][1]) for stroke in drawn["c"]] == [20, 24, 23, 22]
