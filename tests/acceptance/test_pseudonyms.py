"""Series that differ by a masked address alone: each has a name of its own, the same in every place and every build."""

import csv
import gzip
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acceptance.documents import parse
from tests.acceptance.sites import Site, make_site
from tests.acceptance.sources import answered, clock_at, panel, source
from tests.faulty_server import FaultyServer, Reply

HOSTS = ("10.20.30.40", "10.20.30.41", "10.20.99.7", "2001:db8:1:2::7", "2001:db8:1:2::8")
SERIES = [
    {"__name__": "up", "instance": f"{host}:9100" if "." in host else f"[{host}]:9100"} for host in HOSTS
]
PEOPLE = [{"__name__": "seen", "who": who} for who in ("jane@example.org", "john@example.org")]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with (
        FaultyServer(Reply(body=answered(*SERIES))) as hosts,
        FaultyServer(Reply(body=answered(*PEOPLE))) as people,
    ):
        parts = [source("hosts", hosts.url), source("people", people.url), panel("people", "people")]
        parts += [
            panel("up", "hosts", more="top = 9"),
            panel("again", "hosts", query="up{}", more="kind = 'stat'"),
        ]
        yield make_site(tmp_path / "site", config="\n".join(parts))


def heads(site: Site, name: str) -> list[str]:
    """The names of the columns of a panel's data."""
    text = (site.dist / f"metrics/{name}.1h.csv").read_text(encoding="utf-8")
    return next(csv.reader(io.StringIO(text)))[1:]


def test_masked_hosts_and_people_have_names_of_their_own_the_same_everywhere(site: Site, tmp_path: Path):
    site.build(*clock_at(), "--record", str(tmp_path / "recording"))
    names = heads(site, "up")
    assert len({*names}) == len(HOSTS)
    assert heads(site, "again") == names
    assert sorted(re.search(r"host-\d+", name)[0] for name in names) == [f"host-{n}" for n in range(1, 6)]
    assert heads(site, "people") == ["who user-1", "who user-2"]
    text = parse(site.page("/metrics/")).text
    assert all(name in text for name in names)
    recording = gzip.decompress((tmp_path / "recording").read_bytes().partition(b"\n")[2])
    words = (b"10.20.", b"2001:db8", b"example.org", b":9100 (2)", b"user-1 (2)")
    bodies = site.tree() | {"recording": recording}
    assert [(path, word) for path, body in bodies.items() for word in words if word in body] == []


def test_they_are_the_same_in_later_builds_with_processes_and_while_the_source_is_down(site: Site):
    site.build(*clock_at(-60))
    before = heads(site, "up")
    assert site.run("build", "--jobs", "2", *clock_at(-30)).code == 0
    assert heads(site, "up") == before
    config = site.folder / "sitegen.toml"
    config.write_text(config.read_text().replace("127.0.0.1", "127.0.0.2"))
    site.build(*clock_at())
    assert heads(site, "up") == before


def test_where_the_state_is_lost_they_are_numbered_anew_and_that_is_told_once(site: Site):
    assert site.build(*clock_at(-90))["problems"] == []
    (site.state / "state.db").unlink()
    told = [site.build(*clock_at(seconds))["problems"] for seconds in (-60, -30)]
    assert [[one["where"] for one in problems] for problems in told] == [["state.pseudonyms"], []]
    assert len({*heads(site, "up")}) == len(HOSTS)
