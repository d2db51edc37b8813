"""Which traces have a page of their own, for how long: chosen once, kept until their declared end, none made anew. Pure.

A page that comes with each of five traces a second would change hundreds of objects a cycle, and go again as soon as its
source speaks of others. So the first build chooses many, later ones seldom one more, and each stays as it was, but for
spans of its trace that come later.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from sitegen.traces.model import Trace

CYCLES_APART = 12
"""After the first build at most one trace in so many cycles gets a page."""


class Life(msgspec.Struct, frozen=True):
    """From when to when a trace has a page, in POSIX seconds."""

    since: float
    until: float


class Terms(msgspec.Struct, frozen=True):
    """How many traces have a page at most, how long each (seconds), and how long a cycle is."""

    keep: int
    life: float
    cycle: float


def choose_new(
    lives: Mapping[str, Life],
    found: Sequence[Trace],
    now: float,
    terms: Terms,
    choose: Callable[[Sequence[Trace], int], Sequence[Trace]],
) -> tuple[Trace, ...]:
    """Return the traces that get a page now, of those found; `lives` are those of all that ever had one, by trace id.

    `choose` takes as many of some traces as it is told to.
    """
    room = terms.keep - sum(life.until > now for life in lives.values())
    if lives:
        last = max(life.since for life in lives.values())
        # A clock that went back stops nothing.
        room = min(room, int(not 0 <= now - last < CYCLES_APART * terms.cycle))
    unknown = [trace for trace in found if trace.trace_id not in lives]
    return tuple(choose(unknown, room)) if room > 0 else ()
