"""Durations, sizes, numbers, instants and windows: parsed once, formatted once.

Instants are POSIX seconds as `float` (UTC), durations are seconds as `float`.
`Quantity` and `Instant` carry a raw value to the page, where it stands in `<data>`
or `<time>`; a `Sentence` mixes them with words.
"""

import math
import re
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from itertools import islice
from typing import TypeVar

import msgspec

MAX_POINTS = 11_000
"""Prometheus refuses a range query with more points a series (web/api/v1/api.go)."""

UNITS = (
    "", "seconds", "bytes", "bytes-iec", "bits", "ratio", "percent", "timestamp",
    "requests", "requests/s", "errors", "errors/s", "queries", "queries/s", "messages", "messages/s", "events",
    "events/s", "operations", "operations/s", "jobs", "jobs/s", "bytes/s", "bits/s", "builds", "connections", "cores",
    "deploys", "files", "goroutines", "items", "lines", "nodes", "orders", "pods", "processes", "replicas", "rows",
    "sessions", "spans", "threads", "users", "visits", "°C", "W", "V", "A", "Hz", "USD",
)  # fmt: skip
"""The units that a panel may have; those after `timestamp` are words that stand behind a plain number."""

MINUTE, HOUR, DAY, YEAR = 60.0, 3600.0, 86_400.0, 365 * 86_400.0
PREFIXES = ((1e18, "E"), (1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""))
_SYMBOLS = {
    "bytes": "B",
    "bits": "bit",
    "bytes/s": "B/s",
    "bits/s": "bit/s",
    "W": "W",
    "V": "V",
    "A": "A",
    "Hz": "Hz",
}
SIZED = {
    "seconds": ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (1.0, "s"), (1e-3, "ms"), (1e-6, "µs")),
    "ratio": ((0.01, "%"),),
    "percent": ((1.0, "%"),),
    "bytes-iec": tuple(
        (1024.0**power, f"{letter}B") for power, letter in enumerate(("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"))
    )[::-1],
} | {unit: tuple((size, letter + symbol) for size, letter in PREFIXES) for unit, symbol in _SYMBOLS.items()}
"""The units that are written after their values' size, the largest first; the others are words, or nothing."""
_COMPOUND = 59.95
"""From how many seconds on a duration is written in two units, as 4 min 10 s."""
_SINGULAR = {"queries": "query", "processes": "process"}
TOO_LONG = "a number here has too many digits"
_LONG_NUMBER = re.compile(r"[0-9][0-9_]{4300}")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w|y)", re.ASCII)
# RFC 3339, section 5.6; Python's own reader also takes other forms of ISO 8601.
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)
_SECONDS = {"ms": 0.001, "s": 1.0, "m": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY, "y": YEAR}

# 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z, the ends of RFC 3339's years.
_FIRST_INSTANT, _LAST_INSTANT = -62_135_596_800.0, 253_402_300_799.0

# Steps that read well on an axis: divisors of the minute, the hour and the day.
_STEPS = (
    *(1, 2, 5, 10, 15, 20, 30),
    *(n * MINUTE for n in (1, 2, 5, 6, 10, 15, 20, 30)),
    *(n * HOUR for n in (1, 2, 3, 4, 6, 12)),
)


# How an instant is written where its date, or its time of day, goes without saying.
_FORMS = ("%Y-%m-%d", "%m-%d", "%m-%d %H:%M", "%H:%M", "%H:%M:%S")


def parse_duration(text: str) -> float:
    """Parse `500ms`, `30s`, `5m`, `1h`, `7d`, `1h30m` as seconds. Raises ValueError with a sentence for anything else."""
    position, total = 0, 0.0
    while match := _DURATION.match(text, position):
        total += float(match[1]) * _SECONDS[match[2]]
        position = match.end()
    if position == 0 or position != len(text) or not math.isfinite(total):
        raise ValueError(f"{text[:80]!r} is not a duration; write it like 500ms, 30s, 5m, 1h or 7d")
    return total


