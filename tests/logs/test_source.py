import os

from sitegen.logs.source import tail


def write(folder, name, body, age=0):
    path = folder / name
    path.write_bytes(body)
    os.utime(path, (1_000_000 - age, 1_000_000 - age))
    return path


def test_the_last_whole_lines_within_the_bytes_are_read(tmp_path):
    write(tmp_path, "a.log", b"one\ntwo\nthree\nfour\n")
    assert tail(str(tmp_path / "a.log"), 1_000, "app") == (b"one\ntwo\nthree\nfour\n", ())
    assert tail(str(tmp_path / "a.log"), 14, "app")[0] == b"three\nfour\n"


def test_a_line_that_is_still_being_written_is_left_for_the_next_time(tmp_path):
    path = tmp_path / "a.log"
    record = b'{"msg":"x"}\n'
    for length in range(len(record) + 1):
        path.write_bytes(b"first\n" + record[:length])
        whole = length == len(record)
        assert tail(str(path), 1_000, "app")[0] == b"first\n" + (record if whole else b"")


def test_a_line_longer_than_what_is_read_gives_nothing(tmp_path):
    write(tmp_path, "a.log", b"x" * 10_000 + b"\n")
    assert tail(str(tmp_path / "a.log"), 1_000, "app") == (b"", ())


def test_work_is_bounded_however_large_a_file_is(tmp_path):
    path = tmp_path / "a.log"
    with path.open("wb") as stream:
        stream.truncate(5_000_000_000)
        stream.seek(0, 2)
        stream.write(b"\nlast\n")
    assert tail(str(path), 1_000, "app") == (b"last\n", ())


def test_files_of_a_glob_come_oldest_first_and_share_the_bytes(tmp_path):
    write(tmp_path, "app.log.1", b"old 1\nold 2\n", age=50)
    write(tmp_path, "app.log", b"new 1\nnew 2\n")
    pattern = str(tmp_path / "app.log*")
    assert tail(pattern, 1_000, "app")[0] == b"old 1\nold 2\nnew 1\nnew 2\n"
    assert tail(pattern, 20, "app")[0] == b"old 2\nnew 1\nnew 2\n"


def test_no_file_is_an_empty_answer(tmp_path):
    assert tail(str(tmp_path / "gone*.log"), 1_000, "app") == (b"", ())


def test_pipes_folders_and_broken_links_are_left_alone(tmp_path):
    os.mkfifo(tmp_path / "pipe.log")
    (tmp_path / "folder.log").mkdir()
    (tmp_path / "link.log").symlink_to(tmp_path / "gone")
    write(tmp_path, "a.log", b"one\n")
    assert tail(str(tmp_path / "*.log"), 1_000, "app") == (b"one\n", ())


def test_a_file_that_cannot_be_read_is_a_problem_and_the_others_are_read(tmp_path, monkeypatch):
    write(tmp_path, "a.log", b"one\n")
    refused = write(tmp_path, "b.log", b"two\n", age=5)
    opened = type(refused).open

    def refuse(path, *arguments, **options):
        if path == refused:
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments, **options)

    monkeypatch.setattr("pathlib.Path.open", refuse)
    body, problems = tail(str(tmp_path / "*.log"), 1_000, "app")
    assert body == b"one\n"
    (problem,) = problems
    assert problem.where == "logs.app"
    assert "b.log cannot be read (Permission denied)" in problem.message
    assert str(tmp_path) not in problem.message
