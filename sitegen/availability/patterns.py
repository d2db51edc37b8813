"""Regular expressions of `expect_body`, kept from running away.

Python's engine backtracks, holds the interpreter while it does, and cannot be
stopped: a pattern such as `(a+)+b` needs time exponential in its input. So a
pattern that repeats a repetition is refused, and the others see a body in
overlapping stretches, between which the deadline is looked at.

A pattern's parts are read with the engine's own parser, for which there is no public
name; tests/availability/test_patterns.py fails when it changes.
"""

import re
from re import _constants as codes  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from sitegen.instrumentation.clock import Deadline

__all__ = ["STRETCH", "check_pattern", "find_pattern"]

STRETCH = 1024
"""What a pattern matches must fit into this many characters to be found wherever it stands."""

MOST_WIDE = 2
"""How many `.*` a pattern may have: the work grows with STRETCH to this power."""

_FEW = 8  # repeats up to this many are as good as written out
_REPEATS = (codes.MAX_REPEAT, codes.MIN_REPEAT)
_CHOICES = (codes.BRANCH, codes.GROUPREF_EXISTS)
_LOOKS = (codes.ASSERT, codes.ASSERT_NOT)
_BEGINNINGS = (codes.AT_BEGINNING, codes.AT_BEGINNING_STRING)
_ATOMIC = (codes.ATOMIC_GROUP, codes.POSSESSIVE_REPEAT)


def check_pattern(pattern: str) -> None:
    """Refuse what is no regular expression, or may run away: raises ValueError with a sentence."""
    try:
        tree = parser.parse(pattern)
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"{pattern[:80]!r} is not a regular expression: {error}") from None
    if _runs_away(tree, endless=False):
        raise ValueError(
            f"{pattern[:80]!r} repeats something that itself repeats or offers a choice, which may take for"
            " ever; write it without one of the two, or with an atomic group (?>...)"
        )
    if (wide := _wide_repeats(tree)) > MOST_WIDE:
        raise ValueError(f"{pattern[:80]!r} has {wide} repeats of any character; keep to {MOST_WIDE}")


def _runs_away(tree: Any, *, endless: bool) -> bool:
    """Return whether a repetition holds another, or a choice; `endless` says that the tree stands inside one."""
    for operation, argument in tree:
        repeats = operation in _REPEATS
        if endless and (operation in _CHOICES or (repeats and argument[0] != argument[1])):
            return True
        # What an atomic group or a possessive repeat has matched is never tried again.
        inside = operation not in _ATOMIC and (endless or (repeats and argument[1] > _FEW))
        if any(_runs_away(child, endless=inside) for child in _children(operation, argument)):
            return True
    return False


def _wide_repeats(tree: Any) -> int:
    count = 0
    for operation, argument in tree:
        children = _children(operation, argument)
        if operation in _REPEATS and argument[1] > _FEW:
            count += any(inner is codes.ANY for inner, _ in children[0])
        count += sum(map(_wide_repeats, children))
    return count


def _looks_ahead(tree: Any) -> bool:
    """Return whether a match depends on what comes after it: `$`, a word's boundary, a look-ahead."""
    return any(
        operation in _LOOKS
        or (operation is codes.AT and argument not in _BEGINNINGS)
        or any(map(_looks_ahead, _children(operation, argument)))
        for operation, argument in tree
    )


def _children(operation: Any, argument: Any) -> list[Any]:
    """Return the parts of one node of a parsed pattern (the shapes are those of CPython's re._parser)."""
    if operation in _REPEATS or operation is codes.POSSESSIVE_REPEAT:
        return [argument[2]]
    if operation is codes.BRANCH:
        return list(argument[1])
    if operation is codes.SUBPATTERN:
        return [argument[-1]]
    if operation is codes.ATOMIC_GROUP:
        return [argument]
    if operation in (codes.ASSERT, codes.ASSERT_NOT):
        return [argument[1]]
    if operation is codes.GROUPREF_EXISTS:
        return [branch for branch in argument[1:] if branch is not None]
    return []


def find_pattern(pattern: str, text: str, deadline: Deadline) -> bool | None:
    """Return whether the pattern is found in the text; None where the deadline came first."""
    compiled = re.compile(pattern)
    looks_ahead = _looks_ahead(parser.parse(pattern))
    for start in range(0, max(1, len(text)), STRETCH):
        if deadline.passed:
            return None
        end = min(start + 2 * STRETCH, len(text))
        found = compiled.search(text, start, end)
        # To `$` the end of a stretch looks like the end of the text: a match that touches it does not count then.
        if found is not None and (found.end() < end or end == len(text) or not looks_ahead):
            return True
    return False
