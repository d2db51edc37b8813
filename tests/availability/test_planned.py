"""Planned times that have begun stay; those to come are the configuration's."""

from hypothesis import given
from hypothesis import strategies as st
from sitegen.availability.model import Maintenance
from sitegen.availability.planned import begun, settle

NIGHT = Maintenance("move", 0, 60)


def test_what_was_kept_stays_when_its_table_is_gone():
    assert settle([NIGHT], []) == (NIGHT,)


def test_what_is_configured_takes_the_place_of_what_it_holds():
    later = Maintenance("the move", -10, 90)
    assert settle([Maintenance("move", 0, 30)], [NIGHT]) == (NIGHT,)
    assert settle([NIGHT], [later]) == (later,)
    assert settle([Maintenance("move", 0, 30, ("a",))], [NIGHT]) == (NIGHT,)


def test_what_is_configured_shorter_or_for_fewer_probes_leaves_what_was_kept():
    assert settle([NIGHT], [Maintenance("move", 0, 15)]) == (NIGHT,)
    assert settle([NIGHT], [Maintenance("move", 0, 30, ("a",))]) == (NIGHT,)
    longer = Maintenance("move", 0, 90, ("a",))
    assert settle([NIGHT], [longer]) == (NIGHT, longer)


def test_what_has_not_begun_is_not_kept():
    assert begun([NIGHT, Maintenance("next", 90, 99)], 30) == (Maintenance("move", 0, 30),)
    assert begun([NIGHT], 0) == ()


times = st.builds(
    lambda start, length, probes: Maintenance("m", start, start + length, probes),
    st.integers(0, 50),
    st.integers(1, 50),
    st.sampled_from([(), ("a",), ("b",), ("a", "b")]),
)


@given(st.lists(times, max_size=6), st.lists(times, max_size=6), st.integers(0, 99), st.sampled_from("ab"))
def test_no_instant_that_was_planned_is_lost_and_every_one_configured_is_there(kept, configured, at, probe):
    def covers(planned):
        return any(one.start <= at < one.end and (not one.probes or probe in one.probes) for one in planned)

    assert covers(settle(kept, configured)) == covers([*kept, *configured])
