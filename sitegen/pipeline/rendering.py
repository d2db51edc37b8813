"""The stages of rendering and inspecting: pages become files in processes, each shrunk and inspected where it was made."""

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
from sitegen.gate.budgets import PageWeight, budget_of, over_budget, weigh
from sitegen.gate.inspection import inspect_file, inspect_tree
from sitegen.gate.leaks import Canaries
from sitegen.gate.model import Finding
from sitegen.instrumentation.records import PageRecord
from sitegen.output import Block, OutputFile, Page
from sitegen.pages.drawn import Drawn
from sitegen.pages.fit import PageList, pack
from sitegen.pages.overview import FrontPage, front_pages
from sitegen.pages.sitemap import navigation, site_files, site_map
from sitegen.pipeline.planning import Plan
from sitegen.templating import engine
from sitegen.templating.model import Frame, NavEntry
from sitegen.templating.theme import load_theme

__all__ = [
    "Generation",
    "RenderJob",
    "Rendered",
    "finish_pages",
    "inspect",
    "make_frame",
    "places_of",
    "render",
    "render_pages",
]


class Rendered(msgspec.Struct, frozen=True):
    """A finished page, its size on the wire, what the gate has against it, the ids of the figures on it."""

    file: OutputFile
    record: PageRecord
    findings: tuple[Finding, ...]
    figures: tuple[str, ...]


class Generation(NamedTuple):
    """Every file of a site: its pages, what else was made, and what `--only` takes over from the published site."""

    pages: tuple[Rendered, ...]
    others: tuple[OutputFile, ...]
    carried: tuple[OutputFile, ...]

    @property
    def files(self) -> tuple[OutputFile, ...]:
        """All of them."""
        return (*(page.file for page in self.pages), *self.others, *self.carried)


class RenderJob(msgspec.Struct, frozen=True):
    """One list of pages for one worker; compiled templates are kept in `cache`, where there is one."""

    pages: PageList
    frame: Frame
    cache: str | None
    canaries: Canaries


class _Tried(msgspec.Struct, frozen=True):
    """A page as it would be published, and what that weighs."""

    page: Page
    file: OutputFile
    weight: PageWeight


async def render(manager: Manager, findings: Findings, drawn: Drawn, plan: Plan) -> Generation:
    """Compose the pages and render them, write the feeds: as many of them as this run makes."""
    site, selection = plan.site, plan.selection

    async def make(lists: Sequence[PageList]) -> list[Rendered]:
        chosen = [pages for pages in lists if selection.holds(pages.path)]
        return await render_pages(manager, chosen, frame, plan.cache, plan.canaries)

    with manager.task("site", "compose the pages"):
        lists = site_map(findings, drawn, site.title, site.description)
        frame = make_frame(site, findings)
    pages = await make(lists)
    with manager.task("site", "compose the overview"):
        front = FrontPage(site.description, plan.overview, site.follow, plan.is_new)
        lists = front_pages(findings, drawn, front, places_of(pages))
    pages = [*await make(lists), *pages]
    with manager.task("site", "write the feeds"):
        paths = [page.record.path for page in pages]
        files = site_files(findings, drawn, paths, site.title, site.base_url, tiles=plan.overview.tiles)
        others = tuple(optimise(file) for file in files if selection.holds(file.path))
        made = {file.path for file in (*(page.file for page in pages), *others)}
        return Generation(tuple(pages), others, tuple(selection.carry(made)))


async def render_pages(
    manager: Manager, lists: Sequence[PageList], frame: Frame, cache: str | None, canaries: Canaries
) -> list[Rendered]:
    """Render, pack, shrink and inspect every page. One that cannot be rendered ends the build: the old site stays."""
    jobs = [RenderJob(pages, frame, cache, canaries) for pages in lists]
    results = await manager.cpu("render", finish_pages, jobs, name=lambda job: f"render {job.pages.path}")
    failed = [result for result in results if isinstance(result, Problem)]
    if failed:
        reason = failed[0].message.removesuffix("; shown without it")
        raise SitegenError(f"{reason}; nothing was published, the old site stays")
    return [page for result in results if not isinstance(result, Problem) for page in result]


def finish_pages(job: RenderJob) -> list[Rendered]:
    """Make the pages of one list ready to be published: blocks first, then as many on each page as it holds."""

    def make(page: Page) -> _Tried:
        file = optimise(engine.render(page, job.frame, job.cache))
        return _Tried(page, file, weigh(file.body))

    def load(tried: _Tried) -> float:
        return budget_of(tried.file.path).load(tried.weight)

    def blocks(chosen: Sequence[Block]) -> list[str]:
        return engine.render_blocks(chosen, job.frame, job.cache)

    return [_finish(tried, job.canaries) for tried in pack(job.pages, blocks, make, load)]


def _finish(tried: _Tried, canaries: Canaries) -> Rendered:
    file, weight = tried.file, tried.weight
    cap = budget_of(file.path).compressed
    return Rendered(
        file=file,
        record=PageRecord(tried.page.path, weight.raw, cap, weight.compressed),
        findings=(*inspect_file(file.path, file.body, canaries), *over_budget(file.path, weight)),
        figures=tried.page.anchors,
    )


def places_of(pages: Sequence[Rendered]) -> dict[str, str]:
    """Return where each figure stands first: its id -> `/metrics/2/#id`."""
    places: dict[str, str] = {}
    for page in pages:
        for figure in page.figures:
            places.setdefault(figure, f"{page.record.path}#{figure}")
    return places


def inspect(generation: Generation, base_url: str, canaries: Canaries) -> None:
    """Hold the whole generation to the rules. Raises GateError naming the first findings; nothing is published then."""
    findings = [finding for page in generation.pages for finding in page.findings]
    for file in generation.others:
        findings += inspect_file(file.path, file.body, canaries)
    pages = {page.file.path: page.file.body for page in generation.pages}
    findings += inspect_tree(pages, [file.path for file in generation.files], base_url)
    if findings:
        shown = "; ".join(f"{finding.path}: {finding.message}" for finding in sorted(findings)[:3])
        more = f" (and {len(findings) - 3} more)" if len(findings) > 3 else ""
        raise GateError(f"the gate found {shown}{more}; nothing was published, the old site stays")


def make_frame(site: Site, findings: Findings) -> Frame:
    """Return what is the same on every page; `cycle` in seconds. Raises ConfigError for a theme that cannot be used."""
    return Frame(
        title=site.title,
        description=site.description,
        language=site.language,
        base_path=site.base_path,
        base_url=site.base_url,
        nav=tuple(NavEntry(name, path) for name, path in navigation(findings)),
        cycle=findings.context.cycle,
        theme=load_theme(site.theme, site.mode, site.palette, __version__, minify_css),
        simulated=findings.simulated,
        follow=site.follow,
    )
