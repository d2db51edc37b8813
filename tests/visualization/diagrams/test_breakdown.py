import pytest
from sitegen.traces.model import Trace
from sitegen.units import plain
from sitegen.visualization.generator import draw_breakdown


def trace_of(kit, spent, length=None):
    nodes = [
        kit.node(index, -1 if index == 0 else 0, min(index, 1), 0, own, service=service, own=own)
        for index, (service, own) in enumerate(spent)
    ]
    if length is not None:
        nodes.append(kit.node(len(nodes), 0, 1, length, 0, service=spent[0][0], own=0))
    return Trace("0" * 32, "t", tuple(nodes))


def test_parts_are_the_self_times_of_services_the_largest_first(kit):
    figure = draw_breakdown(trace_of(kit, [("api", 10_000_000), ("db", 30_000_000), ("api", 5_000_000)]))
    assert [(row[0], row[1].text, row[2].value, row[3].value) for row in figure.table.rows] == [
        ("db", "30 ms", pytest.approx(2 / 3), 1),
        ("api", "15 ms", pytest.approx(1 / 3), 2),
    ]
    assert plain(figure.summary).startswith("db took the most, 30 ms of 45 ms")


def test_more_than_six_services_share_the_last_part(kit):
    figure = draw_breakdown(trace_of(kit, [(f"s{index}", 100 - index) for index in range(9)]))
    assert [entry.name for entry in figure.legend] == ["s0", "s1", "s2", "s3", "s4", "4 others"]
    assert sum(row[2].value for row in figure.table.rows) == pytest.approx(1)
    assert len(kit.read_svg(figure.svg)) == 6


def test_time_that_no_span_covers_is_a_part_of_its_own(kit):
    figure = draw_breakdown(trace_of(kit, [("api", 30_000_000)], length=50_000_000))
    assert [(row[0], row[1].text) for row in figure.table.rows] == [("api", "30 ms"), ("gaps", "20 ms")]


def test_a_trace_without_duration_can_be_drawn(kit):
    figure = draw_breakdown(trace_of(kit, [("api", 0)]))
    assert len(kit.read_svg(figure.svg)) == 0
    assert figure.table.rows[0][2].text == "no data"


def test_services_have_the_colours_of_the_waterfall(kit):
    from sitegen.visualization.generator import draw_waterfall

    trace = trace_of(kit, [("api", 10), ("db", 30)])
    colours = {row.service: kit.read_svg(row.svg)[0].get("class") for row in draw_waterfall(trace).rows}
    assert colours == {entry.name: entry.series_class for entry in draw_breakdown(trace).legend}
