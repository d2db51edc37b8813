"""`/index.txt`: the overview for `curl`."""

import msgspec

from sitegen.availability.model import ServiceStatus
from sitegen.findings import SourceRow
from sitegen.output import OutputFile
from sitegen.redaction import visible
from sitegen.units import Instant, Quantity, Sentence, plain


class Summary(msgspec.Struct, frozen=True):
    """What the overview says: services, key metrics (value and title), sources; when the build was, and the next is."""

    sentence: Sentence
    services: tuple[ServiceStatus, ...]
    metrics: tuple[tuple[Quantity | Instant, str], ...]
    sources: tuple[SourceRow, ...]
    built: Instant
    next_due: Instant


def write_index(summary: Summary, site_title: str) -> OutputFile:
    """Write `/index.txt`: the same figures as on the overview, in the same order."""
    lines = [f"{visible(site_title)}", plain(summary.sentence), ""]
    lines += ["SERVICES"]
    for status in summary.services:
        latency = Quantity(status.latency, "seconds").text
        lines.append(f"  {status.state.glyph} {status.state:<12} {latency:>9}  {visible(status.title)}")
    lines += ["", "KEY METRICS"]
    lines += [f"  {visible(value.text):>24}  {visible(title)}" for value, title in summary.metrics]
    lines += ["", "SOURCES"]
    for source in summary.sources:
        fetched = source.fetched.text if source.fetched else "never"
        lines.append(f"  {source.status:<8} {fetched:<24} {visible(source.name)}")
        lines += [f"           ! {visible(reason)}" for reason in source.reasons]
    lines += ["", f"built {summary.built.text}, next due {summary.next_due.text}"]
    return OutputFile("index.txt", ("\n".join(lines) + "\n").encode())
