"""Lighthouse 12: a page as a phone on slow 4G would load it (its simulated throttling)."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from statistics import median

LIGHTHOUSE = Path(__file__).parent / "node_modules" / ".bin" / "lighthouse"
OPTIONS = ("--quiet", "--output=json", "--output-path=stdout", "--no-enable-error-reporting")
CHROMIUM_FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
)
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
METRICS = {
    "first-contentful-paint": "fcp",
    "largest-contentful-paint": "lcp",
    "speed-index": "speed_index",
    "total-blocking-time": "tbt",
    "cumulative-layout-shift": "cls",
}


@dataclass(frozen=True)
class Report:
    """Scores from 0 to 100 by category; metrics in milliseconds (`cls` has no unit); audits that failed."""

    scores: dict[str, int]
    metrics: dict[str, float]
    failed: tuple[str, ...]


def run_lighthouse(url: str, chromium: str) -> Report:
    """Measure one page once, in about 15 s; use with `@pytest.mark.needs("chromium", "npm")`."""
    done = subprocess.run(
        [LIGHTHOUSE, url, *OPTIONS, f"--chrome-flags={CHROMIUM_FLAGS}"],
        env=os.environ | {"CHROME_PATH": chromium},
        capture_output=True,
        check=True,
        timeout=120,
    )
    return read_report(json.loads(done.stdout))


def median_report(url: str, chromium: str, runs: int = 3) -> Report:
    """Measure a page several times: the median of each number, and every audit that failed once."""
    reports = [run_lighthouse(url, chromium) for _ in range(runs)]
    return Report(
        scores={name: int(median(report.scores[name] for report in reports)) for name in CATEGORIES},
        metrics={name: median(report.metrics[name] for report in reports) for name in METRICS.values()},
        failed=tuple(sorted({audit for report in reports for audit in report.failed})),
    )


def read_report(result: dict) -> Report:
    """Take what matters from Lighthouse's result object (its `lhr`)."""
    counted = {
        audit["id"]
        for category in result["categories"].values()
        for audit in category["auditRefs"]
        if audit["weight"]
    }
    return Report(
        scores={name: round(100 * (result["categories"][name]["score"] or 0)) for name in CATEGORIES},
        metrics={name: result["audits"][audit]["numericValue"] for audit, name in METRICS.items()},
        failed=tuple(sorted(name for name in counted if result["audits"][name]["score"] == 0)),
    )
