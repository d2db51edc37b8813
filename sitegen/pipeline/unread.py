"""A build that could not even begin: what the last one left behind may not go on to say that all is well."""

import tomllib
from contextlib import suppress
from pathlib import Path

from sitegen.config.schema import Build, Site
from sitegen.errors import Problem, SitegenError
from sitegen.instrumentation.clock import Clock
from sitegen.instrumentation.journal import Journal
from sitegen.instrumentation.recorder import Recorder
from sitegen.pipeline.outcome import Outcome, make_record
from sitegen.pipeline.planning import start_tick
from sitegen.pipeline.record import Storage, record_failure
from sitegen.redaction import Redactor
from sitegen.regular import read_regular
from sitegen.state.folder import State
from sitegen.state.lock import hold

_WHY = "the configuration cannot be used; `sitegen check config` says why"
"""All that is kept of it: what is wrong there may name hosts, and this is published."""


def record_unread(config: Path, clock: Clock) -> None:
    """Keep that a build failed because its configuration cannot be used, where there is a state to keep it in."""
    folder = state_of(config)
    if not (folder / "state.db").is_file():
        return
    # Whoever is at work has a configuration, and keeps a record of its own.
    with suppress(SitegenError), hold(folder, clock.now()), State.open(folder, clock.now()) as state:
        cycle = Build().cycle
        journal = Journal(folder / "log" / "sitegen.jsonl", clock, Redactor())
        context = start_tick(clock, cycle, state.builds.last_completed(), state, journal)
        outcome = Outcome(failure=Problem("config", _WHY))
        record = make_record(Recorder(clock), context, state.problems, outcome)
        record_failure(Storage(folder, state, journal, cycle), record, _WHY)


def state_of(config: Path) -> Path:
    """Return the state folder that a configuration names, as far as that can be read."""
    named: object = None
    with suppress(OSError, ValueError, AttributeError, RecursionError):
        named = tomllib.loads(read_regular(config).decode()).get("site", {}).get("state")
    return config.parent / (named if isinstance(named, str) and named else Site().state)
