"""The state folder as one thing: builds, deploys, numbers, probes, the site's own facts, sources, pseudonyms, kept traces, last known good and their problems, from one database."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Self

from sitegen.errors import Problem
from sitegen.state.answers import Answers
from sitegen.state.builds import Builds
from sitegen.state.database import Database
from sitegen.state.deploys import Deploys
from sitegen.state.probes import Probes
from sitegen.state.pseudonyms import Pseudonyms
from sitegen.state.samples import Series
from sitegen.state.site import SiteFacts
from sitegen.state.sources import Sources
from sitegen.state.traces import KeptTraces


class State:
    """What survives a run. A state that cannot be used is a problem and not an end, but for a newer sitegen's."""

    def __init__(self, database: Database, now: float) -> None:
        self._database = database
        self.builds = Builds(database)
        self.deploys = Deploys(database)
        self.series = Series(database)
        self.traces = KeptTraces(database)
        self.probes = Probes(database)
        self.site = SiteFacts(database)
        self.sources = Sources(database)
        self.answers = Answers(database, now)
        self.pseudonyms = Pseudonyms(database, now)

    @classmethod
    def open(cls, folder: Path, now: float) -> "State":
        """Open `state.db` of a state folder at wall time `now`; both are made where they are missing.

        Raises NewerLayoutError for one that a newer sitegen wrote.
        """
        return cls(Database(folder / "state.db", now), now)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was lost or cannot be kept, so far."""
        return self._database.problems

    def batch(self) -> AbstractContextManager[None]:
        """Make all writes inside one transaction at its end; reads inside do not see them yet."""
        return self._database.batch()

    def close(self) -> None:
        """Close the database. Nothing may be asked of it afterwards."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
