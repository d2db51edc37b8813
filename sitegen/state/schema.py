"""The layout of `state.db`.

Slots are whole POSIX seconds; a rollup row at `slot` covers (slot - width, slot]. The
tables of samples are ordered by series, then slot: a chart reads one run of pages. The
price is that a build changes a page of every series in every tier, so pages are small:
a quarter of SQLite's usual 4 KiB makes a quarter of the bytes to write.
"""

APPLICATION = 0x73697465
"""`site`, in the place of the header where file(1) looks."""

LAYOUT = 5
"""`user_version` of the file. One that is higher needs a step in `layouts.py` and a state in `tests/state/layouts/`."""

SCHEMA = f"""
PRAGMA page_size = 1024;
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {LAYOUT};
BEGIN;
CREATE TABLE series (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
    last_slot INTEGER NOT NULL, last_value REAL NOT NULL,
    pruned INTEGER NOT NULL  -- grows: the series with the least is pruned next
);
CREATE TABLE sample (
    series INTEGER NOT NULL, slot INTEGER NOT NULL, value REAL NOT NULL, PRIMARY KEY (series, slot)
) WITHOUT ROWID;
CREATE TABLE sample_5min (
    series INTEGER NOT NULL, slot INTEGER NOT NULL,
    count INTEGER NOT NULL, sum REAL NOT NULL, min REAL NOT NULL, max REAL NOT NULL,
    last REAL NOT NULL, last_slot INTEGER NOT NULL,
    PRIMARY KEY (series, slot)
) WITHOUT ROWID;
CREATE TABLE sample_1h (
    series INTEGER NOT NULL, slot INTEGER NOT NULL,
    count INTEGER NOT NULL, sum REAL NOT NULL, min REAL NOT NULL, max REAL NOT NULL,
    last REAL NOT NULL, last_slot INTEGER NOT NULL,
    PRIMARY KEY (series, slot)
) WITHOUT ROWID;
CREATE TABLE probe_run (  -- milliseconds; runs of a probe never overlap
    probe TEXT NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL, state TEXT NOT NULL,
    PRIMARY KEY (probe, start)
) WITHOUT ROWID;
CREATE TABLE build (
    generation INTEGER PRIMARY KEY, completed INTEGER NOT NULL, thin INTEGER NOT NULL, record BLOB NOT NULL
);
CREATE TABLE deploy (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, target TEXT NOT NULL, status TEXT NOT NULL, report BLOB NOT NULL
);
CREATE TABLE deploy_count (  -- how often deploys to a target ended so, and when last; of those that were done the reason is empty
    target TEXT NOT NULL, reason TEXT NOT NULL, count INTEGER NOT NULL, last_at REAL NOT NULL,
    PRIMARY KEY (target, reason)
) WITHOUT ROWID;
CREATE TABLE kept_trace (  -- traces with a page of their own, until their end; of those that ended the body is empty
    trace_id TEXT PRIMARY KEY, since REAL NOT NULL, until REAL NOT NULL, body BLOB NOT NULL
);
CREATE TABLE source (  -- failures in a row and since when, its last answer, questions put to it, the words of its last fault with a checksum
    section TEXT NOT NULL, name TEXT NOT NULL,
    failures INTEGER NOT NULL, failing_since REAL, answered_at REAL, asked INTEGER NOT NULL, fault BLOB,
    PRIMARY KEY (section, name)
) WITHOUT ROWID;
CREATE TABLE answer (  -- its small columns apart from the bodies, so that adding up sizes is quick
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE,
    taken_at REAL NOT NULL, used_at REAL NOT NULL, size INTEGER NOT NULL
);
CREATE TABLE answer_body (id INTEGER PRIMARY KEY, body BLOB NOT NULL);
CREATE TABLE pseudonym (  -- what stands for hosts and people in labels; the row of no kind has the key of the digests
    kind TEXT NOT NULL, number INTEGER NOT NULL, digest BLOB NOT NULL, seen_at REAL NOT NULL,
    PRIMARY KEY (kind, number)
) WITHOUT ROWID;
CREATE TABLE site (  -- one row: its identity, since when ids are made of it, what it is called now
    digest TEXT NOT NULL, since REAL NOT NULL, name TEXT NOT NULL
);
CREATE TABLE planned_time (title TEXT NOT NULL, start REAL NOT NULL, stop REAL NOT NULL, probes TEXT NOT NULL);  -- as far as it has begun
COMMIT;
"""
