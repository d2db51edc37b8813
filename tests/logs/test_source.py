import gzip
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sitegen.logs import source
from sitegen.logs.source import Tail, share_out

NEVER, SOON = 0.0, 2e9


def tail(pattern: str, most: int, name: str, settled: float = NEVER) -> Tail:
    return source.tail(pattern, most, name, settled=settled)


def write(folder, name, body, age=0):
    path = folder / name
    path.write_bytes(body)
    os.utime(path, (1_000_000 - age, 1_000_000 - age))
    return path


def test_the_last_whole_lines_within_the_bytes_are_read(tmp_path):
    write(tmp_path, "a.log", b"one\ntwo\nthree\nfour\n")
    assert tail(str(tmp_path / "a.log"), 1_000, "app").body == b"one\ntwo\nthree\nfour\n"
    assert tail(str(tmp_path / "a.log"), 14, "app").body == b"three\nfour\n"


def test_a_line_that_is_still_being_written_is_left_for_the_next_time(tmp_path):
    path = tmp_path / "a.log"
    record = b'{"msg":"x"}\n'
    for length in range(len(record) + 1):
        path.write_bytes(b"first\n" + record[:length])
        whole = length >= len(record) - 1
        assert tail(str(path), 1_000, "app").body == b"first\n" + (record[:length] if whole else b"")


def test_the_last_line_of_a_file_is_not_joined_with_the_first_of_the_next(tmp_path):
    for number in range(3):
        write(tmp_path, f"{number}.log", b'{"msg":"%d"}' % number, age=9 - number)
    write(tmp_path, "3.log", b"")
    found = tail(str(tmp_path / "*.log"), 1_000, "app", settled=SOON)
    assert found.body.split() == [b'{"msg":"0"}', b'{"msg":"1"}', b'{"msg":"2"}']


def test_a_line_longer_than_what_is_read_gives_nothing(tmp_path):
    write(tmp_path, "a.log", b"x" * 10_000 + b"\n")
    assert (found := tail(str(tmp_path / "a.log"), 1_000, "app")).body == b""
    assert found.problems == ()


def test_work_is_bounded_however_large_a_file_is(tmp_path):
    path = tmp_path / "a.log"
    with path.open("wb") as stream:
        stream.truncate(5_000_000_000)
        stream.seek(0, 2)
        stream.write(b"\nlast\n")
    assert (found := tail(str(path), 1_000, "app")).body == b"last\n"
    assert found.problems == ()


def test_files_of_a_glob_come_oldest_first_and_share_the_bytes(tmp_path):
    write(tmp_path, "app.log.1", b"old 1\nold 2\n", age=50)
    write(tmp_path, "app.log", b"new 1\nnew 2\n")
    pattern = str(tmp_path / "app.log*")
    assert tail(pattern, 1_000, "app").body == b"old 1\nold 2\nnew 1\nnew 2\n"
    assert tail(pattern, 20, "app").body == b"old 2\nnew 2\n"


def test_no_file_is_an_empty_answer(tmp_path):
    assert (found := tail(str(tmp_path / "gone*.log"), 1_000, "app")).body == b""
    assert found.problems == ()


def test_pipes_folders_and_broken_links_are_left_alone(tmp_path):
    os.mkfifo(tmp_path / "pipe.log")
    (tmp_path / "folder.log").mkdir()
    (tmp_path / "link.log").symlink_to(tmp_path / "gone")
    write(tmp_path, "a.log", b"one\n")
    assert (found := tail(str(tmp_path / "*.log"), 1_000, "app")).body == b"one\n"
    assert found.problems == ()


def test_a_file_that_cannot_be_read_is_a_problem_and_the_others_are_read(tmp_path, monkeypatch):
    write(tmp_path, "a.log", b"one\n")
    refused = write(tmp_path, "b.log", b"two\n", age=5)
    opened = source.open_regular

    def refuse(path):
        if path == refused:
            raise PermissionError(13, "Permission denied")
        return opened(path)

    monkeypatch.setattr(source, "open_regular", refuse)
    found = tail(str(tmp_path / "*.log"), 1_000, "app")
    assert found.body == b"one\n"
    (problem,) = found.problems
    assert problem.where == "logs.app"
    assert "b.log cannot be read (Permission denied)" in problem.message
    assert str(tmp_path) not in problem.message


def test_a_last_line_of_a_file_that_rests_is_whole(tmp_path):
    write(tmp_path, "a.log", b"one\nlast words")
    assert tail(str(tmp_path / "a.log"), 1_000, "app", settled=1_000_001.0).body == b"one\nlast words"
    assert tail(str(tmp_path / "a.log"), 1_000, "app", settled=999_999.0).body == b"one\n"


def test_each_file_has_a_fair_share_and_what_small_ones_leave_goes_to_the_others(tmp_path):
    write(tmp_path, "loud.log", b"loud\n" * 1_000)
    write(tmp_path, "quiet.log", b"quiet\n", age=50)
    found = tail(str(tmp_path / "*.log"), 100, "app")
    assert found.body.startswith(b"quiet\nloud\n")
    assert len(found.body) > 90
    assert found.bytes_left == 5_006 - len(found.body)


