"""What the tests of the site share: findings of any size, the pages made of them, and a counter of elements.

`Size` says how much of everything there is and how long its words are; the words are
random, so they compress as badly as words can.
"""

import asyncio
import random
from array import array
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise
from tempfile import mkdtemp
from typing import NamedTuple

import msgspec
from sitegen.assets.minify import minify_css
from sitegen.assets.optimizer import optimise
from sitegen.availability.model import Interval, Maintenance, ServiceState, ServiceStatus, Slo, StateChange
from sitegen.availability.slo import burn_down, slo_from_intervals
from sitegen.availability.uptime import days, incidents, uptimes
from sitegen.concurrency.manager import Manager, PoolSizes
from sitegen.content.authored import ContentKind, ContentPage, Excerpt, FrontMatter
from sitegen.errors import Notice
from sitegen.findings import (
    AvailabilityFindings,
    BuildContext,
    BuildFindings,
    ContentFindings,
    Findings,
    LogFindings,
    MetricFindings,
    ObjectiveFinding,
    ServiceFinding,
    SourceRow,
    TraceFindings,
)
from sitegen.freshness import Freshness, observed
from sitegen.gate.budgets import PageWeight, budget_of, over_budget, weigh
from sitegen.instrumentation.clock import Deadline, SystemClock
from sitegen.instrumentation.recorder import Recorder
from sitegen.instrumentation.records import PageRecord, Pool, PublicBuild, TaskRecord
from sitegen.logs.model import Level, LogRecord
from sitegen.metrics.analysis import newest
from sitegen.metrics.model import MetricQuery, MetricResult, Panel, PanelData, PanelKind, Series, Threshold
from sitegen.output import Block, OutputFile
from sitegen.pages.author import author_pages, authored_page
from sitegen.pages.fit import pack
from sitegen.pages.overview import FrontPage, front_pages
from sitegen.pages.sitemap import NAVIGATION, site_map
from sitegen.pages.trace import trace_pages
from sitegen.pipeline.draw import draw
from sitegen.templating.engine import render, render_blocks
from sitegen.templating.model import Frame, NavEntry
from sitegen.templating.theme import load_theme
from sitegen.traces.analysis import service_edges
from sitegen.traces.model import Node, Span, SpanKind, SpanStatus, Trace
from sitegen.units import Instant, Window

NOW = 1_795_419_810.0  # 2026-11-23T07:43:30Z
HOUR, DAY = 3600.0, 86_400.0
TITLE = "Zq7 status of Wx4 everything (Kj9) we run Vb2 for Gh8 people, Ty5 machines & Lp3"
BASE_PATH = "/kq3/wz8x/observatory-of-many-things/bv5-n7/status-pages/j4hgt/public-facing/mm1/"
CONTEXT = BuildContext(
    now=NOW, slot=NOW, cycle=30.0, generation=42, stable_until=NOW // 300 * 300, first_slot=NOW - 86_400
)


@dataclass(frozen=True)
class Size:
    """How much of everything; `word` is the length of each foreign text, in characters."""

    panels: int = 5
    series: int = 3
    points: int = 240
    kinds: tuple[str, ...] = ("line", "area", "bar", "stat")
    windows: tuple[float, ...] = (HOUR,)
    traces: int = 6
    spans: int = 12
    attributes: int = 2
    failing: float = 0.1
    services: int = 4
    objectives: int = 2
    incidents: int = 4
    lines: int = 40
    fields: int = 3
    sources: int = 3
    projects: int = 3
    tasks: int = 40
    builds: int = 8
    problems: int = 2
    word: int = 24
    seed: int = 1


