from hypothesis import given
from hypothesis import strategies as st
from sitegen.visualization.colours import COLOURS, assign, settle

GROUPS = st.lists(st.lists(st.sampled_from("abcdefghij"), unique=True, max_size=6), max_size=6)


def test_the_first_of_a_site_have_the_colours_in_their_order():
    assert assign({}, [["a", "b", "c"]]) == {"a": 1, "b": 2, "c": 3}


def test_one_that_is_new_takes_what_nobody_ever_had_before_what_an_absent_one_left():
    known = assign(assign({}, [["a", "b", "c", "d"]]), [["b", "c", "d"]])
    assert assign(known, [["b", "c", "d", "e"]])["e"] == 5
    full = assign(known, [["b", "c", "d", "e", "f"]])
    assert assign(full, [["b", "c", "d", "e", "f", "g"]])["g"] == known["a"]


def test_two_that_meet_with_one_colour_do_not_share_it():
    assert settle([2, 2, None, 9]) == [2, 1, 3, 4]


@given(GROUPS)
def test_the_drawn_have_six_colours_and_each_keeps_its_own_unless_another_of_the_group_has_it(
    groups: list[list[str]],
):
    known: dict[str, int] = {}
    for group in groups:
        after = assign(known, [group])
        own = [after[name] for name in group]
        assert len(set(own)) == len(own)
        assert set(own) <= set(COLOURS)
        for name in set(group) & known.keys():
            rivals = [other for other in group if other != name and known.get(other) == known[name]]
            assert after[name] == known[name] or rivals
        known = after
