"""A parcel of the state is all of it or refused: other sites', newer, cut, and hostile ones."""

import sqlite3
import zlib
from contextlib import closing
from hashlib import sha256

import msgspec
import pytest
from sitegen.errors import SitegenError
from sitegen.state import parcel
from sitegen.state.folder import State
from sitegen.state.layouts import NewerLayoutError
from sitegen.state.parcel import pack, put_down, unpack

HERE = "https://status.example.com/"
PLACE = "s3://a/_sitegen/state"


@pytest.fixture
def folder(tmp_path):
    """A state folder with something of everything."""
    made = tmp_path / "state"
    for below in ("deployed", "log", "traces", "previous", "cache"):
        (made / below).mkdir(parents=True)
    with closing(State.open(made, 1000.0)):
        pass
    for name in ("manifest.json", "deployed/0123456789abcdef.json", "log/sitegen.jsonl", "traces/1.json"):
        (made / name).write_text(name)
    for name in ("previous/index.html", "cache/page.py", "lock", "metrics.prom"):
        (made / name).write_text("made anew")
    return made


def closed(files: dict[str, bytes], site: str = HERE) -> bytes:
    """A parcel of any files, as somebody who can write to the bucket makes it."""
    packed = zlib.compress(msgspec.msgpack.encode([site, files]))
    return b"sitegen-state 1\n" + sha256(packed).digest() + packed


def test_what_the_next_build_needs_comes_back_as_it_was(folder, tmp_path):
    put_down(tmp_path / "new", unpack(pack(folder, HERE), HERE, PLACE))
    found = {path.relative_to(tmp_path / "new").as_posix(): path for path in (tmp_path / "new").rglob("*")}
    files = {
        "state.db",
        "manifest.json",
        "deployed/0123456789abcdef.json",
        "log/sitegen.jsonl",
        "traces/1.json",
    }
    assert {name for name, path in found.items() if path.is_file()} == files
    with closing(sqlite3.connect(found["state.db"])) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert found["manifest.json"].read_text() == "manifest.json"


def test_logs_and_traces_stay_where_the_parcel_would_be_too_large(folder, monkeypatch):
    whole = len(pack(folder, HERE))
    (folder / "log" / "sitegen.jsonl").write_bytes(bytes(range(256)) * 8)
    monkeypatch.setattr(parcel, "MOST_BYTES", whole + 10)
    assert "log/sitegen.jsonl" not in unpack(pack(folder, HERE), HERE, PLACE)


def test_a_state_that_is_too_large_is_one_sentence(folder, monkeypatch):
    monkeypatch.setattr(parcel, "MOST_BYTES", 10)
    with pytest.raises(SitegenError, match=r"takes 0\.0 MB compressed.*CI's own cache"):
        pack(folder, HERE)


def test_nothing_to_pack_is_one_sentence(tmp_path):
    with pytest.raises(SitegenError, match=r"There is no state in .* yet; run `sitegen build` first"):
        pack(tmp_path, HERE)


def test_a_state_of_another_site_is_named(folder):
    with pytest.raises(SitegenError, match=r"the state of another site \('https://other.example.com/'"):
        unpack(pack(folder, "https://other.example.com/"), HERE, PLACE)


@pytest.mark.parametrize("kept", [0, 10, 16, 30, 60, -1])
def test_a_truncated_state_is_refused(folder, kept):
    whole = pack(folder, HERE)
    with pytest.raises(SitegenError, match=r"truncated or damaged|no state that sitegen wrote"):
        unpack(whole[:kept], HERE, PLACE)


def test_a_parcel_of_a_newer_sitegen_is_left_alone(folder):
    with pytest.raises(NewerLayoutError, match="has layout 2 and was written by a newer sitegen"):
        unpack(pack(folder, HERE).replace(b"sitegen-state 1", b"sitegen-state 2"), HERE, PLACE)


def test_a_database_of_a_newer_sitegen_is_left_alone(folder):
    with closing(sqlite3.connect(folder / "state.db")) as connection:
        connection.execute("PRAGMA user_version = 99")
    newer = (folder / "state.db").read_bytes()
    with pytest.raises(NewerLayoutError, match="has layout 99"):
        unpack(closed({"state.db": newer}), HERE, PLACE)


@pytest.mark.parametrize(
    "name",
    ["../escape", "/etc/passwd", "deployed/../../escape.json", "deployed/..json/x", "lock", "traces/a/b.json", "", "state.db\0"],
)  # fmt: skip
def test_a_name_that_is_none_of_the_states_is_refused(folder, name):
    files = {"state.db": (folder / "state.db").read_bytes(), name: b"x"}
    with pytest.raises(SitegenError, match="holds a file that is none of a state"):
        unpack(closed(files), HERE, PLACE)


def test_a_bomb_is_refused_before_it_is_unpacked(monkeypatch):
    monkeypatch.setattr(parcel, "_MOST_UNPACKED", 2**20)
    packed = zlib.compress(bytes(2**24))
    with pytest.raises(SitegenError, match="would unpack to more than 1 MB"):
        unpack(b"sitegen-state 1\n" + sha256(packed).digest() + packed, HERE, PLACE)


@pytest.mark.parametrize(
    "content", [b"", b"{}", msgspec.msgpack.encode([HERE, {"state.db": 1}]), msgspec.msgpack.encode(7)]
)
def test_content_of_another_shape_is_damage(content):
    packed = zlib.compress(content)
    with pytest.raises(SitegenError, match="is damaged"):
        unpack(b"sitegen-state 1\n" + sha256(packed).digest() + packed, HERE, PLACE)


def test_a_parcel_without_a_database_of_sitegen_is_refused():
    with pytest.raises(SitegenError, match="holds no database of sitegen"):
        unpack(closed({"state.db": b"SQLite format 3\0" + bytes(100)}), HERE, PLACE)
