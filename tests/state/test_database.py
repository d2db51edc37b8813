"""The database heals itself: damage, foreign files, full disks, two runs at once."""

import contextlib
import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

import pytest
from sitegen.state.database import Database, select
from sitegen.state.folder import State
from sitegen.state.schema import LAYOUT
from sitegen.state.sources import SourceRecord
from sitegen.units import Window

NOW = 1_764_000_000.0
LOST = "The history was lost"


def fill(state, build, cycles=40):
    """What some builds leave: enough for several pages of every table."""
    with state.batch():
        for cycle in range(cycles):
            at = NOW + 30 * cycle
            state.builds.add(build(cycle + 1))
            state.series.add(at, {f"series_{number}": cycle + number for number in range(20)})
            state.probes.add("web", at, "up" if cycle % 3 else "down", 30.0)
        state.deploys.add(NOW, "production", "ok", b"{}")
        state.sources.save("metrics", {"prometheus": SourceRecord(failures=2, failing_since=NOW)})
        state.answers.put("query", NOW, b"answer" * 500)


def use(state, build):
    """Everything that a build asks and stores. Must work whatever the file holds."""
    asked = (
        state.builds.next_generation(), state.builds.last(10), state.builds.last_completed(), state.deploys.last(10),
        state.series.names(), state.series.latest("series_1"), state.sources.known("metrics"), state.answers.get("query"),
        state.probes.intervals("web", NOW - 86_400, NOW + 86_400),
        *(state.series.columns(f"series_{number}", Window.ending(NOW + 1200, 3600)) for number in range(20)),
    )  # fmt: skip
    fill(state, build, cycles=2)
    return asked


@pytest.fixture
def filled(folder, build):
    with State.open(folder, NOW) as state:
        fill(state, build)
    return folder / "state.db"


def copies(folder):
    return sorted(path.name for path in folder.glob("state.db.corrupt-*"))


def is_whole(path):
    connection = sqlite3.connect(path)
    try:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    finally:
        connection.close()


def survives(folder, build, body):
    """Open a state whose file has these bytes; say whether it was set aside."""
    for path in folder.glob("state.db*"):
        path.unlink()
    (folder / "state.db").write_bytes(body)
    with State.open(folder, NOW) as state:
        use(state, build)
        lost = any(LOST in problem.message for problem in state.problems)
    with State.open(folder, NOW + 30) as state:
        assert state.problems == ()
        assert [record.generation for record in state.builds.last(2)] != []
    assert is_whole(folder / "state.db")
    assert len(copies(folder)) == lost
    if lost:
        assert (folder / copies(folder)[0]).read_bytes() == body
    return lost


def flipped(body, rng, count=1):
    changed = bytearray(body)
    for _ in range(count):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def test_what_was_stored_is_there_in_the_next_run(filled, folder):
    with State.open(folder, NOW + 60) as state:
        assert state.problems == ()
        assert state.builds.next_generation() == 41
        assert state.answers.get("query") == (NOW, b"answer" * 500)


def test_flipped_bits_never_stop_a_run(filled, folder, build):
    body, rng = filled.read_bytes(), random.Random(1)
    lost = sum(survives(folder, build, flipped(body, rng)) for _ in range(60))
    assert 5 < lost < 60  # some bits lie where nothing can tell: in a number, in free space


def test_flipped_bits_in_the_header_never_stop_a_run(filled, folder, build):
    """But for those that make it look like the work of a newer sitegen: its number is all that tells."""
    body, rng = filled.read_bytes(), random.Random(2)
    for _ in range(40):
        head = flipped(body[:100], rng)
        if int.from_bytes(head[60:64], "big", signed=True) <= LAYOUT:
            survives(folder, build, head + body[100:])


@pytest.mark.slow
@pytest.mark.parametrize("flips", [1, 3, 10, 100])
def test_hundreds_of_flipped_files_never_stop_a_run(filled, folder, build, flips):
    body, rng = filled.read_bytes(), random.Random(flips)
    for _ in range(150):
        survives(folder, build, flipped(body, rng, flips))


def test_a_truncated_file_is_set_aside(filled, folder, build):
    body, rng = filled.read_bytes(), random.Random(3)
    for size in [
        0,
        1,
        15,
        16,
        99,
        100,
        512,
        4095,
        4096,
        len(body) - 1,
        *(rng.randrange(len(body)) for _ in range(10)),
    ]:
        assert survives(folder, build, body[:size])


