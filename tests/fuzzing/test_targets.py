"""Every reader of foreign bytes, fed with spoilt ones: a value, or an error of its own kind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.fuzzing.targets import TARGETS, seeds_of

ODD = (
    b"\x00",
    b"\xff",
    b'"',
    b"\\ud800",
    b"1e999",
    b"NaN",
    b"{",
    b"[[",
    b"-",
    b"\n",
    b"99999999999999999999",
    b"\xef\xbb\xbf",
)


@pytest.mark.parametrize("name", TARGETS)
def test_what_was_found_and_what_is_real_is_read_or_refused(name):
    for body in seeds_of(name):
        TARGETS[name].feed(body)


@pytest.mark.parametrize("name", TARGETS)
def test_any_bytes_are_read_or_refused(name):
    @given(st.binary(max_size=200))
    def feed(body: bytes) -> None:
        TARGETS[name].feed(body)

    feed()


@pytest.mark.parametrize("name", TARGETS)
def test_a_seed_that_was_spoilt_is_read_or_refused(name):
    places = st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 3), st.sampled_from(ODD) | st.binary(max_size=4)),
        max_size=6,
    )

    @given(st.sampled_from(TARGETS[name].seeds), places)
    def feed(seed: bytes, spots: list[tuple[float, int, bytes]]) -> None:
        body = seed
        for share, gone, odd in spots:
            at = int(share * len(body))
            body = body[:at] + odd + body[at + gone :]
        TARGETS[name].feed(body)

    feed()
