"""Durations, sizes, numbers, instants and windows: parsed once, formatted once.

Instants are POSIX seconds as `float` (UTC), durations are seconds as `float`.
`Quantity` and `Instant` carry a raw value to the page, where it stands in `<data>`
or `<time>`; a `Sentence` mixes them with words.
"""

import math
import re
from contextlib import suppress
from datetime import UTC, datetime

import msgspec

__all__ = [
    "MAX_POINTS", "UNITS", "Instant", "Part", "Quantity", "Sentence", "Window", "format_bytes", "format_duration",
    "format_number", "format_quantity", "nice_step", "parse_duration", "parse_rfc3339", "plain", "rfc3339",
    "window_label",
]  # fmt: skip

MAX_POINTS = 11_000
"""Prometheus refuses a range query with more points a series (web/api/v1/api.go)."""

UNITS = (
    "", "seconds", "bytes", "ratio", "percent", "timestamp",
    "requests", "requests/s", "errors", "errors/s", "queries", "queries/s", "messages", "messages/s", "events",
    "events/s", "operations", "operations/s", "jobs", "jobs/s", "bytes/s", "bits/s", "builds", "connections", "cores",
    "deploys", "files", "goroutines", "items", "lines", "nodes", "orders", "pods", "processes", "replicas", "rows",
    "sessions", "spans", "threads", "users", "visits", "°C", "W", "V", "A", "Hz", "USD",
)  # fmt: skip
"""The units that a panel may have; those after `timestamp` are words that stand behind a plain number."""

MINUTE, HOUR, DAY, YEAR = 60.0, 3600.0, 86_400.0, 365 * 86_400.0
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
_FORMS = ("%m-%d", "%m-%d %H:%M", "%H:%M", "%H:%M:%S")


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
    size = abs(seconds)
    sign = "-" if seconds < 0 else ""
    if size == 0:
        return "0 s"
    if size < 0.0009995:
        return f"{sign}{_three(size * 1e6)} µs"
    if size < 0.9995:
        return f"{sign}{_three(size * 1e3)} ms"
    if size < 59.95:
        return f"{sign}{_three(size)} s"
    return sign + _two_places(round(size))


def _two_places(seconds: int) -> str:
    if seconds >= 1e6 * DAY:
        return f"{_three(seconds / DAY)} d"
    for big, size, small, rest in (("d", 86_400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if seconds >= size:
            tail = seconds % size // rest
            return f"{seconds // size} {big}" + (f" {tail} {small}" if tail else "")
    return f"{seconds} s"


def format_bytes(size: float) -> str:
    """Format a size in SI steps of 1000: `512 B`, `24.4 kB`, `1.2 MB`."""
    if not math.isfinite(size):
        return "–"
    for unit, factor in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if abs(size) >= 0.9995 * factor:
            return f"{_three(size / factor)} {unit}"
    return f"{_three(size)} B"


def format_number(value: float) -> str:
    """Format a plain number in at most three significant digits with an SI letter: `0.00123`, `12.3 k`, `4.5 M`."""
    if not math.isfinite(value):
        return "–"
    for letter, factor in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if abs(value) >= (factor * 10 if letter == "k" else 0.9995 * factor):
            return f"{_three(value / factor)} {letter}"
    return f"{round(value):d}" if abs(value) >= 1000 else _three(value)


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
        case "bytes":
            return format_bytes(value)
        case "ratio":
            return format_percent(value)
        case "availability":
            # To two places in every row of a column, and never rounded up to 100.
            return f"{math.floor(value * 1e4 + 1e-6) / 100:.2f} %"
        case "percent":
            return f"{_three(value)} %"
        case "timestamp":
            return rfc3339(value)
        case "":
            return format_number(value)
        case _:
            return f"{format_number(value)} {unit}"


def format_percent(ratio: float) -> str:
    """Format a ratio as per cent, with as many nines as it has: 0.99931 -> `99.931 %`; never rounded up to 100."""
    if ratio == 1:
        return "100 %"
    if 0.99 <= ratio < 1:
        return f"{math.floor(ratio * 1e7) / 1e5:.5f}".rstrip("0").rstrip(".") + " %"
    return f"{_three(ratio * 100)} %"


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

    `form` is how people read it, as strftime takes it.
    """

    at: float
    digits: int = 0
    form: str = ""

    @property
    def raw(self) -> str:
        """For `<time datetime>`."""
        return rfc3339(self.at, digits=self.digits)

    @property
    def text(self) -> str:
        """What people read: `2026-11-23 07:43:30 UTC`, unless a form says otherwise."""
        if self.form in _FORMS and 0 <= self.at <= _LAST_INSTANT:
            return datetime.fromtimestamp(self.at, UTC).strftime(self.form) + self.raw[19:-1]
        return self.raw.replace("T", " ").replace("Z", " UTC")


Part = str | Quantity | Instant
Sentence = tuple[Part, ...]


def plain(sentence: Sentence) -> str:
    """Format a sentence as text, for feeds and terminals."""
    return "".join(part if isinstance(part, str) else part.text for part in sentence)


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
