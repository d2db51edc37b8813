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


def told(figure):
    return [f"{entry.name} {plain(entry.value)}" for entry in figure.legend]


def test_parts_are_the_self_times_of_services_the_largest_first(kit):
    figure = draw_breakdown(trace_of(kit, [("api", 10_000_000), ("db", 30_000_000), ("api", 5_000_000)]))
    assert told(figure) == ["db 30 ms · 66.7 % · 1 span", "api 15 ms · 33.3 % · 2 spans"]
    assert plain(figure.summary) == "db took the most, 30 ms of 45 ms of self time"


def test_parts_stand_side_by_side_each_as_wide_as_its_share(kit):
    figure = draw_breakdown(trace_of(kit, [("api", 25), ("db", 75)]))
    boxes = kit.read_svg(figure.svg)
    assert [(box.get("x"), box.get("width")) for box in boxes] == [("0%", "75%"), ("75%", "25%")]
    assert [box.find("text").text for box in boxes] == ["db 75 %", "api 25 %"]


def test_a_name_stands_only_where_it_fits(kit):
    boxes = kit.read_svg(
        draw_breakdown(trace_of(kit, [("api", 1), ("a-very-long-name", 9), ("ten-chars", 9), ("db", 81)])).svg
    )
    names = [box.find("text") for box in boxes]
    assert [name is not None and name.text for name in names] == ["db 81 %", "a-very-lo…", "ten-chars", False]


def test_more_than_six_services_share_the_last_part(kit):
    figure = draw_breakdown(trace_of(kit, [(f"s{index}", 100 - index) for index in range(9)]))
    assert [entry.name for entry in figure.legend] == ["s0", "s1", "s2", "s3", "s4", "s5", "3 others"]
    assert [entry.series_class for entry in figure.legend] == ["f1", "f2", "f3", "f4", "f5", "f6", "f0"]
    widths = [float(box.get("width")[:-1]) for box in kit.read_svg(figure.svg)]
    assert len(widths) == 7
    assert sum(widths) == pytest.approx(100, abs=0.1)


def test_time_that_no_span_covers_is_a_part_of_its_own(kit):
    figure = draw_breakdown(trace_of(kit, [("api", 30_000_000)], length=50_000_000))
    assert told(figure) == ["api 30 ms · 60 % · 2 spans", "gaps 20 ms · 40 %"]


def test_a_trace_without_duration_can_be_drawn(kit):
    figure = draw_breakdown(trace_of(kit, [("api", 0)]))
    assert len(kit.read_svg(figure.svg)) == 0
    assert told(figure) == ["api 0 s · no data · 1 span"]


def test_services_have_the_colours_of_the_waterfall(kit):
    from sitegen.visualization.generator import draw_waterfall

    trace = trace_of(kit, [("api", 10), ("db", 30)])
    colours = {row.service: row.colour for row in draw_waterfall(trace).rows}
    assert colours == {entry.name: entry.series_class for entry in draw_breakdown(trace).legend}
