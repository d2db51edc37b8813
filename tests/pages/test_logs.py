import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sitegen.errors import Notice
from sitegen.findings import LogFindings
from sitegen.logs.model import Level, LogRecord
from sitegen.pages.logs import cut_line, log_pages
from sitegen.units import plain
from tests.pages.samples import CONTEXT, NOW, Maker, Size, excesses, made


def record(number, message="GET /cart 200", **fields):
    return LogRecord("app", NOW - number, Level.INFO, "shop", message, fields)


def pages_of(records, linked=frozenset(), notices=()):
    return made([log_pages(LogFindings(tuple(records), (), notices), CONTEXT, linked)])


def test_a_hundred_lines_stand_on_a_page_on_five_pages_at_most():
    pages = pages_of([record(n, f"GET /cart {n}") for n in range(1234)])
    assert [page.path for page in pages] == ["/logs/", "/logs/2/", "/logs/3/", "/logs/4/", "/logs/5/"]
    assert [len(page.shown) for page in pages] == [100] * 5
    assert pages[0].values("lines")[0].record.time == NOW
    assert pages[4].values("lines")[-1].record.time == NOW - 499
    assert plain(pages[0].view.shell.sentence) == "✖ 0 errors · ▲ 0 warnings · 1234 lines"
    assert plain(pages[1].view.shown).startswith("100 of 1234 lines, back to ")


def test_without_lines_there_is_a_page_that_says_so():
    (page,) = pages_of([])
    assert page.path == "/logs/"
    assert "no lines yet" in page.text


def test_equal_neighbours_are_one_line_with_their_number():
    (page,) = pages_of([record(0), *(record(n, "refused") for n in range(1, 35)), record(35)])
    assert [line.repeats for line in page.values("lines")] == [1, 34, 1]
    assert '×<data value="34">34</data>' in page.text
    assert plain(page.view.shown).startswith("36 of 36 lines")


def test_a_day_stands_once_above_its_lines():
    (page,) = pages_of([record(n * 43_200, f"m{n}") for n in range(4)])
    days = [line.day for line in page.values("lines")]
    assert [day for day in days if day] == sorted({day for day in days if day}, reverse=True)
    assert days[0]
    assert page.text.count('class="day"') == len([day for day in days if day]) == 3


def test_the_first_page_counts_the_lines_of_each_service_the_worst_first():
    records = [
        msgspec.structs.replace(record(n, f"m{n}"), service=service, level=level)
        for n, (service, level) in enumerate(
            [("web", Level.INFO), ("api", Level.WARN), ("mail", Level.FATAL), ("web", Level.INFO)]
        )
    ]
    (page,) = pages_of(records)
    assert [(row.service, row.errors, row.warnings, row.lines) for row in page.view.services] == [
        ("mail", 1, 0, 1), ("api", 0, 1, 1), ("web", 0, 0, 2),
    ]  # fmt: skip
    many = [msgspec.structs.replace(record(n, f"m{n}"), service=f"s{n}") for n in range(130)]
    pages = pages_of(many)
    assert plain(pages[0].view.more_services) == "and 118 more services with fewer errors"
    assert [bool(page.view.services) for page in pages] == [True] + [False] * (len(pages) - 1)


def test_a_line_links_to_its_trace_where_that_has_a_page():
    linked, other = "a" * 32, "b" * 32
    records = [
        msgspec.structs.replace(record(n), trace_id=trace) for n, trace in enumerate((linked, other, None))
    ]
    (page,) = pages_of(records, frozenset({linked}))
    body = page.text
    assert f"traces/{linked}/" in body
    assert other not in body


def test_lines_that_fit_are_shown_whole():
    records = [record(n, "m" * 390, request=f"r{n}", user="u") for n in range(20)]
    (page,) = pages_of(records)
    assert [line.record for line in page.values("lines")] == records


def test_lines_that_are_too_much_for_a_page_go_to_the_next_and_none_is_lost():
    maker = Maker(Size())
    records = [record(n, maker.word(2000)) for n in range(100)]
    pages = pages_of(records)
    assert len(pages) > 1
    assert [line.record.time for page in pages for line in page.values("lines")] == [
        line.time for line in records
    ]
    assert excesses(pages) == []


@settings(deadline=None, max_examples=5)
@given(st.integers(1, 130), st.integers(0, 3000), st.integers(0, 40), st.integers(1, 400), st.integers(0, 99))
def test_lines_of_any_length_keep_the_budget(lines, message, fields, word, seed):
    maker = Maker(Size(lines=lines, fields=fields, word=word, seed=seed))
    records = [msgspec.structs.replace(one, message=maker.word(message)) for one in maker.logs().records]
    assert excesses(pages_of(records, notices=(Notice("logs.app", maker.word(900)),) * 9)) == []


def test_a_line_is_cut_by_what_its_page_can_hold():
    long = record(0, "m" * 500, **{"k" * 90: "v" * 900, "other": "x", "last": "y"})
    cut = cut_line(long, 100, 2)
    assert (len(cut.message), cut.message[-1]) == (100, "…")
    assert [(len(key), len(value)) for key, value in cut.fields.items()] == [(40, 120), (5, 1)]
    assert cut_line(record(0), 400, 12) == record(0)


def test_a_page_is_as_old_as_its_newest_line_that_has_a_time():
    records = [msgspec.structs.replace(record(0), time=None), record(5)]
    (page,) = pages_of(records)
    assert page.view.shell.made_at.at == NOW - 5
    assert pages_of([])[0].view.shell.made_at.at == CONTEXT.stable_until


@pytest.mark.shared_data
def test_real_lines_stand_a_hundred_on_a_page(shared_data):
    found = sorted(path for path in Path(shared_data).rglob("*") if path.suffix in {".log", ".jsonl"})
    for path in found:
        with path.open(encoding="utf-8", errors="replace") as file:
            lines = [line.strip() for line, _ in zip(file, range(500), strict=False)]
        records = [from_line(number, line) for number, line in enumerate(lines) if line]
        if len(records) < 100:
            continue
        pages = pages_of(records)
        assert excesses(pages) == []
        assert len(pages[0].shown) >= 60, path.name


def from_line(number, line):
    try:
        fields = {str(key): str(value) for key, value in json.loads(line).items()}
    except (ValueError, AttributeError):
        return record(number, line)
    return replace_message(record(number, fields.pop("message", fields.pop("msg", ""))), fields)


def replace_message(line, fields):
    return msgspec.structs.replace(line, fields=fields)
