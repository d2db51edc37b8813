from sitegen.logs.analysis import count_levels, count_requests, fold_repeats, newest_first
from sitegen.logs.model import Level, LogRecord


def line(message="", time=None, level=Level.INFO, source="app", **fields):
    return LogRecord(source=source, time=time, level=level, service="s", message=message, fields=fields)


def test_the_newest_lines_come_first():
    records = [line("a", 1.0), line("c", 3.0, source="b"), line("b", 2.0)]
    assert [record.message for record in newest_first(records)] == ["c", "b", "a"]


def test_a_line_without_a_time_stands_with_the_line_it_followed():
    records = [
        line("a", 5.0),
        line("at a.py:1"),
        line("at a.py:2"),
        line("b", 7.0),
        line("other", 6.0, source="b"),
    ]
    assert [record.message for record in newest_first(records)] == [
        "b",
        "other",
        "at a.py:2",
        "at a.py:1",
        "a",
    ]


def test_requests_are_counted_by_class_from_the_start_up_to_the_end():
    records = [
        line(time=9.9, status="200"),
        line(time=10.0, status="200"),
        line(time=19.9, status="204"),
        line(time=15.0, status="404"),
        line(time=20.0, status="200"),
        line(time=None, status="200"),
        line(time=15.0, status="999"),
        line(time=15.0, status="x"),
        line(time=15.0),
    ]
    assert count_requests(records, 10.0, 20.0, 10.0) == {20.0: {"2xx": 2, "4xx": 1}}


def test_requests_of_cycles_that_did_not_run_are_counted_where_they_happened():
    records = [line(time=time, status="200") for time in (0.0, 29.9, 30.0, 89.9, 90.0, 100.0)]
    assert count_requests(records, 0.0, 120.0, 30.0) == {
        30.0: {"2xx": 2},
        60.0: {"2xx": 1},
        90.0: {"2xx": 1},
        120.0: {"2xx": 2},
    }


def test_neighbours_that_say_the_same_are_folded_into_the_first():
    records = [line("a", 9.0), line("a", 8.0), line("b", 7.0), line("a", 6.0)]
    assert list(fold_repeats(records)) == [(records[0], 2), (records[2], 1), (records[3], 1)]


def test_lines_that_differ_in_level_service_or_fields_are_not_folded():
    records = [line("a"), line("a", level=Level.WARN), line("a", status="200"), line("a", status="500")]
    assert [repeats for _, repeats in fold_repeats(records)] == [1, 1, 1, 1]


def test_levels_are_counted_by_service_the_most_errors_first():
    def told(service, level):
        return LogRecord(source="app", time=1.0, level=level, service=service, message="m")

    rows = count_levels(
        [
            told("web", Level.INFO),
            told("api", Level.WARN),
            told("mail", Level.FATAL),
            told("mail", Level.ERROR),
        ]
    )
    assert [(row.service, row.errors, row.warnings, row.lines) for row in rows] == [
        ("mail", 2, 0, 2),
        ("api", 0, 1, 1),
        ("web", 0, 0, 1),
    ]
