"""Answers that are too much: larger than the cap, of too many series, or a bomb that unpacks to a gigabyte."""

import json
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.acceptance.documents import sentence_of
from tests.acceptance.sites import Site, make_site
from tests.acceptance.sources import answered, clock_at, copy_site, figure_of, panel, source, states
from tests.faulty_server import FaultyServer, Reply
from tests.program import clean_environment

MB = 1024 * 1024
CAP = 64 * MB
RESIDENT = 256 * MB

# The largest resident size of a child, in bytes: in a process of its own, for a child inherits its parent's at first.
MEASURE = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(peak * (1 if sys.platform == "darwin" else 1024), file=sys.stderr)
sys.exit(code)
"""


def bomb(layers: int = 1, wbits: int = 31) -> bytes:
    """About a gigabyte of blanks as one stream of about a megabyte, compressed so many times over."""
    engine = zlib.compressobj(9, wbits=wbits)
    start = engine.compress(b"{") + engine.flush(zlib.Z_FULL_FLUSH)
    # After a full flush a block depends on nothing before it, so that it can be repeated.
    block = engine.compress(b" " * MB) + engine.flush(zlib.Z_FULL_FLUSH)
    body = start + block * 1024 + engine.flush()
    for _ in range(layers - 1):
        engine = zlib.compressobj(9, wbits=wbits)
        body = engine.compress(body) + engine.flush()
    return body


def coded(body: bytes, coding: str, **more) -> Reply:
    return Reply(headers=(("Content-Encoding", coding),), body=body, **more)


def many_series(count: int) -> bytes:
    series = b",".join(b'{"metric":{"i":"%d"},"values":[]}' % number for number in range(count))
    return b'{"status":"success","data":{"resultType":"matrix","result":[' + series + b"]}}"


class TooMuch(NamedTuple):
    """What the server answers, one after the other, and what the report says of it."""

    replies: tuple[Reply, ...]
    says: str


LARGE = "too many series; aggregate the query"
TO_ITSELF = Reply(status=302, headers=(("Location", "/elsewhere"), ("Content-Encoding", "gzip")), body=bomb())
CASES = {
    "streamed": TooMuch((Reply(body=b" " * (CAP + MB), length=False),), LARGE),
    "announced": TooMuch((Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 200000000\r\n\r\n{"),), LARGE),
    "series": TooMuch((Reply(body=many_series(10_001)),), LARGE),
    "a-million-series": TooMuch((Reply(body=many_series(1_000_000)),), LARGE),
    "gzip": TooMuch((coded(bomb(), "gzip"),), LARGE),
    "deflate": TooMuch((coded(bomb(wbits=15), "deflate"),), LARGE),
    "gzip-in-gzip": TooMuch((coded(bomb(2), "gzip, gzip"),), LARGE),
    "five-layers": TooMuch((coded(bomb(5), ", ".join(["gzip"] * 5)),), "compressed its answer 5 times over"),
    "behind-a-redirect": TooMuch((TO_ITSELF, coded(bomb(), "gzip")), LARGE),
    "around-a-redirect": TooMuch((TO_ITSELF,), "redirects more than 5 times"),
    "as-an-error": TooMuch((Reply(status=400, headers=(("Content-Encoding", "gzip"),), body=bomb()),), "HTTP status 400"),
}  # fmt: skip


@pytest.fixture(scope="module")
def blank(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A scaffolded site."""
    return make_site(tmp_path_factory.mktemp("blank") / "site")


@pytest.fixture(scope="module")
def known(blank: Site, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site whose source answered at noon."""
    with FaultyServer(Reply(body=answered())) as server:
        site = copy_site(blank, tmp_path_factory.mktemp("known") / "site", *configuration(server.url))
        site.build(*clock_at())
        return site


def configuration(url: str) -> tuple[str, ...]:
    own = panel("own", "self", query="sitegen_up")
    return source("tested", url), panel("tested", "tested"), own


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with FaultyServer(Reply(body=answered())) as running:
        yield running


class Built(NamedTuple):
    """A measured build, which ended by its deadline: its report, the largest resident size in bytes."""

    report: dict
    resident: int


def build_measured(site: Site, *arguments: str) -> Built:
    command = [sys.executable, "-m", "sitegen", "build", "--format", "json", *arguments]
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *command],
        cwd=site.folder,
        env=clean_environment(home=site.folder),
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    complaint, _, resident = done.stderr.rstrip("\n").rpartition("\n")
    assert complaint == ""
    return Built(json.loads(done.stdout), int(resident))


PATIENT = 'gather = "30s"\ndeadline = "50s"'
"""It is its size that stops an answer, not the time it takes a busy machine to unpack it."""


@pytest.mark.parametrize("name", CASES)
def test_an_answer_that_is_too_much_is_stopped_and_the_last_known_good_one_stays(
    known: Site, server: FaultyServer, tmp_path: Path, name: str
):
    site = copy_site(known, tmp_path / "site", *configuration(server.url), build=PATIENT)
    server.then(*CASES[name].replies)

    built = build_measured(site, *clock_at(120))

    assert built.report["status"] == "degraded"
    (problem,) = [one["message"] for one in built.report["problems"] if one["where"] == "metrics.tested"]
    assert CASES[name].says in problem
    text = figure_of(site, "tested").text
    assert "42.5" in text
    assert "stale: last known values, fetched 2026-03-01 12:00:00 UTC" in text
    assert states(site)["tested"] == "stale"
    assert {"/", "/metrics/", "/traces/", "/logs/", "/build/", "/slo/", "/about/"} <= set(site.addresses())
    assert sentence_of(figure_of(site, "own")).text != "no data"
    assert built.resident <= RESIDENT


def test_eight_bombs_at_once_take_no_more_memory_than_one(blank: Site, server: FaultyServer, tmp_path: Path):
    names = [f"panel-{number}" for number in range(8)]
    many = [panel(name, "tested", query=name) for name in names]
    # Patient, for to unpack eight gigabytes side by side takes a busy machine more than the usual three seconds.
    site = copy_site(blank, tmp_path / "site", source("tested", server.url, "12s"), *many, build=PATIENT)
    server.then(coded(bomb(), "gzip"))

    built = build_measured(site, *clock_at())

    assert len(server.requests) == 8
    assert built.resident <= RESIDENT
    assert [LARGE in one["message"] for one in built.report["problems"]] == [True]
    assert all("tested sends an answer that cannot be used" in figure_of(site, name).text for name in names)
