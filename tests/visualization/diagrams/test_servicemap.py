import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.traces.model import Edge
from sitegen.visualization.diagrams.servicemap import judge_calls
from sitegen.visualization.generator import draw_service_map


def edge(caller, callee, calls=100, errors=0):
    return Edge(caller, callee, calls, errors, 10**7)


def places(kit, markup):
    """Give the place of each service's name, in per cent from the left and the top."""
    return {
        text.text[2:]: (float(text.get("x")[:-1]), float(text.get("y")[:-1]))
        for text in kit.read_svg(markup).find("g[@class='nt']")
    }


def classes(kit, markup):
    return {path.get("class") for path in kit.read_svg(markup).iter("path")}


def test_a_service_stands_right_of_all_that_call_it(kit):
    at = places(kit, draw_service_map([edge("web", "api"), edge("api", "db"), edge("web", "db")]))
    assert at["web"][0] < at["api"][0] < at["db"][0]


def test_a_cycle_is_drawn(kit):
    at = places(kit, draw_service_map([edge("a", "b"), edge("b", "c"), edge("c", "a")]))
    assert len({x for x, _ in at.values()}) == 3


def test_a_service_that_calls_itself_is_marked(kit):
    assert set(places(kit, draw_service_map([edge("a", "a"), edge("a", "b")]))) == {"a ↻", "b"}
    assert set(places(kit, draw_service_map([edge("a", "a")]))) == {"a ↻"}


def test_width_tells_calls_and_dashes_tell_errors(kit):
    markup = draw_service_map(
        [edge("a", "b", 1000), edge("a", "c", 200, 1), edge("a", "d", 10), edge("b", "d", 1000, 60)]
    )
    assert classes(kit, markup) == {"e", "tw", "tc", "hd", "nd", "u", "ok", "w", "c"}
    paths = kit.read_svg(markup).iter("path")
    widths = {(path.get("class"), path.get("stroke-width")) for path in paths}
    assert widths >= {("e", "1"), ("e", "4"), ("tw", "2"), ("tc", "4")}


@pytest.mark.parametrize(
    ("calls", "errors", "state"),
    [(0, 0, "no data"), (1000, 4, "up"), (1000, 5, "degraded"), (1000, 49, "degraded"), (1000, 50, "down")],
)
def test_calls_are_judged_by_the_share_that_failed(calls, errors, state):
    assert judge_calls(errors, calls) == state


def test_a_box_tells_state_calls_the_slowest_p95_and_errors(kit):
    edges = [edge("web", "api", 90, 9), Edge("job", "api", 10, 0, 2 * 10**9)]
    texts = [text.text for text in kit.read_svg(draw_service_map(edges)).iter("text")]
    assert [text for text in texts if text.endswith("api")] == ["✖ api"]
    assert "100 × p95 2 s" in texts
    assert "9 % errors" in texts
    assert "makes 90 calls" in texts


def test_what_does_not_fit_is_left_to_the_table(kit):
    assert draw_service_map([]) is None
    assert draw_service_map([edge("a", f"s{index}") for index in range(24)]) is None
    assert draw_service_map([edge("a", f"s{index}") for index in range(23)]) is not None
    dense = [edge(f"s{a}", f"s{b}") for a in range(8) for b in range(8) if a != b]
    assert draw_service_map(dense[:41]) is None
    assert draw_service_map(dense[:40]) is not None


def test_crossings_that_can_be_avoided_are(kit):
    markup = draw_service_map(
        [edge("a", "x"), edge("b", "w"), edge("c", "v"), edge("r", "a"), edge("r", "b"), edge("r", "c")]
    )
    at = places(kit, markup)
    order = sorted("abc", key=lambda name: at[name][1])
    assert [{"a": "x", "b": "w", "c": "v"}[name] for name in order] == sorted(
        "xwv", key=lambda name: at[name][1]
    )


@settings(deadline=None, max_examples=80)
@given(
    pairs=st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), min_size=1, max_size=40, unique=True),
    seed=st.integers(0, 99),
)
def test_any_map_gives_each_service_a_place_of_its_own_whatever_the_order_of_edges(kit, pairs, seed):
    edges = [edge(f"s{a}", f"s{b}", calls=a * 7 + b) for a, b in pairs]
    markup = draw_service_map(edges)
    at = places(kit, markup)
    assert len(set(at.values())) == len(at) == len({name for pair in pairs for name in pair})
    assert all(0 < x < 100 and 0 < y < 100 for x, y in at.values())
    random.Random(seed).shuffle(edges)
    assert draw_service_map(edges) == markup


@pytest.mark.parametrize("name", ["<script>", 'a"b', "x" * 500, "\x1b[31m"])
def test_names_of_services_are_only_text(kit, name):
    kit.read_svg(draw_service_map([edge(name, "b")]))