class Maker:
    """Makes findings of a size."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self.random = random.Random(size.seed)

    def word(self, length: int = 0) -> str:
        letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_./=éß漢"
        return "".join(self.random.choices(letters, k=length or self.size.word))

    def findings(self) -> Findings:
        return Findings(
            context=CONTEXT,
            metrics=self.metrics(),
            traces=self.traces(),
            logs=self.logs(),
            availability=self.availability(),
            content=self.content(),
            build=self.build(),
            samples={"sitegen_up": 1.0},
        )

    def metrics(self) -> MetricFindings:
        size = self.size
        panels = []
        for number in range(size.panels):
            kind = PanelKind(size.kinds[number % len(size.kinds)])
            panel = Panel(
                id=f"panel-{number}",
                source="prometheus",
                title=self.word(),
                query="q",
                unit="seconds",
                kind=kind,
                windows=size.windows,
                thresholds=(Threshold(0.5, "warn"),),
                top=size.series,
            )
            panels += [self.panel_data(panel, span) for span in size.windows]
        return MetricFindings(tuple(panels), self.sources("prometheus"))

    def panel_data(self, panel: Panel, span: float) -> PanelData:
        window = Window.ending(NOW, span, max_columns=self.size.points)
        series = tuple(
            Series(
                {"instance": self.word()},
                array("d", window.instants()),
                array("d", [self.random.random() for _ in window.instants()]),
            )
            for _ in range(self.size.series)
        )
        result = MetricResult(MetricQuery("prometheus", "q", window), series, warnings=(self.word(),))
        now = newest(series, window.end) if span == self.size.windows[0] else None
        return PanelData(panel, span, window, observed(result, NOW, NOW, 30.0), now, moves=now is not None)

    def sources(self, name: str) -> tuple[SourceRow, ...]:
        return tuple(
            SourceRow(f"{name}-{number} {self.word()}", Freshness.STALE, Instant(NOW - 60), (self.word(),))
            for number in range(self.size.sources)
        )

    def trace(self, number: int) -> Trace:
        trace_id = f"{self.random.getrandbits(128):032x}"
        start = int((NOW - 400 + number) * 1e9) + self.random.randrange(10**9)
        whole = self.random.randrange(10**6, 10**9)
        nodes = [self.node(trace_id, 0, -1, 0, start, whole)]
        for index in range(1, self.size.spans):
            parent = self.random.randrange(max(0, index - 6), index)
            above = nodes[parent].span
            begin = above.start + self.random.randrange(max(1, above.duration // 2))
            length = self.random.randrange(1, max(2, above.start + above.duration - begin))
            nodes.append(self.node(trace_id, index, parent, nodes[parent].depth + 1, begin, length))
        return Trace(trace_id, "demo", tuple(nodes), (self.word(), self.word()))

    def node(  # noqa: PLR0917
        self, trace_id: str, index: int, parent: int, depth: int, start: int, length: int
    ) -> Node:
        failed = self.random.random() < self.size.failing
        span = Span(
            trace_id=trace_id,
            span_id=f"{index + 1:016x}",
            parent_id=None if parent < 0 else f"{parent + 1:016x}",
            service=f"service-{self.random.randrange(9)} {self.word()}",
            name=self.word(),
            kind=SpanKind.SERVER,
            start=start,
            duration=length,
            status=SpanStatus.ERROR if failed else SpanStatus.OK,
            attributes={self.word(8): self.word() for _ in range(self.size.attributes)},
        )
        return Node(span, depth, parent, length // 2, on_critical_path=self.random.random() < 0.3)

    def traces(self) -> TraceFindings:
        traces = tuple(self.trace(number) for number in range(self.size.traces))
        return TraceFindings(
            traces=traces,
            paged=frozenset(trace.trace_id for trace in traces),
            edges=service_edges(traces),
            sources=self.sources("traces"),
            notices=(Notice("traces.shop", self.word()),),
        )

    def logs(self) -> LogFindings:
        records = tuple(
            LogRecord(
                source="app",
                time=NOW - number * 1.7,
                level=list(Level)[number % len(Level)],
                service=self.word(),
                message=self.word(self.size.word * 4),
                fields={self.word(6): self.word() for _ in range(self.size.fields)},
            )
            for number in range(self.size.lines)
        )
        return LogFindings(records, self.sources("logs"), (Notice("logs.app", self.word()),))

    def intervals(self) -> list[Interval]:
        marks = sorted(self.random.uniform(NOW - 90 * DAY, NOW) for _ in range(2 * self.size.incidents))
        edges = [NOW - 90 * DAY, *marks, NOW]
        states = (ServiceState.UP, ServiceState.DOWN, ServiceState.UP, ServiceState.DEGRADED)
        return [Interval(begin, end, states[n % 4]) for n, (begin, end) in enumerate(pairwise(edges))]

    def availability(self) -> AvailabilityFindings:
        services, objectives = [], []
        for number in range(self.size.services):
            title, state = self.word(), list(ServiceState)[number % 5]
            status = ServiceStatus(f"s{number}", title, state, NOW - 100, 0.123, self.word())
            latencies = tuple(self.random.random() for _ in range(30))
            services.append(service_of(status, self.intervals(), 61.5, latencies))
        for number in range(self.size.objectives):
            intervals = self.intervals()
            report = slo_from_intervals(Slo(f"o{number}", self.word(), probe="s0"), intervals, NOW)
            objectives.append(ObjectiveFinding(report, tuple(burn_down(report.slo, intervals, NOW))))
        planned = tuple(
            Maintenance(self.word(), NOW - n * DAY, NOW, (self.word(),)) for n in range(self.size.incidents)
        )
        return AvailabilityFindings(
            services=tuple(services),
            objectives=tuple(objectives),
            maintenance=planned,
            changes=tuple(
                StateChange(NOW - n, f"s{n}", self.word(), ServiceState.UP)
                for n in range(self.size.incidents)
            ),
            counted_to=NOW,
        )

    def content(self) -> ContentFindings:
        def page(kind: ContentKind, path: str, number: int) -> ContentPage:
            front = FrontMatter(self.word(), self.word(self.size.word * 3), NOW - number * DAY)
            return ContentPage(path, kind, front, "<section><h2>hello</h2><p>prose</p></section>")

        kinds = (("projects", ContentKind.PROJECT), ("posts", ContentKind.POST))
        pages = [
            page(kind, f"/{folder}/p{number}/", number)
            for folder, kind in kinds
            for number in range(self.size.projects)
        ]
        excerpt = Excerpt("sitegen/x.py", 3, 9, "<pre><code>x = 1</code></pre>")
        return ContentFindings(
            made_at=NOW,
            pages=(page(ContentKind.ABOUT, "/about/", 0), *pages),
            techniques=((self.word(), self.word(), excerpt),),
        )

    def record(self, generation: int) -> PublicBuild:
        tasks = []
        for number in range(self.size.tasks):
            queued, wait, run = (self.random.random() for _ in range(3))
            pool = list(Pool)[number % 3]
            tasks.append(
                TaskRecord(
                    f"section-{number % 9}", self.word(), pool, number % 11, queued, queued + wait,
                    queued + wait + run, run, 1000 * number, failed=number % 17 == 0,
                )
            )  # fmt: skip
        pages = tuple(
            PageRecord(f"/traces/{self.random.getrandbits(128):032x}/", n, 13_000, n) for n in range(60)
        )
        return PublicBuild(
            generation=generation, trace_id="0" * 32, slot=NOW - 30, started_at=NOW - 29.9, duration=3.0, status="ok",
            clock_fixed=False, workers=11, files_total=61, files_changed=3, bytes_total=512_345, tasks=tuple(tasks),
            pages=pages,
        )  # fmt: skip

    def build(self) -> BuildFindings:
        record = self.record(41)
        history = tuple(self.record(41 - number) for number in range(self.size.builds))
        notices = tuple(Notice("metrics.prometheus", self.word()) for _ in range(self.size.problems))
        return BuildFindings(record, so_far=False, history=history, notices=notices)


def service_of(status, intervals, certificate_days=None, latencies=()):
    """What is found of a service whose intervals are these, counted up to NOW."""
    return ServiceFinding(
        status=status,
        uptimes=tuple(uptimes(intervals, NOW)),
        days=tuple(days(intervals, NOW)),
        incidents=tuple(incidents(intervals, max(NOW, intervals[-1].end))),
        latencies=latencies,
        certificate_days=certificate_days,
    )


def findings_of(**sections):
    """Findings of these sections and nothing else."""
    empty = {
        "metrics": MetricFindings(),
        "traces": TraceFindings(),
        "logs": LogFindings(),
        "availability": AvailabilityFindings(),
        "content": ContentFindings(made_at=NOW),
        "build": BuildFindings(Maker(Size(tasks=0)).record(41), so_far=False, history=()),
    }
    return Findings(context=CONTEXT, **empty | sections)


def drawn_of(findings):
    """Draw everything that was found, as a build with one worker does."""
    clock = SystemClock()
    with Manager(PoolSizes.alone(), Recorder(clock), Deadline(clock, 600.0)) as manager:
        return asyncio.run(draw(manager, findings))[0]


class Familiar(Maker):
    """Makes findings whose words repeat, as those of real services do."""

    WORDS = (
        "GET /checkout",
        "POST /charge",
        "GET /cart",
        "verify_jwt",
        "INSERT orders",
        "SELECT users",
        "send mail",
    )

    def word(self, length: int = 0) -> str:
        return self.random.choice(self.WORDS)


@cache
def frame(mode: str = "auto") -> Frame:
    """A frame with all that makes pages heavy: two palettes, and the longest title and base URL that may be."""
    return Frame(
        title=TITLE,
        description="Up, or not",
        language="en",
        base_path=BASE_PATH,
        base_url=f"https://status.example.org{BASE_PATH}",
        nav=tuple(NavEntry(name, path) for name, path in NAVIGATION),
        cycle=30.0,
        theme=load_theme("terminal", mode, {}, "0", minify_css),
    )


@cache
def cache_folder() -> str:
    return mkdtemp(prefix="sitegen-tests-")


class Made(NamedTuple):
    """A page as it was packed: its path, view and blocks, the file that is published, and what it weighs."""

    path: str
    template: str
    view: msgspec.Struct
    shown: tuple[Block, ...]
    left: tuple[Block, ...]
    file: OutputFile
    weight: PageWeight

    @property
    def text(self) -> str:
        return self.file.body.decode()

    def values(self, group):
        """What the blocks of a group show, in the order in which they stand."""
        chosen = sorted(
            (block for block in self.shown if block.group == group), key=lambda block: block.place
        )
        return [block.value for block in chosen]


def made(lists, where=None):
    """Pack the pages of these lists as a build does."""
    return [page for pages in lists for page in _packed(pages, where or frame())]


def _packed(pages, where):
    slices = {}

    def compose(part):
        view = pages.compose(part)
        slices[id(view)] = (view, part)
        return view

    def make(page):
        file = optimise(render(page, where, cache_folder()))
        part = slices[id(page.view)][1]
        return Made(page.path, page.template, page.view, part.shown, part.left, file, weigh(file.body))

    return pack(
        msgspec.structs.replace(pages, compose=compose),
        lambda blocks: render_blocks(blocks, where, cache_folder()),
        make,
        lambda page: budget_of(page.file.path).load(page.weight),
    )


def lists_of(findings, drawn=None):
    """Every page of the site, before it is packed."""
    drawn = drawn or drawn_of(findings)
    return (
        *front_pages(findings, drawn, FrontPage("Up, or not"), {}),
        *_behind(findings, drawn),
    )


def _behind(findings, drawn):
    """Every page but the overview, in the order in which a build makes them."""
    content, services = findings.content, findings.availability.statuses
    traces = {trace.trace_id: trace for trace in findings.traces.traces if trace.trace_id in drawn.traces}
    return (
        *(trace_pages(trace, drawn.traces[key]) for key, trace in traces.items()),
        *site_map(findings, drawn),
        *author_pages(content, services, TITLE, "Up, or not"),
        *(authored_page(page, services, content.made_at) for page in content.pages if page.path != "/about/"),
    )


def pages_of(findings, drawn=None):
    """Every page of the site, the overview first."""
    drawn = drawn or drawn_of(findings)
    pages = made(_behind(findings, drawn))
    places: dict[str, str] = {}
    for page in pages:
        for block in page.shown:
            places.setdefault(block.anchor, f"{page.path}#{block.anchor}")
    return [*made(front_pages(findings, drawn, FrontPage("Up, or not"), places)), *pages]


def excesses(pages):
    """What the gate's budgets have against these pages."""
    return [str(finding) for page in pages for finding in over_budget(page.file.path, page.weight)]


class _Skeleton(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.text = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, tuple(name for name, _ in attrs)))
        self.text += [value for _, value in attrs if value]

    def handle_endtag(self, tag):
        self.tags.append(("/" + tag, ()))

    def handle_data(self, data):
        self.text.append(data)

    def handle_comment(self, data):
        self.tags.append(("!--", ()))

    def handle_decl(self, decl):
        self.tags.append(("!", ()))

    def unknown_decl(self, data):
        self.tags.append(("?", ()))


def skeleton(html):
    """Return the tags with their attributes' names in order, and every text and attribute value."""
    parser = _Skeleton()
    parser.feed(html)
    parser.close()
    return parser.tags, parser.text


def elements(html):
    """Count the elements of a page."""
    return sum(not tag.startswith(("/", "!", "?")) for tag, _ in skeleton(html)[0])
