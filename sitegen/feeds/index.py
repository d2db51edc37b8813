"""`/index.txt`: the overview for `curl`."""

from sitegen.output import OutputFile
from sitegen.pages.views import OverviewView
from sitegen.redaction import visible
from sitegen.units import plain

__all__ = ["write_index"]


def write_index(view: OverviewView, site_title: str) -> OutputFile:
    """`/index.txt`: the overview for `curl`, with the same figures in the same order."""
    built = view.shell.built
    lines = [f"{visible(site_title)}", plain(view.shell.sentence), ""]
    lines += ["SERVICES"]
    for row in view.services:
        lines.append(
            f"  {row.status.state.glyph} {row.status.state:<12} {row.latency.text:>9}  {visible(row.status.title)}"
        )
    lines += ["", "KEY METRICS"]
    lines += [f"  {visible(stat.value.text):>24}  {visible(stat.link.text)}" for stat in view.stats]
    lines += ["", "SOURCES"]
    for source in view.sources:
        fetched = source.fetched.text if source.fetched else "never"
        lines.append(f"  {source.status:<8} {fetched:<24} {visible(source.name)}")
        lines += [f"           ! {visible(message)}" for message in source.messages]
    if built is not None:
        lines += ["", f"built {built.at.text}, next due {built.next_due.text}"]
    return OutputFile("index.txt", ("\n".join(lines) + "\n").encode())
