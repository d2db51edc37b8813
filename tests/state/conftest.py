"""A state in a folder of its own, and the records that tests put into it."""

import pytest
from sitegen.errors import Problem
from sitegen.instrumentation.records import BuildRecord, PageRecord, Pool, SectionRecord, TaskRecord
from sitegen.state.folder import State

NOW = 1_764_000_000.0  # a whole number of hours, minutes and cycles


@pytest.fixture
def folder(tmp_path):
    return tmp_path / ".sitegen"


@pytest.fixture
def state(folder):
    with State.open(folder, NOW) as opened:
        yield opened


@pytest.fixture
def build():
    def make(generation, *, status="ok", tasks=3):
        return BuildRecord(
            generation=generation,
            trace_id=f"{generation:032x}",
            slot=NOW + 30 * generation,
            started_at=NOW + 30 * generation + 0.01,
            duration=0.5,
            status=status,
            clock_fixed=False,
            workers=2,
            files_total=60,
            files_changed=3,
            bytes_total=500_000,
            sections={"metrics": SectionRecord(status="ok", tasks=tasks, duration_seconds=0.2)},
            tasks=tuple(
                TaskRecord(
                    section="metrics", task=f"query {number}", pool=Pool.THREAD, worker=number, queued=0.0,
                    started=0.1, ended=0.2, cpu_seconds=0.01, bytes_moved=100,
                )
                for number in range(tasks)
            ),
            pages=(PageRecord(path="/", raw=10_000, cap=20_000, compressed=3000),),
            problems=(Problem(where="metrics.prometheus", message="It is down."),),
        )  # fmt: skip

    return make