@pytest.mark.slow
def test_a_hundred_truncated_files_are_set_aside(filled, folder, build):
    body, rng = filled.read_bytes(), random.Random(4)
    for _ in range(100):
        assert survives(folder, build, body[: rng.randrange(len(body))])


@pytest.mark.parametrize(
    "body",
    [b"", b"\n", b"This is no database.\n" * 500, b"SQLite format 3\x00", b"\x00" * 8192, b"\xff" * 8192],
)
def test_a_file_that_is_no_database_is_set_aside(folder, build, body):
    folder.mkdir()
    assert survives(folder, build, body)


def test_damage_is_seen_though_nobody_reads_the_damaged_page(filled, folder):
    body = bytearray(filled.read_bytes())
    body[-4096:] = os.urandom(4096)
    filled.write_bytes(body)
    with State.open(folder, NOW) as state:
        assert any(LOST in problem.message for problem in state.problems)


def test_damage_that_appears_while_the_file_is_open_starts_a_new_one(filled, folder, build):
    with State.open(folder, NOW) as state:
        with filled.open("r+b") as file:  # SQLite has read nothing but the first page yet
            file.seek(4096)
            file.write(b"\xff" * (filled.stat().st_size - 4096))
        use(state, build)
        assert [problem.where for problem in state.problems] == ["state.history"]
        assert LOST in state.problems[0].message
    with State.open(folder, NOW) as state:
        assert state.builds.next_generation() == 3
    assert len(copies(folder)) == 1


def test_the_database_of_another_program_is_set_aside(folder):
    folder.mkdir()
    connection = sqlite3.connect(folder / "state.db")
    connection.execute("CREATE TABLE theirs (id)")
    connection.close()
    with State.open(folder, NOW) as state:
        assert "not a database of sitegen" in state.problems[0].message


def test_a_folder_in_its_place_is_set_aside(folder):
    (folder / "state.db" / "inside").mkdir(parents=True)
    with State.open(folder, NOW) as state:
        assert LOST in state.problems[0].message
    assert (folder / "state.db").is_file()


def test_at_most_three_copies_are_kept_the_newest(folder):
    for cycle in range(6):
        with State.open(folder, NOW + cycle):
            pass
        (folder / "state.db").write_bytes(b"no database %d" % cycle)
    with State.open(folder, NOW):  # the clock was set back: a copy of the same second is there already
        pass
    assert sorted((folder / name).read_bytes()[-1:] for name in copies(folder)) == [b"3", b"4", b"5"]


def test_a_copy_keeps_its_journal(filled, folder):
    (folder / "state.db-journal").write_bytes(b"a journal")
    filled.write_bytes(b"")
    with State.open(folder, NOW):
        pass
    assert copies(folder) == [
        "state.db.corrupt-20251124T160000Z",
        "state.db.corrupt-20251124T160000Z-journal",
    ]


def test_a_new_database_is_never_seen_half_made(folder, monkeypatch):
    def fail(*args):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "link", fail)
        patched.setattr(os, "fsync", fail)
        with State.open(folder, NOW) as state:
            assert "No space left on device" in state.problems[0].message
    assert all(path.stat().st_size for path in folder.iterdir())
    with State.open(folder, NOW) as state:
        assert state.problems == ()


def test_without_a_folder_to_write_everything_works_as_on_the_first_day(tmp_path, build):
    (tmp_path / "file").write_bytes(b"")
    with State.open(tmp_path / "file", NOW) as state:
        assert use(state, build)[0] == 1
        assert "cannot be read or kept in this run" in state.problems[0].message


