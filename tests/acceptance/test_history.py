"""What sitegen knows of itself, through whole builds: its series, and the key panels that show them."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sitegen.instrumentation.records import BuildRecord
from tests.acceptance.comparing import figure_of, instant, read_csv
from tests.acceptance.documents import parse
from tests.acceptance.running import LATE, last, mean, own_panel, run_at
from tests.acceptance.sites import Site, make_site
from tests.acceptance.stepping import at, build_at, slot_at

KINDS = {".html": "html", ".svg": "svg", ".csv": "csv", ".png": "images", ".jpg": "images", ".webp": "images"}

# --- The five key panels ----------------------------------------------------------------


@dataclass
class Past:
    """Builds of one site, each with what its report and its published files said, by its slot."""

    site: Site
    records: dict[float, BuildRecord] = field(default_factory=dict)
    sizes: dict[float, dict[str, int]] = field(default_factory=dict)
    requests: dict[float, dict[str, int]] = field(default_factory=dict)

    def build(self, seconds: float) -> None:
        """Build, and note what it said."""
        record = run_at(self.site, seconds)
        self.records[record.slot] = record
        sizes: dict[str, int] = {}
        for path, body in self.site.tree().items():
            kind = KINDS.get(Path(path).suffix, "other")
            sizes[kind] = sizes.get(kind, 0) + len(body)
        self.sizes[record.slot] = sizes
        report = json.loads((self.site.state / "report.json").read_bytes())
        assert report["duration_seconds"] == round(record.duration, 6)
        assert report["files"]["bytes"] == sum(sizes.values())

    def visit(self, seconds: float, status: int) -> None:
        """Have the preview server answer a request, as its log says it."""
        path = self.site.state / "log" / "access.jsonl"
        line = {"time": at(seconds), "level": "info", "service": "serve", "message": f"GET / {status}",
                "method": "GET", "path": "/", "status": status, "bytes": 9, "duration_ms": 0.1}  # fmt: skip
        with path.open("a") as log:
            log.write(json.dumps(line) + "\n")
        # It belongs to the slot that ends its cycle.
        slot = slot_at(seconds) // 30 * 30 + 30
        kinds = self.requests.setdefault(slot, {})
        kinds[f"{status // 100}xx"] = kinds.get(f"{status // 100}xx", 0) + 1

    def of(self, panel: str) -> dict[str, dict[float, float]]:
        """The samples of a panel by the name of their series, then by slot."""
        match panel:
            case "speed":
                return {"build": {slot: one.duration for slot, one in self.records.items()}}
            case "updated":
                return {"last build": {slot: one.started_at for slot, one in self.records.items()}}
            case "availability":
                return {"cycles that ran and succeeded": dict.fromkeys(self.records, 1.0)}
            case _:
                found = {"assets": self.sizes, "requests": self.requests}[panel]
                names = sorted({name for one in found.values() for name in one})
                return {n: {slot: one[n] for slot, one in found.items() if n in one} for n in names}


AGGREGATIONS: dict[str, Callable[[Sequence[float]], float]] = {
    "speed": mean, "availability": mean, "assets": last, "updated": last, "requests": sum,
}  # fmt: skip
WINDOWS = {
    "requests": ("1h", "24h", "7d"), "speed": ("1h", "24h", "7d"), "availability": ("24h", "7d", "30d"),
    "assets": ("24h", "7d", "30d"), "updated": ("24h",),
}  # fmt: skip


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Past:
    """A starter with 22 minutes behind it, and some visitors; the last build is not in its own history."""
    seen = Past(make_site(tmp_path_factory.mktemp("past")))
    visits = {123: 200, 151: 200, 152: 404, 153: 200, 420: 304, 480: 500, 481: 200, 1319: 200}
    for seconds in range(120, 1441, 60):
        for when in [when for when in visits if when < seconds + LATE]:
            seen.visit(when, visits.pop(when))
        seen.build(seconds)
    return seen


@pytest.mark.parametrize(
    ("panel", "window"), [(panel, one) for panel, found in WINDOWS.items() for one in found]
)
def test_every_key_panel_shows_what_the_builds_before_said(past: Past, panel: str, window: str):
    (_, *names), lines = read_csv(past.site, panel, window)
    rows = [(instant(time), cells) for time, *cells in lines]
    samples = past.of(panel)
    now = max(past.records)
    assert sorted(names) == sorted(samples)
    ends = {}
    for name, *cells in zip(names, *[cells for _, cells in rows], strict=True):
        shown = {end: float(cell) for (end, _), cell in zip(rows, cells, strict=True) if cell}
        starts = [rows[0][0] - (rows[1][0] - rows[0][0]), *(end for end, _ in rows)]
        held = {
            end: [
                value for slot, value in sorted(samples[name].items()) if start < slot <= end and slot < now
            ]
            for start, (end, _) in zip(starts, rows, strict=False)
        }
        expected = {end: AGGREGATIONS[panel](values) for end, values in held.items() if values}
        assert shown == pytest.approx(expected, rel=1e-12)
        assert shown
        ends[name] = shown[max(shown)]

    # The figure says the same in words: the last value of each series stands in its sentence and its legend.
    figure = figure_of(past.site, panel, window, "1h")
    told = [float(one.attributes["value"]) for one in figure.all("data")]
    if panel == "updated":
        told = [instant(one.attributes["datetime"]) for one in figure.all("time")]
        ends = {name: float(int(value)) for name, value in ends.items()}
    for value in ends.values():
        assert any(value == pytest.approx(one) for one in told)


def test_the_last_update_is_a_build_of_the_last_minutes(past: Past):
    tiles = parse(past.site.page("/")).one("dl", "ti").all("div")
    (tile,) = [one for one in tiles if one.text.startswith("last update")]
    (shown,) = [instant(one.attributes["datetime"]) for one in tile.all("time")]
    assert shown in [float(int(one.started_at)) for one in past.records.values()]
    assert max(past.records) - shown < 600


def test_the_availability_of_the_own_cycles_counts_those_that_did_not_run(past: Past):
    """Every second cycle ran: all of what is known is up, and half of it is known."""
    row = parse(past.site.page("/slo/")).by_id("service-sitegen")
    (ratio, coverage) = [float(one.attributes["value"]) for one in row.all("td")[2].all("data")]
    made = instant(parse(past.site.page("/slo/")).one("footer").one("time").attributes["datetime"])
    ran = [slot for slot in past.records if slot < made]
    assert (ratio, coverage) == (1.0, pytest.approx(30 * len(ran) / 86_400))


def test_the_build_page_tells_the_builds_before_as_their_reports_did(past: Past):
    table = parse(past.site.page("/build/")).all("table")
    rows = [row for one in table for row in one.all("tr") if row.all("time") and len(row.children) == 5]
    told = [
        (
            instant(row.one("time").attributes["datetime"]),
            [float(one.attributes["value"]) for one in row.all("data")],
        )
        for row in rows
    ]
    *before, _ = sorted(past.records)
    expected = [
        (slot, [past.records[slot].generation, past.records[slot].files_changed, past.records[slot].duration])
        for slot in reversed(before)
    ]
    assert len(told) >= 4
    assert told == expected[: len(told)]


# --- Names ------------------------------------------------------------------------------


def test_a_panel_that_asks_for_an_unknown_series_is_refused_with_the_nearest_name(tmp_path: Path):
    site = make_site(tmp_path, config=own_panel("sitegen_asset_byte"))
    outcome = site.run("build")
    assert (outcome.code, outcome.stdout) == (2, "")
    said = r"sitegen\.toml:\d+: metrics\.panels\[0\]\.query: .*'sitegen_asset_byte'; did you mean 'sitegen_asset_bytes'\?\n"
    assert re.search(said, outcome.stderr)
    assert not site.dist.exists()


def test_a_series_that_no_build_has_stored_yet_is_empty_and_no_fault(tmp_path: Path):
    site = make_site(tmp_path, config=own_panel("sitegen_probe_up"))
    assert build_at(site, 0)["status"] == build_at(site, 30)["status"] == "ok"
