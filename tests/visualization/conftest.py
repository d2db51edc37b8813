"""Realistic seeded data, and a reader of drawings that refuses what sitegen never writes."""

import math
import random
import re
from array import array
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import brotli
import pytest
from sitegen.freshness import observed
from sitegen.metrics.analysis import newest
from sitegen.metrics.model import MetricResult, Panel, PanelData, PanelKind, Series
from sitegen.traces.model import Node, Span, SpanKind, SpanStatus, Trace
from sitegen.units import Window

END = 1_795_422_600.0  # 2026-11-23T08:30:00Z
HOUR = Window.ending(END, 3600)

_COORDINATES = {"x", "y", "width", "height", "viewBox", "d", "stroke-width", "transform"}
_NUMBER = r"-?\d+(?:\.\d+)?"
_GEOMETRY = re.compile(
    rf"(?:[mlhvz]|\s|{_NUMBER})+|translate\({_NUMBER} {_NUMBER}\)|{_NUMBER}(?:%|em)?|{_NUMBER}(?: {_NUMBER}){{3}}"
)


def read_svg(markup):
    """Parse a drawing and check the rules that hold for every drawing."""
    root = ET.fromstring(markup)  # noqa: S314  # sitegen wrote it
    for element in root.iter():
        assert element.tag in {"svg", "g", "path", "rect", "text", "title", "tspan"}
        assert all(
            not index and element.tag == "path" for index, one in enumerate(element) if one.tag == "title"
        )
        for name, value in element.attrib.items():
            assert name != "style"
            assert not name.startswith("on")
            assert name not in {"href", "id", "src"}
            if name in _COORDINATES:
                assert _GEOMETRY.fullmatch(value), f"{name}={value!r}"
            if name == "d":
                assert re.fullmatch(r"[mlhvz\d\s-]+", value), value
        assert all(len(css) <= 3 for css in element.get("class", "").split())
    assert root.get("aria-hidden") == "true"
    assert not re.search(r"nan|inf\b", re.sub(r">[^<]*<", "><", markup), re.IGNORECASE)
    return root


class _Counter(HTMLParser):
    def __init__(self):
        super().__init__()
        self.nodes = 0

    def handle_starttag(self, tag, attrs):
        self.nodes += 1


def measure(markup):
    """Give raw bytes, brotli bytes and DOM nodes."""
    counter = _Counter()
    counter.feed(markup)
    raw = markup.encode()
    return len(raw), len(brotli.compress(raw, quality=11)), counter.nodes


def points_of(data):
    """Give the absolute points of relative path data, one list a stroke."""
    strokes, x, y, letter = [], 0, 0, ""
    tokens = re.findall(r"[mlhvz]|-?\d+", data)
    position = 0
    while position < len(tokens):
        if tokens[position] in "mlhvz":
            letter = tokens[position]
            position += 1
        if letter == "z":
            x, y = strokes[-1][0]
            continue
        if letter in "ml":
            x, y = x + int(tokens[position]), y + int(tokens[position + 1])
            position += 2
        elif letter == "h":
            x += int(tokens[position])
            position += 1
        else:
            y += int(tokens[position])
            position += 1
        if letter == "m":
            strokes.append([])
            letter = "l"
        strokes[-1].append((x, y))
    return strokes


def walk(count, base, spread, seed):
    """Give a random walk around a base with a rare peak, as latencies look."""
    random_ = random.Random(seed)
    value, values = base, []
    for _ in range(count):
        value += random_.gauss(0, spread) + (base - value) * 0.05
        values.append(max(0.0, value * (2.5 if random_.random() < 0.01 else 1)))
    return values


def make_series(values, window=HOUR, **labels):
    """Lay values on a window's instants; None is an instant that the source left out."""
    known = [(at, v) for at, v in zip(window.instants(), values, strict=False) if v is not None]
    return Series(labels, array("d", [at for at, _ in known]), array("d", [value for _, value in known]))


def make_panel(series, kind="line", window=HOUR, *, warnings=(), infos=(), not_shown=(), **panel):
    """Give a panel with a fresh answer, in which every series is now what its last sample is, unless that is older."""
    series = tuple(series)
    now = newest(series, window.end - 1.5 * window.step)
    result = MetricResult("q", series, warnings=warnings, infos=infos, not_shown=not_shown)
    fields = {"id": "p", "source": "s", "title": "Latency", "query": "q", **panel}
    return PanelData(
        Panel(kind=PanelKind(kind), **fields),
        3600.0,
        window,
        observed(result, window.end, window.end, 30.0),
        now,
    )


def make_buckets(columns, bounds, window=HOUR, **labels):
    """Give the cumulative series of a classic histogram from the observations of each column."""
    counts = [[float(sum(value <= bound for value in column)) for bound in bounds] for column in columns]
    names = ["+Inf" if bound == math.inf else repr(bound) for bound in bounds]
    return [
        make_series([column[index] for column in counts], window, **{**labels, "le": name})
        for index, name in enumerate(names)
    ]


def make_node(index, parent, depth, start, duration, *, service="api", error=False, critical=False, own=None):
    status = SpanStatus.ERROR if error else SpanStatus.UNSET
    span = Span(
        "0" * 32, f"{index:016x}", None, service, f"op {index}", SpanKind.SERVER, start, duration, status
    )
    return Node(span, depth, parent, duration if own is None else own, critical)


def make_trace(count, seed=1):
    """Give a random trace of `count` spans over 7 services."""
    random_ = random.Random(seed)
    services = ["gateway", "orders", "db", "auth", "payments", "search", "mailer"]
    nodes = [make_node(0, -1, 0, 0, 412_000_000, service="gateway", critical=True)]
    for index in range(1, count):
        parent = random_.randrange(max(0, index - 8), index)
        above = nodes[parent].span
        start = above.start + random_.randrange(max(1, above.duration // 2))
        length = random_.randrange(1, max(2, above.start + above.duration - start))
        nodes.append(
            make_node(
                index,
                parent,
                nodes[parent].depth + 1,
                start,
                length,
                service=random_.choice(services),
                error=random_.random() < 0.03,
                critical=random_.random() < 0.2,
                own=length // 3,
            )
        )
    return Trace("0" * 32, "tests", tuple(nodes))


class Kit:
    """The helpers of this folder, for tests to take by name."""

    window = HOUR
    end = END
    read_svg = staticmethod(read_svg)
    measure = staticmethod(measure)
    points_of = staticmethod(points_of)
    walk = staticmethod(walk)
    series = staticmethod(make_series)
    panel = staticmethod(make_panel)
    buckets = staticmethod(make_buckets)
    node = staticmethod(make_node)
    trace = staticmethod(make_trace)


@pytest.fixture(scope="session")
def kit():
    return Kit
