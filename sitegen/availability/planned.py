"""Planned times: what of them has begun stays as it was, whatever becomes of the configuration. Pure.

kept [22:00-23:00], nothing configured           -> [22:00-23:00]
kept [22:00-22:30], configured [22:00-23:00]     -> [22:00-23:00]
kept [22:00-23:00], configured [22:00-22:15]     -> [22:00-23:00]
"""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from sitegen.availability.model import Maintenance


def settle(kept: Sequence[Maintenance], configured: Sequence[Maintenance]) -> tuple[Maintenance, ...]:
    """Return every planned time, past and to come: what was kept, and what is configured; none that another holds."""
    same = frozenset(configured)
    stay = [one for one in kept if one not in same and not _is_held(one, configured)]
    new = [one for one in configured if not _is_held(one, stay)]
    return tuple(sorted([*stay, *new], key=lambda one: (one.start, one.end)))


def begun(planned: Iterable[Maintenance], until: float) -> tuple[Maintenance, ...]:
    """Return what of the planned times has begun before `until`, up to it."""
    return tuple(replace(one, end=min(one.end, until)) for one in planned if one.start < min(one.end, until))


def _is_held(one: Maintenance, others: Iterable[Maintenance]) -> bool:
    """Return whether another planned time holds this one whole: its span, and its probes."""
    return any(
        other.start <= one.start
        and one.end <= other.end
        and (not other.probes or (one.probes and {*one.probes} <= {*other.probes}))
        for other in others
    )
