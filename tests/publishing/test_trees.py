"""Trees of files: what is in one, and the next one beside it."""

import os

import pytest
from sitegen.publishing.trees import build_tree, folders_of, is_same, remove_tree, sizes_of


def test_sizes_are_those_of_regular_files_and_links_are_not_followed(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c.txt").write_bytes(b"1234")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    (tmp_path / "a" / "file-link").symlink_to("b/c.txt")
    os.mkfifo(tmp_path / "pipe")
    assert sizes_of(tmp_path) == {"a/b/c.txt": 4, "link": -1, "a/file-link": -1, "pipe": -1}
    assert sizes_of(tmp_path / "nowhere") == {}


def test_every_folder_comes_after_the_one_it_lies_in():
    assert folders_of(["a/b/c/d.html", "a-b/c", "a/e", "f"]) == ["a", "a-b", "a/b", "a/b/c"]
    assert folders_of([]) == []


def test_the_same_size_is_not_the_same_file(tmp_path):
    (tmp_path / "a").write_bytes(b"1234")
    sizes = sizes_of(tmp_path)
    assert is_same(tmp_path, sizes, "a", b"1234")
    assert not is_same(tmp_path, sizes, "a", b"1235")
    assert not is_same(tmp_path, sizes, "b", b"1234")


def test_a_tree_links_what_stays_and_writes_what_changed(tmp_path):
    live, root = tmp_path / "live", tmp_path / "root"
    build_tree(live, {"same/a": b"a", "other/b": b"b"}, tmp_path / "nowhere", {"same/a", "other/b"})
    build_tree(root, {"same/a": b"a", "other/b": b"B", "new": b"c"}, live, {"other/b", "new"})
    assert (root / "same/a").samefile(live / "same/a")
    assert (root / "other/b").read_bytes() == b"B"
    assert (live / "other/b").read_bytes() == b"b"
    assert sizes_of(root) == {"same/a": 1, "other/b": 1, "new": 1}


def test_a_tree_is_not_built_over_another(tmp_path):
    with pytest.raises(FileExistsError):
        build_tree(tmp_path, {"a": b""}, tmp_path / "nowhere", {"a"})


def test_what_lies_in_the_place_of_a_tree_is_removed_whatever_it_is(tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "link").symlink_to("kept")
    (tmp_path / "tree" / "inside").mkdir(parents=True)
    for name in ("file", "link", "tree", "nowhere"):
        remove_tree(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
