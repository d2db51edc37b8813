import gzip
import os

import pytest
from sitegen.instrumentation.clock import Deadline, SystemClock
from sitegen.redaction import Redactor
from sitegen.traces.source import read_traces


@pytest.fixture
def read(tmp_path):
    def run(pattern: str = "*.json", seconds: float = 60, **options):
        return read_traces(
            str(tmp_path / pattern),
            source="files",
            allowed=frozenset(),
            redactor=Redactor(),
            deadline=Deadline(SystemClock(), seconds),
            **options,
        )

    return run


@pytest.fixture
def write(tmp_path, otlp, otlp_span):
    def run(name: str, *identities: int, age: int = 0, cut: int | None = None):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [otlp(otlp_span(spanId=f"{identity:016x}")) for identity in identities]
        path.write_bytes(b"\n".join(lines)[:cut])
        os.utime(path, (1_000_000 - age, 1_000_000 - age))
        return path

    return run


def identities(spans):
    return [int(span.span_id, 16) for span in spans]


def test_files_are_read_newest_first(read, write):
    write("b.json", 2, age=20)
    write("a.json", 1, age=30)
    write("c.json", 3, age=10)
    spans, problems = read()
    assert identities(spans) == [3, 2, 1]
    assert problems == ()


def test_folders_below_are_matched_on_request(read, write):
    write("2026/11/a.json", 1)
    assert identities(read("**/*.json")[0]) == [1]


def test_a_file_cut_in_the_middle_is_a_problem_and_the_others_are_read(read, write):
    write("a.json", 1)
    write("b.json", 2, cut=200, age=5)
    write("c.json", 3, age=10)
    spans, problems = read()
    assert identities(spans) == [1, 3]
    (problem,) = problems
    assert problem.where == "traces.files"
    assert problem.message.startswith("b.json: 0 of 1 lines understood: it is no OTLP JSON")


def test_reading_stops_after_so_many_bytes(read, write):
    size = write("a.json", 1).stat().st_size
    write("b.json", 2, age=5)
    write("c.json", 3, age=10)
    spans, problems = read(max_bytes=2 * size)
    assert identities(spans) == [1, 2]
    (problem,) = problems
    assert problem.message.startswith("1 older files were not read")


def test_of_a_large_file_the_whole_lines_at_its_end_are_read(read, write):
    size = write("a.json", 1, 2, 3, 4).stat().st_size
    spans, problems = read(max_bytes=size // 2 + 10)
    assert identities(spans) == [3, 4]
    (problem,) = problems
    assert "is large" in problem.message


def test_nothing_is_read_after_the_deadline(read, write):
    write("a.json", 1)
    spans, problems = read(seconds=0)
    assert spans == ()
    assert problems[0].message == "1 older files were not read: the time to gather was over"


def test_a_file_that_cannot_be_read_is_a_problem(read, write, monkeypatch):
    write("a.json", 1)
    write("b.json", 2)

    def refuse(path, *_, **__):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("pathlib.Path.open", refuse)
    spans, problems = read()
    assert spans == ()
    assert [problem.message for problem in problems] == [
        "a.json cannot be read: Permission denied",
        "b.json cannot be read: Permission denied",
    ]


def test_pipes_and_broken_links_are_left_alone(read, write, tmp_path):
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "link.json").symlink_to(tmp_path / "gone")
    (tmp_path / "folder.json").mkdir()
    write("a.json", 1)
    spans, problems = read()
    assert identities(spans) == [1]
    assert problems == ()


def test_a_pattern_that_matches_nothing_is_a_problem_where_it_is_required(read):
    assert read() == ((), ())
    (problem,) = read(required=True)[1]
    assert problem.message == "no file matches *.json"


def test_problems_do_not_tell_where_the_files_lie(read, write, tmp_path):
    write("broken.json", 1, cut=50)
    _, problems = read(required=True)
    assert problems
    assert not any(str(tmp_path) in problem.message for problem in problems)


def test_gzip_is_unpacked_and_what_stands_before_damage_is_read(read, write, tmp_path):
    lines = write("a.json", *range(1, 2_000)).read_bytes()
    (tmp_path / "a.json").unlink()
    (tmp_path / "a.json.1.gz").write_bytes(gzip.compress(lines))
    assert identities(read("*")[0]) == list(range(1, 2_000))
    (tmp_path / "a.json.1.gz").write_bytes(gzip.compress(lines)[:-2_000])
    spans, problems = read("*")
    assert identities(spans) == list(range(1, len(spans) + 1))
    assert len(spans) > 100
    assert problems[0].message == "a.json.1.gz is damaged gzip; what stands before the damage was read"


def test_of_large_gzip_the_whole_lines_at_its_end_are_read(read, write, tmp_path):
    lines = write("a.json", 1, 2, 3, 4).read_bytes()
    (tmp_path / "a.json").write_bytes(gzip.compress(lines))
    spans, problems = read(max_bytes=len(lines) // 2 + 10)
    assert identities(spans) == [3, 4]
    assert "is large" in problems[0].message


def test_gzip_that_unpacks_to_too_much_is_left_out(read, tmp_path, monkeypatch):
    monkeypatch.setattr("sitegen.traces.source._MOST_UNPACKED", 3_000_000)
    (tmp_path / "a.json").write_bytes(gzip.compress(b" " * 5_000_000))
    spans, problems = read()
    assert spans == ()
    assert problems[0].message.startswith("a.json unpacks to more than")
