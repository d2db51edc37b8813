from sitegen.logs.analysis import count_requests, newest_first
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
