"""The seal of a stored body."""

from hypothesis import given
from hypothesis import strategies as st
from sitegen.state.sealing import seal, unseal


@given(st.binary(max_size=200))
def test_what_was_sealed_comes_back(body):
    assert unseal(seal(body)) == body


@given(st.binary(max_size=200), st.data())
def test_no_flipped_bit_goes_unseen(body, data):
    damaged = bytearray(seal(body))
    place = data.draw(st.integers(0, len(damaged) * 8 - 1))
    damaged[place // 8] ^= 1 << place % 8
    assert unseal(bytes(damaged)) is None


@given(st.binary(max_size=15))
def test_what_is_shorter_than_a_seal_holds_nothing(body):
    assert unseal(body) is None
