"""Pages that may fail alone: each trace's, each of the author's. What is wrong with one costs no other."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import TypeVar

from msgspec.structs import replace

from sitegen.concurrency.manager import Manager
from sitegen.content.authored import ContentKind, ContentPage
from sitegen.content.links import Site, Target, dead_links, without_links
from sitegen.content.model import Fault
from sitegen.errors import Problem
from sitegen.findings import ContentFindings, Findings
from sitegen.gate.budgets import weigh
from sitegen.gate.links import page_ids
from sitegen.output import OutputFile
from sitegen.pages.author import authored_page
from sitegen.pages.drawn import Drawn
from sitegen.pages.sitemap import ALWAYS
from sitegen.pipeline.finishing import Rendered, RenderJob, TraceJob, finish_pages, finish_trace, judge
from sitegen.pipeline.planning import Plan
from sitegen.publishing.trees import folders_of
from sitegen.templating import engine
from sitegen.templating.model import Frame

T = TypeVar("T")

Problems = dict[str, tuple[Problem, ...]]
"""Problems by section."""


def joined(known: Mapping[str, tuple[T, ...]], more: Mapping[str, tuple[T, ...]]) -> dict[str, tuple[T, ...]]:
    """Return everything in both."""
    return {name: (*known.get(name, ()), *more.get(name, ())) for name in {**known, **more}}


class Leaves:
    """The pages of one build that may fail alone, and what was wrong with them."""

    def __init__(self, manager: Manager, plan: Plan, frame: Frame) -> None:
        self._manager = manager
        self._plan = plan
        self._frame = frame
        self.problems: Problems = {}

    async def render_traces(self, findings: Findings, drawn: Drawn) -> tuple[list[Rendered], Drawn]:
        """Return the finished pages of the traces, and the drawings without those whose page cannot be published."""
        if not self._plan.selection.holds("/traces/"):
            return [], drawn
        traces = {trace.trace_id: trace for trace in findings.traces.traces if trace.trace_id in drawn.traces}
        jobs = [
            TraceJob(trace, drawn.traces[key], self._frame, self._plan.cache, self._plan.canaries)
            for key, trace in traces.items()
        ]
        results = await self._manager.cpu(
            "render", finish_trace, jobs, name=lambda job: f"render /traces/{job.trace.trace_id}/"
        )
        pages: list[Rendered] = []
        failed: dict[str, str] = {}
        for key, result in zip(traces, results, strict=True):
            why = _why_not(result)
            if isinstance(result, Problem) or why:
                failed[key] = why
            else:
                pages += result
        self._add("traces", [f"the trace {key} has no page: {why}" for key, why in failed.items()])
        return pages, replace(
            drawn, traces={key: one for key, one in drawn.traces.items() if key not in failed}
        )

    async def render_authored(self, findings: Findings) -> tuple[dict[str, Rendered], Findings]:
        """Return the author's finished pages by path, and the findings with those versions that can be published."""
        content = findings.content
        pages = {page.path: page for page in content.pages}
        former = {page.path: page for page in content.former}
        done = await self._finish(findings, list(pages.values()))
        failed = {path: why for path, result in done.items() if (why := _why_not(result))}
        folder = self._plan.site.content.name
        faults = (Fault(pages[path].source, 0, why) for path, why in failed.items())
        self._add("content", [fault.problem(folder).message for fault in faults])
        again = {path: former[path] for path in failed if path in former}
        lost = [path for path in failed if isinstance(done[path], Problem)]
        done = {path: result for path, result in done.items() if path not in failed}
        for path, result in (await self._finish(findings, list(again.values()))).items():
            if not _why_not(result):
                done[path] = result
        # What ran out of time or lost its worker has no fault of its own: it stays as it is on the site.
        done |= {path: page for path in lost if path not in done and (page := self._published(path))}
        kept = tuple(again.get(path, page) for path, page in pages.items() if path in done)
        rendered = {
            path: one for path, result in done.items() if not isinstance(result, Problem) for one in result
        }
        # A page that fell out here is gone for those that link to it.
        return rendered, replace(findings, content=replace(content, pages=kept))

    async def mend_links(
        self,
        findings: Findings,
        rendered: Mapping[str, Rendered],
        others: Sequence[Rendered],
        files: Sequence[OutputFile],
    ) -> tuple[ContentFindings, list[Rendered]]:
        """Return the author's pages without links that lead nowhere on the finished site, and each of them rendered."""
        content = findings.content
        posts = {"posts/index.html" for page in content.pages if page.kind is ContentKind.POST}
        known = {*ALWAYS, *posts, *(file.path for file in (*files, *content.copies))}
        found = _Finished(self._plan, [*others, *rendered.values()], known)
        site = Site(self._plan.site.base_url)
        changed: dict[str, ContentPage] = {}
        for page in content.pages:
            dead = dead_links(page, site, partial(found.has, page))
            if dead:
                changed[page.path] = without_links(page, dead)
                faults = [
                    Fault(page.source, one.line, f"the link to {one.written!r} leads nowhere") for one in dead
                ]
                self._add(
                    "content", [fault.problem(self._plan.site.content.name).message for fault in faults]
                )
        again = await self._finish(findings, list(changed.values()))
        mended = {
            path: one for path, result in again.items() if not isinstance(result, Problem) for one in result
        }
        pages = tuple(changed.get(page.path, page) for page in content.pages)
        done = {**rendered, **mended}
        return replace(content, pages=pages), [page for path, page in done.items() if path != "/about/"]

    def copy_files(self, copies: Sequence[OutputFile], made: Collection[str]) -> list[OutputFile]:
        """Return the files that are published as they are, but those in whose place the site has files of its own."""
        folders = set(folders_of(made))
        taken = {
            file.path
            for file in copies
            if file.path in made
            or file.path in folders
            or any(one in made for one in folders_of([file.path]))
        }
        self._add(
            "content",
            [
                f"static/{path}: the site has a file of its own in this place; rename it"
                for path in sorted(taken)
            ],
        )
        chosen = (file for file in copies if file.path not in taken)
        return [file for file in chosen if self._plan.selection.holds(file.path)]

    def _published(self, path: str) -> list[Rendered]:
        """Return a page as it is published now, where it is."""
        file = engine.output_path(path)
        try:
            body = (self._plan.selection.output / file).read_bytes()
        except OSError:
            return []
        plan = self._plan
        page = judge(path, OutputFile(file, body), weigh(body), plan.canaries, plan.site.base_url)
        return [] if page.findings else [page]

    async def _finish(
        self, findings: Findings, pages: Sequence[ContentPage]
    ) -> dict[str, list[Rendered] | Problem]:
        if not self._plan.selection.holds("/about/"):
            return {}
        services, made_at = findings.availability.statuses, findings.content.made_at
        jobs = [
            RenderJob(
                authored_page(page, services, made_at), self._frame, self._plan.cache, self._plan.canaries
            )
            for page in pages
        ]
        results = await self._manager.cpu(
            "render", finish_pages, jobs, name=lambda job: f"render {job.pages.path}"
        )
        return {page.path: result for page, result in zip(pages, results, strict=True)}

    def _add(self, section: str, sentences: Sequence[str]) -> None:
        if sentences:
            found = tuple(Problem(section, sentence) for sentence in dict.fromkeys(sentences))
            self.problems = joined(self.problems, {section: found})


class _Finished:
    """What there is on the finished site: its files, and the ids of its pages."""

    def __init__(self, plan: Plan, pages: Sequence[Rendered], files: Collection[str]) -> None:
        self._plan = plan
        self._pages = {page.file.path: page.file.body for page in pages}
        self._files = files

    def has(self, page: ContentPage, target: Target) -> bool:
        """Return whether a link's target is there, seen from a page of the author's."""
        if target.path is None or f"/{target.path}" in page.images:
            return target.path is not None
        file = f"{target.path}index.html" if target.path == "" or target.path.endswith("/") else target.path
        if file not in self._pages:
            return file in self._files or self._plan.selection.has(file)
        return target.fragment in {"", "top"} or target.fragment in page_ids(self._pages[file])


def _why_not(result: list[Rendered] | Problem) -> str:
    """Return why a page cannot be published; nothing of one that can."""
    if isinstance(result, Problem):
        return result.message.removesuffix("; shown without it")
    findings = [finding for page in result for finding in page.findings]
    return "; ".join(dict.fromkeys(finding.message for finding in findings[:3]))
