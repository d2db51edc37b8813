"""The CSV behind a panel, read back by the standard library and by a strict RFC 4180 reader."""

import csv
import io
import math
import re
from array import array

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.errors import Problem
from sitegen.feeds.csv import panel_csv, write_csv
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
    assert panel_csv(panel_data(seen=missing(Problem("metrics.prom", "down")))) == b"time\r\n"


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
