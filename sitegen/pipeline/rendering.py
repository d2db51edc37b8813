"""The stages of rendering and inspecting: pages become files in processes, each shrunk and inspected where it was made."""

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

import msgspec

from sitegen import __version__
from sitegen.assets.minify import minify_css
from sitegen.assets.optimizer import optimise
from sitegen.concurrency.manager import Manager
from sitegen.config import Site
from sitegen.errors import GateError, Problem, SitegenError, notices_of
from sitegen.findings import ContentFindings, Findings
from sitegen.gate.inspection import inspect_file, inspect_tree
from sitegen.gate.leaks import Canaries
from sitegen.gate.model import Finding
from sitegen.output import OutputFile
from sitegen.pages.author import author_pages
from sitegen.pages.drawn import Drawn
from sitegen.pages.fit import PageList
from sitegen.pages.overview import FrontPage, front_pages
from sitegen.pages.sitemap import navigation, site_files, site_map
from sitegen.pipeline.finishing import Rendered, RenderJob, finish_pages
from sitegen.pipeline.leaves import Leaves, joined
from sitegen.pipeline.planning import Plan
from sitegen.templating.model import Frame, NavEntry
from sitegen.templating.policy import style_hashes
from sitegen.templating.theme import load_theme

_FIRST = "index.html"
_MOST_STYLES = 12
"""A server's policy names each of them in one header."""
_MANY_STYLES = (
    "the pages have {} different style sheets and may have {}; let the theme's templates share them"
)


class Generation(NamedTuple):
    """Every file of a site: its pages, what else was made or copied, and what `--only` takes over from the published site.

    `content` is what is published of the author, `problems` what rendering met, by section.
    """

    pages: tuple[Rendered, ...]
    others: tuple[OutputFile, ...]
    copies: tuple[OutputFile, ...]
    carried: tuple[OutputFile, ...]
    content: ContentFindings
    problems: dict[str, tuple[Problem, ...]]

    @property
    def files(self) -> tuple[OutputFile, ...]:
        """All of them."""
        return (*(page.file for page in self.pages), *self.others, *self.copies, *self.carried)

    @property
    def styles(self) -> tuple[str, ...]:
        """The digests of all its style sheets, in order."""
        more = (file.body for file in (*self.others, *self.carried) if file.path.endswith((".html", ".svg")))
        return tuple(sorted({*chain(*(page.styles for page in self.pages), *map(style_hashes, more))}))


async def render(manager: Manager, findings: Findings, drawn: Drawn, plan: Plan) -> Generation:
    """Compose the pages and render them, write the feeds: as many of them as this run makes.

    Pages that may fail alone come first: what is on the others depends on which of them there are.
    """
    site, selection = plan.site, plan.selection

    async def make(lists: Sequence[PageList]) -> list[Rendered]:
        chosen = [pages for pages in lists if selection.holds(pages.path)]
        return await render_pages(manager, chosen, frame, plan.cache, plan.canaries)

    frame = make_frame(site, findings)
    leaves = Leaves(manager, plan, frame)
    traced, drawn = await leaves.render_traces(findings, drawn)
    authored, findings = await leaves.render_authored(findings)
    frame = msgspec.structs.replace(frame, nav=make_nav(findings))
    with manager.task("site", "compose the pages"):
        lists = site_map(findings, drawn)
    pages = await make(lists)
    with manager.task("site", "compose the overview"):
        front = FrontPage(site.description, plan.overview, site.follow, plan.is_new)
        lists = front_pages(findings, drawn, front, places_of(pages))
    pages = [*await make(lists), *pages, *traced]
    shown, single = await leaves.mend_links(findings, authored, pages, drawn.files)
    with manager.task("site", "compose the author's lists"):
        lists = author_pages(shown, findings.availability.statuses, site.title, site.description)
    pages += [*await make(lists), *single]
    left_out = {name: notices_of(problems) for name, problems in leaves.problems.items()}
    findings = msgspec.structs.replace(findings, notices=joined(findings.notices, left_out))
    with manager.task("site", "write the feeds"):
        paths = [page.record.path for page in pages]
        files = site_files(findings, drawn, paths, site.title, site.base_url, tiles=plan.overview.tiles)
        others = tuple(optimise(file) for file in files if selection.holds(file.path))
        made = {file.path for file in (*(page.file for page in pages), *others)}
        copies = tuple(leaves.copy_files(findings.content.copies, made))
        carried = tuple(selection.carry(made | {file.path for file in copies}))
    return Generation(tuple(pages), others, copies, carried, findings.content, leaves.problems)


async def render_pages(
    manager: Manager, lists: Sequence[PageList], frame: Frame, cache: str | None, canaries: Canaries
) -> list[Rendered]:
    """Render, pack, shrink and inspect every page. One that cannot be rendered ends the build: the old site stays."""
    jobs = [RenderJob(pages, frame, cache, canaries) for pages in lists]
    # A list of pages may be long: it has the time that the build has.
    results = await manager.cpu(
        "render", finish_pages, jobs, name=lambda job: f"render {job.pages.path}", seconds=None
    )
    failed = [result for result in results if isinstance(result, Problem)]
    if failed:
        reason = failed[0].message.removesuffix("; shown without it")
        raise SitegenError(f"{reason}; nothing was published, the old site stays")
    return [page for result in results if not isinstance(result, Problem) for page in result]


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
    for file in (*generation.others, *generation.copies):
        findings += inspect_file(file.path, file.body, canaries, base_url=base_url)
    pages = {page.file.path: page.file.body for page in generation.pages}
    findings += inspect_tree(pages, [file.path for file in generation.files], base_url)
    if len(generation.styles) > _MOST_STYLES:
        findings.append(Finding(_FIRST, "styles", _MANY_STYLES.format(len(generation.styles), _MOST_STYLES)))
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
        nav=make_nav(findings),
        cycle=findings.context.cycle,
        theme=load_theme(site.theme, site.mode, site.palette, __version__, minify_css),
        simulated=findings.simulated,
        follow=site.follow,
    )


def make_nav(findings: Findings) -> tuple[NavEntry, ...]:
    """Return the tabs of every page."""
    return tuple(NavEntry(name, path) for name, path in navigation(findings))
