"""A state of every layout that ever was becomes one of today and holds what it held; one of tomorrow is left alone."""

import itertools
import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sitegen.state.folder import State
from sitegen.state.layouts import STEPS, NewerLayoutError, migrate
from sitegen.state.opening import check_database
from sitegen.state.schema import LAYOUT
from sitegen.state.sources import SourceRecord
from tests.state.layouts.reading import END, LAYOUTS, failing, held_of, read_held, unpack
from tests.state.test_database import files_no_larger_than

EARLIER = [layout for layout in LAYOUTS if layout < LAYOUT]
LOST = "The history was lost"


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The database that the first layout had."""
    return (unpack(1, tmp_path_factory.mktemp("first")) / ".sitegen" / "state.db").read_bytes()


@pytest.fixture
def folder(tmp_path: Path, first: bytes) -> Path:
    """A state folder with that database."""
    path = tmp_path / ".sitegen"
    path.mkdir()
    (path / "state.db").write_bytes(first)
    return path


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return [f"layout {layout_of(path)}", *database.iterdump()]


def layout_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as database:
        return database.execute("PRAGMA user_version").fetchone()[0]


def set_layout(path: Path, layout: int) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute(f"PRAGMA user_version = {layout}")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def reads_as_before(folder: Path) -> bool:
    """Whether the state holds what the one that was kept held."""
    held = held_of(1)
    with State.open(folder, END) as state:
        return (
            state.problems == ()
            and state.builds.next_generation() == held["generation"] + 1
            and {name: [one.failures, one.failing_since] for name, one in failing(state).items()}
            == held["breakers"]
            and {name: one.fault for name, one in failing(state).items()} == held["faults"]
            and all(
                state.answers.get(key)[0] == taken_at
                for key, (taken_at, _) in held["last_known_good"].items()
            )
            and all(
                json.loads(json.dumps(state.probes.intervals(name, 0, END))) == intervals
                for name, intervals in held["probes"].items()
            )
        )


# --- What was kept ------------------------------------------------------------


def test_a_state_of_every_earlier_layout_is_kept():
    assert list(range(1, LAYOUT)) == EARLIER
    assert len(STEPS) == LAYOUT - 1


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_state_that_was_kept_holds_what_it_held(tmp_path: Path, layout: int):
    assert read_held(unpack(layout, tmp_path)) == held_of(layout)


@pytest.mark.parametrize("layout", EARLIER)
def test_an_earlier_layout_is_kept_beside_as_it_was(tmp_path: Path, layout: int):
    database = unpack(layout, tmp_path) / ".sitegen" / "state.db"
    before = dump(database)
    with State.open(database.parent, END):
        pass
    assert dump(database)[0] == f"layout {LAYOUT}"
    assert dump(database.with_name(f"state.db.layout-{layout}")) == before


@pytest.mark.parametrize("layout", EARLIER)
def test_a_migrated_database_has_the_tables_of_a_new_one(tmp_path: Path, layout: int):
    migrated = unpack(layout, tmp_path / "kept") / ".sitegen"
    shapes = []
    for place in (migrated, tmp_path / "new"):
        with State.open(place, END):
            pass
        with closing(sqlite3.connect(place / "state.db")) as database:
            tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            names = [name for (name,) in tables]
            shapes.append(
                {name: database.execute(f"PRAGMA table_xinfo({name})").fetchall() for name in names}
            )
    assert shapes[0] == shapes[1]


def test_a_copy_takes_the_place_of_one_that_was_left_there_before(folder: Path, first: bytes):
    (folder / "state.db.layout-1").write_bytes(b"an earlier copy")
    assert reads_as_before(folder)
    assert layout_of(folder / "state.db.layout-1") == 1


# --- The step to layout 2 -----------------------------------------------------


def test_what_is_known_of_a_source_moves_from_the_answers_into_its_row(folder: Path):
    held = held_of(1)
    taken = {
        name: max(at for key, (at, _) in held["last_known_good"].items() if key.split("\0")[1] == name)
        for name in ("shop", "lost")
    }
    with State.open(folder, END) as state:
        known = state.sources.known("metrics")
        assert known["lost"].fault == held["faults"]["lost"]
        assert {name: one.answered_at for name, one in known.items()} == taken
    with closing(sqlite3.connect(folder / "state.db")) as database:
        keys = {key.split("\0")[0] for (key,) in database.execute("SELECT key FROM answer")}
        assert not keys & {"fault", "read"}
        assert (
            database.execute("SELECT count(*) FROM answer").fetchone()
            == database.execute("SELECT count(*) FROM answer_body").fetchone()
        )


def test_objectives_lose_the_breaker_of_their_own_and_files_keep_when_they_were_read(folder: Path):
    with closing(sqlite3.connect(folder / "state.db", isolation_level=None)) as database:
        database.execute("INSERT INTO breaker VALUES ('shop', 1, 10.0), ('shop (objectives)', 3, 20.0)")
        database.execute(
            "INSERT INTO answer VALUES (900, 'read' || char(0) || 'logs' || char(0) || 'app', 30, 30, 0)"
        )
        database.execute("INSERT INTO answer VALUES (901, 'metrics', 30, 30, 0)")  # a key that was damaged
    with State.open(folder, END) as state:
        known = state.sources.known("metrics")
        assert (known["shop"].failures, known["shop"].failing_since) == (3, 20.0)
        assert state.sources.known("logs") == {"app": SourceRecord(answered_at=30.0)}
        assert state.problems == ()


def test_a_breaker_that_could_not_be_read_is_closed_after_the_step_as_before(folder: Path):
    with closing(sqlite3.connect(folder / "state.db", isolation_level=None)) as database:
        database.execute("INSERT INTO breaker VALUES ('shop', 'many', 'yesterday')")
    with State.open(folder, END) as state:
        assert state.sources.known("metrics")["shop"].failures == 0
        assert state.problems == ()


# --- Interrupted --------------------------------------------------------------

STATEMENTS = """
import itertools, os, signal, sqlite3, sys
from pathlib import Path
from sitegen.state.folder import State

