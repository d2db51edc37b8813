"""What a site shows of a Prometheus, held against what that Prometheus answers for the same instants.

The expected values come from Prometheus' own JSON and from arithmetic that stands here; nothing of sitegen's is used.
"""

import csv
import io
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from tests.acceptance.documents import Element, parse
from tests.acceptance.monitoring import Monitoring
from tests.acceptance.sites import Site, make_site

Samples = dict[float, float]


@dataclass(frozen=True)
class Panel:
    """One panel of a configuration; `legend` names its series apart."""

    query: str
    legend: str = ""
    kind: str = "line"
    unit: str = ""
    top: int = 5


def configuration(url: str, panels: dict[str, Panel], windows: list[str]) -> str:
    """A site's configuration with these panels of one source, called `real`, each in all windows."""
    tables = [
        f"[[metrics.panels]]\nid = '{name}'\nsource = 'real'\ntitle = 'Panel {name}'\nquery = '''{panel.query}'''\n"
        f"legend = '{panel.legend}'\nkind = '{panel.kind}'\nunit = '{panel.unit}'\ntop = {panel.top}\n"
        f"windows = {windows}\n"
        for name, panel in panels.items()
    ]
    return "\n".join([f"[[metrics.sources]]\nname = 'real'\ntype = 'prometheus'\nurl = '{url}'\n", *tables])


@dataclass(frozen=True)
class Observed:
    """A site that was built while Prometheus answered, and the Prometheus, which answers still.

    `windows` are the windows of all panels, the first first, each with its step in seconds.
    """

    site: Site
    monitoring: Monitoring
    report: dict
    panels: dict[str, Panel]
    windows: dict[str, float]

    def figure(self, panel: str, window: str) -> Element:
        """The panel's section, on whichever of its window's pages it stands."""
        return figure_of(self.site, panel, window, next(iter(self.windows)))

    def answer(self, panel: str, window: str) -> dict[str, Samples]:
        """Prometheus' own answer for the instants of the CSV: samples by instant, by the name of the series."""
        asked = self.panels[panel]
        _, rows = read_csv(self.site, panel, window)
        start, end = instant(rows[0][0]), instant(rows[-1][0])
        found = self.monitoring.series(asked.query, start, end, self.windows[window])
        names = {labels: fill(asked.legend, dict(labels)) for labels in found}
        assert len(set(names.values())) == len(names), "the test must name its series apart"
        return {names[labels]: samples for labels, samples in found.items()}

    def shown(self, panel: str, window: str) -> tuple[list[str], dict[str, Samples]]:
        """The series of the panel's table in their order, and Prometheus' samples of each."""
        answer = self.answer(panel, window)
        head = [cell.text for cell in self.figure(panel, window).one("table").all("th")][1:]
        return head, {name: answer[name if name in answer else ""] for name in head}


def observe_apart(
    folder: Path, observed: Observed, panels: Iterable[str], *arguments: str
) -> dict[str, Observed]:
    """The same panels on sites of two panels each, where pages have room for whole tables; by panel."""
    found: dict[str, Observed] = {}
    names = list(panels)
    for number, pair in enumerate(zip(names[::2], [*names[1::2], names[0]], strict=False)):
        some = {name: observed.panels[name] for name in pair}
        text = configuration(observed.monitoring.url, some, list(observed.windows))
        site = make_site(folder / str(number), config=text)
        report = site.build(*arguments)
        found |= dict.fromkeys(
            pair, Observed(site, observed.monitoring, report, observed.panels, observed.windows)
        )
    return found


def fill(template: str, labels: dict[str, str]) -> str:
    """A legend by its template."""
    return re.sub(r"\{\{(\w+)\}\}", lambda field: labels.get(field[1], ""), template)


# --- What the site says -------------------------------------------------------------


def metrics_pages(site: Site, window: str, first: str) -> list[str]:
    """The addresses of a window's pages, in order."""
    start = "/metrics/" if window == first else f"/metrics/{window}/"
    rests = {address: address.removeprefix(start).strip("/") for address in site.addresses()}
    found = [one for one, rest in rests.items() if one.startswith(start) and (not rest or rest.isdigit())]
    return sorted(found, key=lambda one: int(rests[one] or 1))


def figure_of(site: Site, panel: str, window: str, first: str) -> Element:
    """The panel's section, wherever the pages of this window have it; `first` is the panels' first window."""
    for address in metrics_pages(site, window, first):
        for section in read_page(site.page(address)).all("section"):
            if section.attributes.get("aria-labelledby") == panel:
                return section
    raise AssertionError(f"no page has the panel {panel} in the window {window}")


