"""Sources as a configuration names them, what they answer, and where a page says what became of it."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

from tests.acceptance.documents import Element, parse
from tests.acceptance.sites import Site

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()
"""The instant at which these sites are built."""


def clock_at(seconds: float = 0.0) -> tuple[str, str]:
    """The option that stands the clock still, so many seconds after noon."""
    return "--clock", datetime.fromtimestamp(NOON + seconds, UTC).isoformat()


def source(name: str, url: str, timeout: str = "3s", *, more: str = "") -> str:
    """A server shaped like Prometheus; `more` are further lines of its table."""
    return f"""
[[metrics.sources]]
name = "{name}"
type = "prometheus"
url = "{url}"
timeout = "{timeout}"
{more}
"""


def panel(name: str, source: str, *, query: str = "up", more: str = "") -> str:
    """A panel with one window, an hour: one request a build."""
    return f"""
[[metrics.panels]]
id = "{name}"
title = "panel {name}"
source = "{source}"
query = "{query}"
windows = ["1h"]
{more}
"""


def probe(name: str, url: str, timeout: str = "3s") -> str:
    """A check of a service."""
    return f"""
[[probes]]
id = "{name}"
title = "service {name}"
url = "{url}"
timeout = "{timeout}"
"""


def answered(*labels: dict[str, str], value: str = "42.5", at: float = 0.0, **beside: object) -> bytes:
    """The bytes of an answer for the hour before noon, or `at` seconds later: these series, all with this value."""
    last = (NOON + at - 2) // 15 * 15
    samples = [[last - 15 * number, value] for number in reversed(range(240))]
    series = [{"metric": one, "values": samples} for one in labels or [{"__name__": "up"}]]
    data = {"resultType": "matrix", "result": series}
    return json.dumps({"status": "success", "data": data, **beside}).encode()


def figure_of(site: Site, name: str) -> Element:
    """The panel's section, on whichever of its window's pages it stands."""
    for address in site.addresses():
        if address.startswith("/metrics/"):
            for section in parse(site.page(address)).all("section"):
                if section.attributes.get("aria-labelledby") == name:
                    return section
    raise AssertionError(f"no page has the panel {name}")


def states(site: Site) -> dict[str, str]:
    """Each source's freshness and each service's state, as `status.json` says them."""
    said = site.status
    return {one["name"]: one["status"] for one in said["sources"]} | {
        one["id"]: one["status"] for one in said["services"]
    }


def copy_site(blank: Site, folder: Path, *parts: str, build: str = "") -> Site:
    """A scaffolded site anew, with this configuration."""
    shutil.copytree(blank.folder, folder)
    head = f"[build]\n{build}\n" if build else ""
    (folder / "sitegen.toml").write_text(head + "\n".join(parts), encoding="utf-8")
    return Site(folder)
