"""What hosts and people are called in labels: numbered by first sight, kept, and never told by the file alone."""

import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Thread

from sitegen.state import pseudonyms
from sitegen.state.folder import State

NOW, DAY = 1_795_419_810.0, 86_400.0


def names(folder: Path, *texts: str, at: float = NOW, kind: str = "host") -> list[str | None]:
    """What a run calls these, and keeps."""
    with State.open(folder, at) as state:
        found = [state.pseudonyms.name(kind, text) for text in texts]
        state.pseudonyms.save()
        return found


def rows(folder: Path) -> list[tuple]:
    with closing(sqlite3.connect(folder / "state.db")) as database:
        return database.execute("SELECT kind, number, digest FROM pseudonym ORDER BY kind, number").fetchall()


def test_they_are_numbered_by_first_sight_and_keep_their_numbers_from_run_to_run(tmp_path: Path):
    assert names(tmp_path, "10.0.0.7", "10.0.0.8", "10.0.0.7") == ["host-1", "host-2", "host-1"]
    assert names(tmp_path, "10.0.0.9", "10.0.0.8", "10.0.0.7") == ["host-3", "host-2", "host-1"]
    assert names(tmp_path, "jane@example.org", kind="user") == ["user-1"]


def test_the_file_has_no_address_and_no_digest_of_it_that_another_site_would_have(tmp_path: Path):
    for site in ("a", "b"):
        names(tmp_path / site, "10.20.30.40")
    files = [(tmp_path / site / "state.db").read_bytes() for site in ("a", "b")]
    assert not any(b"10.20" in body for body in files)
    assert {row[2] for row in rows(tmp_path / "a")}.isdisjoint(row[2] for row in rows(tmp_path / "b"))


def test_threads_that_see_a_host_at_once_call_it_the_same(tmp_path: Path):
    found: list[str | None] = []
    with State.open(tmp_path, NOW) as state:
        run = [
            Thread(target=lambda: found.extend(state.pseudonyms.name("host", str(n)) for n in range(99)))
            for _ in range(4)
        ]
        for thread in run:
            thread.start()
        for thread in run:
            thread.join()
    assert len(set(found)) == 99
    assert len(found) == 4 * 99


def test_no_more_than_so_many_are_kept_and_one_that_was_not_seen_of_late_makes_room(
    tmp_path: Path, monkeypatch
):
    monkeypatch.setattr(pseudonyms, "MOST", 3)
    assert names(tmp_path, "a", "b", "c", "d") == ["host-1", "host-2", "host-3", None]
    assert names(tmp_path, "b", "c", "d", at=NOW + DAY) == ["host-2", "host-3", None]
    assert names(tmp_path, "b", "c", at=NOW + 2 * DAY) == ["host-2", "host-3"]
    assert names(tmp_path, "d", "b", "a", at=NOW + 2 * DAY + 60) == ["host-4", "host-2", None]
    assert [row[1] for row in rows(tmp_path) if row[0]] == [2, 3, 4]


def test_without_a_file_they_are_numbered_anew_and_that_is_known(tmp_path: Path):
    names(tmp_path, "a")
    with State.open(tmp_path, NOW) as state:
        assert state.pseudonyms.name("host", "a") == "host-1"
        assert not state.pseudonyms.began
    (tmp_path / "state.db").unlink()
    with State.open(tmp_path, NOW) as state:
        assert state.pseudonyms.name("host", "b") == "host-1"
        assert state.pseudonyms.began


def test_a_row_that_was_damaged_costs_its_number_and_nothing_else(tmp_path: Path):
    names(tmp_path, "a", "b")
    with closing(sqlite3.connect(tmp_path / "state.db", isolation_level=None)) as database:
        database.execute("UPDATE pseudonym SET digest = x'00' WHERE kind = 'host' AND number = 1")
    assert names(tmp_path, "a", "b") == ["host-3", "host-2"]
