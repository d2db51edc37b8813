"""The CSV behind a panel, read back by the standard library and by a strict RFC 4180 reader."""

import csv
import io
import math
import re
from array import array

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import structs
from sitegen.errors import Notice
from sitegen.feeds import csv as feed
from sitegen.feeds.csv import share_bytes, write_csv
from sitegen.freshness import Observed, missing, observed
from sitegen.metrics.model import MetricQuery, MetricResult, Panel, PanelData, Series
from sitegen.units import Window, parse_rfc3339

START = 1_750_000_800.0
WINDOW = Window(START, START + 120, 60.0)


def series(labels: dict[str, str], *samples: tuple[float, float]) -> Series:
    return Series(
        labels, array("d", [time for time, _ in samples]), array("d", [value for _, value in samples])
    )


def panel_data(
    *members: Series, legend: str = "", window: Window = WINDOW, seen: Observed | None = None
) -> PanelData:
    panel = Panel(id="p", source="prom", title="P", query="up", legend=legend)
    result = MetricResult(MetricQuery("prom", "up", WINDOW), members)
    return PanelData(panel, 120.0, window, seen or observed(result, START, START, 30.0))


def panel_csv(data: PanelData, most: float = math.inf) -> bytes:
    return feed.panel_csv(data, most).body


def rows(body: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body.decode(), newline="")))


def test_each_instant_has_a_row_and_an_empty_cell_is_no_sample():
    body = panel_csv(
        panel_data(
            series({"code": "200"}, (START, 12.5), (START + 60, 0.0)),
            series({"code": "500"}, (START + 60, 0.1)),
        )
    )
    assert body == (
        b"time,code 200,code 500\r\n"
        b"2025-06-15T15:20:00Z,12.5,\r\n"
        b"2025-06-15T15:21:00Z,0,0.1\r\n"
        b"2025-06-15T15:22:00Z,,\r\n"
    )


def test_samples_that_are_no_finite_number_are_written_as_what_they_are():
    body = panel_csv(
        panel_data(series({}, (START, math.nan), (START + 60, math.inf), (START + 120, -math.inf)))
    )
    assert [row[1] for row in rows(body)] == ["P", "NaN", "Inf", "-Inf"]


def test_a_sample_between_two_instants_has_a_row_of_its_own():
    body = panel_csv(panel_data(series({}, (START + 0.5, 1.0), (START + 60, 2.0))))
    assert rows(body)[1:3] == [["2025-06-15T15:20:00Z", ""], ["2025-06-15T15:20:00.500Z", "1"]]


def test_without_any_answer_there_is_only_the_head():
    assert panel_csv(panel_data(seen=missing(Notice("metrics.prom")))) == b"time\r\n"


def test_the_file_does_not_change_while_the_last_known_good_answer_stays():
    member = series({}, (START, 1.0))
    later = Window(START + 600, START + 720, 60.0)
    assert panel_csv(panel_data(member, window=later)) == panel_csv(panel_data(member))


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", '=HYPERLINK("http://evil")'])
def test_a_name_that_looks_like_a_formula_is_made_harmless(name):
    [head, *_] = rows(panel_csv(panel_data(series({"a": name}), legend="{{a}}")))
    assert head == ["time", "'" + name]


def test_a_negative_number_is_no_formula():
    assert rows(panel_csv(panel_data(series({}, (START, -1.5)))))[1][1] == "-1.5"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a,b", "a,b"),
        ('say "hi"', 'say "hi"'),
        ("a\r\nb", "a␍␊b"),
        ("\x1b[31m", "␛[31m"),
        ("\u202eevil", "‹U+202E›evil"),
    ],
)
def test_names_are_quoted_and_control_characters_shown(name, shown):
    body = write_csv(("time", name), ())
    assert rows(body) == [["time", shown]]
    assert body.count(b"\n") == 1


@pytest.mark.parametrize("names", [("\x80", "\x81"), ("=1", "'=1")])
def test_series_whose_names_look_alike_once_they_are_harmless_are_told_apart(names):
    head, *_ = rows(panel_csv(panel_data(*(series({"name": name}, (START, 1.0)) for name in names))))
    assert len(set(head)) == 3


@settings(deadline=None, max_examples=200)
@given(
    names=st.lists(st.text(), max_size=4),
    values=st.lists(st.none() | st.floats(), min_size=3, max_size=3),
)
@example(names=[""], values=[None, 8.988465674311579e307, 8.98846567431158e307])
def test_every_table_keeps_to_rfc_4180_and_every_double_to_its_last_bit(names, values):
    samples = [(START + 60 * index, value) for index, value in enumerate(values) if value is not None]
    body = panel_csv(panel_data(*(series({"name": name}, *samples) for name in names)))
    cell = r'(?:"(?:[^"]|"")*"|[^",\r\n]*)'
    assert re.fullmatch(rf"(?:{cell}(?:,{cell})*\r\n)+", body.decode())
    head, *lines = rows(body)
    assert len(head) == len(names) + 1
    assert len(set(head[1:])) == len(names)
    assert all(len(line) == len(head) for line in lines)
    assert [parse_rfc3339(line[0]) for line in lines] == WINDOW.instants()
    for line, value in zip(lines, values, strict=True):
        for text in line[1:]:
            assert (text == "") == (value is None)
            assert value is None or float(text) == value or (math.isnan(float(text)) and math.isnan(value))


def many(count: int, top: int = 5) -> PanelData:
    """Series 0 to count - 1, whose values are their numbers."""
    data = panel_data(
        *(series({"n": str(n)}, (START, float(n)), (START + 60, float(n))) for n in range(count))
    )
    return structs.replace(data, panel=structs.replace(data.panel, legend="{{n}}", top=top))


def test_what_is_too_large_has_the_largest_series_of_the_panel_alone():
    data = many(400, top=3)
    whole = panel_csv(data)
    cut = feed.panel_csv(data, len(whole) - 1)
    assert rows(cut.body)[0] == ["time", "397", "398", "399"]
    assert cut.left_out == 397
    assert feed.panel_csv(data, len(whole)) == (whole, 0)


def test_where_these_are_too_large_too_there_are_fewer_of_them():
    data = many(400, top=100)
    cut = feed.panel_csv(data, 400)
    assert len(cut.body) <= 400
    assert 0 < len(rows(cut.body)[0]) - 1 == 400 - cut.left_out < 100


def test_a_file_that_can_hold_nothing_is_its_head():
    assert feed.panel_csv(many(3), 10) == (b"time\r\n", 3)


@given(st.lists(st.integers(0, 10_000), max_size=30), st.integers(1, 100_000))
def test_all_files_together_are_as_large_as_they_may_be_and_the_largest_give_way(sizes, most):
    share = share_bytes(sizes, most)
    kept = sum(min(size, share) for size in sizes)
    assert kept <= most * (1 + 1e-9)
    assert share == math.inf or kept >= most * (1 - 1e-9)
