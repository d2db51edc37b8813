"""What scraping cannot put into a Prometheus on demand, by its remote-write protocol: histograms and stale markers.

Source: prometheus.io/docs/specs/prw/remote_write_spec, with prompb/remote.proto and prompb/types.proto; snappy's
block format with literals alone (google/snappy, format_description.txt).
"""

import struct
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass

from tests.acceptance.monitoring import Monitoring

STALE = b"\x02\x00\x00\x00\x00\x00\xf0\x7f"
"""The NaN that ends a series (model/value/value.go, StaleNaN), little-endian."""

FLAGS = ("--web.enable-remote-write-receiver", "--enable-feature=native-histograms")


@dataclass(frozen=True)
class Native:
    """A native histogram of schema 0: `counts` of the buckets up to 1, 2, 4, 8 ..."""

    counts: Sequence[int]
    sum: float


def write(monitoring: Monitoring, series: dict[str, dict[float, "float | bytes | Native"]]) -> None:
    """Store samples by instant, of each series by its name; bytes are a double as they shall be stored."""
    request = b"".join(_field(1, _series(name, samples)) for name, samples in series.items())
    headers = {
        "Content-Encoding": "snappy",
        "Content-Type": "application/x-protobuf",
        "X-Prometheus-Remote-Write-Version": "0.1.0",
    }
    url = f"{monitoring.url}/api/v1/write"
    asked = urllib.request.Request(url, data=_snappy(request), headers=headers)  # noqa: S310 - loopback
    urllib.request.urlopen(asked, timeout=10).close()  # noqa: S310 - loopback


def _series(name: str, samples: dict[float, "float | bytes | Native"]) -> bytes:
    parts = [_field(1, _field(1, b"__name__") + _field(2, name.encode()))]
    for at, value in sorted(samples.items()):
        stamp = int(at * 1000)
        if isinstance(value, Native):
            parts.append(_field(4, _histogram(value, stamp)))
        else:
            double = value if isinstance(value, bytes) else struct.pack("<d", value)
            parts.append(_field(2, b"\x09" + double + _number(2, stamp)))
    return b"".join(parts)


def _histogram(value: Native, stamp: int) -> bytes:
    deltas = [after - before for before, after in zip([0, *value.counts], value.counts, strict=False)]
    span = _number(1, 0) + _number(2, len(deltas))
    return (
        _number(1, sum(value.counts))
        + b"\x19" + struct.pack("<d", value.sum)
        + _number(4, 0)  # the schema, as a zigzag number
        + b"\x29" + struct.pack("<d", 2.0**-128)  # the width of the bucket around zero, which is empty
        + _number(6, 0)
        + _field(11, span)
        + _field(12, b"".join(_varint((delta << 1) ^ (delta >> 63)) for delta in deltas))
        + _number(15, stamp)
    )  # fmt: skip


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    rest = b""
    while value > 0x7F:
        rest += bytes([value & 0x7F | 0x80])
        value >>= 7
    return rest + bytes([value])


def _snappy(data: bytes) -> bytes:
    pieces = [data[begin : begin + 65_536] for begin in range(0, len(data), 65_536)]
    return _varint(len(data)) + b"".join(
        bytes([61 << 2]) + struct.pack("<H", len(piece) - 1) + piece for piece in pieces
    )
