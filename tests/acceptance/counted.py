"""Objectives over queries: their configuration, a server with canned answers, and the arithmetic in fractions."""

import math
import re
import threading
from fractions import Fraction

import pytest
from tests.acceptance.foreign import instants
from tests.acceptance.probed import facts, panel
from tests.acceptance.sites import Site

BURNS = ("1h", "6h", "3d")


def source(url: str, name: str = "counters") -> str:
    return f"\n[[metrics.sources]]\nname = '{name}'\ntype = 'prometheus'\nurl = '{url}'\n"


def objective(
    identity: str,
    good: str = "good",
    total: str = "total",
    target: float = 0.99,
    window: str = "30d",
    *,
    source: str = "counters",
) -> str:
    return (
        f"\n[[slos]]\nid = '{identity}'\ntitle = '{identity}'\ntarget = {target}\nwindow = '{window}'\n"
        f"source = '{source}'\n"
        f"good = '''{good}'''\ntotal = '''{total}'''\n"
    )


class Canned:
    """Answers by expression, at the instants that are asked for; `since` is when the counters began."""

    def __init__(self, values: dict[str, object]) -> None:
        self.values = values
        self.since = -math.inf
        self.refusal = ""
        self.asked: list[str] = []
        self._lock = threading.Lock()

    def __call__(self, asked: dict[str, str]) -> dict:
        with self._lock:
            self.asked.append(asked["query"])
        if self.refusal:
            return {"status": "error", "errorType": "bad_data", "error": self.refusal}
        if counted := re.match(
            r"count_over_time\(.*\[(\d+)d:5m\]\)$", asked["query"]
        ):  # how much of the window there is
            end = float(asked["end"])
            steps = (end - max(self.since, end - int(counted[1]) * 86_400)) // 300
            return _matrix([[[end, str(steps)]]] if steps > 0 else [])
        if asked["start"] != asked["end"]:  # the columns of its past
            samples = [[at, "1"] for at in instants(asked) if at >= self.since]
            return _matrix([samples] if samples else [])
        value = self.values.get(asked["query"])
        values = value if isinstance(value, list) else [] if value is None else [value]
        return _matrix(
            [[[float(asked["end"]), repr(one) if isinstance(one, float) else str(one)]] for one in values]
        )


def _matrix(series: list) -> dict:
    result = [{"metric": {"n": str(number)}, "values": values} for number, values in enumerate(series)]
    return {"status": "success", "data": {"resultType": "matrix", "result": result}}


def counts(good: str, total: str, numbers: dict[str, tuple[object, object]]) -> dict[str, object]:
    """The answers to two selectors over each window."""
    found: dict[str, object] = {}
    for window, (first, second) in numbers.items():
        found[f"sum(increase({good}[{window}]))"] = first
        found[f"sum(increase({total}[{window}]))"] = second
    return found


NUMBERS = {
    "30d": (999_123.25, 1_000_777.5),
    "1h": (1400.5, 1412.25),
    "6h": (8000, 8000),
    "3d": (99_000.125, 100_100),
}


def check_numbers(
    site: Site, identity: str, target: str, own: str, numbers: dict[str, tuple[object, object]]
) -> None:
    """Hold what is said of an objective to arithmetic in fractions."""
    allowed = 1 - Fraction(target)
    said = facts(panel(site, f"slo-{identity}"))
    good, total = (Fraction(one) for one in numbers[own])
    bad = max(Fraction(0), total - good)
    left = allowed * total - bad
    assert said["attained"] == [pytest.approx(float(1 - bad / total), abs=1e-9)]
    assert said["error budget"] == [pytest.approx(float(allowed * total), rel=1e-9)]
    assert said["budget used"] == [pytest.approx(float(bad), rel=1e-9, abs=1e-9)]
    expected = [float(left), float(left / (allowed * total))]
    assert said["budget left"] == pytest.approx(expected, rel=1e-9, abs=1e-9)
    for window in BURNS:
        good, total = (Fraction(one) for one in numbers[window])
        rate = max(Fraction(0), total - good) / total / allowed
        assert said[f"burn rate {window}"] == [pytest.approx(float(rate), rel=1e-9, abs=1e-9)], window
