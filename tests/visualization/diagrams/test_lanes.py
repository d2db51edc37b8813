import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.visualization.diagrams.lanes import MOST_LANES, draw_load, group_lanes
from sitegen.visualization.generator import draw_lanes
from sitegen.visualization.model import Lane, Segment


def paths(kit, markup):
    return {
        path.get("class"): kit.points_of(path.get("d"))
        for path in kit.read_svg(markup).iter("path")
        if path.get("class") != "g"
    }


def test_each_class_is_one_path_and_each_lane_one_row(kit):
    lanes = (
        Lane("a", (Segment(0, 1, "f1"), Segment(2, 4, "f2"))),
        Lane("b", (Segment(1, 2, "f1"), Segment(2, 3, "lf"))),
    )
    drawn = paths(kit, draw_lanes(lanes, 4))
    assert drawn["f1"] == [[(0, 5), (249, 5)], [(250, 15), (499, 15)]]
    assert drawn["f2"] == [[(500, 5), (999, 5)]]
    assert drawn["lf"] == [[(500, 15), (749, 15)]]


def test_a_task_that_failed_is_told_by_its_height_too(kit):
    markup = draw_lanes([Lane("a", (Segment(0, 1, "f1"), Segment(1, 2, "lf")))], 2)
    width = {
        path.get("class"): float(path.get("stroke-width", 0)) for path in kit.read_svg(markup).iter("path")
    }
    assert width["lf"] > width["f1"] > 0


def test_a_moment_is_still_visible(kit):
    (stroke,) = paths(kit, draw_lanes([Lane("a", (Segment(4, 4, "f1"),))], 4))["f1"]
    assert stroke == [(999, 5), (1000, 5)]


def names(kit, markup):
    group = next((g for g in kit.read_svg(markup).iter("g") if g.get("class") == "nm"), ())
    return [(text.text, text.get("x")) for text in group]


def test_a_name_stands_in_its_bar_whole_or_cut_where_it_can_be_read(kit):
    lane = Lane(
        "a",
        (Segment(0, 2, "f1", "latency 24h"), Segment(2, 2.6, "f1", "throughput"), Segment(3, 3.1, "f1", "x")),
    )
    assert names(kit, draw_lanes([lane], 10)) == [("latency 24h", "0%"), ("throug…", "20%")]


def test_lanes_that_share_a_row_show_no_names(kit):
    lanes = [Lane(f"w{index}", (Segment(0, 1, "f1", "long"),)) for index in range(17)]
    assert names(kit, draw_lanes(lanes[:16], 1)) == [("long", "0%")] * 16
    assert names(kit, draw_lanes(lanes, 1)) == []


def test_what_runs_and_what_waits_are_stacked(kit):
    tasks = [(0.0, 0.0, 2.0), (0.0, 2.0, 4.0)]
    drawn = {
        path.get("class"): kit.points_of(path.get("d"))[0]
        for path in kit.read_svg(draw_load(tasks, 4.0)).iter("path")
        if path.get("class") != "g"
    }
    [one] = {y for _, y in drawn["lr"]} - {100}
    assert {y for x, y in drawn["lw"] if x > 125} - {100} == {one}
    two = min(y for _, y in drawn["lw"])
    assert 100 - two == pytest.approx(2 * (100 - one), abs=1)


def test_without_tasks_nothing_runs(kit):
    assert paths(kit, draw_load([], 1.0))["lr"] == [[(0, 100), (250, 100)]]


def test_more_than_sixteen_lanes_are_grouped_in_order():
    lanes = [Lane(f"w{index}", (Segment(index, index + 1, "f1"),)) for index in range(40)]
    grouped = group_lanes(lanes)
    assert len(grouped) <= MOST_LANES
    assert [segment for lane in grouped for segment in lane.segments] == [
        segment for lane in lanes for segment in lane.segments
    ]
    assert [lane.label for lane in grouped][:2] == ["w0 +2", "w3 +2"]


def test_the_drawing_is_as_high_as_its_lanes(kit):
    heights = [
        kit.read_svg(draw_lanes([Lane("a", ())] * count, 1)).get("height") for count in (0, 1, 4, 16, 40)
    ]
    assert heights == ["1.75em", "1.75em", "7em", "28em", "24.5em"]


@settings(deadline=None, max_examples=60)
@given(
    lanes=st.lists(
        st.builds(
            Lane,
            st.text(max_size=40),
            st.lists(
                st.builds(
                    Segment,
                    st.floats(0, 1e6),
                    st.floats(0, 1e6),
                    st.sampled_from(["f1", "f6", "lf"]),
                    st.text(max_size=9),
                ),
                max_size=30,
            ).map(tuple),
        ),
        max_size=30,
    ),
    span=st.floats(0, 1e6),
)
def test_any_lanes_stay_on_the_grid(kit, lanes, span):
    for strokes in paths(kit, draw_lanes(lanes, span)).values():
        assert all(0 <= x <= 1000 for stroke in strokes for x, _ in stroke)
