"""When a line was written, in the forms that loggers write it."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

_SHORTEST_DATE = len("2026-11-23T07:43")
_NUMBER = re.compile(r"-?\d{1,20}(?:\.\d{1,20})?(?:[eE]\+?\d{1,2})?")
_SLASHES = re.compile(r"(\d{4})/(\d\d)/(\d\d)\b")
# What Go's `String` and Java's zones put behind an offset: ` UTC m=+0.1`, `[Europe/Berlin]`.
_NAMED = re.compile(r"(?<=[\dZ])(?:\[[\w/+-]{1,40}\]|(?<=[+-]\d{4}) [A-Z]{3,5}(?: m=[+-][\d.]{1,30})?)$")
# `Wed Nov 25 10:00:00.123456 2026` of Apache's error log.
_INSIDE = re.compile(r"(:\d\d)([.,]\d{1,9}) (\d{4})$")
_LEAP = re.compile(r"([T\s:]\d\d:\d\d):60(?!\d)")
# `25/Nov/2026:10:00:00 +0000` of web servers, `Wed Nov 25 10:00:00 2026` of C, `Nov 25 10:00:00` of syslog (RFC 3164, 4.1.2).
_FORMS = (
    "%d/%b/%Y:%H:%M:%S %z",
    "%d/%b/%Y:%H:%M:%S",
    "%d/%b/%Y %H:%M:%S",
    "%a %b %d %H:%M:%S %Y",
    "%d-%b-%Y %H:%M:%S",
    "%d %b %Y %H:%M:%S",
)
_WITHOUT_YEAR = "%Y %b %d %H:%M:%S"


class Times:
    """Reads times: those without a zone are of `zone`, those without a year of the one before `now` (POSIX seconds).

    >>> Times(UTC, 1795600800.0).instant("2026-11-25 10:04:10.123 UTC")
    1795601050.123
    """

    def __init__(self, zone: tzinfo = UTC, now: float | None = None) -> None:
        self._zone = zone
        self._now = now

    def instant(self, value: Any) -> float | None:
        """Return the POSIX seconds of a text, a number or a table such as log4j2's `instant`; None for what is none."""
        if isinstance(value, str):
            text = value.strip()[:64]
            if text[4:5] == "-":
                return self._of_text(text)
            return _of_number(float(text)) if _NUMBER.fullmatch(text) else self._of_text(text)
        if isinstance(value, int | float):
            return _of_number(value)
        match value:
            case {"epochSecond": int(seconds)}:
                nanoseconds = value.get("nanoOfSecond", 0)
                return seconds + nanoseconds / 1e9 if isinstance(nanoseconds, int) else float(seconds)
            case {"seconds": int(seconds), "nanos": int(nanoseconds)}:  # Google's Timestamp
                return seconds + nanoseconds / 1e9
            case {"$date": inner} | {"date": inner}:  # MongoDB's, and Monolog's before 2.0
                return self.instant(inner)
            case {"$numberLong": str(inner)}:
                return self.instant(inner)
        return None

    def _of_text(self, text: str) -> float | None:
        leap = 0.0
        try:
            moment: datetime | None = datetime.fromisoformat(text) if len(text) >= _SHORTEST_DATE else None
        except ValueError:
            moment = None
        if moment is None:
            whole = _INSIDE.sub(r"\1 \3\2", _NAMED.sub("", text.strip("[]") if text[:1] == "[" else text))
            before = _LEAP.sub(r"\1:59", whole)
            leap = float(before != whole)
            moment = self._iso(before) or self._worded(before)
        if moment is None:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self._zone)
        return moment.timestamp() + leap

    @staticmethod
    def _iso(text: str) -> datetime | None:
        """Read RFC 3339 and what is near it: blanks, commas, slashes, the word UTC."""
        plain = _SLASHES.sub(r"\1-\2-\3", text).replace(",", ".")
        for name in ("UTC", "GMT", "Z"):
            if plain.upper().endswith(name):
                plain = plain[: -len(name)].rstrip() + "+00:00"
                break
        if len(plain) < _SHORTEST_DATE:
            return None
        try:
            return datetime.fromisoformat(plain.replace(" +", "+").replace(" -", "-"))
        except ValueError:
            return None

    def _worded(self, text: str) -> datetime | None:
        """Read a date whose month is a word."""
        plain = " ".join(text.split())
        in_utc = re.sub(r" (?:UTC|GMT)( \d{4})?$", r"\1", plain)
        zone = UTC if in_utc != plain else None
        head, dot, fraction = in_utc.replace(",", ".").partition(".")
        digits = re.match(r"\d{1,6}", fraction)
        for form in _FORMS:
            try:
                found = datetime.strptime(head if dot else in_utc, form)  # noqa: DTZ007 - the zone follows
            except ValueError:
                continue
            microseconds = int(digits[0].ljust(6, "0")) if digits else 0
            return found.replace(tzinfo=found.tzinfo or zone, microsecond=microseconds)
        return self._without_year(head) or _of_mail(text)

    def _without_year(self, text: str) -> datetime | None:
        """Read syslog's time as the last one of the kind that is not of the future, but for a day of clocks that differ."""
        if self._now is None:
            return None
        latest = datetime.fromtimestamp(self._now, self._zone) + timedelta(days=1)
        for year in (latest.year, latest.year - 1):
            try:
                found = datetime.strptime(f"{year} {text}", _WITHOUT_YEAR).replace(tzinfo=self._zone)
            except ValueError:
                continue  # also the 29th of February in most years
            if found <= latest:
                return found
        return None


def _of_mail(text: str) -> datetime | None:
    """Read RFC 5322's date, as in headers of mail and HTTP."""
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - heavy, and seldom needed

    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _of_number(value: float) -> float | None:
    """Distinguish seconds from milli-, micro- and nanoseconds by their size: all mean an instant from 2001 to 2286."""
    for factor in (1, 10**3, 10**6, 10**9):
        if 10**9 * factor <= value < 10**10 * factor:
            return value / factor
    return None
