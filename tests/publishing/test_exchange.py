"""Two folders trade places."""

import errno
import sys
from pathlib import Path

import pytest
from sitegen.publishing import exchange as exchange_module
from sitegen.publishing.exchange import exchange, mount_of


@pytest.fixture
def folders(tmp_path):
    for name in ("new", "old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "is").write_text(name)
    return tmp_path


def contents(folders):
    return {path.name: (path / "is").read_text() for path in folders.iterdir()}


def test_they_trade_places_at_once(folders):
    exchange(folders / "new", folders / "old", folders / "aside")
    assert contents(folders) == {"old": "new", "new": "old"}


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.EINVAL, errno.ENOTSUP])
def test_two_renames_follow_each_other_where_that_is_unknown(folders, monkeypatch, code):
    def unknown(*_):
        raise OSError(code, "unknown")

    monkeypatch.setattr(exchange_module, "_exchange_at_once", unknown)
    exchange(folders / "new", folders / "old", folders / "aside")
    assert contents(folders) == {"old": "new", "aside": "old"}


def test_a_second_rename_that_fails_takes_the_first_one_back(folders, monkeypatch):
    def unknown(*_):
        raise OSError(errno.ENOSYS, "unknown")

    monkeypatch.setattr(exchange_module, "_exchange_at_once", unknown)
    (folders / "new").rename(folders / "gone")
    with pytest.raises(FileNotFoundError):
        exchange(folders / "new", folders / "old", folders / "aside")
    assert contents(folders) == {"old": "old", "gone": "new"}


def test_any_other_fault_is_told(folders):
    with pytest.raises(FileNotFoundError):
        exchange(folders / "new", folders / "nowhere", folders / "aside")
    assert contents(folders) == {"old": "old", "new": "new"}


def test_folders_share_a_mount_with_their_neighbours_and_not_with_others(folders):
    assert mount_of(folders / "new") == mount_of(folders / "old")
    assert mount_of(folders / "new") != mount_of(Path("/dev" if sys.platform == "darwin" else "/proc"))
