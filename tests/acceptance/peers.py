"""Sources and panels as a configuration names them, one panel a source, and answers as servers write them."""

import json

from tests.acceptance.comparing import figure_of
from tests.acceptance.sites import Site

CLOCK = ("--clock", "2026-03-01T12:00:00Z")
LAST = 1_772_366_385
"""11:59:45Z, where a window of an hour ends at noon."""


def source(name: str, url: str, more: str = "") -> str:
    """A server shaped like Prometheus; `more` are further lines of its table, or tables below it."""
    return f"[[metrics.sources]]\nname = '{name}'\ntype = 'prometheus'\nurl = '{url}'\n{more}\n"


def panel(name: str, query: str = "up", more: str = "") -> str:
    """A panel of the source of the same name, with one window."""
    return (
        f"[[metrics.panels]]\nid = '{name}'\nsource = '{name}'\ntitle = 'Panel {name}'\nquery = '''{query}'''\n"
        f"windows = ['1h']\n{more}\n"
    )


def answer(*series: tuple[dict[str, str], str], **beside: object) -> bytes:
    """A matrix as Prometheus writes it: each series with one value at the window's last instant."""
    result = [{"metric": labels, "values": [[LAST, value]]} for labels, value in series]
    data = {"resultType": "matrix", "result": result}
    return json.dumps({"status": "success", "data": data, **beside}).encode()


def text_of(site: Site, name: str) -> str:
    """All that a panel says."""
    return figure_of(site, name, "1h", "1h").text
