"""Waiting for what another thread or process does; the only place of the tests that looks at the time for it."""

import time
from collections.abc import Callable


def wait_for(condition: Callable[[], object], what: str, seconds: float = 30.0) -> None:
    """Wait until something is so; a condition that cannot be asked yet is not so.

    Raises AssertionError after a time that says that it will never be so, not that it was late.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if condition():
                return
        except (OSError, KeyError, IndexError, ValueError):
            pass  # not up yet, or nothing there yet
        time.sleep(0.02)
    raise AssertionError(f"after {seconds:.0f} s still not: {what}")
