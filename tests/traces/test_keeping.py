"""Which traces get a page, and how long they have it."""

from itertools import count, pairwise

from sitegen.traces.aggregator import aggregate
from sitegen.traces.analysis import choose_traces
from sitegen.traces.keeping import CYCLES_APART, Life, Terms, choose_new
from sitegen.traces.model import Span, SpanKind, SpanStatus

CYCLE = 30.0
NUMBERS = count(1)


def trace(at: float):
    number = next(NUMBERS)
    span = Span(
        f"{number:032x}", f"{number:016x}", None, "shop", "GET /", SpanKind.SERVER, int(at * 1e9),
        1_000_000 * (number % 97 + 1), SpanStatus.UNSET,
    )  # fmt: skip
    return aggregate([span], "shop")[0]


def live(cycles: int, terms: Terms):
    """Run cycles with a source of 5 traces a second; yield the lives of all pages after each."""
    lives: dict[str, Life] = {}
    for cycle in range(cycles):
        now = CYCLE * cycle
        found = [trace(now - second / 5) for second in range(150)]
        new = choose_new(lives, found, now, terms, choose_traces)
        assert not lives.keys() & {one.trace_id for one in new}
        lives = lives | {one.trace_id: Life(now, now + terms.life) for one in new}
        yield now, lives


def test_the_first_build_takes_many_and_later_ones_one_in_twelve_cycles():
    for now, lives in live(60, Terms(100, 86_400.0, CYCLE)):
        assert len(lives) == 100, "none above `keep`"
        assert now >= 0
    counts = [len(lives) for _, lives in live(60, Terms(200, 86_400.0, CYCLE))]
    steps = [later - earlier for earlier, later in pairwise(counts)]
    assert counts[0] == 150
    assert set(steps) == {0, 1}
    assert [number for number, step in enumerate(steps, 1) if step] == [12, 24, 36, 48]


def test_a_page_leaves_at_its_end_and_never_comes_back():
    terms = Terms(5, 20 * CYCLE, CYCLE)
    for now, lives in live(100, terms):
        assert sum(life.until > now for life in lives.values()) <= 5
    old = trace(0.0)
    ended = {old.trace_id: Life(0.0, 600.0)}
    assert choose_new(ended, [old], 601.0, terms, choose_traces) == ()


def test_a_clock_that_went_back_stops_no_page():
    fresh = trace(0.0)
    ahead = {"a": Life(1e9, 1e9 + 1)}
    assert choose_new(ahead, [fresh], 1000.0, Terms(5, 60.0, CYCLE), choose_traces) == (fresh,)
    near = {"a": Life(1000.0, 2000.0)}
    at = 1000.0 + CYCLES_APART * CYCLE
    assert choose_new(near, [fresh], at - 1, Terms(5, 60.0, CYCLE), choose_traces) == ()
    assert choose_new(near, [fresh], at, Terms(5, 60.0, CYCLE), choose_traces) == (fresh,)
