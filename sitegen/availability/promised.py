"""What the published past was worked out by: how probes are confirmed, and what is promised. Pure.

An edit of these says its word, and how a probe is confirmed counts from the edit on.

kept shop: 3 cycles since 0, configured 1 -> shop: 1 cycle since this slot
"""

from collections.abc import Iterable

import msgspec
from msgspec.structs import asdict

from sitegen.availability.model import Probe, Slo
from sitegen.errors import Problem


class Confirmation(msgspec.Struct, frozen=True):
    """How many cycles of how many seconds confirm a state, and since when (POSIX seconds); whether its probe is gone."""

    needed: int
    cycle: float
    since: float = 0.0
    is_gone: bool = False


class Promised(msgspec.Struct, frozen=True):
    """The confirmations of probes, and the keys of objectives, by their ids."""

    probes: dict[str, Confirmation] = {}
    objectives: dict[str, dict[str, str]] = {}


def renew(
    kept: Promised, probes: Iterable[Probe], slos: Iterable[Slo], slot: float, cycle: float
) -> Promised:
    """Return what is promised from this slot on."""
    known = {name: msgspec.structs.replace(one, is_gone=True) for name, one in kept.probes.items()}
    for check in probes:
        before = kept.probes.get(check.id)
        same = before is None or (before.needed, before.cycle) == (check.confirm, cycle)
        since = slot if not same else before.since if before else 0.0
        known[check.id] = Confirmation(check.confirm, cycle, since)
    promises = {
        slo.id: {name: str(value) for name, value in asdict(slo).items() if name not in {"id", "title"}}
        for slo in slos
    }
    return Promised(known, promises)


def tell_edits(kept: Promised, now: Promised) -> tuple[Problem, ...]:
    """Return what of the published past an edit changes, or takes away."""
    told = []
    for name, one in now.probes.items():
        before = kept.probes.get(name)
        if one.is_gone and before and not before.is_gone:
            said = f"the probe {name} is not configured any more: its past is kept for a year, and is told when it is back"
            told.append(Problem("availability.probes", said))
    for name, keys in kept.objectives.items():
        changed = sorted(key for key, value in now.objectives.get(name, {}).items() if keys.get(key) != value)
        if name not in now.objectives:
            said = f"the objective {name} is not configured any more: what it attained is not told any more"
        elif changed:
            said = f"the objective {name} has another {', '.join(changed)}: its past is told anew by that"
        else:
            continue
        told.append(Problem("availability.slos", said))
    return tuple(told)
