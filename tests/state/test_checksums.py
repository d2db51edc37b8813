"""The checksum of a stored body."""

from hypothesis import given
from hypothesis import strategies as st
from sitegen.state.checksums import add_checksum, verify_checksum


@given(st.binary(max_size=200))
def test_a_body_comes_back(body):
    assert verify_checksum(add_checksum(body)) == body


@given(st.binary(max_size=200), st.data())
def test_no_flipped_bit_goes_unseen(body, data):
    damaged = bytearray(add_checksum(body))
    place = data.draw(st.integers(0, len(damaged) * 8 - 1))
    damaged[place // 8] ^= 1 << place % 8
    assert verify_checksum(bytes(damaged)) is None


@given(st.binary(max_size=15))
def test_what_is_shorter_than_a_checksum_holds_nothing(body):
    assert verify_checksum(body) is None
