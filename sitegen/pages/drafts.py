"""Drafts: the markup that the templates will make of a value, for weighing a page before it is made.

A draft leaves out the attributes that are the same wherever they stand: it has exactly as
many elements as what the template makes (`themes/terminal/parts.mako` has a def of the same
name), and compresses to about as much as a page gains by it. A draft is never published.
"""

import html
from collections.abc import Iterable, Iterator, Sequence

from sitegen.logs.model import LogRecord
from sitegen.pages.views import Shell
from sitegen.redaction import visible
from sitegen.units import Instant, Quantity, Sentence
from sitegen.visualization.model import Cell, Figure, Link, Table, Waterfall, WaterfallRow

__all__ = [
    "draft_cell",
    "draft_facts",
    "draft_figure",
    "draft_line",
    "draft_notes",
    "draft_shell",
    "draft_table",
    "draft_tabs",
    "draft_waterfall",
]  # fmt: skip


def _text(text: str) -> str:
    """Write text as long as the templates make it, or a little longer: they isolate what reads from the right."""
    escaped = html.escape(visible(text, keep_lines=True))
    return escaped if escaped.isascii() else f"\u2068{escaped}\u2069"


def draft_cell(value: Cell) -> str:
    """Draft a value in a cell or a sentence."""
    match value:
        case Quantity():
            return f'<data value="{value.raw}">{value.text}</data>' if value.raw else "<span>no data</span>"
        case Instant():
            return f'<time datetime="{value.raw}">{value.text}</time>'
        case Link():
            return f'<a href="{_text(value.path)}">{_text(value.text)}</a>'
        case tuple():
            return "".join(map(draft_cell, value))
        case _:
            return _text(value)


def draft_shell(shell: Shell) -> str:
    """Draft the words around a page."""
    stamps: Sentence = (shell.made_at,)
    if shell.built is not None:
        took = (shell.built.duration,) if shell.built.duration else ()
        stamps = (shell.built.at, *took, shell.built.next_due)
    words = _text(f"{shell.title} {shell.prompt} {shell.description}")
    return f"{words}{draft_cell(shell.sentence)}{draft_cell(stamps)}"


def draft_facts(pairs: Iterable[tuple[str, Cell]]) -> str:
    """Draft names and values in a list."""
    return (
        "<dl>"
        + "".join(f"<dt>{_text(name)}</dt><dd>{draft_cell(value)}</dd>" for name, value in pairs)
        + "</dl>"
    )


def draft_notes(messages: Iterable[str]) -> str:
    """Draft notes."""
    return "".join(f'<p class="note">{_text(message)}</p>' for message in messages)


def draft_table(table: Table, label: str = "") -> str:
    """Draft a table in its scrolling box."""
    caption = f"<caption>{_text(table.caption)}</caption>" if table.caption else ""
    head = "".join(f'<th scope="col">{_text(name)}</th>' for name in table.head)
    return (
        f'<div aria-label="{_text(label)}"><table>{caption}<thead><tr>{head}</tr></thead><tbody>'
        + "".join(f"<tr>{''.join(_draft_cells(row, table.numeric))}</tr>" for row in table.rows)
        + "</tbody></table></div>"
    )


def _draft_cells(row: Sequence[Cell], numeric: Sequence[bool]) -> Iterator[str]:
    for value, right in zip(row, numeric, strict=True):
        yield f"<td{' class=n' if right else ''}>{draft_cell(value)}</td>"


def draft_figure(figure: Figure) -> str:
    """Draft a figure in its panel."""
    legend = "".join(
        f'<li class="{entry.series_class}">{_text(entry.name)} {draft_cell(entry.value)}</li>'
        for entry in figure.legend
    )
    table = (
        f"<details><summary>data table</summary>{draft_table(figure.table, figure.title)}</details>"
        if figure.table
        else ""
    )
    age = f'<p class="note">{draft_cell(figure.age)}</p>' if figure.age else ""
    return (
        f'<section aria-labelledby="{figure.id}"><h2 id="{figure.id}">{_text(figure.title)}</h2><figure>'
        f"<figcaption>{draft_cell(figure.summary)}</figcaption>{age}{draft_notes(figure.notes)}{figure.svg}"
        + (f"<ul>{legend}</ul></figure>" if legend else "</figure>")
        + table
        + (f'<p><a href="{figure.csv}">csv</a></p>' if figure.csv else "")
        + "</section>"
    )


def draft_tabs(entries: Sequence[tuple[Link, bool]]) -> str:
    """Draft links to further pages."""
    return f"<nav>{''.join(draft_cell(link) for link, _ in entries)}</nav>" if len(entries) > 1 else ""


def draft_line(record: LogRecord, linked: frozenset[str]) -> str:
    """Draft a line of a log."""
    time = draft_cell(Instant(record.time)) if record.time is not None else ""
    fields = "".join(f"<span> {_text(key)}={_text(value)}</span>" for key, value in record.fields.items())
    trace = f'<a href="traces/{record.trace_id}/">trace</a>' if record.trace_id in linked else ""
    words = f"{_text(record.service)}: {_text(record.message)}"
    return f'<li>{time}<b class="{record.level}">{record.level}</b> {words}{fields}{trace}</li>'


def draft_waterfall(waterfall: Waterfall) -> str:
    """Draft the table of a waterfall."""
    ticks = "".join(map(draft_cell, waterfall.ticks))
    return (
        '<div aria-label="spans"><table><thead><tr><th>span</th><th>start</th><th>duration</th>'
        f"<th><span>{ticks}</span></th></tr></thead><tbody>"
        + "".join(map(_draft_row, waterfall.rows))
        + "</tbody></table></div>"
    )


def _draft_row(row: WaterfallRow) -> str:
    error = "<span>✖ error</span> " if row.error else ""
    return (
        f'<tr class="d{row.depth}"><td>{error}{_text(row.service)} {_text(row.name)}</td>'
        f"<td class=n>{draft_cell(row.start)}</td><td class=n>{draft_cell(row.duration)}</td><td>{row.svg}</td></tr>"
    )
