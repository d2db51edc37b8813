"""The time limit of each test: `timeout` in pyproject.toml, or `@pytest.mark.timeout(seconds)` for a longer one.

pytest-timeout keeps the limits and calls the hooks below. Its own ways to end a test do not fit here: one takes the
alarm, which is the program's to set, and the other ends the whole process, and with it the fixtures of other tests.
"""

import signal
import threading

import pytest
from pytest_timeout import Settings, timeout_sigalrm, timeout_timer

GRACE = 20.0
"""Seconds between asking a test to end and ending its process."""


class TimeLimit:
    """Ends what runs in the main thread after its time: by a failure, or with the process where that is not heard."""

    def __init__(self, item: pytest.Item, settings: Settings) -> None:
        self._item, self._settings = item, settings
        self._over = threading.Event()
        signal.signal(signal.SIGUSR1, self._fail)
        threading.Thread(target=self._watch, daemon=True, name=f"time limit of {item.nodeid}").start()

    def cancel(self) -> None:
        self._over.set()

    def _watch(self) -> None:
        if self._over.wait(self._settings.timeout):
            return
        signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)
        if not self._over.wait(GRACE):
            timeout_timer(self._item, self._settings)  # C code that never ends, or a test that is deaf

    def _fail(self, *_: object) -> None:
        if not self._over.is_set():
            timeout_sigalrm(self._item, self._settings)


LIMIT = pytest.StashKey[TimeLimit]()
SETTINGS = pytest.StashKey[Settings]()


def pytest_timeout_set_timer(item: pytest.Item, settings: Settings) -> bool:
    """Start the clock of a test."""
    item.stash[SETTINGS] = settings
    item.stash[LIMIT] = TimeLimit(item, settings)
    return True


def pytest_timeout_cancel_timer(item: pytest.Item) -> bool:
    """Stop it; pytest-timeout does so at the first failure too."""
    if limit := item.stash.get(LIMIT, None):
        limit.cancel()
    return True


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Start it anew: what a failed test leaves to its fixtures may hang as well."""
    if settings := item.stash.get(SETTINGS, None):
        pytest_timeout_cancel_timer(item)
        pytest_timeout_set_timer(item, settings)
