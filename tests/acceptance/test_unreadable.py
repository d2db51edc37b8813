"""Answers that are no answers: JSON as an attacker or a broken disk would write it. What cannot be read is named."""

import contextlib
import csv
import io
import json
from collections.abc import Iterator

import pytest
from tests.acceptance.comparing import values_in
from tests.acceptance.sites import Site, make_site
from tests.acceptance.sources import NOON, answered, clock_at, copy_site, figure_of, panel, source, states
from tests.faulty_server import FaultyServer, Reply
from tests.program import Outcome

LAST = (NOON - 2) // 15 * 15
MALFORMED = "the answer is not valid JSON of the Prometheus API"
NO_RESULT = "the answer is JSON but not the result of a query"


def result(inside: bytes) -> bytes:
    return b'{"status":"success","data":{"resultType":"matrix","result":' + inside + b"}}"


def series(labels: bytes, *samples: bytes) -> bytes:
    return b'{"metric":' + labels + b',"values":[' + b",".join(samples) + b"]}"


def sample(back: int, value: bytes = b'"42.5"') -> bytes:
    """A sample so many columns before the last."""
    return b"[%d,%b]" % (LAST - 15 * back, value)


GOOD = series(b'{"__name__":"good"}', sample(1), sample(0))
WHOLE = answered()
DEEP = 1_000_000

