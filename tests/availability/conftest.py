import sys
from pathlib import Path

import pytest
from sitegen.availability.model import Probe
from sitegen.availability.prober import probe
from sitegen.instrumentation.clock import Deadline, SystemClock
from sitegen.redaction import Redactor

sys.path.append(str(Path(__file__).resolve().parents[1]))  # faulty_server.py, shared by several rooms

from faulty_server import FaultyServer


@pytest.fixture
def server():
    with FaultyServer() as running:
        yield running


@pytest.fixture
def check():
    """Make one check of a url; what is not said of the probe has its default."""

    def run(url, *, seconds=5.0, **fields):
        clock = SystemClock()
        described = Probe(id="home", title="Home", url=url, **fields)
        return probe(
            described, at=1000.0, clock=clock, deadline=Deadline(clock, seconds), redactor=Redactor()
        )

    return run
