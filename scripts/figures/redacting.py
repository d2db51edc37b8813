"""Redaction of an access log by the line, beside what one expression of addresses takes for it."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from figures.runs import PYTHON, run
from figures.table import Figure, amount, times

__all__ = ["measure"]

_LOG = Path(__file__).resolve().parents[3] / "shared" / "data" / "elastic-examples" / "apache_logs"
_BOUND = 10.0
"""Megabytes a second at least."""

_MEASURE = """
import json, re, sys, time
from sitegen.redaction import Redactor
lines = open(sys.argv[1], encoding="utf-8").read().splitlines()
address = re.compile(r"[0-9]{1,3}(?:[.][0-9]{1,3}){3}")
def timed(each):
    started = time.process_time()
    for line in lines:
        each(line)
    return time.process_time() - started
redactor = Redactor()
first, warm, plain = timed(redactor.text), timed(redactor.text), timed(lambda line: address.sub("x", line))
print(json.dumps([sum(map(len, lines)), first, warm, plain]))
"""


def measure(runs: int) -> Iterator[Figure]:
    """Return the processor's time for the log of ten thousand lines, and how often the plain expression's that is."""
    found = [json.loads(run([PYTHON, "-c", _MEASURE, str(_LOG)], Path.cwd())) for _ in range(runs)]
    size, plain = found[0][0], min(one[3] for one in found)
    what = f"redact {size / 1e6:.1f} MB of an access log by line"
    yield times(
        what, [one[1] for one in found], round(size / _BOUND / 1e6, 3), f"{plain:.3f} s one expression"
    )
    ratio = min(one[2] for one in found) / plain
    yield amount("  beside the expression, when it knows the words", round(ratio, 2), "x")


if __name__ == "__main__":
    sys.exit(f"run {Path(__file__).parents[1] / 'bench.py'}")
