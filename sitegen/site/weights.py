"""What figures and tables weigh on a page, in elements and in compressed bytes, before they are put on one."""

import zlib

import msgspec

from sitegen.visualization.model import Figure, Table

__all__ = ["cells_of", "elements_of", "weight_of", "with_rows"]


def with_rows(figure: Figure, rows: int) -> Figure:
    """Keep that many rows of the table, evenly spaced, the newest among them; none at all for 0."""
    table = figure.table
    if table is None or len(table.rows) <= rows:
        return figure
    if rows == 0:
        return msgspec.structs.replace(figure, table=None)
    last = len(table.rows) - 1
    kept = [table.rows[last - round(index * last / rows)] for index in reversed(range(rows))]
    return msgspec.structs.replace(figure, table=msgspec.structs.replace(table, rows=tuple(kept)))


def elements_of(figure: Figure) -> int:
    """Count the elements that the templates make of a figure."""
    values = sum(not isinstance(part, str) for part in figure.summary)
    legend = 1 + 2 * len(figure.legend)
    return (
        7
        + values
        + legend
        + len(figure.notes)
        + figure.svg.count("<")
        - figure.svg.count("</")
        + cells_of(figure.table)
    )


def cells_of(table: Table | None) -> int:
    """Count a table's elements: a cell with a value has two."""
    if table is None:
        return 0
    return 6 + len(table.head) + len(table.rows) * (1 + 2 * len(table.head))


def weight_of(figure: Figure) -> int:
    """Estimate what a figure adds to the compressed page; alone it compresses worse than in it."""
    table = figure.table
    words = repr((figure.summary, figure.legend, figure.notes, table.rows if table else ()))
    return len(zlib.compress(f"{figure.svg}{words}".encode(), 9))
