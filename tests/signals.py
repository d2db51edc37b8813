"""Signals in tests: children start as at a terminal, whatever the shell of the run ignores."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

INHERITED = (signal.SIGINT, signal.SIGHUP, signal.SIGTERM)
"""What a shell may ignore for its children: the first two in the background and under nohup."""


@contextmanager
def default_signals() -> Iterator[None]:
    """Start processes in here that will be sent signals: none is ignored in them. Main thread only.

    A signal that is ignored is so in every child, and `exec` keeps that; a handler it puts back to the default.
    So an ignored one is handled meanwhile, by doing nothing: this process stays as deaf as it was. (A `preexec_fn`
    would do too, but forks a process that has threads.)
    """
    ignored = [number for number in INHERITED if signal.getsignal(number) is signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, _overhear)
    try:
        yield
    finally:
        for number in ignored:
            signal.signal(number, signal.SIG_IGN)


@contextmanager
def in_background() -> Iterator[None]:
    """Ignore in here what a job in the background ignores, as under `nohup make test &`. Main thread only."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _overhear(*_: object) -> None:
    pass