# Nothing of these can be read: body, what operators read.
NOTHING = {
    "brackets": (b"[" * DEEP, MALFORMED),
    "braces": (b'{"a":' * DEEP, MALFORMED),
    "closed-brackets": (b"[" * DEEP + b"]" * DEEP, MALFORMED),
    "brackets-as-status": (b'{"status":' + b"[" * DEEP + b"]" * DEEP + b"}", MALFORMED),
    "brackets-as-data": (b'{"status":"success","data":' + b"[" * DEEP + b"]" * DEEP + b"}", MALFORMED),
    "brackets-as-result": (result(b"[" * DEEP + b"]" * DEEP), MALFORMED),
    "cut-in-a-series": (WHOLE[: len(WHOLE) // 2], MALFORMED),
    "cut-in-a-word": (b'{"status":"succ', MALFORMED),
    "empty": (b"", MALFORMED),
    "blank": (b" \n\t ", MALFORMED),
    "null": (b"null", MALFORMED),
    "list": (b"[]", MALFORMED),
    "word": (b'"success"', MALFORMED),
    "number-of-5000-digits": (b"9" * 5000, MALFORMED),
    "bare-nan": (result(b"[" + series(b"{}", sample(0, b"NaN")) + b"]"), MALFORMED),
    "not-utf-8": (b'{"status":"success","data":"\xff\xfe\x80"}', NO_RESULT),
    "marked": (b"\xef\xbb\xbf" + WHOLE, MALFORMED),
    "utf-16": (WHOLE.decode().encode("utf-16"), MALFORMED),
    "two-documents": (WHOLE + WHOLE, MALFORMED),
    "zeros": (b"\x00" * 5000, MALFORMED),
    "status-of-5000-digits": (b'{"status":' + b"9" * 5000 + b"}", MALFORMED),
    "data-twice": (WHOLE[:-1] + b',"data":null}', NO_RESULT),
    "only-lone-surrogates": (result(b"[" + series(b'{"evil":"\\ud800"}', sample(0)) + b"]"), MALFORMED),
    "lone-surrogate-beside-good": (
        result(b"[" + GOOD + b"," + series(b'{"evil":"\\udc00 x"}', sample(0)) + b"]"),
        MALFORMED,
    ),
    "brackets-as-label": (
        result(b"[" + GOOD + b',{"metric":{"evil":' + b"[" * 50_000 + b"]" * 50_000 + b'},"values":[]}]'),
        MALFORMED,
    ),
    "result-is-a-word": (result(b'"many"'), NO_RESULT),
    "other-type": (WHOLE.replace(b'"matrix"', b'"streams"'), NO_RESULT),
    "a-number-as-value": (result(b"[" + series(b"{}", sample(0, b"42.5")) + b"]"), MALFORMED),
}

# Of these the good series is read, and the rest is named: the series beside it, what the panel says.
PART = {
    "label-of-digits": (series(b'{"evil":' + b"9" * 5000 + b"}", sample(0)), "1 series that cannot be read: series 1"),
    "no-labels": (b'{"values":7}', "1 series that cannot be read: series 1"),
    "value-of-5000-digits": (
        series(b'{"__name__":"bad"}', sample(1), sample(0, b'"' + b"9" * 5000 + b'"')),
        "samples that cannot be read in 1 series: bad at 1",
    ),
    "time-of-5000-digits": (
        series(b'{"__name__":"bad"}', sample(1), b"[" + b"9" * 5000 + b',"1"]'),
        "samples that cannot be read in 1 series: bad at 1",
    ),
    "value-is-no-number": (
        series(b'{"__name__":"bad"}', sample(3), sample(2, b'"12 apples"'), sample(1), sample(0, b'"0x1F"')),
        "samples that cannot be read in 1 series: bad at 1, 3",
    ),
    "value-is-an-object": (
        series(b'{"__name__":"bad"}', sample(1, b'{"a":1}'), sample(0)),
        "samples that cannot be read in 1 series: bad at 0",
    ),
    "three-in-a-pair": (
        series(b'{"__name__":"bad"}', sample(1), b'[%d,"1","2"]' % LAST),
        "samples that cannot be read in 1 series: bad at 1",
    ),
    "back-in-time": (
        series(b'{"__name__":"bad"}', sample(1), sample(2), sample(0)),
        "samples that cannot be read in 1 series: bad at 1",
    ),
    "same-time-twice": (
        series(b'{"__name__":"bad"}', sample(1), sample(1), sample(0)),
        "samples that cannot be read in 1 series: bad at 1",
    ),
}  # fmt: skip

# These are odd, and JSON all the same.
FINE = {
    "label-twice": series(b'{"__name__":"bad","__name__":"kept"}', sample(1), sample(0, b'"7.25"')),
    "escaped": series(b'{"__name__":"\\u006b\\u0065pt"}', sample(1), sample(0, b'"7.25"')),
    "unknown-keys": b'{"evil":[[[{}]]],' + series(b'{"__name__":"kept"}', sample(0, b'"7.25"'))[1:],
    "pair-of-surrogates": series(b'{"__name__":"kept","x":"\\ud83d\\ude00"}', sample(0, b'"7.25"')),
    "nan-in-quotes": series(b'{"__name__":"kept"}', sample(1, b'"NaN"'), sample(0, b'"7.25"')),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Outcome]]:
    """One build of a site with all of these, each with a server and a panel of its own."""
    blank = make_site(tmp_path_factory.mktemp("blank") / "site")
    bodies = {name: body for name, (body, _) in NOTHING.items()}
    bodies |= {name: result(b"[" + GOOD + b"," + one + b"]") for name, (one, _) in PART.items()}
    bodies |= {name: result(b"[" + GOOD + b"," + one + b"]") for name, one in FINE.items()}
    with contextlib.ExitStack() as stack:
        parts = []
        for name, body in (bodies | {"whole": WHOLE}).items():
            server = stack.enter_context(FaultyServer(Reply(body=body)))
            parts += [source(name, server.url), panel(name, name)]
        site = copy_site(blank, tmp_path_factory.mktemp("built") / "site", *parts)
        yield site, site.run("build", "--format", "json", *clock_at())


def test_no_answer_breaks_the_build_or_delays_it_beyond_its_deadline(built):
    _, outcome = built

    assert outcome.code == 0, outcome  # 1 is the code of a build that is not done by its deadline
    assert outcome.stderr == ""
    messages = [problem["message"] for problem in json.loads(outcome.stdout)["problems"]]
    assert not any("bug in sitegen" in message for message in messages)
    assert len(messages) == len(NOTHING)


@pytest.mark.parametrize("name", NOTHING)
def test_an_answer_that_cannot_be_read_shows_no_data_and_says_why(built, name: str):
    text, problems = figure_of(built[0], name).text, json.loads(built[1].stdout)["problems"]

    assert "no data" in text
    assert f"{name} sends an answer that cannot be used" in text
    assert [NOTHING[name][1] in one["message"] for one in problems if one["where"] == f"metrics.{name}"] == [
        True
    ]
    assert len(text) < 1000
    assert states(built[0])[name] == "missing"


@pytest.mark.parametrize("name", PART)
def test_a_series_or_sample_that_cannot_be_read_is_named_and_the_rest_is_drawn(built, name: str):
    text = figure_of(built[0], name).text

    assert PART[name][1] in text
    assert "now 42.5" in text or "last 42.5" in text  # further pages tell their samples' own time
    assert states(built[0])[name] == "fresh"


def test_a_sample_that_cannot_be_read_is_left_out_of_the_numbers_and_not_guessed(built):
    rows = list(csv.reader(io.StringIO((built[0].dist / "metrics/value-is-no-number.1h.csv").read_text())))
    column = rows[0].index("bad")

    assert [row[column] for row in rows[-4:]] == ["42.5", "", "42.5", ""]


@pytest.mark.parametrize("name", FINE)
def test_what_is_odd_and_json_all_the_same_is_read(built, name: str):
    figure = figure_of(built[0], name)

    assert 7.25 in values_in(figure)
    assert "kept" in figure.text
    assert "cannot be used" not in figure.text


def test_a_panel_beside_all_of_these_is_drawn(built):
    assert "last 42.5" in figure_of(built[0], "whole").text
