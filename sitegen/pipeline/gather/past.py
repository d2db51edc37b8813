"""What was published of the past: it stays as it was, whatever becomes of the configuration, or its change is told."""

import contextlib
import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from sitegen.availability.model import Interval, Maintenance, Probe, ServiceState, Slo
from sitegen.availability.planned import begun
from sitegen.availability.promised import Promised, renew, tell_edits
from sitegen.availability.timeline import ANSWERED, clip, confirmed, differences, merge, with_maintenance
from sitegen.errors import Problem
from sitegen.pipeline.own_samples import probe_series
from sitegen.pipeline.run import Run
from sitegen.state.answers import AUTHORED
from sitegen.state.site import PlannedRow
from sitegen.units import YEAR, rfc3339

_PROMISED = f"{AUTHORED}\0promised"


class Called(NamedTuple):
    """The states that a probe is called: up to this cycle as the last build called them, and all of them now."""

    before: list[Interval]
    now: list[Interval]


def keep_promised(
    run: Run, probes: Sequence[Probe], slos: Sequence[Slo]
) -> tuple[Promised, tuple[Problem, ...]]:
    """Keep what the past is worked out by from now on; return it, and what its edits say.

    What was called by another confirmation is kept as it was called.
    """
    slot, cycle = run.context.slot, run.context.cycle
    found, kept = run.state.answers.get(_PROMISED), Promised()
    with contextlib.suppress(msgspec.DecodeError):  # another version may have kept something else
        kept = msgspec.json.decode(found[1] if found else b"", type=Promised)
    promised = renew(kept, probes, slos, slot, cycle)
    if promised == kept:
        return promised, ()
    with run.state.batch():
        for name, one in promised.probes.items():
            if one.since == slot and name in kept.probes:
                before = kept.probes[name]
                states = stored(run, name)
                rest = clip(states, before.since, math.inf)
                called = confirmed(
                    rest, before.needed, before.cycle, _last(clip(states, -math.inf, before.since))
                )
                for change in differences(rest, called, slot):
                    run.state.probes.add(name, change.start, change.state, change.end - change.start)
        run.state.answers.put(_PROMISED, run.context.now, msgspec.json.encode(promised))
    return promised, tell_edits(kept, promised)


def call_states(run: Run, check: Probe, state: ServiceState, since: float) -> Called:
    """Return the states that a probe is called, this cycle included; those before `since` were called before."""
    found = intervals_of(run, check.id, state)
    since = min(since, run.context.slot)  # the clock may have been set back
    settled, rest = clip(found, -math.inf, since), clip(found, since, math.inf)

    def call(intervals: Sequence[Interval]) -> list[Interval]:
        return merge([*settled, *confirmed(intervals, check.confirm, run.context.cycle, _last(settled))])

    return Called(call(clip(rest, -math.inf, run.context.slot)) if check.confirm > 1 else [], call(rest))


def _last(settled: Sequence[Interval]) -> ServiceState:
    return next((one.state for one in reversed(settled) if one.state in ANSWERED), ServiceState.NO_DATA)


def intervals_of(run: Run, name: str, state: ServiceState) -> list[Interval]:
    """Return a year of a probe, this cycle included."""
    slot = run.context.slot
    return merge([*stored(run, name), Interval(slot, slot + run.context.cycle, state)])


def stored(run: Run, name: str) -> list[Interval]:
    """Return a year of a probe, up to this cycle."""
    slot = run.context.slot
    found = run.state.probes.intervals(name, slot - YEAR, slot)
    return [Interval(start, end, ServiceState(state)) for start, end, state in found]


def kept_plans(run: Run) -> tuple[Maintenance, ...]:
    """Return the planned times that have begun in earlier cycles."""
    return tuple(
        Maintenance(title, start, stop, tuple(probes.split()))
        for title, start, stop, probes in run.state.site.planned()
    )


def keep_past(
    run: Run,
    kept: Sequence[Maintenance],
    planned: Sequence[Maintenance],
    called: Mapping[str, Called],
    known: Mapping[str, Sequence[Interval]],
) -> tuple[Problem, ...]:
    """Keep what of the planned times has begun; return which published past is told otherwise from now on.

    What is told otherwise is so in the own series too.
    """
    slot, end = run.context.slot, run.context.slot + run.context.cycle
    reached = tuple(one for one in begun(planned, end) if one.end > slot - YEAR)
    if reached != kept:
        run.state.site.keep_planned(
            [PlannedRow(one.title, one.start, one.end, " ".join(one.probes)) for one in reached]
        )
    is_added = begun(planned, slot) != kept
    changed = {
        name: differences(with_maintenance(one.before or one.now, kept, name), known[name], slot)
        for name, one in called.items()
        if is_added or one.before
    }
    with run.state.batch():
        for name, found in changed.items():
            for one in found:
                _correct(run, name, one)
    # The first build of a state that kept no planned times finds all that was published already.
    if not is_added or run.state.site.identity() is None:
        return ()
    planned_now = {
        name: [one for one in found if one.state is ServiceState.MAINTENANCE]
        for name, found in changed.items()
    }
    return tuple(_tell_rewritten(name, found) for name, found in planned_now.items() if found)


def _correct(run: Run, name: str, one: Interval) -> None:
    """Bring the own series of a probe in line with what its cycles in this time are called."""
    cycle, (up, latency) = run.context.cycle, probe_series(name)
    if one.state not in ANSWERED:
        run.state.series.remove((up, latency), one.start, one.end)
        return
    for number in range(math.ceil(one.start / cycle), math.ceil(one.end / cycle)):
        run.state.series.add(number * cycle, {up: float(one.state is not ServiceState.DOWN)})


def _tell_rewritten(name: str, found: Sequence[Interval]) -> Problem:
    first, last = rfc3339(found[0].start), rfc3339(found[-1].end)
    message = (
        f"planned time was added to the past of the probe {name}, between {first} and {last}: what was published of it"
        " has changed; it stays so, whatever becomes of [[maintenance]]"
    )
    return Problem("availability.maintenance", message, "was added to what was published")
