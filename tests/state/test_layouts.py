"""A state of every layout that ever was is read by today's code, and holds what it held."""

from pathlib import Path

import pytest
from tests.state.layouts.reading import LAYOUTS, held_of, read_held, unpack


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_state_that_was_kept_holds_what_it_held(tmp_path: Path, layout: int):
    assert read_held(unpack(layout, tmp_path)) == held_of(layout)
