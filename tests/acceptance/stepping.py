"""Builds at chosen instants: a site under a clock that a test steps, and a source whose numbers rest."""

from datetime import UTC, datetime, timedelta

from tests.acceptance.documents import Element
from tests.acceptance.sites import Site

_START = datetime(2026, 11, 23, 8, tzinfo=UTC)
START = "2026-11-23T08:00:00Z"
"""The instant that seconds are counted from: a full hour, so that every window's columns end with it."""


def at(seconds: float) -> str:
    """So many seconds after the start, as RFC 3339."""
    return (_START + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def slot_at(seconds: float) -> float:
    """So many seconds after the start, as POSIX seconds."""
    return _START.timestamp() + seconds


def build_at(site: Site, seconds: float, *arguments: str) -> dict:
    """Build so many seconds after the start, which must be done (exit 0), and give the report."""
    return site.build("--clock", at(seconds), *arguments)


def changed(before: dict[str, bytes], after: dict[str, bytes]) -> set[str]:
    """The files that came, went or differ."""
    return {path for path in before | after if before.get(path) != after.get(path)}


def instants_in(element: Element) -> list[str]:
    """The instants that an element shows, in order."""
    return [one.attributes["datetime"] for one in element.all("time")]


def configuration(url: str, cycle: str = "30s") -> str:
    """A source with a chart in three windows and a single number."""
    panels = [
        f'[[metrics.panels]]\nid = "{name}"\nsource = "shop"\ntitle = "{name}"\nquery = "{name}"\nkind = "{kind}"\n'
        f"windows = {windows}\n"
        for name, kind, windows in (("load", "line", '["1h", "24h", "7d"]'), ("queue", "stat", '["24h"]'))
    ]
    source = f'[[metrics.sources]]\nname = "shop"\ntype = "prometheus"\nurl = "{url}"\ntimeout = "500ms"\n'
    return "\n".join([f'[build]\ncycle = "{cycle}"\n', source, *panels])


class Steady:
    """What a server shaped like Prometheus says: the same number for ever, or that it has failed."""

    failing = False

    def __call__(self, asked: dict[str, str]) -> dict:
        if self.failing:
            return {"status": "error", "errorType": "internal", "error": "out of memory"}
        start, end, step = (int(float(asked[name])) for name in ("start", "end", "step"))
        values = [[instant, "42.5"] for instant in range(start, end + 1, step)]
        return {
            "status": "success",
            "data": {"resultType": "matrix", "result": [{"metric": {"job": "shop"}, "values": values}]},
        }