last, connect, count = int(sys.argv[2]), sqlite3.connect, itertools.count(1)

def step(statement):
    if next(count) == last:
        os.kill(os.getpid(), signal.SIGKILL)

def traced(*arguments, **options):
    connection = connect(*arguments, **options)
    connection.set_trace_callback(step)
    return connection

sqlite3.connect = traced
State.open(Path(sys.argv[1]), 0.0).close()
"""


def test_a_kill_at_any_statement_leaves_the_old_layout_or_the_new_one(folder: Path, first: bytes):
    before = dump(folder / "state.db")
    layouts = []
    for number in itertools.count(1):
        for path in folder.iterdir():
            path.unlink()
        (folder / "state.db").write_bytes(first)
        run = [sys.executable, "-c", STATEMENTS, folder, str(number)]
        code = subprocess.run(run, check=False).returncode
        if code == 0:
            break
        layouts.append(layout_of(folder / "state.db"))
        if layouts[-1] == 1:
            assert dump(folder / "state.db") == before
        assert reads_as_before(folder)
        assert dump(folder / "state.db.layout-1") == before
        assert not list(folder.glob("state.db.corrupt-*"))
    assert set(layouts) <= {1, LAYOUT}
    assert len(layouts) > 12


class Failing(sqlite3.Connection):
    """A connection whose n-th statement is not done."""

    left = 0

    def execute(self, *arguments):
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt
        return super().execute(*arguments)


def test_an_exception_at_any_statement_leaves_the_old_layout_or_the_new_one(folder: Path, first: bytes):
    before = dump(folder / "state.db")
    for number in itertools.count(1):
        (folder / "state.db").write_bytes(first)
        with closing(sqlite3.connect(folder / "state.db", factory=Failing, isolation_level=None)) as database:
            database.left = number
            try:
                migrate(database, folder / "state.db", STEPS)
            except KeyboardInterrupt:
                assert not database.in_transaction
            else:
                break
        if layout_of(folder / "state.db") == 1:
            assert dump(folder / "state.db") == before
        assert reads_as_before(folder)
    assert number > 10


@pytest.mark.parametrize("room", [0, 5_000, 60_000])
def test_without_room_for_the_copy_the_history_is_read_and_not_kept(folder: Path, first: bytes, room: int):
    with files_no_larger_than(room), State.open(folder, END) as state:
        assert state.builds.next_generation() == 7
        assert state.sources.known("metrics")["lost"].failures == 4
        state.series.add(END, {"a": 1.0})
        [problem] = state.problems
        assert "read but not kept in this run" in problem.message
    assert contents(folder) == {"state.db": first}
    assert reads_as_before(folder)


OPENER = """
import sys, time
from pathlib import Path
from sitegen.state.folder import State
print("ready", flush=True)
sys.stdin.readline()
with State.open(Path(sys.argv[1]), 0.0) as state:
    print(state.builds.next_generation(), state.sources.known("metrics")["lost"].failures, state.problems, flush=True)