def window_label(seconds: float) -> str:
    """Format a whole duration as the configuration does, a day as 24h: 3600 -> `1h`, 86400 -> `24h`, 604800 -> `7d`."""
    for unit, size in (("d", DAY), ("h", HOUR), ("m", MINUTE), ("s", 1.0)):
        if seconds % size == 0 and (seconds > size or unit != "d"):
            return f"{int(seconds // size)}{unit}"
    return f"{round(seconds * 1000)}ms"


def rfc3339(instant: float, *, digits: int = 0) -> str:
    """Format an instant as RFC 3339 UTC: `2026-11-23T07:43:30Z`, with `digits` of fraction (0 or 3).

    Foreign instants may be anything; one outside the years 1 to 9999 becomes the nearest that can be written.
    """
    instant = min(max(instant, _FIRST_INSTANT), _LAST_INSTANT)
    shown = math.floor(instant * 1000 + 0.5) / 1000 if digits else math.floor(instant)
    moment = datetime.fromtimestamp(shown, UTC).replace(tzinfo=None)
    return moment.isoformat(timespec="milliseconds" if digits else "seconds") + "Z"


def line_of_long_number(text: str) -> int | None:
    """Return the line of the first number that has more digits than Python reads, counted from 1."""
    found = _LONG_NUMBER.search(text)
    return None if found is None else text.count("\n", 0, found.start()) + 1


def parse_rfc3339(text: str) -> float:
    """Parse an RFC 3339 instant (a zone is required). Raises ValueError with a sentence."""
    if _RFC3339.fullmatch(text):
        with suppress(ValueError):
            return datetime.fromisoformat(text.upper()).timestamp()
    raise ValueError(f"{text[:80]!r} is not an RFC 3339 instant; write it like 2026-11-23T07:43:30Z")


def format_duration(seconds: float) -> str:
    """Format a duration for people: `412 µs`, `39 ms`, `1.24 s`, `4 min 10 s`, `3 h 5 min`, `2 d 4 h`."""
    if not math.isfinite(seconds):
        return "–"
    return _compound(seconds) if abs(seconds) >= _COMPOUND else _write(seconds, "seconds")


