"""State that was damaged, through whole builds: nothing stops, the copy is kept, and the report says what was lost."""

import json
import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.acceptance.documents import parse
from tests.acceptance.foreign import matrix, serve_answers
from tests.acceptance.sites import Site, make_site
from tests.acceptance.stepping import at, build_at

SHOP = """
[[metrics.sources]]
name = "shop"
type = "prometheus"
url = "{url}"

[[metrics.panels]]
id = "load"
source = "shop"
title = "load"
query = "load"
windows = ["1h"]

[[probes]]
id = "home"
title = "home"
url = "{url}/200/"
"""
FLIPS, CUTS = 18, 5
LOST = "The history was lost"
TOLD = "was lost, and a new one has begun"
"""What visitors read of it."""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with a source, a probe and some builds behind it; the server runs on."""
    site = make_site(tmp_path_factory.mktemp("filled") / "site")
    with serve_answers(lambda asked: matrix(asked, [{"job": "shop"}])) as url:
        with (site.folder / "sitegen.toml").open("a") as config:
            config.write(SHOP.format(url=url))
        for seconds in (0, 30, 60):
            build_at(site, seconds)
        yield site


@pytest.fixture
def site(filled: Site, tmp_path: Path) -> Site:
    """A copy of it."""
    shutil.copytree(filled.folder, tmp_path / "site", symlinks=True)
    return Site(tmp_path / "site")


def copies(site: Site) -> list[Path]:
    return sorted(site.state.glob("state.db.corrupt-*"))


def build_on_damage(site: Site, body: bytes, seconds: float = 90) -> dict:
    """Put these bytes in the place of the history and build; what is told must be what became of them."""
    history = site.state / "state.db"
    history.write_bytes(body)
    before = len(copies(site))

    report = build_at(site, seconds)

    lost = [problem for problem in report["problems"] if LOST in problem["message"]]
    assert report["problems"] == lost
    assert (report["status"] == "degraded") == bool(lost)
    if lost:
        (copy,) = [path for path in copies(site) if path.name in lost[0]["message"]]
        assert copy.read_bytes() == body
        assert len(copies(site)) == min(before + 1, 3)
        assert TOLD in parse(site.page("/build/")).one("main").text
        assert site.status["status"] == "degraded"
    # Whatever was lost, what is new is published.
    assert {one["name"]: one["fetched_at"] for one in site.status["sources"]}["shop"] == at(seconds)
    assert {one["id"]: one["status"] for one in site.status["services"]} == {"home": "up"}
    last = (site.dist / "metrics" / "load.1h.csv").read_text().splitlines()[-1]
    assert last.startswith(at((seconds - 2) // 15 * 15))
    assert not last.endswith(",")
    with closing(sqlite3.connect(history)) as database, database:
        assert database.execute("pragma integrity_check").fetchone() == ("ok",)
    return report


def in_layout(body: bytes, layout: int) -> bytes:
    """A database's file with this number in its header (user_version, see the file format of SQLite)."""
    return body[:60] + layout.to_bytes(4, "big", signed=True) + body[64:]


@pytest.mark.parametrize(
    "kind", ["empty", "text", "another program's", "of layout 0", "of a layout below 0", "a bad page"]
)
def test_a_history_that_cannot_be_read_is_kept_and_a_new_one_begins(site: Site, kind: str):
    body = (site.state / "state.db").read_bytes()
    other = sqlite3.connect(site.folder / "other.db")
    other.execute("create table mine (number)")
    other.close()
    damaged = {
        "empty": b"",
        "text": b"not a database\n" * 500,
        "another program's": (site.folder / "other.db").read_bytes(),
        "of layout 0": in_layout(body, 0),
        "of a layout below 0": in_layout(body, -1),
        "a bad page": body[:1024] + b"\xff" * 1024 + body[2048:],
    }[kind]

    report = build_on_damage(site, damaged)

    assert LOST in report["problems"][0]["message"]
    assert report["generation"] == 1
    # The next build has a history again, and says no more of it but on the page of the last build.
    assert build_at(site, 120)["status"] == "ok"
    assert TOLD in site.page("/build/")
    build_at(site, 150)
    assert TOLD not in parse(site.page("/build/")).one("main").text


