"""The samples of one series, `[[1435781430, "1"], [1435781445, "NaN"]]` as bytes, read into two columns of doubles.

The pairs are objects of Python for a moment only, a chunk at a time: a list of them all
would take ten times the memory of the doubles.
"""

import math
import re
from array import array
from collections.abc import Iterator
from itertools import islice
from operator import ge

import msgspec

EARLIEST, LATEST = -62_135_596_800.0, 253_402_300_799.0
"""The instants that a calendar can show: the years 1 to 9999, in POSIX seconds."""

CHUNK = 256 * 1024
MAX_PAIR = 1024
MAX_BAD = 1000
"""With more bad samples than this a series says nothing, and naming them all would take seconds."""

_PLAIN = msgspec.json.Decoder(list[tuple[float, float]], strict=False)
_PAIRS = msgspec.json.Decoder(list[tuple[float, str]])
_PAIR = msgspec.json.Decoder(tuple[float, str])
_ITEMS = msgspec.json.Decoder(list[msgspec.Raw])
_NUMBER = re.compile(
    r"[+-]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?|inf(?:inity)?|nan)", re.ASCII | re.IGNORECASE
)
# All that a number may be written with; float() also takes underscores, blanks and other scripts' digits.
_NUMBER_BYTES = b"0123456789+-.eEInftyNa"


def read_samples(raw: msgspec.Raw | bytes) -> tuple["array[float]", "array[float]", list[int]]:
    """Return the times, the values, and the indexes of the samples that cannot be read and were left out.

    A sample cannot be read where it is no pair of a number and a string, its value no
    number, or its time not after the one before or outside EARLIEST to LATEST. Raises
    ValueError or RecursionError where there is no list at all, or more than MAX_BAD bad
    samples, or no good one.
    """
    times, values = array("d"), array("d")
    try:
        for chunk in _chunks(memoryview(raw)):
            if not _append_plain(chunk, times, values):
                _append(_PAIRS.decode(chunk), times, values)
    except ValueError:
        return _samples_one_by_one(raw)
    rising = not any(map(ge, times, islice(times, 1, None)))
    if times and not (rising and times[0] >= EARLIEST and times[-1] <= LATEST):
        return _samples_one_by_one(raw)
    return times, values, []


def _chunks(raw: memoryview) -> Iterator[bytes | memoryview]:
    """Cut `[[t, "v"], [t, "v"], ...]` into shorter lists of whole pairs."""
    start, last = 1, len(raw) - 1
    if last <= CHUNK:
        yield raw
        return
    while start < last:
        end = min(start + CHUNK, last)
        if end < last:
            end += bytes(raw[end : end + MAX_PAIR]).find(b"]") + 1
        yield b"[" + bytes(raw[start:end]).strip(b", \t\r\n") + b"]"
        start = end


def _append_plain(chunk: bytes | memoryview, times: "array[float]", values: "array[float]") -> bool:
    """Convert what is written as servers write it, in one go; False, and nothing is done, where anything is unusual.

    Decoding takes quoted and bare numbers alike then, so what is left without the numbers' own
    characters must be `[[,""],[,""]]`: each pair has one string, and it is the value. The
    decoder knows no sign of a zero.
    """
    body = bytes(chunk)
    try:
        pairs = _PLAIN.decode(body)
    except ValueError:
        return False
    if body.translate(None, _NUMBER_BYTES) != b"[" + b'[,""],' * (len(pairs) - 1) + b'[,""]]':
        return False
    instants, numbers = zip(*pairs, strict=True)
    if b'"-0' in body and 0.0 in numbers:
        return False
    times.extend(instants)
    values.extend(numbers)
    return True


def _append(pairs: list[tuple[float, str]], times: "array[float]", values: "array[float]") -> None:
    """Convert pairs into the two columns; raises ValueError where one value is no number."""
    spelled = [value for _, value in pairs]
    line = ",".join(spelled)
    if line.encode().translate(None, _NUMBER_BYTES + b","):
        raise ValueError("a value holds a character that no number has")
    numbers = array("d", map(float, spelled))
    if sum(map(math.isinf, numbers)) != line.lower().count("inf"):
        raise ValueError("a value is too large for a double")
    times.extend([time for time, _ in pairs])
    values.extend(numbers)


def _samples_one_by_one(raw: msgspec.Raw | bytes) -> tuple["array[float]", "array[float]", list[int]]:
    """Read what can be read of a series in which something is wrong."""
    times, values, bad = array("d"), array("d"), []
    for index, pair in enumerate(_ITEMS.decode(raw)):
        try:
            time, value = _sample(pair, times[-1] if times else -math.inf)
        except (ValueError, RecursionError):
            bad.append(index)
            if len(bad) > MAX_BAD:
                raise ValueError(f"more than {MAX_BAD} samples cannot be read") from None
            continue
        times.append(time)
        values.append(value)
    if bad and not times:
        raise ValueError("no sample can be read")
    return times, values, bad


def _sample(pair: msgspec.Raw, before: float) -> tuple[float, float]:
    time, spelled = _PAIR.decode(pair)
    if not max(EARLIEST, before) <= time <= LATEST or time == before:
        raise ValueError(f"the time {time} is not after {before}")
    return time, _number(spelled)


def _number(spelled: str) -> float:
    """Read a value; digits too large for a double are no number, for infinity was not what was said."""
    if not _NUMBER.fullmatch(spelled):
        raise ValueError(f"{spelled[:40]!r} is not a number")
    value = float(spelled)
    if math.isinf(value) and "n" not in spelled.lower():
        raise ValueError(f"{spelled[:40]!r} is too large for a double")
    return value
