"""Instants in the fields of an answer (RFC 9110, 5.6.7), and what the server's own says of the two clocks.

Date: Fri, 27 Nov 2026 11:54:56 GMT -> 1795780496.0
"""

import re
from collections.abc import Mapping

_AGE = re.compile(r"[0-9]{1,9}")
APART = 30.0
"""From so many seconds on two clocks differ."""


def parse_date(text: str) -> float | None:
    """Parse an HTTP-date as POSIX seconds; None where it is none."""
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - as slow to load as it is rarely needed

    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def measure_lead(headers: Mapping[str, str], now: float, elapsed: float) -> float:
    """Return by how many seconds the server's clock is ahead of the one here; 0 where they need not be APART.

    `now` is when the answer had come, `elapsed` how long it took: half of that is the error. Date
    (RFC 9110, 6.6.1) leaves out the part of a second; that of a stored answer is as old as its Age says (RFC 9111, 5.1).
    """
    sent, age = parse_date(headers.get("date", "")), headers.get("age", "0").strip()
    if sent is None or not _AGE.fullmatch(age):
        return 0.0
    lead = sent + int(age) - (now - elapsed / 2)
    return lead if max(lead + 1, -lead) - elapsed / 2 >= APART else 0.0