def test_a_history_with_flipped_bits_never_stops_a_build_and_at_most_three_copies_are_kept(site: Site):
    chance = random.Random(20261123)
    body = (site.state / "state.db").read_bytes()
    lost = 0
    for number in range(FLIPS):
        damaged = bytearray(body)
        for _ in range(chance.choice([1, 3, 100])):
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        report = build_on_damage(site, bytes(damaged), 90 + 30 * number)
        lost += report["status"] == "degraded"
    assert lost > 3
    assert len(copies(site)) == 3


def test_a_history_that_was_cut_never_stops_a_build(site: Site):
    chance = random.Random(7)
    body = (site.state / "state.db").read_bytes()
    for number in range(CUTS):
        report = build_on_damage(site, body[: chance.randrange(1, len(body))], 90 + 30 * number)
        assert report["status"] == "degraded"


def test_the_words_of_the_history_are_not_believed(site: Site):
    """Bits that SQLite cannot miss: a state, a source's cached page, a build's record, the name of a series."""
    body = (site.state / "state.db").read_bytes()
    words = [(b"up", b"uq"), (b"<p>", b"<q>"), (b'"workers":', b'"vorkers":'), (b"sitegen_up", b"sitegen up")]
    for number, (before, after) in enumerate(words):
        assert before in body
        build_on_damage(site, body.replace(before, after), 90 + 30 * number)


@pytest.mark.parametrize(
    "name",
    ["report.json", "manifest.json", "metrics.prom", "state.db.seen", "log/sitegen.jsonl", "traces/0000000001.json", "lock"],
)  # fmt: skip
def test_no_other_file_of_the_state_stops_a_build(site: Site, name: str):
    path = site.state / name
    path.parent.mkdir(exist_ok=True)
    for number, body in enumerate((b"", b"\x00\xff{" * 400, b'{"version": 99}\n')):
        path.write_bytes(body)
        outcome = site.run("build", "--format", "json", "--clock", at(90 + 30 * number))

        assert outcome.code == 0, outcome.stderr
        assert site.status["generated_at"] == at(90 + 30 * number)
        assert json.loads(outcome.stdout)["generation"] == 4 + number
    assert site.run("status").code == 0
    assert site.run("check", "site").code == 0


@pytest.mark.parametrize(
    ("name", "told"),
    [("report.json", ["state"]), ("metrics.prom", ["state"]), ("manifest.json", ["site.output", "site.writer"]), ("state.db.seen", []),
     ("log/sitegen.jsonl", ["state.log"])],
)  # fmt: skip
def test_a_folder_in_the_place_of_a_file_costs_that_file_alone(site: Site, name: str, told: list[str]):
    (site.state / name).unlink()
    (site.state / name).mkdir()
    report = build_at(site, 90)
    assert site.status["generated_at"] == at(90)
    assert [problem["where"] for problem in report["problems"]] == told


def test_a_folder_in_the_place_of_the_lock_ends_the_build_with_one_line(site: Site):
    """Without a file to lock two runs could meet."""
    before = site.tree()
    (site.state / "lock").unlink()
    (site.state / "lock").mkdir()
    outcome = site.run("build", "--clock", at(90))
    assert (outcome.code, outcome.stderr.count("\n")) == (1, 1)
    assert str(site.state) in outcome.stderr
    assert site.tree() == before


def test_an_open_breaker_that_was_damaged_is_closed(site: Site):
    with closing(sqlite3.connect(site.state / "state.db")) as database, database:
        database.execute(
            "insert or replace into source values ('metrics', 'shop', 'many', 'yesterday', null, 0, null)"
        )
    report = build_at(site, 90)
    assert report["status"] == "ok"
    assert {one["name"]: one["fetched_at"] for one in site.status["sources"]}["shop"] == at(90)
