"""The stages of rendering and inspecting: pages become files in processes, each shrunk and inspected where it was made."""

import gzip
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from sitegen import __version__
from sitegen.assets.minify import minify_css
from sitegen.assets.optimizer import optimise
from sitegen.concurrency.manager import Manager
from sitegen.config import Site
from sitegen.errors import GateError, Problem, SitegenError
from sitegen.findings import Findings
from sitegen.gate.budgets import budget_of
from sitegen.gate.inspection import inspect_page, inspect_tree
from sitegen.gate.leaks import Canaries
from sitegen.gate.model import Finding
from sitegen.instrumentation.records import PageRecord
from sitegen.output import OutputFile, Page
from sitegen.pages.drawn import Drawn
from sitegen.pages.sitemap import NAVIGATION, site_files, site_map
from sitegen.pipeline.planning import Plan
from sitegen.templating import engine
from sitegen.templating.model import Frame, NavEntry, RenderJob
from sitegen.templating.theme import load_theme

__all__ = ["Generation", "Rendered", "inspect", "make_frame", "render", "render_pages"]


class Rendered(msgspec.Struct, frozen=True):
    """A finished page, its size on the wire, and what the gate has against it."""

    file: OutputFile
    record: PageRecord
    findings: tuple[Finding, ...]


class Generation(NamedTuple):
    """Every file of a site: its pages, what else was made, and what `--only` takes over from the published site."""

    pages: tuple[Rendered, ...]
    others: tuple[OutputFile, ...]
    carried: tuple[OutputFile, ...]

    @property
    def files(self) -> tuple[OutputFile, ...]:
        """All of them."""
        return (*(page.file for page in self.pages), *self.others, *self.carried)


class _Job(msgspec.Struct, frozen=True):
    job: RenderJob
    canaries: Canaries


async def render(manager: Manager, findings: Findings, drawn: Drawn, plan: Plan) -> Generation:
    """Compose the pages and render them, write the feeds: as many of them as this run makes."""
    site, selection = plan.site, plan.selection
    with manager.task("site", "compose the pages"):
        everywhere = site_map(findings, drawn, site.title, site.description)
        pages = [page for page in everywhere if selection.holds(page.path)]
        frame = make_frame(site, findings.context.cycle)
    rendered = await render_pages(manager, pages, frame, plan.cache, plan.canaries)
    with manager.task("site", "write the feeds"):
        files = site_files(findings, drawn, everywhere, site.title, site.base_url)
        others = tuple(optimise(file) for file in files if selection.holds(file.path))
        made = {file.path for file in (*(page.file for page in rendered), *others)}
        return Generation(tuple(rendered), others, tuple(selection.carry(made)))


async def render_pages(
    manager: Manager, pages: Sequence[Page], frame: Frame, cache: str | None, canaries: Canaries
) -> list[Rendered]:
    """Render, shrink and inspect every page. A page that cannot be rendered ends the build: the old site stays."""
    jobs = [_Job(RenderJob(page=page, frame=frame, cache=cache), canaries) for page in pages]
    results = await manager.cpu("render", finish_page, jobs, name=lambda job: f"render {job.job.page.path}")
    failed = [result for result in results if isinstance(result, Problem)]
    if failed:
        reason = failed[0].message.removesuffix("; shown without it")
        raise SitegenError(f"{reason}; nothing was published, the old site stays")
    return [result for result in results if isinstance(result, Rendered)]


def finish_page(job: _Job) -> Rendered:
    """Make one page ready to be published."""
    file = optimise(engine.render(job.job))
    path = job.job.page.path
    record = PageRecord(
        path=path,
        raw=len(file.body),
        gzipped=len(gzip.compress(file.body, 9, mtime=0)),
        cap=budget_of(file.path).brotli,
    )
    return Rendered(file=file, record=record, findings=inspect_page(file.path, file.body, job.canaries))


def inspect(generation: Generation, base_url: str, canaries: Canaries) -> None:
    """Hold the whole generation to the rules. Raises GateError naming the first findings; nothing is published then."""
    findings = [finding for page in generation.pages for finding in page.findings]
    for file in generation.others:
        findings += inspect_page(file.path, file.body, canaries)
    pages = {page.file.path: page.file.body for page in generation.pages}
    findings += inspect_tree(pages, [file.path for file in generation.files], base_url)
    if findings:
        shown = "; ".join(f"{finding.path}: {finding.message}" for finding in sorted(findings)[:3])
        more = f" (and {len(findings) - 3} more)" if len(findings) > 3 else ""
        raise GateError(f"the gate found {shown}{more}; nothing was published, the old site stays")


def make_frame(site: Site, cycle: float) -> Frame:
    """Give what is the same on every page; `cycle` in seconds. Raises ConfigError for a theme that cannot be used."""
    return Frame(
        title=site.title,
        description=site.description,
        language=site.language,
        base_path=site.base_path,
        base_url=site.base_url,
        nav=tuple(NavEntry(name, path) for name, path in NAVIGATION),
        cycle=cycle,
        theme=load_theme(site.theme, site.mode, site.palette, __version__, minify_css),
    )
