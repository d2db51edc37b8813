"""A matrix of ten megabytes, read in a process of its own."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from figures.runs import PYTHON, run
from figures.table import Figure, amount, times

__all__ = ["measure"]

_MEASURE = """
import gc, json, sys, time, tracemalloc
sys.path.insert(0, {scripts!r})
from figures.decoding import matrix
from sitegen.metrics.formats import decode_answer
from sitegen.metrics.model import MetricQuery
from sitegen.redaction import Redactor
from sitegen.units import Window
query = MetricQuery(source="bench", expression="bench", window=Window(0.0, 240.0, 1.0))
body, redactor = matrix({series}, {points}), Redactor()
def decode():
    return decode_answer(body, query, where="metrics.bench", redactor=redactor)
started = time.perf_counter(); decoded = decode(); first = time.perf_counter() - started
started = time.perf_counter(); json.loads(body); plain = time.perf_counter() - started
doubles = sum(16 * len(one.times) for one in decoded.series)
del decoded; gc.collect(); tracemalloc.start()
decoded = decode()
print(json.dumps([len(body), first, plain, doubles, *tracemalloc.get_traced_memory()]))
"""


def measure(runs: int) -> Iterator[Figure]:
    """Return time and memory for a few long series, and for many short ones."""
    for series, points in ((40, 9_000), (1_500, 240)):
        script = _MEASURE.format(scripts=str(Path(__file__).parents[1]), series=series, points=points)
        found = [json.loads(run([PYTHON, "-c", script], Path.cwd())) for _ in range(runs)]
        size, _, _, doubles, kept, peak = found[-1]
        what = f"decode {size / 1e6:.1f} MB, {series} series x {points}"
        beside = f"{min(one[2] for one in found):.3f} s json.loads"
        yield times(what, [one[1] for one in found], 0.25, beside)
        yield amount(
            "  memory at its peak, the body aside",
            round(peak / doubles, 2),
            "x the doubles",
            2.5,
            f"{kept / doubles:.2f} x kept",
        )


def matrix(series: int, points: int) -> bytes:
    """Write an answer of query_range as Prometheus does, with seeded values."""
    import random  # noqa: PLC0415 - the measuring process wants few modules

    numbers = random.Random(11)
    head = b'{"status":"success","data":{"resultType":"matrix","result":['
    rows = (
        json.dumps({
            "metric": {"__name__": "bench", "instance": f"10.0.0.{row % 250}:9100", "series": str(row)},
            "values": [[1_700_000_000 + at * 15, repr(numbers.gauss(50, 20))] for at in range(points)],
        }, separators=(",", ":")).encode()
        for row in range(series)
    )  # fmt: skip
    return head + b",".join(rows) + b"]}}"


if __name__ == "__main__":
    sys.exit(f"run {Path(__file__).parents[1] / 'bench.py'}")
