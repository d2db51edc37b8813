"""The drawings of the demonstration, decoded again: they show what the sentences, legends and data files say."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from tests.acceptance.documents import Element, legend_of, parse, sentence_of, table_of
from tests.acceptance.sites import Site
from tests.visualization.conftest import points_of

pytestmark = pytest.mark.timeout(300)
HEIGHT = 336  # CSS pixels of a plot: 16 lines of 21
SIZES = {"s": 1, "ms": 1e-3, "%": 1e-2, "MB": 1e6, "GB": 1e9, "min": 60}


@dataclass(frozen=True)
class Chart:
    """A panel whose drawing has an axis of values; `at` is the value of a row of its grid, a pixel is `pixel`."""

    address: str
    section: Element
    rows: int
    low: float
    high: float

    @property
    def pixel(self) -> float:
        return (self.high - self.low) / HEIGHT

    def at(self, row: float) -> float:
        return self.high - (self.high - self.low) * row / self.rows

    def points(self, kind: str) -> list[tuple[float, float]]:
        """Where marks of this kind stand: (column, value)."""
        return [
            (x, self.at(y))
            for path in self.section.one("figure").all("path")
            if re.fullmatch(kind, path.attributes.get("class", ""))
            for stroke in points_of(path.attributes["d"])
            for x, y in stroke
        ]


def charts(site: Site) -> Iterator[Chart]:
    """Every panel of lines or areas on a linear axis whose ticks need no letter."""
    for address in site.addresses():
        if not address.startswith("/metrics/"):
            continue
        for section in parse(site.page(address)).one("main").all("section"):
            inner = [one for one in section.one("figure").all("svg") if "viewbox" in one.attributes]
            axis = [one for one in section.one("figure").all("g") if one.attributes.get("class") == "y"]
            kinds = {path.attributes.get("class") for path in section.one("figure").all("path")}
            if not axis or not {"s1", "v1"} & kinds:
                continue
            ticks = [(float(one.attributes["y"].rstrip("%")), one.text) for one in axis[0].all("text")]
            word = section.one("h2").text.rpartition(", ")[2]
            if all(re.fullmatch(r"-?[\d.]+", label) for _, label in ticks):
                (bottom, least), *_, (top, most) = ticks
                size = SIZES.get(word, 1)
                if word == "%" and max(figures_of(section.one("figure")), default=0) > 1.5:
                    size = 1  # of percentages, not of a ratio
                assert (bottom, top) == (100, 0)
                rows = int(inner[0].attributes["viewbox"].split()[3])
                yield Chart(address, section, rows, float(least) * size, float(most) * size)


def figures_of(element: Element) -> list[float]:
    return [float(one.attributes["value"]) for one in element.all("data")]


def test_the_highest_drawn_value_is_the_one_that_the_sentence_says(demonstration: Site):
    seen = 0
    for chart in charts(demonstration):
        sentence = sentence_of(chart.section)
        if " max " not in sentence.text:
            continue
        said = figures_of(sentence)[1]
        drawn = max(value for _, value in chart.points("[sv][1-6]"))
        assert abs(drawn - said) <= chart.pixel, (chart.address, sentence.text)
        seen += 1
    assert seen > 20


def test_each_line_reaches_the_least_and_the_greatest_of_its_row_in_the_legend(demonstration: Site):
    seen = 0
    for chart in charts(demonstration):
        for entry in legend_of(chart.section):
            css = entry.one("i").attributes["class"]
            drawn = [value for _, value in chart.points(css)]
            if not drawn:
                continue  # an area: its layer stands on others
            low, high = figures_of(entry)[-2:]
            assert abs(min(drawn) - low) <= chart.pixel, (chart.address, entry.text)
            assert abs(max(drawn) - high) <= chart.pixel, (chart.address, entry.text)
            seen += 1
    assert seen > 30


def test_a_line_is_within_a_pixel_of_the_data_that_it_names(demonstration: Site):
    seen = 0
    for chart in charts(demonstration):
        link = chart.section.one("details").all("a")[0].attributes["href"]
        head, *rows = csv.reader(io.StringIO((demonstration.dist / link.lstrip("/")).read_text()))
        for entry in legend_of(chart.section):
            # What a threshold says of a series stands behind its name.
            column, css = (
                head.index(re.sub(r" [▲✖] \w+$", "", entry.one("th").text)),
                entry.one("i").attributes["class"],
            )
            values = [float(row[column]) if row[column] else None for row in rows]
            points = chart.points(css)
            if not points or None in values or len(head) == 2:
                continue
            for x, value in points:
                place = x / max(x for x, _ in points) * (len(values) - 1)
                near = values[max(0, int(place) - 4) : int(place) + 6]
                assert min(near) - chart.pixel <= value <= max(near) + chart.pixel, (chart.address, link, x)
            seen += 1
    assert seen > 20


def test_the_tables_are_short_complete_in_the_csv_and_named_apart(demonstration: Site):
    for address in demonstration.addresses():
        page = parse(demonstration.page(address))
        names = [summary.text for summary in page.all("summary")]
        links = [one.text for one in page.all("a") if one.attributes["href"].endswith(".csv")]
        assert len(set(links)) == len(links), address
        assert all(link.startswith("csv of ") and len(link) > len("csv of ") for link in links), address
        for section in page.all("section"):
            folded = [table for details in section.all("details") for table in details.all("table")]
            for table in folded:
                body = table.one("tbody").all("tr")
                assert 1 <= len(body) <= 12, (address, names)
                assert all(row.children[0].attributes.get("scope") == "row" for row in body), address


def test_what_a_table_folds_is_whole_in_its_csv(demonstration: Site):
    seen = 0
    for chart in charts(demonstration):
        link = chart.section.one("details").all("a")[0].attributes["href"]
        head, *rows = csv.reader(io.StringIO((demonstration.dist / link.lstrip("/")).read_text()))
        table = table_of(chart.section)
        names = [cell.text for cell in table.one("thead").all("th")]
        if names[0] != "time":
            continue  # a distribution: its data file has the buckets over time
        assert len(rows) >= 12, link
        assert len(table.one("tbody").all("tr")) in range(2, 13), link
        for number, name in enumerate(names[1:], 1):
            column = head.index(name) if name in head else number
            known = [float(row[column]) for row in rows if row[column]]
            shown = [
                value for row in table.one("tbody").all("tr") for value in figures_of(row.children[number])
            ]
            assert min(known) * 0.99999 <= min(shown) <= max(shown) <= max(known) * 1.00001, (link, name)
        seen += 1
    assert seen > 20