@cache
def read_page(html: str) -> Element:
    """A page, read once however many tests look at it."""
    return parse(html)


def values_in(element: Element) -> list[float]:
    """The raw values of the numbers, and the POSIX seconds of the instants, in order."""
    return [
        float(one.attributes["value"]) if one.tag == "data" else instant(one.attributes["datetime"])
        for one in element.walk()
        if one.tag in ("data", "time")
    ]


def instant(text: str) -> float:
    """RFC 3339 as POSIX seconds."""
    return datetime.fromisoformat(text).timestamp()


def read_csv(site: Site, panel: str, window: str) -> tuple[list[str], list[list[str]]]:
    """The head and the rows of a panel's data file."""
    head, *rows = csv.reader(io.StringIO((site.dist / f"metrics/{panel}.{window}.csv").read_text()))
    return head, rows


# --- What it must say ---------------------------------------------------------------


def finite(samples: Samples, start: float = -math.inf, end: float = math.inf) -> list[float]:
    """The finite values from one instant to before another, oldest first."""
    return [value for at, value in sorted(samples.items()) if start <= at < end and math.isfinite(value)]


def check_csv(observed: Observed, panel: str, window: str) -> None:
    """Every cell of the CSV is Prometheus' sample of that instant, to the last bit; absent is empty."""
    head, rows = read_csv(observed.site, panel, window)
    answer = observed.answer(panel, window)

    assert sorted(head[1:]) == sorted(answer) or (list(answer) == [""] and len(head) == 2)
    times = [instant(row[0]) for row in rows]
    assert {after - before for before, after in pairwise(times)} == {observed.windows[window]}
    for column, name in enumerate(head[1:], 1):
        expected = answer[name if name in answer else ""]
        shown = {at: float(row[column]) for at, row in zip(times, rows, strict=True) if row[column]}
        assert shown == pytest.approx(expected, rel=0, abs=0, nan_ok=True)


def check_table(observed: Observed, panel: str, window: str) -> None:
    """Every cell of the table is the mean of Prometheus' samples from its time to the next row's."""
    table = observed.figure(panel, window).one("table")
    head, answer = observed.shown(panel, window)
    rows = [row.all("td") for row in table.one("tbody").all("tr")]
    starts = [values_in(row[0])[0] for row in rows]
    ends = [*starts[1:], math.inf]

    assert rows
    for row, start, end in zip(rows, starts, ends, strict=True):
        for name, cell in zip(head, row[1:], strict=True):
            samples = finite(answer[name], start, end)
            if observed.panels[panel].unit == "timestamp":
                samples = [math.floor(value) for value in samples[-1:]]  # instants have no mean
            expected = [pytest.approx(sum(samples) / len(samples), rel=1e-12)] if samples else []
            assert values_in(cell) == expected


def check_words(observed: Observed, panel: str, window: str) -> None:
    """The sentence and the legend say the last, the least and the largest of Prometheus' samples, and when."""
    figure, unit = observed.figure(panel, window), observed.panels[panel].unit
    head, answer = observed.shown(panel, window)
    changes = [abs(values[-1] - values[0]) for values in map(finite, answer.values())]
    change = max(changes) * (100 if unit == "ratio" else 1)
    if unit == "timestamp":  # `<time>` has whole seconds
        answer = {name: {at: value // 1 for at, value in one.items()} for name, one in answer.items()}
    last_step = read_csv(observed.site, panel, window)[1][-2][0]
    lasts = {name: max(at for at, value in answer[name].items() if math.isfinite(value)) for name in head}
    now = {name: [answer[name][lasts[name]]] for name in head}
    told = {
        name: now[name] if lasts[name] >= instant(last_step) else [*now[name], lasts[name]] for name in head
    }
    everything = [value for name in head for value in finite(answer[name])]
    low, high = min(everything), max(everything)

    expected = [value for name in head for value in told[name]]
    if len(head) > 2:  # then the legend alone has each of them
        current = [now[name][0] for name in head if told[name] == now[name]]
        expected = sorted({min(current), max(current)}) if current else []
    if low != high:
        first = [_first_at([answer[name] for name in head], value) for value in (low, high)]
        expected += [low, first[0], high, first[1]] + ([change] if change else [])
    assert values_in(figure.one("figcaption")) == pytest.approx(expected, rel=1e-12)
    legend = [values_in(entry) for entry in figure.all("li")]
    assert legend in ([], [pytest.approx(told[name], rel=1e-12) for name in head]), (
        "one number needs no legend"
    )


def _first_at(series: list[Samples], value: float) -> float:
    """The first instant with this value, of the first series shown that has it."""
    return next(at for samples in series for at, found in sorted(samples.items()) if found == value)
