"""What each page shows, as values: one record a template, complete when made.

Every view carries a `Shell`: the words around the page. Text in a view is plain;
only figures, bars and author's prose hold finished markup. What a page is packed from are
no views but blocks (`sitegen.output.Block`), and the rows below are values of theirs.
"""

import msgspec

from sitegen.availability.model import ServiceState, ServiceStatus
from sitegen.content.authored import ContentPage, Excerpt
from sitegen.logs.model import LevelCount, LogRecord
from sitegen.units import Instant, Quantity, Sentence
from sitegen.visualization.model import Cell, LegendEntry, Link, Table

Tabs = tuple[tuple[Link, bool], ...]
"""Links to the pages of a list, each with whether it is the page that they stand on."""


class Built(msgspec.Struct, frozen=True):
    """For the pages that change with every cycle: when, how long the last build took, when the next is due."""

    at: Instant
    duration: Quantity | None
    next_due: Instant
    stale_after: Quantity


class Shell(msgspec.Struct, frozen=True):
    """The words around a page: `prompt` is its h1, `sentence` the answer in one line, `section` its tab.

    `made_at` is when the content was made: the instant up to which its data goes. `anchor` is the id of what holds the h1.
    """

    title: str
    prompt: str
    sentence: Sentence
    section: str
    made_at: Instant
    description: str
    built: Built | None = None
    anchor: str = ""


class BannerLine(msgspec.Struct, frozen=True):
    """One thing that is wrong (or that all is well): what, since when and why, where it is told in full."""

    state: ServiceState
    what: Sentence
    why: Sentence
    link: Link


class Tile(msgspec.Struct, frozen=True):
    """A key metric: where it leads, its value, which series that is, its change; `css` is the class of its state.

    `last` is when the value was, where that is not now, `state` what it is by the panel's thresholds, with its glyph.
    """

    link: Link
    value: Quantity | Instant
    name: str
    change: Sentence
    css: str
    svg: str
    last: Instant | None = None
    state: str = ""

    @property
    def words(self) -> str:
        """What is said of the value in a line of text."""
        last = f"last, at {Instant(self.last.at).text}" if self.last else ""
        return ", ".join(filter(None, (self.link.text, self.name, self.state, last)))


class WeightRow(msgspec.Struct, frozen=True):
    """A page and what it weighs, as a bar against the limit too."""

    path: str
    bar: str
    size: Quantity


class ServiceRow(msgspec.Struct, frozen=True):
    """A service on the overview: its state and for how long, its 90 days, how fast it answered in the last hour."""

    status: ServiceStatus
    link: Link
    lasts: Quantity | None
    bars: str
    uptime: Sentence
    p95: Quantity
    spark: str
    css: str


class Burn(msgspec.Struct, frozen=True):
    """How fast a budget burns over a window: its gauge, its rate, and what that means as glyph and class."""

    window: str
    gauge: str
    rate: Quantity
    glyph: str
    css: str


class ObjectivePanel(msgspec.Struct, frozen=True):
    """One objective: whether it is met, what is left of its budget, how fast that burns.

    `words` is the class of the verdict's words, `css` that of marks; `facts` and `formula` are the arithmetic.
    """

    id: str
    title: str
    verdict: str
    words: str
    css: str
    attained: Quantity
    target: Sentence
    budget: Sentence
    burndown: str
    burns: tuple[Burn, ...]
    facts: tuple[tuple[str, Cell], ...]
    formula: Sentence
    age: Sentence = ()
    notes: tuple[str, ...] = ()


class ServiceDays(msgspec.Struct, frozen=True):
    """A service: its state and what is said of it, the bars of its days, uptime and coverage by window."""

    id: str
    title: str
    state: ServiceState
    said: Sentence
    bars: str
    uptimes: tuple[tuple[Quantity, Quantity], ...]


class IncidentRow(msgspec.Struct, frozen=True):
    """What happened to a service; `end` is None, and `lasted` without a number, while it lasts."""

    number: int
    title: str
    state: ServiceState
    start: Instant
    end: Instant | None
    lasted: Quantity


class OwnSite(msgspec.Struct, frozen=True):
    """How available this very site is: what was measured and proven, the budget, and the arithmetic in words."""

    title: str
    facts: tuple[tuple[str, Cell], ...]
    formula: Sentence


class SloView(msgspec.Struct, frozen=True):
    """`/slo/` and its further pages: the head of the table of days, the scale over it, and what is said of all incidents.

    `own` are the probes that ask for this very site, on the first page. `timeline` draws them where the first of them, number `latest`, stands.
    """

    shell: Shell
    pages: Tabs
    windows: tuple[str, ...]
    months: str
    timeline: str
    latest: int
    summary: Sentence
    earlier: Sentence
    formula: str
    own: tuple[OwnSite, ...] = ()


class TraceRow(msgspec.Struct, frozen=True):
    """A trace in a list; `path` is None where it has no page of its own, `colour` the class of its root's service.

    `dated` is true where the list spans days, so that a time alone would not do.
    """

    start: Instant
    dated: bool
    name: str
    service: str
    colour: str
    path: str | None
    duration: Quantity
    bar: str
    spans: int
    errors: int


class CallRow(msgspec.Struct, frozen=True):
    """The calls from one service to another: `failed` is their share, `state` what that makes of them."""

    caller: str
    callee: str
    calls: Quantity
    p95: Quantity
    failed: Quantity
    state: ServiceState
    bar: str


