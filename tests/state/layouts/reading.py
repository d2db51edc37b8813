"""What a state holds, as the code that runs reads it: plain values that are the same in every later layout."""

import hashlib
import json
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import msgspec
from sitegen.availability.model import Interval, ServiceState
from sitegen.availability.uptime import uptimes
from sitegen.deployment.model import RemoteManifest
from sitegen.publishing.writer import read_manifest
from sitegen.state.folder import State
from sitegen.state.sources import SourceRecord
from sitegen.units import Window
from tests.acceptance.stepping import slot_at

KEPT = Path(__file__).resolve().parent
LAYOUTS = sorted(int(path.name) for path in KEPT.iterdir() if path.name.isdigit())
END = slot_at(180)
"""The end of the last cycle of the state that is kept."""

DAY = 86_400.0
GOOD = ("metrics\0", "slo\0")
BUILD = (
    "generation",
    "trace_id",
    "slot",
    "started_at",
    "duration",
    "status",
    "files_total",
    "bytes_total",
    "problems",
)
DEPLOY = ("at", "target", "status")
PROBES = ("home", "slow", "gone", "@cycles")


def read_held(folder: Path) -> dict:
    """Everything of the site in this folder that an upgrade must not change."""
    with State.open(folder / ".sitegen", END) as state:
        assert state.problems == ()
        held = {
            "generation": state.builds.next_generation() - 1,
            "builds": [_chosen(one, BUILD) for one in state.builds.last(100)],
            "deploys": [_chosen(one, DEPLOY) for one in state.deploys.last(100)],
            "probes": {name: state.probes.intervals(name, 0, END + DAY) for name in PROBES},
            "uptimes": {name: _uptimes(state, name) for name in PROBES},
            "breakers": {name: [one.failures, one.failing_since] for name, one in failing(state).items()},
            "faults": {name: one.fault for name, one in failing(state).items()},
            "last_known_good": {key: _digest(state, key) for key in _keys(folder) if key.startswith(GOOD)},
            "series": {
                name: [list(state.series.latest(name)), [list(one) for one in _columns(state, name)]]
                for name in state.series.names()
            },
        }
    published = read_manifest(folder / ".sitegen")
    held |= {
        "published": msgspec.to_builtins(published),
        "mirror": _manifest((folder / "mirror" / "_sitegen" / "manifest.json").read_bytes()),
    }
    return json.loads(json.dumps(held))


def failing(state: State) -> dict[str, SourceRecord]:
    """What is known of each source of metrics that failed when it was asked last."""
    return {name: one for name, one in state.sources.known("metrics").items() if one.failures}


def _chosen(record: msgspec.Struct, names: tuple[str, ...]) -> list:
    return msgspec.to_builtins([getattr(record, name) for name in names])


def _uptimes(state: State, name: str) -> list:
    found = state.probes.intervals(name, 0, END)
    intervals = [Interval(start, end, ServiceState(value)) for start, end, value in found]
    return msgspec.to_builtins(uptimes(intervals, END))


def _columns(state: State, name: str) -> tuple:
    return state.series.columns(name, Window(start=END - 600, end=END, step=30.0))


def _keys(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / ".sitegen" / "state.db")) as database, database:
        keys = [key for (key,) in database.execute("select key from answer order by key")]
    database.close()
    return keys


def _digest(state: State, key: str) -> list:
    taken_at, body = state.answers.get(key)
    return [taken_at, hashlib.sha256(body).hexdigest()]


def _manifest(body: bytes) -> dict:
    found = msgspec.to_builtins(msgspec.json.decode(body, type=RemoteManifest))
    # What the first manifests did not say of themselves is nothing that is lost.
    del found["states"]
    assert [found.pop(name) for name in ("version", "pending", "site")] == [1, 0, ""]
    return found


def unpack(layout: int, folder: Path) -> Path:
    """Put the site that was kept with this layout into a folder."""
    with tarfile.open(KEPT / str(layout) / "site.tar.xz") as archive:
        for entry in archive:
            if entry.isfile() or entry.islnk():  # an unchanged file is a link to that of the tree before
                place = folder / entry.name
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(archive.extractfile(entry).read())
    return folder


def held_of(layout: int) -> dict:
    """What the code that wrote a layout read back."""
    return json.loads((KEPT / str(layout) / "held.json").read_text(encoding="utf-8"))
