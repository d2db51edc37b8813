from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.visualization.diagrams.lanes import MOST_LANES, group_lanes
from sitegen.visualization.generator import draw_lanes
from sitegen.visualization.model import Lane, LaneState, Segment


def paths(kit, markup):
    return {
        path.get("class"): kit.points_of(path.get("d"))
        for path in kit.read_svg(markup).iter("path")
        if path.get("class") != "g"
    }


def test_each_state_is_one_path_and_each_lane_one_row(kit):
    lanes = (
        Lane("a", (Segment(0, 1), Segment(2, 4, LaneState.WAIT))),
        Lane("b", (Segment(1, 2), Segment(2, 3, LaneState.FAILED))),
    )
    drawn = paths(kit, draw_lanes(lanes, 4))
    assert drawn["lr"] == [[(0, 4), (180, 4)], [(180, 14), (360, 14)]]
    assert drawn["lw"] == [[(360, 9), (720, 9)]]
    assert drawn["lf"] == [[(360, 14), (540, 14)]]


def test_a_wait_is_thinner_than_a_run(kit):
    markup = draw_lanes([Lane("a", (Segment(0, 1), Segment(1, 2, LaneState.WAIT)))], 2)
    width = {
        path.get("class"): float(path.get("stroke-width", 0)) for path in kit.read_svg(markup).iter("path")
    }
    assert 0 < width["lw"] < width["lr"]


def test_a_moment_is_still_visible(kit):
    (stroke,) = paths(kit, draw_lanes([Lane("a", (Segment(4, 4),))], 4))["lr"]
    assert stroke == [(719, 4), (720, 4)]


def test_more_than_sixteen_lanes_are_grouped_in_order():
    lanes = [Lane(f"w{index}", (Segment(index, index + 1),)) for index in range(40)]
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
    assert heights == ["1.25em", "1.25em", "5em", "20em", "17.5em"]


@settings(deadline=None, max_examples=60)
@given(
    lanes=st.lists(
        st.builds(
            Lane,
            st.text(max_size=40),
            st.lists(
                st.builds(Segment, st.floats(0, 1e6), st.floats(0, 1e6), st.sampled_from(LaneState)),
                max_size=30,
            ).map(tuple),
        ),
        max_size=30,
    ),
    span=st.floats(0, 1e6),
)
def test_any_lanes_stay_on_the_grid(kit, lanes, span):
    for strokes in paths(kit, draw_lanes(lanes, span)).values():
        assert all(0 <= x <= 720 for stroke in strokes for x, _ in stroke)