def test_files_that_are_not_read_are_counted(tmp_path):
    for number in range(23):
        write(tmp_path, f"{number}.log", b"line\n", age=number)
    found = tail(str(tmp_path / "*.log"), 1_000, "app")
    assert (found.files_left, found.bytes_left, len(found.body)) == (3, 15, 100)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    files=st.lists(st.binary(max_size=60).map(lambda body: body.replace(b"\0", b"x")), max_size=24),
    most=st.integers(0, 400),
)
def test_what_was_read_and_what_is_said_to_be_left_out_is_all(tmp_path_factory, files, most):
    folder = tmp_path_factory.mktemp("logs")
    for number, body in enumerate(files):
        write(folder, f"{number}.log", b"a" + body, age=number)
    found = tail(str(folder / "*.log"), most, "app")
    refused = sum(len(files[int(one.message.partition(".")[0])]) + 1 for one in found.problems)
    pending = sum(piece.pending for piece in found.pieces)
    assert len(found.body) + found.bytes_left + pending + refused == sum(len(body) + 1 for body in files)


LINES = st.lists(st.text('ab é你{}"', max_size=8), max_size=6)
WRITTEN = st.tuples(
    LINES,
    st.sampled_from(["utf-8", "utf-16-le", "utf-16-be"]),
    st.sampled_from(["", "\n", '\n{"a":1}']),
    st.booleans(),
)


@given(st.lists(WRITTEN, min_size=1, max_size=5), st.integers(0, 400), st.booleans())
@settings(max_examples=1_000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_of_every_file_what_was_read_skipped_and_is_still_written_is_all(
    tmp_path_factory, files, most, rests
):
    folder, sizes = tmp_path_factory.getbasetemp() / "parts", []
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for number, (lines, encoding, end, packed) in enumerate(files):
        mark = "" if encoding == "utf-8" else "\ufeff"
        body = (mark + "\n".join(["the first line", *lines]) + end).encode(encoding)
        sizes.append(len(body))
        write(folder, f"{number}.log", gzip.compress(body, 1) if packed else body, age=number)
    found = tail(str(folder / "*.log"), most, "app", settled=SOON if rests else NEVER)
    assert found.problems == ()
    for piece, size, (_, encoding, _, _) in zip(reversed(found.pieces), sizes, files, strict=True):
        assert len(piece.body.decode().encode(encoding)) + piece.skipped + piece.pending == size


@given(st.lists(st.integers(0, 10_000), max_size=30), st.integers(0, 50_000))
def test_shares_are_within_the_sizes_and_the_sum_and_nothing_is_wasted(sizes, most):
    shares = share_out(sizes, most)
    assert all(0 <= share <= size for share, size in zip(shares, sizes, strict=True))
    assert sum(shares) <= most
    assert sum(sizes) > most or shares == sizes


@pytest.mark.parametrize("name", ["app.log.1.gz", "app.log.2"])
def test_gzip_is_unpacked_whatever_its_name(name, tmp_path):
    write(tmp_path, name, gzip.compress(b"one\n" * 500 + b"two\n"))
    found = tail(str(tmp_path / "app*"), 400, "app")
    assert found.body.endswith(b"one\ntwo\n")
    assert len(found.body) + found.bytes_left == 2_004


@pytest.mark.parametrize(
    "body",
    [
        b"BZh91AY&SY\x19", b"\xfd7zXZ\x00\x00", b"(\xb5/\xfd\x04\x00", b"PK\x03\x04\x14\x00", bytes(range(32)) * 20, b"\x1f\x8bnot gzip at all",
        gzip.compress(b"line\n" * 50)[:-12], gzip.compress(bytes(range(256)) * 9),
    ],
    ids=["bzip2", "xz", "zstd", "zip", "rubble", "damaged", "cut", "rubble inside"],
)  # fmt: skip
def test_what_is_no_text_is_named_and_left_out(body, tmp_path):
    write(tmp_path, "app.log.9", body)
    write(tmp_path, "app.log", b"line\n")
    found = tail(str(tmp_path / "app*"), 1_000, "app")
    assert found.body == b"line\n"
    (problem,) = found.problems
    assert problem.message.startswith("app.log.9 ")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_a_file_in_another_encoding_is_read_from_the_beginning_of_a_line(encoding, tmp_path):
    text = "".join(f"line {number} Ω\n" for number in range(100))
    write(tmp_path, "app.log", text.encode(encoding))
    found = tail(str(tmp_path / "app.log"), 333, "app").body.decode()
    assert text.endswith(found)
    assert found.startswith("line ")


def test_what_a_truncation_left_before_the_lines_is_no_line(tmp_path):
    write(tmp_path, "app.log", bytes(2_000) + b"one\ntwo\n")
    found = tail(str(tmp_path / "app.log"), 5_000, "app")
    assert (found.body.lstrip(b"\0"), found.problems) == (b"one\ntwo\n", ())