def _compound(value: float) -> str:
    seconds, sign = round(abs(value)), "-" if value < 0 else ""
    if seconds >= 1e6 * DAY:
        return f"{sign}{_three(seconds / DAY)} d"
    for big, size, small, rest in (("d", 86_400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if seconds >= size:
            tail = seconds % size // rest
            return f"{sign}{seconds // size} {big}" + (f" {tail} {small}" if tail else "")
    return f"{sign}{seconds} s"


def format_bytes(size: float) -> str:
    """Format a size in SI steps of 1000: `512 B`, `24.4 kB`, `1.2 MB`."""
    return _write(size, "bytes") if math.isfinite(size) else "–"


def _write(value: float, unit: str) -> str:
    size, word = _size(value, unit)
    amount = value / size
    if word == "%":
        return f"{_per_cent(amount)} %"
    text = f"{round(amount):d}" if word == unit and 1000 <= abs(amount) < 1e4 else _three(amount)
    return _with_word(text, word, unit)


def _with_word(text: str, word: str, unit: str) -> str:
    one = word == unit and text in ("1", "-1")
    return f"{text} {one_of(unit) if one else word}".rstrip()


def _size(value: float, unit: str) -> tuple[float, str]:
    """Return what a value is divided by to be written, and the word behind it: 0.039 seconds -> (0.001, "ms")."""
    if sizes := SIZED.get(unit):
        amount = abs(value) or 1.0
        for entry in sizes:
            if amount >= 0.9995 * entry[0]:
                break
        return entry
    for size, letter in PREFIXES[:-1]:
        # Thousands are written out up to 10,000.
        if abs(value) >= (1e4 if letter == "k" else 0.9995 * size):
            return size, f"{letter} {unit}".rstrip()
    return 1.0, unit


def one_of(unit: str) -> str:
    """Return a unit's word for a single one: requests/s -> request/s."""
    word, per, time = unit.partition("/")
    return _SINGULAR.get(word, word.removesuffix("s")) + per + time


def _three(value: float) -> str:
    """Format three significant digits, no trailing zeros; an exponent only for what would be a long row of zeros."""
    if value == 0 or not math.isfinite(value):
        return "–" if value else "0"
    if not 1e-9 <= abs(value) < 1e7:
        digits, _, power = f"{value:.2e}".partition("e")
        return f"{digits.rstrip('0').rstrip('.')}e{int(power)}"
    places = max(0, 2 - math.floor(math.log10(abs(value))))
    text = f"{value:.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def format_quantity(value: float | None, unit: str) -> str:
    """Format a value with its unit. Any unit but seconds, bytes, ratio, availability, percent and timestamp is a word."""
    if value is None or not math.isfinite(value):
        return "no data"
    match unit:
        case "seconds":
            return format_duration(value)
        case "ratio":
            return f"{_per_cent(value * 100)} %"
        case "availability":
            return floor_percent(value, 2)
        case "timestamp":
            return rfc3339(value)
        case _:
            return _write(value, unit)


def _per_cent(amount: float) -> str:
    """Format an amount of per cent in three digits, within one of 100 to five places: only 100 reads `100`, 99.931 is `99.931`."""
    if not _is_near_hundred(amount):
        return _three(amount)
    steps = round(abs(amount) * 1e5, 3)
    steps = min(math.floor(steps), 10**7 - 1) if abs(amount) < 100 else max(math.ceil(steps), 10**7 + 1)
    return f"{math.copysign(steps / 1e5, amount):.5f}".rstrip("0").rstrip(".")


def _is_near_hundred(amount: float) -> bool:
    return 99 <= abs(amount) <= 101 and abs(amount) != 100


def floor_percent(ratio: float, places: int) -> str:
    """Format a ratio as per cent to so many places, never rounded up, so that rows of a column stand evenly.

    What is less than all never reads 100, and what is more than nothing never 0.
    """
    if 0 < ratio * 100 < 10.0**-places:
        return f"< {10.0**-places:.{places}f} %"
    steps = math.floor(ratio * 10 ** (places + 2) + 1e-6)
    steps = min(steps, 10 ** (places + 2) - 1) if ratio < 1 else steps
    return f"{steps / 10**places:.{places}f} %"


class Quantity(msgspec.Struct, frozen=True, tag=True):
    """A number on its way to a page: `value` in `unit`; None is "no data". `shown` is what people read, where that is not as usual."""

    value: float | None
    unit: str = ""
    shown: str = ""

    @property
    def text(self) -> str:
        """What people read."""
        return self.shown or format_quantity(self.value, self.unit)

    @property
    def raw(self) -> str:
        """What scripts read from `<data value>`: the shortest digits that give the same double; "" for no data."""
        if self.value is None or not math.isfinite(self.value):
            return ""
        whole = int(self.value)
        return str(whole) if whole == self.value and abs(whole) < 1 << 53 else repr(self.value)


class Instant(msgspec.Struct, frozen=True, tag=True):
    """An absolute instant on its way to a page, in POSIX seconds, told with `digits` (0 or 3) of a second's fraction.

    `form` is how people read it, as strftime takes it, in a zone that is `shift` seconds east of UTC.
    """

    at: float
    digits: int = 0
    form: str = ""
    shift: float = 0.0

    @property
    def raw(self) -> str:
        """For `<time datetime>`."""
        return rfc3339(self.at, digits=self.digits)

    @property
    def text(self) -> str:
        """What people read: `2026-11-23 07:43:30 UTC`, unless a form says otherwise."""
        if self.form in _FORMS and 0 <= self.at <= _LAST_INSTANT:
            return datetime.fromtimestamp(self.at + self.shift, UTC).strftime(self.form) + self.raw[19:-1]
        return self.raw.replace("T", " ").replace("Z", " UTC")


def zone_of(name: str) -> tzinfo:
    """Return a zone by its name in IANA's database; UTC needs none. Raises ValueError, KeyError or OSError for one that is not there."""
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - few sites name a zone

    return UTC if name == "UTC" else ZoneInfo(name)


Part = str | Quantity | Instant
Sentence = tuple[Part, ...]
_Part = TypeVar("_Part")


def plain(sentence: Sentence) -> str:
    """Format a sentence as text, for feeds and terminals."""
    return "".join(part if isinstance(part, str) else part.text for part in sentence)


def even(parts: Sequence[_Part]) -> tuple[_Part | Quantity, ...]:
    """Return parts that stand together with figures of the same word written to the same place.

    The largest has three digits, as on its own; what is nothing to that place is told to be less. Figures
    whose text is given, and durations in two units, stay as they are.

    >>> plain(even((Quantity(0.0898, "seconds"), " and ", Quantity(0.419, "seconds"))))
    '90 ms and 419 ms'
    """
    groups: dict[tuple[str, str], dict[int, float]] = {}
    for index, part in enumerate(parts):
        if isinstance(part, Quantity) and part.value and not part.shown and _is_scaled(part.value, part.unit):
            size, word = _size(part.value, part.unit)
            groups.setdefault((word, part.unit), {})[index] = part.value / size
    written = {
        index: _with_word(text, word, unit)
        for (word, unit), amounts in groups.items()
        for index, text in zip(amounts, _write_evenly(amounts.values()), strict=True)
    }
    return tuple(
        Quantity(part.value, part.unit, written[index])
        if index in written and isinstance(part, Quantity)
        else part
        for index, part in enumerate(parts)
    )


def _is_scaled(value: float, unit: str) -> bool:
    """Return whether a value is written as an amount and a word: durations in two units and nines have forms of their own."""
    if unit == "seconds":
        return abs(value) < _COMPOUND
    if unit in {"ratio", "percent"} and _is_near_hundred(value / SIZED[unit][0][0]):
        return False
    return unit not in ("availability", "timestamp") and math.isfinite(value)


def _write_evenly(amounts: Collection[float]) -> list[str]:
    largest, least = max(map(abs, amounts)), min(map(abs, amounts))
    if not 1e-6 <= largest < 1e7:
        return [_three(amount) for amount in amounts]
    places = max(0, 2 - math.floor(math.log10(largest)))
    # One place more where the least would be left with a single digit.
    places = min(places + 1, max(places, 1 - math.floor(math.log10(least))))
    texts = [f"{amount:.{places}f}" for amount in amounts]
    while places and all(text[-1] == "0" for text in texts):
        places -= 1
        texts = [f"{amount:.{places}f}" for amount in amounts]
    shown = f"{10**-places:.{places}f}"
    return [
        text if float(text) else f"> -{shown}" if amount < 0 else f"< {shown}"
        for amount, text in zip(amounts, texts, strict=True)
    ]


def even_rows(rows: Sequence[Sequence[_Part]]) -> list[tuple[_Part | Quantity, ...]]:
    """Return rows that stand together with all their figures written to the same place."""
    parts = iter(even([part for row in rows for part in row]))
    return [tuple(islice(parts, len(row))) for row in rows]


def even_columns(rows: Sequence[Sequence[_Part]]) -> tuple[tuple[_Part | Quantity, ...], ...]:
    """Return the rows of a table with the figures of each column written to the same place."""
    return tuple(zip(*map(even, zip(*rows, strict=True)), strict=True))


def nice_step(least: float) -> float:
    """Return the smallest step of at least `least` seconds that divides minutes, hours or days evenly."""
    for step in _STEPS:
        if step >= least:
            return float(step)
    return math.ceil(least / DAY) * DAY


class Window(msgspec.Struct, frozen=True):
    """Instants `start, start + step, ... end`, aligned to the step: all are multiples of it."""

    start: float
    end: float
    step: float

    @classmethod
    def ending(cls, now: float, span: float, *, least_step: float = 1.0, max_columns: int = 240) -> "Window":
        """Return the window of `span` seconds up to `now`, moved back to a multiple of its step.

        The step is the smallest nice one that keeps to `max_columns` (never above
        MAX_POINTS) and is at least `least_step`. Because the end moves only once a
        step, a page drawn from it changes only then.
        """
        columns = max(1, min(max_columns, MAX_POINTS))
        step = nice_step(max(least_step, span / columns))
        count = max(1, min(columns, math.floor(span / step)))
        end = math.floor(now / step) * step
        return cls(start=end - (count - 1) * step, end=end, step=step)

    @property
    def columns(self) -> int:
        """How many instants there are."""
        return round((self.end - self.start) / self.step) + 1

    def instants(self) -> list[float]:
        """Return all instants, oldest first."""
        return [self.start + index * self.step for index in range(self.columns)]
