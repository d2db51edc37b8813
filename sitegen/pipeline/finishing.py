"""Lists of pages become finished files: rendered, packed, shrunk and inspected, in whatever process there is."""

from collections.abc import Sequence

import msgspec

from sitegen.assets.optimizer import optimise
from sitegen.gate.budgets import PageWeight, budget_of, over_budget, weigh
from sitegen.gate.inspection import inspect_file
from sitegen.gate.leaks import Canaries
from sitegen.gate.model import Finding
from sitegen.instrumentation.records import PageRecord
from sitegen.output import Block, OutputFile, Page
from sitegen.pages.drawn import TraceDrawing
from sitegen.pages.fit import PageList, pack
from sitegen.pages.trace import trace_pages
from sitegen.templating import engine
from sitegen.templating.model import Frame
from sitegen.templating.policy import style_hashes
from sitegen.traces.model import Trace


class Rendered(msgspec.Struct, frozen=True):
    """A finished page, its size on the wire, what the gate has against it, the ids of its figures, its style sheets."""

    file: OutputFile
    record: PageRecord
    findings: tuple[Finding, ...]
    figures: tuple[str, ...]
    styles: tuple[str, ...]


class RenderJob(msgspec.Struct, frozen=True):
    """One list of pages for one worker; compiled templates are kept in `cache`, where there is one."""

    pages: PageList
    frame: Frame
    cache: str | None
    canaries: Canaries


class TraceJob(msgspec.Struct, frozen=True):
    """One trace for one worker; its pages are composed there, so that what is odd in a trace costs its own page."""

    trace: Trace
    drawing: TraceDrawing
    frame: Frame
    cache: str | None
    canaries: Canaries


class _Tried(msgspec.Struct, frozen=True):
    """A page as it would be published, and what that weighs."""

    page: Page
    file: OutputFile
    weight: PageWeight


def finish_pages(job: RenderJob) -> list[Rendered]:
    """Make the pages of one list ready to be published: blocks first, then as many on each page as it holds."""

    def make(page: Page) -> _Tried:
        file = optimise(engine.render(page, job.frame, job.cache))
        return _Tried(page, file, weigh(file.body))

    def load(tried: _Tried) -> float:
        return budget_of(tried.file.path).load(tried.weight)

    def blocks(chosen: Sequence[Block]) -> list[str]:
        return engine.render_blocks(chosen, job.frame, job.cache)

    return [
        judge(tried.page.path, tried.file, tried.weight, job.canaries, job.frame.base_url, tried.page.anchors)
        for tried in pack(job.pages, blocks, make, load)
    ]


def judge(  # noqa: PLR0917 - all that is known of a finished page
    path: str,
    file: OutputFile,
    weight: PageWeight,
    canaries: Canaries,
    base_url: str,
    figures: tuple[str, ...] = (),
) -> Rendered:
    """Return a finished page with what the gate has against it."""
    found = inspect_file(file.path, file.body, canaries, base_url=base_url)
    return Rendered(
        file=file,
        record=PageRecord(path, weight.raw, budget_of(file.path).compressed, weight.compressed),
        findings=(*found, *over_budget(file.path, weight)),
        figures=figures,
        styles=style_hashes(file.body),
    )


def finish_trace(job: TraceJob) -> list[Rendered]:
    """Make the pages of one trace ready to be published."""
    pages = trace_pages(job.trace, job.drawing)
    return finish_pages(RenderJob(pages, job.frame, job.cache, job.canaries))