"""


def test_of_several_processes_that_migrate_at_once_each_ends_well(folder: Path):
    before = dump(folder / "state.db")
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", OPENER, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(6)
    ]
    for run in runs:
        assert run.stdout.readline() == "ready\n"
    for run in runs:
        run.stdin.write("\n")
        run.stdin.flush()
    assert [run.communicate()[0] for run in runs] == ["7 4 ()\n"] * len(runs)
    assert dump(folder / "state.db.layout-1") == before
    assert reads_as_before(folder)
    assert sorted(contents(folder)) == ["state.db", "state.db.layout-1", "state.db.seen"]


# --- Newer --------------------------------------------------------------------


@pytest.mark.parametrize("layout", [LAYOUT + 1, 9999, 2**31 - 1])
def test_a_newer_layout_is_refused_with_one_sentence_and_nothing_is_touched(folder: Path, layout: int):
    set_layout(folder / "state.db", layout)
    before = contents(folder)

    with pytest.raises(NewerLayoutError) as refusal:
        State.open(folder, END)

    sentence = str(refusal.value)
    assert sentence.startswith(
        f"{folder / 'state.db'} has layout {layout} and was written by a newer sitegen"
    )
    assert f"layout {LAYOUT} at most" in sentence
    assert "install the sitegen that wrote it" in sentence
    assert (sentence.count("\n"), sentence.count(". ")) == (0, 0)
    assert refusal.value.exit_code == 1
    assert contents(folder) == before
    with pytest.raises(NewerLayoutError):
        check_database(folder / "state.db")


def test_a_later_layout_is_reached_over_all_steps_and_refused_by_this_sitegen(folder: Path):
    def later(connection: sqlite3.Connection) -> None:
        connection.execute("ALTER TABLE source ADD COLUMN colour TEXT")

    with closing(sqlite3.connect(folder / "state.db", isolation_level=None)) as database:
        migrate(database, folder / "state.db", (*STEPS, later))
        assert database.execute("SELECT name, failures, colour FROM source WHERE failures").fetchall() == [
            ("lost", 4, None)
        ]
    assert layout_of(folder / "state.db") == LAYOUT + 1
    with pytest.raises(NewerLayoutError):
        State.open(folder, END)


def test_a_database_that_a_newer_sitegen_migrates_while_it_is_open_is_not_damaged(folder: Path):
    with State.open(folder, END) as state:
        with closing(sqlite3.connect(folder / "state.db", isolation_level=None)) as other:
            other.execute("ALTER TABLE source RENAME TO origin")
            other.execute(f"PRAGMA user_version = {LAYOUT + 1}")
        assert state.sources.known("metrics") == {}
        assert "this run goes on without it" in state.problems[0].message
    assert not list(folder.glob("state.db.corrupt-*"))
    assert layout_of(folder / "state.db") == LAYOUT + 1


# --- Damaged ------------------------------------------------------------------


@pytest.mark.parametrize("layout", [0, -1, -(2**31)])
def test_a_number_that_no_sitegen_wrote_is_damage(folder: Path, layout: int):
    set_layout(folder / "state.db", layout)
    body = (folder / "state.db").read_bytes()
    with State.open(folder, END) as state:
        [problem] = state.problems
        assert LOST in problem.message
        assert f"layout {layout}" in problem.message
        [copy] = folder.glob("state.db.corrupt-*")
        assert copy.name in problem.message
    assert copy.read_bytes() == body


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.6, 0.95])
def test_a_database_of_an_earlier_layout_that_was_cut_is_set_aside(folder: Path, first: bytes, kept: float):
    body = first[: int(len(first) * kept)]
    (folder / "state.db").write_bytes(body)
    with State.open(folder, END) as state:
        [problem] = state.problems
        assert LOST in problem.message
        assert state.builds.next_generation() == 1
    [copy] = folder.glob("state.db.corrupt-*")
    assert copy.read_bytes() == body


def test_a_database_that_only_looks_like_an_earlier_layout_is_set_aside(folder: Path):
    with closing(sqlite3.connect(folder / "state.db", isolation_level=None)) as database:
        database.execute("DROP TABLE breaker")
    with State.open(folder, END) as state:
        assert [LOST in problem.message for problem in state.problems] == [True]
    assert list(folder.glob("state.db.corrupt-*"))
