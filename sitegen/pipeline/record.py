"""What a build leaves behind besides the site: its record, its samples, its trace, its files for other programs."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from sitegen.errors import Problem, SitegenError
from sitegen.feeds.openmetrics import write_prometheus
from sitegen.feeds.own_families import families
from sitegen.instrumentation.journal import Journal
from sitegen.instrumentation.own_series import PUBLISHED
from sitegen.instrumentation.records import BuildRecord
from sitegen.instrumentation.spans import encode_build
from sitegen.pipeline.report import summarise
from sitegen.pipeline.run import OWN_PROBE
from sitegen.state.files import write_atomically
from sitegen.state.folder import State

__all__ = ["Storage", "record_build", "record_failure"]

_TRACES_KEPT = 120


class Storage(NamedTuple):
    """Where a build keeps what it knows about itself; `cycle` is in seconds."""

    folder: Path
    state: State
    journal: Journal
    cycle: float


def record_build(
    storage: Storage,
    record: BuildRecord,
    samples: Mapping[str, float],
    counted: Mapping[float, Mapping[str, float]],
) -> BuildRecord:
    """Keep everything a completed build knows about itself; return its record with what could not be kept.

    `counted` has samples of this and of earlier slots, which may have had no build.
    """
    _store(storage, record, samples, counted)
    _log(storage.journal, record)
    # The site is published: a disk that is full since then costs no more than what is told here.
    samples = {**samples, **counted.get(record.slot, {})}
    unwritten = _try_to_write(storage.folder, lambda: _write_files(storage.folder, record, samples))
    lost = [one for one in (*storage.state.problems, *unwritten) if one not in {*record.problems}]
    if not lost:
        return record
    return msgspec.structs.replace(record, status="degraded", problems=(*record.problems, *lost))


def _store(
    storage: Storage,
    record: BuildRecord,
    samples: Mapping[str, float],
    counted: Mapping[float, Mapping[str, float]],
) -> None:
    state = storage.state
    # Of several builds in one slot the first leaves its samples: what is drawn of the slot stays as it is.
    known = state.series.latest(PUBLISHED)
    first = known is None or known[0] != record.slot
    with storage.state.batch():
        state.builds.add(record)
        for slot in sorted(counted):
            state.series.add(slot, counted[slot])
        if first:
            state.series.add(record.slot, samples)
        state.probes.add(OWN_PROBE, record.slot, "up", storage.cycle)


def _log(journal: Journal, record: BuildRecord) -> None:
    for problem in record.problems:
        journal.write("warn", f"{problem.where}: {problem.message}", trace_id=record.trace_id)
    journal.write(
        "info",
        f"build {record.generation} published {record.files_total} files, {record.files_changed} changed",
        trace_id=None if record.clock_fixed else record.trace_id,
        status=record.status,
        seconds=None if record.clock_fixed else round(record.took, 3),
    )


def record_failure(storage: Storage, record: BuildRecord, error: SitegenError) -> None:
    """Keep that a build failed: its cycle counts as down."""
    state = storage.state
    with state.batch():
        state.builds.add(record)
        state.series.add(record.slot, {"sitegen_up": 0.0})
        state.probes.add(OWN_PROBE, record.slot, "down", storage.cycle)
    storage.journal.write("error", f"build {record.generation} failed: {error}", trace_id=record.trace_id)
    samples = {"sitegen_up": 0.0} | _published(state)
    _try_to_write(storage.folder, lambda: _write_texts(storage.folder, record, samples))


def _published(state: State) -> dict[str, float]:
    """Return what is still true of the site after a build that failed: its age and its size."""
    known = {
        name: state.series.latest(name)
        for name in state.series.names()
        if name.partition("{")[0] in {"sitegen_last_build_timestamp_seconds", "sitegen_asset_bytes"}
    }
    return {name: sample[1] for name, sample in known.items() if sample is not None}


def _try_to_write(folder: Path, write: Callable[[], None]) -> tuple[Problem, ...]:
    try:
        write()
    except OSError as error:
        message = (
            f"{folder} cannot be written ({error.strerror}); the reports of this build are missing there"
        )
        return (Problem("state", message),)
    return ()


def _write_texts(folder: Path, record: BuildRecord, samples: Mapping[str, float]) -> None:
    write_atomically(folder / "report.json", msgspec.json.encode(summarise(record)) + b"\n")
    write_atomically(folder / "metrics.prom", write_prometheus(families(samples)))


def _write_files(folder: Path, record: BuildRecord, samples: Mapping[str, float]) -> None:
    _write_texts(folder, record, samples)
    if record.clock_fixed:
        return
    traces = folder / "traces"
    traces.mkdir(parents=True, exist_ok=True)
    write_atomically(traces / f"{record.generation:010d}.json", encode_build(record))
    for old in sorted(traces.glob("*.json"))[:-_TRACES_KEPT]:
        old.unlink(missing_ok=True)
