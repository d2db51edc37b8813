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
from tests.acceptance.documents import Element, legend_of, parse, sentence_of, table_of
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
        assert len(set(names.values())) == len(names), f"the test must name its series apart: {names}"
        return {names[labels]: samples for labels, samples in found.items()}

    def now(self, panel: str) -> dict[str, float]:
        """Prometheus' own answer for the instant of the build: finite values, by the name of the series."""
        asked = self.panels[panel]
        at = instant(self.report["started_at"])
        found = self.monitoring.ask("/api/v1/query", query=asked.query, time=at)["data"]["result"]
        values = {
            fill(asked.legend, one["metric"]): float(one["value"][1]) for one in found if "value" in one
        }
        return {name: value for name, value in values.items() if math.isfinite(value)}

    def shown(self, panel: str, window: str) -> tuple[list[str], dict[str, Samples]]:
        """The series of the panel's table in their order, and Prometheus' samples of each."""
        answer = self.answer(panel, window)
        head = [cell.text for cell in table_of(self.figure(panel, window)).one("thead").all("th")][1:]
        return head, {name: answer[name if name in answer else ""] for name in head}


def observe_apart(
    folder: Path, observed: Observed, panels: Iterable[str], *arguments: str
) -> dict[str, Observed]:
    """The same panels on sites of their own, where they are drawn in all columns and have room for whole tables."""
    found: dict[str, Observed] = {}
    for number, name in enumerate(panels):
        alone = {name: observed.panels[name]}
        text = configuration(observed.monitoring.url, alone, list(observed.windows))
        site = make_site(folder / str(number), config=text)
        report = site.build(*arguments)
        found[name] = Observed(site, observed.monitoring, report, observed.panels, observed.windows)
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
    """Every cell of the table is the mean of Prometheus' samples from its time to the next row's, in six digits."""
    table = table_of(observed.figure(panel, window))
    head, answer = observed.shown(panel, window)
    rows = [[*row.all("th"), *row.all("td")] for row in table.one("tbody").all("tr")]
    starts = [values_in(row[0])[0] for row in rows]
    ends = [*starts[1:], math.inf]

    assert rows
    for row, start, end in zip(rows, starts, ends, strict=True):
        for name, cell in zip(head, row[1:], strict=True):
            samples = finite(answer[name], start, end)
            if observed.panels[panel].unit == "timestamp":
                samples = [math.floor(value) for value in samples[-1:]]  # instants have no mean
            expected = [pytest.approx(sum(samples) / len(samples), rel=1e-5)] if samples else []
            assert values_in(cell) == expected


def check_words(observed: Observed, panel: str, window: str) -> None:
    """The sentence says the largest value, or that of the stack, its largest sample and when, and the least of all.

    The legend says the same of each series. On the first page of the first window the value is that of the build's
    own time, elsewhere the last sample with its time.
    """
    figure, asked = observed.figure(panel, window), observed.panels[panel]
    head, answer = observed.shown(panel, window)
    if asked.unit == "timestamp":  # `<time>` has whole seconds
        answer = {name: {at: value // 1 for at, value in one.items()} for name, one in answer.items()}
    shown = [answer[name] for name in head]
    last_step = instant(read_csv(observed.site, panel, window)[1][-2][0])
    stacked = asked.kind in ("area", "bar") and len(shown) > 1
    told = [_summed(shown)] if stacked else shown
    top = max(told, key=lambda samples: max(finite(samples)))
    low, high = min(map(min, map(finite, told))), max(finite(top))
    first = read_page(observed.site.page("/metrics/")).all("section")
    now = observed.now(panel) if any(one is figure for one in first) else None
    if now is not None and asked.unit == "timestamp":
        now = {name: value // 1 for name, value in now.items()}

    known = told if stacked else list(answer.values())
    last = max(at for samples in known for at, value in samples.items() if math.isfinite(value))
    expected = [max(samples[last] for samples in known if math.isfinite(samples.get(last, math.nan))), last]
    if now:
        expected = [math.fsum(now[name] for name in head if name in now) if stacked else max(now.values())]
    if low != high or expected[0] != low:
        expected += [high, _first_at(top, high), low]
    assert values_in(sentence_of(figure)) == pytest.approx(expected, rel=1e-12)
    legend = [values_in(entry) for entry in legend_of(figure)]
    lasts = [
        now.get(name if name in now else "") if now is not None else _last_of(samples, last_step)
        for name, samples in zip(head, shown, strict=True)
    ]
    summed_up = [
        [*([] if value is None else [value]), *_summed_up(one)]
        for value, one in zip(lasts, shown, strict=True)
    ]
    assert legend in ([], [pytest.approx(one, rel=1e-12) for one in summed_up]), "one number needs no legend"


def _summed(shown: list[Samples]) -> Samples:
    """The sum of the series at each instant that any has."""
    instants = {at for one in shown for at, value in one.items() if math.isfinite(value)}
    return {
        at: math.fsum(value for one in shown for value in finite({at: one.get(at, math.nan)}))
        for at in instants
    }


def _last_of(samples: Samples, last_step: float) -> float | None:
    """The last sample of a series, where it still is, and none came after it that is no number."""
    if not math.isfinite(samples[max(samples)]):
        return None
    last = max(at for at, value in samples.items() if math.isfinite(value))
    return samples[last] if last >= last_step else None


def _summed_up(samples: Samples) -> list[float]:
    """The least and the largest sample of a series, and when that was first."""
    values = finite(samples)
    return [min(values), max(values), _first_at(samples, max(values))]


def _first_at(samples: Samples, value: float) -> float:
    """The first instant with this value."""
    return next(at for at, found in sorted(samples.items()) if found == value)