@contextlib.contextmanager
def files_no_larger_than(size):
    """Let the system refuse every write behind `size` bytes of any file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


def test_a_full_disk_costs_this_runs_records_and_no_others(filled, folder):
    with State.open(folder, NOW) as state:
        with files_no_larger_than(filled.stat().st_size):
            state.answers.put("large", NOW, b"x" * 2_000_000)
            assert state.builds.next_generation() == 41
        assert "could not be used" in state.problems[0].message
        state.answers.put("small", NOW, b"x")
    with State.open(folder, NOW) as state:
        assert state.problems == ()
        assert state.builds.next_generation() == 41
        assert state.answers.get("large") is None
        assert state.answers.get("small") == (NOW, b"x")
    assert copies(folder) == []


@pytest.mark.parametrize("size", [0, 100, 512, 1024, 4096, 10_000, 50_000])
def test_wherever_a_write_is_refused_the_history_is_whole_again_afterwards(filled, folder, build, size):
    with files_no_larger_than(size), State.open(folder, NOW) as state:
        state.builds.add(build(41))
        state.answers.put("large", NOW, b"x" * 2_000_000)
        assert {problem.where for problem in state.problems} == {"state.history"}
    assert all(path.stat().st_size for path in folder.iterdir())
    with State.open(folder, NOW) as state:
        assert state.problems == ()
        assert state.builds.last(100)[-40:] == tuple(build(number) for number in range(40, 0, -1))
    assert is_whole(filled)
    assert copies(folder) == []


def test_a_database_that_another_run_writes_is_not_damaged(filled, folder, monkeypatch):
    monkeypatch.setattr("sitegen.state.opening._BUSY_SECONDS", 0.05)
    other = sqlite3.connect(filled, isolation_level=None)
    with State.open(folder, NOW) as state:
        other.execute("BEGIN EXCLUSIVE")
        state.series.add(NOW, {"series_1": 1.0})
        assert state.series.names() == ()
        other.execute("ROLLBACK")
        assert "locked" in state.problems[0].message
        assert len(state.series.names()) == 20
    other.close()
    assert copies(folder) == []


def fail_in_a_batch(state):
    with state.batch():
        state.series.add(NOW, {"a": 1.0})
        raise ZeroDivisionError


def test_a_batch_is_kept_whole_or_not_at_all(folder):
    with State.open(folder, NOW) as state:
        with pytest.raises(ZeroDivisionError):
            fail_in_a_batch(state)
        assert state.series.names() == ()
        with state.batch():
            state.series.add(NOW, {"a": 1.0})
            assert state.series.names() == ()
        assert state.series.names() == ("a",)


def test_a_fault_of_the_program_is_no_damage(folder):
    database = Database(folder / "state.db", NOW)
    with pytest.raises(sqlite3.ProgrammingError):
        database.read(lambda connection: select(connection, tuple[int], "SELECT ?"), [])
    database.close()
    assert copies(folder) == []


WRITER = """
import sys
from pathlib import Path
from sitegen.state.folder import State
from sitegen.state.sources import SourceRecord
while True:
    with State.open(Path(sys.argv[1]), 1_764_000_000.0) as state:
        generation = int((state.series.latest("a") or (0, 0))[1]) + 1
        print(*(problem.message for problem in state.problems), flush=True)
        with state.batch():
            for name in "abcdefgh":
                state.series.add(1_764_000_000.0 + 30 * generation, {name: generation})
            state.answers.put("all", generation, b"%d" % generation * 5000)
"""


def kill_while_writing(folder, seconds):
    run = subprocess.Popen([sys.executable, "-c", WRITER, str(folder)], stdout=subprocess.PIPE, text=True)
    run.stdout.readline()
    run.stdout.readline()  # the first batch is kept
    time.sleep(seconds)
    run.kill()
    assert run.communicate()[0].strip() == ""  # no problem in any of its runs


def check_after_kill(folder):
    """A batch was kept whole or not at all, and nothing needs a human."""
    with State.open(folder, NOW) as state:
        assert state.problems == ()
        stored = {state.series.latest(name) for name in state.series.names()}
        [(_, generation)] = stored
        assert state.answers.get("all") == (generation, b"%d" % generation * 5000)
    assert is_whole(folder / "state.db")


def test_a_killed_run_leaves_a_whole_database(folder):
    rng = random.Random(5)
    for _ in range(12):
        kill_while_writing(folder, rng.uniform(0.01, 0.05))
        check_after_kill(folder)


@pytest.mark.slow
def test_three_hundred_killed_runs_leave_a_whole_database(folder):
    rng = random.Random(6)
    for _ in range(300):
        kill_while_writing(folder, rng.uniform(0.0, 0.08))
        check_after_kill(folder)


def test_a_copied_state_folder_is_as_good_as_the_first(filled, folder, tmp_path):
    shutil.copytree(folder, tmp_path / "elsewhere")
    with State.open(tmp_path / "elsewhere", NOW) as state:
        assert state.problems == ()
        assert state.builds.next_generation() == 41
