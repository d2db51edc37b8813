"""The gate on pages of the demonstration: how long it looks at one, beside parsers that only read it."""

import time
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser
from sitegen.gate.inspection import inspect_tree
from sitegen.gate.markup import inspect_markup
from sitegen.gate.parsing import count_elements
from sitegen.gate.styles import loads

from figures.demonstration import CLOCK
from figures.runs import SITEGEN, run
from figures.table import Figure, amount

__all__ = ["measure"]

LARGEST = 5


def measure(folder: Path, runs: int) -> Iterator[Figure]:
    """Return milliseconds for 1,000 elements of the largest pages, and for a style sheet that has to be parsed."""
    run([SITEGEN, "demo", "--no-serve", "--clock", CLOCK], folder)
    dist = folder / "demo" / "dist"
    files = {path.relative_to(dist).as_posix(): path.read_bytes() for path in dist.rglob("*.html")}
    pages = sorted(files.items(), key=lambda page: len(page[1]))[-LARGEST:]
    per = 1000 / sum(count_elements(body)[0] for _, body in pages)
    took = {
        "gate": best(lambda: [inspect_markup(path, body) for path, body in pages], runs) * per,
        "counted": best(lambda: [count_elements(body) for _, body in pages], runs) * per,
        "lexbor": best(lambda: [LexborHTMLParser(body).css("*") for _, body in pages], runs) * per,
        "html.parser": best(lambda: [HTMLParser().feed(body.decode()) for _, body in pages], runs) * per,
    }
    beside = f"{took['lexbor']:.2f} ms lexbor alone, {took['html.parser']:.2f} ms html.parser alone"
    yield amount("gate, 1,000 elements of a page", took["gate"], "ms", 1.0, beside)
    yield amount("  to count and weigh them", took["counted"], "ms")
    linked = best(lambda: inspect_tree(files, tuple(files)), runs) / len(files)
    yield amount("  its links among all pages", linked, "ms")
    style = (Path("themes") / "terminal" / "theme.css").read_text(encoding="utf-8")
    once = best(lambda: (loads.cache_clear(), loads(style + "a::after{content:'\\\\2192'}")), runs)
    yield amount("  a style sheet with an escape, once a build", once, "ms")


def best(action: Callable[[], object], runs: int) -> float:
    """Return the milliseconds of the quickest of many calls."""
    seconds = []
    for _ in range(runs * 5):
        started = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - started)
    return min(seconds) * 1e3
