"""Files are found and read by names that may stand for anything, and nothing is waited for."""

import os

import pytest
from sitegen.regular import find_newest, open_regular, read_regular


def test_a_file_is_read_whole_or_in_part(tmp_path):
    (tmp_path / "one").write_bytes(b"12345")
    assert read_regular(tmp_path / "one") == b"12345"
    assert read_regular(tmp_path / "one", 2) == b"12"


def test_what_is_no_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", ".", "absent"):
        with pytest.raises(OSError):
            open_regular(tmp_path / name)


def found(folder, pattern):
    return [path.relative_to(folder).as_posix() for path in find_newest(f"{folder}/{pattern}")]


def test_files_are_found_newest_first_and_each_folder_once(tmp_path):
    for age, name in enumerate(["a.log", "sub/b.log", "sub/deep/c.log", ".hidden/d.log", "e.txt"]):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, (1000 - age, 1000 - age))
    (tmp_path / "sub" / "up").symlink_to("..")
    (tmp_path / "here").symlink_to(".")
    (tmp_path / "loop.log").symlink_to("loop.log")
    os.mkfifo(tmp_path / "pipe.log")
    assert found(tmp_path, "**/*.log") == ["a.log", "sub/b.log", "sub/deep/c.log"]
    assert found(tmp_path, "*.log") == ["a.log"]
    assert found(tmp_path, "s*/de*/**/*.log") == ["sub/deep/c.log"]
    assert found(tmp_path, "absent/**/*.log") == []


def test_a_linked_folder_is_looked_through(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.log").touch()
    (tmp_path / "all").mkdir()
    (tmp_path / "all" / "linked").symlink_to(tmp_path / "real")
    assert found(tmp_path, "all/**/*.log") == ["all/linked/a.log"]