class OverviewView(msgspec.Struct, frozen=True):
    """`/` and `/follow/`; `more_services` says what of them is left out.

    `months` is the scale over the services' days, `ticks` stand over the bars of the slowest
    trace, `guides` lead from its spans to their children, `lanes` is how the last build ran, `key` its legend. `leads_on` has it tell a newcomer what to do next,
    `thirds` says that what stands there fills three columns.
    """

    shell: Shell
    follow: bool
    banner: tuple[BannerLine, ...]
    months: str
    ticks: tuple[Quantity, ...]
    slowest: Sentence
    slowest_link: Link | None
    log: Sentence
    build: Sentence
    lanes: str
    answering: Sentence
    leads_on: bool
    key: tuple[LegendEntry, ...] = ()
    guides: str = ""
    more_services: Sentence = ()
    thirds: bool = False


class MetricsView(msgspec.Struct, frozen=True):
    """`/metrics/`, a further window, a further page of either; `goes_on` is the group that began on the page before."""

    shell: Shell
    windows: Tabs
    pages: Tabs
    goes_on: str = ""


class TracesView(msgspec.Struct, frozen=True):
    """`/traces/`, and further pages where names are long."""

    shell: Shell
    notes: tuple[str, ...]
    pages: Tabs


class SlowSpans(msgspec.Struct, frozen=True):
    """All spans of one name in a trace: their own time together, how many they are, the class of their service."""

    service: str
    name: str
    colour: str
    own: Quantity
    spans: int


class TraceView(msgspec.Struct, frozen=True):
    """`/traces/<id>/`, and further pages of a trace with much to say.

    `operation` is what the root does, `digits` the decimals of its milliseconds. `spent` sums up where the time went, with `parts` for
    each service; `ticks` stand over the bars, `guides` are the lines from spans to their
    children; `linked` are the pages of traces that links of spans lead to, or come from. Further pages have neither `parts`
    nor `slowest`.
    """

    shell: Shell
    operation: str
    breakdown: str
    spent: Sentence
    parts: tuple[LegendEntry, ...]
    ticks: tuple[Quantity, ...]
    guides: str
    slowest: tuple[SlowSpans, ...]
    digits: int
    notes: tuple[str, ...]
    linked: tuple[Link, ...]
    pages: Tabs


class DepsView(msgspec.Struct, frozen=True):
    """`/deps/`, and further pages where there are many calls."""

    shell: Shell
    map: str | None
    notes: tuple[str, ...]
    pages: Tabs


class LogLine(msgspec.Struct, frozen=True):
    """A line of a log, how many times it stood there in a row, and its day where that is not the line's before."""

    record: LogRecord
    repeats: int
    day: str


class LogsView(msgspec.Struct, frozen=True):
    """`/logs/` and older pages; `shown` says how much of the log stands here, `services` is for the first alone."""

    shell: Shell
    shown: Sentence
    services: tuple[LevelCount, ...]
    more_services: Sentence
    notes: tuple[str, ...]
    pages: Tabs


class RunStrip(msgspec.Struct, frozen=True):
    """The last runs as bars: what became of them in the heading, under the bars what stands at their ends and which failed."""

    svg: str
    summary: Sentence
    under: tuple[Sentence, ...]


class Timing(msgspec.Struct, frozen=True):
    """How well the timer keeps its time: builds by how late they began, and in a sentence the ticks that were lost."""

    lateness: Table
    said: Sentence


class BuildView(msgspec.Struct, frozen=True):
    """`/build/`: the last completed build, or on the very first that build so far.

    A tile is its name, its figure, what stands beneath, its class. `pages` and `history` are
    heads of tables; `techniques` are titles with what each is for.
    """

    shell: Shell
    tiles: tuple[tuple[str, Quantity, Sentence, str], ...]
    facts: tuple[tuple[str, Cell], ...]
    stages: Table
    tasks: Table
    pages: Table
    history: Table
    deploys: Table
    strip: RunStrip | None
    techniques: tuple[tuple[str, str], ...]
    timing: Timing | None = None
    more_problems: Sentence = ()


class AboutView(msgspec.Struct, frozen=True):
    """`/about/`: the author's page where there is one, and where else to look; then further pages of its lists."""

    shell: Shell
    first: bool
    content: ContentPage | None
    pages: Tabs


class ListView(msgspec.Struct, frozen=True):
    """A page that shows nothing but its blocks, as `/projects/` and `/posts/` do, and its further pages."""

    shell: Shell
    pages: Tabs


class ProjectCard(msgspec.Struct, frozen=True):
    """What the author says of a project, and the state of its probe: a row of the listing, the head of its page.

    `links` are (words, foreign address), `kind` names its colour, `size` is that of its page; `state` is None where
    the project names no probe. `synopsis` and `summary` are how it is called and what it does, where its page says so.
    """

    path: str
    title: str
    description: str
    status: str
    tags: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    date: Instant | None
    kind: str
    size: Quantity
    state: ServiceState | None = None
    since: Instant | None = None
    synopsis: str = ""
    summary: str = ""


class ContentView(msgspec.Struct, frozen=True):
    """One project or post; a post has no `card`."""

    shell: Shell
    content: ContentPage
    card: ProjectCard | None = None


class TechniqueEntry(msgspec.Struct, frozen=True):
    """A pattern of sitegen's own code: what it is for, and the code."""

    title: str
    why: str
    excerpt: Excerpt


class TechniquesView(msgspec.Struct, frozen=True):
    """`/techniques/`."""

    shell: Shell
    entries: tuple[TechniqueEntry, ...]


class NotFoundView(msgspec.Struct, frozen=True):
    """`/404.html`."""

    shell: Shell
    likely: tuple[Link, ...]
