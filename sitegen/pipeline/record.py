"""What a build leaves behind besides the site: its record, its samples, its trace, its files for other programs."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from sitegen.availability.model import ProbeResult
from sitegen.errors import Problem
from sitegen.feeds.openmetrics import write_prometheus
from sitegen.feeds.own_families import families
from sitegen.instrumentation.journal import Journal
from sitegen.instrumentation.own_series import PUBLISHED
from sitegen.instrumentation.records import BuildRecord, StageRecord
from sitegen.instrumentation.spans import encode_build
from sitegen.pipeline.own_samples import probe_samples, probe_series
from sitegen.pipeline.report import summarise
from sitegen.pipeline.run import OWN_PROBE
from sitegen.state.files import write_atomically
from sitegen.state.folder import State
from sitegen.units import format_duration, format_quantity

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
    results: Sequence[ProbeResult],
    counted: Mapping[float, Mapping[str, float]],
) -> BuildRecord:
    """Keep everything a completed build knows about itself; return its record with what could not be kept.

    `counted` has samples of this and of earlier slots, which may have had no build.
    """
    _store(storage, record, samples, results, counted)
    _log(storage.journal, record)
    record = _with(record, storage.journal.problems)
    # The site is published: a disk that is full since then costs no more than what is told here.
    samples = {**samples, **probe_samples(results), **counted.get(record.slot, {})}
    unwritten = _try_to_write(storage.folder, lambda: _write_files(storage, record, samples))
    return _with(record, (*storage.state.problems, *unwritten))


def _with(record: BuildRecord, problems: Sequence[Problem]) -> BuildRecord:
    """Return the record with what could not be kept of it."""
    lost = [one for one in problems if one not in {*record.problems}]
    if not lost:
        return record
    return msgspec.structs.replace(record, status="degraded", problems=(*record.problems, *lost))


def _store(
    storage: Storage,
    record: BuildRecord,
    samples: Mapping[str, float],
    results: Sequence[ProbeResult],
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
        own = samples if first else {"sitegen_up": samples["sitegen_up"]}
        _store_samples(state, record.slot, own, results)
        state.probes.add(OWN_PROBE, record.slot, "up", storage.cycle)


def _store_samples(
    state: State, slot: float, samples: Mapping[str, float], results: Sequence[ProbeResult]
) -> None:
    """Keep the samples of a cycle; those of probes in the place of an earlier build's in it, as their history does.

    All in one go, for each go prunes what is old.
    """
    state.series.remove([series for one in results for series in probe_series(one.probe)], slot, slot + 1)
    state.series.add(slot, {**samples, **probe_samples(results)})


def _log(journal: Journal, record: BuildRecord) -> None:
    for stage in () if record.clock_fixed else record.stages:
        at = record.started_at + stage.ended
        told = _tell_stage(stage, record)
        journal.write("info", told, told, at=at, trace_id=record.trace_id)
    for problem in record.problems:
        said = f"{problem.where}: {problem.message}"
        journal.write("warn", said, problem.notice.text, trace_id=record.trace_id)
    for section in record.sections.values():
        for remark in section.remarks:
            journal.write("info", f"{remark.where}: {remark.message}", trace_id=record.trace_id)
    files = format_quantity(record.files_total, "files")
    done = f"build {record.generation} published {files}, {record.files_changed} changed"
    journal.write(
        "info",
        done,
        done,
        trace_id=None if record.clock_fixed else record.trace_id,
        status=record.status,
        seconds=None if record.clock_fixed else round(record.took, 3),
    )


def _tell_stage(stage: StageRecord, record: BuildRecord) -> str:
    """Return what a stage of a build did, and how long it took."""
    tasks = sum(stage.started <= task.queued < stage.ended for task in record.tasks)
    said = {
        "gather": f"{len(record.sections)} sections",
        "inspect": f"{len(record.pages)} pages, the largest {max(one.compressed for one in record.pages) / 1000:.1f} kB"
        if record.pages
        else "",
        "publish": f"{record.files_changed} of {record.files_total} files changed",
    }.get(stage.name, "")
    took = format_duration(stage.ended - stage.started)
    return (
        f"{stage.name} took {took}"
        + (f" for {tasks} task{'s' if tasks > 1 else ''}" if tasks else "")
        + (f": {said}" if said else "")
    )


def record_failure(
    storage: Storage, record: BuildRecord, why: str, results: Sequence[ProbeResult] = ()
) -> None:
    """Keep that a build failed: its cycle counts as down. What its probes found is so all the same."""
    state = storage.state
    with state.batch():
        state.builds.add(record)
        state.series.add(record.slot, {"sitegen_up": 0.0})
        _store_samples(state, record.slot, {}, results)
        state.probes.add(OWN_PROBE, record.slot, "down", storage.cycle)
    failed = f"build {record.generation} failed"
    storage.journal.write("error", f"{failed}: {why}", failed, trace_id=record.trace_id)
    samples = {"sitegen_up": 0.0} | _published(state) | probe_samples(results)
    _try_to_write(storage.folder, lambda: _write_texts(storage, record, samples))


def _published(state: State) -> dict[str, float]:
    """Return what is still true of the site after a build that failed: its age and its size."""
    published = state.series.latest(PUBLISHED)
    known = {
        name: state.series.latest(name)
        for name in state.series.names()
        if name.partition("{")[0] in {PUBLISHED, "sitegen_asset_bytes"}
    }
    return {name: told[1] for name, told in known.items() if told and published and told[0] == published[0]}


def _try_to_write(folder: Path, write: Callable[[], None]) -> tuple[Problem, ...]:
    try:
        write()
    except OSError as error:
        message = (
            f"{folder} cannot be written ({error.strerror}); the reports of this build are missing there"
        )
        return (Problem("state", message, "could not be written"),)
    return ()


def _write_texts(storage: Storage, record: BuildRecord, samples: Mapping[str, float]) -> None:
    write_atomically(storage.folder / "report.json", msgspec.json.encode(summarise(record)) + b"\n")
    told = write_prometheus(families(samples, storage.state.site.labels))
    write_atomically(storage.folder / "metrics.prom", told)


def _write_files(storage: Storage, record: BuildRecord, samples: Mapping[str, float]) -> None:
    _write_texts(storage, record, samples)
    if record.clock_fixed:
        return
    traces = storage.folder / "traces"
    traces.mkdir(parents=True, exist_ok=True)
    write_atomically(traces / f"{record.generation:010d}.json", encode_build(record))
    for old in sorted(traces.glob("*.json"))[:-_TRACES_KEPT]:
        old.unlink(missing_ok=True)
