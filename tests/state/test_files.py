"""Files that are whole or not there."""

import errno
import os

import pytest
from sitegen.state.files import remove_strays, sync_folder, write_all, write_atomically


def test_a_file_is_written_and_replaced_with_nothing_left_beside_it(tmp_path):
    path = tmp_path / "report.json"
    write_atomically(path, b"one")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_the_calls_come_in_the_order_that_survives_a_power_cut(tmp_path, monkeypatch):
    calls = []
    for name in ("write", "fsync", "rename"):
        real = getattr(os, name)
        monkeypatch.setattr(
            os, name, lambda *args, real=real, name=name: (calls.append(name), real(*args))[1]
        )
    write_atomically(tmp_path / "report.json", b"one")
    assert calls == ["write", "fsync", "rename", "fsync"]


@pytest.mark.parametrize("name", ["write", "fsync", "rename", "open"])
def test_when_a_call_fails_the_old_file_stays_and_nothing_is_left(tmp_path, monkeypatch, name):
    path = tmp_path / "report.json"
    write_atomically(path, b"one")

    def fail(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, name, fail)
        with pytest.raises(OSError, match="No space"):
            write_atomically(path, b"two")
    assert path.read_bytes() == b"one"
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_a_disk_that_takes_a_byte_at_a_time_gets_them_all(tmp_path, monkeypatch):
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, body: real(descriptor, bytes(body[:1])))
    descriptor = os.open(tmp_path / "slow", os.O_CREAT | os.O_WRONLY)
    write_all(descriptor, b"every byte")
    os.close(descriptor)
    assert (tmp_path / "slow").read_bytes() == b"every byte"


def test_strays_of_a_killed_run_are_removed_and_nothing_else(tmp_path):
    (tmp_path / "traces").mkdir()
    strays = [tmp_path / ".report.json.0a1b2c3d.tmp", tmp_path / "traces" / ".t.json.00000000.tmp"]
    kept = [tmp_path / "report.json", tmp_path / ".report.json.tmp", tmp_path / "x.0a1b2c3d.tmp"]
    for path in strays + kept:
        path.write_bytes(b"x")
    remove_strays(tmp_path)
    assert not any(path.exists() for path in strays)
    assert all(path.exists() for path in kept)


def test_a_folder_that_is_not_there_has_no_strays(tmp_path):
    remove_strays(tmp_path / "nowhere")
    assert [path.name for path in tmp_path.iterdir()] == []


def test_only_a_folder_can_be_synced_as_one(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(NotADirectoryError):
        sync_folder(tmp_path / "file")
